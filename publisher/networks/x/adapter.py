"""X, through tweepy: API v2 with OAuth 1.0a (https://docs.x.com/x-api).

X has no key that keeps a repeated request from doubling: after an unknown outcome only the
account's own timeline tells, so the machine never sends again.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import requests
import tweepy

from publisher.content import Account, Content, Media, Rendered
from publisher.networks import (
    Absent,
    CannotTell,
    Found,
    Intent,
    Later,
    Notes,
    Outcome,
    Published,
    Refused,
    Tools,
)
from publisher.networks.text.composed import composed
from publisher.networks.text.thread import threaded
from publisher.networks.text.wording import compose
from publisher.networks.wire import listing
from publisher.networks.wire.api import Api
from publisher.networks.wire.causes import unnamed
from publisher.networks.wire.http import Answer, Judge, Result, Session, attempt, classify
from publisher.networks.wire.listing import REACH, Page, unread
from publisher.networks.wire.reasons import because
from publisher.networks.wire.uploads import (
    alive,
    images,
    invisible,
    missing,
    not_uploaded,
    noted,
    uploaded,
)
from publisher.networks.x import ABOUT
from publisher.networks.x.answers import Answers, data, deleted, not_found, nothing, page
from publisher.words import part

IMAGE_LIMIT = part("network.takes_of_gif", most=5, gif=15)
MOST_ALT = 1000  # characters
FIELDS = ["created_at", "entities", "attachments", "conversation_id"]


class X:
    """One official account on X. `options`: `username`, for addresses of posts."""

    def __init__(self, account: Account, secrets: Mapping[str, str], tools: Tools) -> None:
        self._account = account
        self._secrets = ABOUT.taken(secrets)
        self._tools = tools
        self._answers = Answers(tools.now, tuple(self._secrets.values()))
        auth = tweepy.OAuth1UserHandler(**self._secrets).apply_auth()
        self._api = Api(ABOUT.base(account), tools, auth=auth)

    @staticmethod
    def render(content: Content, account: Account, disclaimer: str) -> Rendered:  # noqa: ARG004
        text = compose(content.text, link=content.link)
        whole = composed(ABOUT, content, compose(text, notice=disclaimer), disclaimer)
        return threaded(ABOUT, content, whole, text)

    @staticmethod
    def source(rendered: Rendered) -> str:
        return rendered.text

    def needs_preparing(self, intent: Intent) -> bool:
        """Some image has no media id yet, or the ids are about to expire."""
        return intent.act == "publish" and bool(missing(intent, alive(intent, self._tools.now())))

    def prepare(self, intent: Intent) -> Notes | Outcome:
        if not self.needs_preparing(intent):
            return {}
        ids = uploaded(intent, alive(intent, self._tools.now()), self._upload)
        return ids if isinstance(ids, Outcome) else noted(intent, ids, self._tools.now())

    def send(self, intent: Intent) -> Outcome:
        if intent.act == "retract" and _names_a_post(intent):
            verb = partial(_delete, tweet_id=intent.target)
            result = self._ask(verb, intent.deadline, intent.not_after)
            return self._judge(result, intent, partial(deleted, intent))
        if intent.act != "publish":
            return Refused(because("no_edits" if intent.act == "edit" else "no_post"))
        ids = alive(intent, self._tools.now())
        if missing(intent, ids):
            return Later(because("not_there_yet"), own=True)
        media = [ids[medium.sha256] for medium in images(intent)] or None
        answered = intent.thread[-1] if intent.thread else None
        verb = partial(_create, text=intent.rendered.text, media_ids=media, answered=answered)
        result = self._ask(verb, intent.deadline, intent.not_after)
        return self._judge(result, intent, self._created)

    def find(self, intent: Intent) -> Found:
        if intent.act != "publish":
            return self._find_gone(intent)
        ask = partial(_timeline, user=self._account.remote_user_id, start=intent.started_at - REACH)

        def read(after: str) -> Page | Found:
            answer = self._ask(partial(ask, after=after), intent.deadline)
            return page(answer, self._url) or unread(self._judge(answer, intent))

        return listing.find(intent, read)

    def whoami(self) -> str:
        answer = self._ask(_me, self._api.soon())
        user = data(answer).get("id")
        if isinstance(user, str) and user:
            return user
        raise unnamed(answer, self._judge(answer, None), missing=because("elsewhere"))

    def __repr__(self) -> str:
        return f"X({self._account.id!r})"

    def _ask(
        self, verb: Callable[[Any], Any], deadline: float, not_after: datetime | None = None
    ) -> Result:
        """Let tweepy build and sign one request, and read its answer ourselves."""
        session = Session(
            self._tools, deadline=deadline, not_after=not_after, base_url=self._api.base
        )
        client = tweepy.Client(
            **self._secrets, return_type=requests.Response, wait_on_rate_limit=False
        )
        client.session = session

        def request() -> Answer:
            with session:
                verb(client)
            assert session.answer is not None
            return session.answer

        return attempt(request)

    def _upload(self, intent: Intent, medium: Media) -> str | Outcome:
        """POST /2/media/upload and its alt text: tweepy knows only the removed v1.1 calls."""
        kind = "tweet_gif" if medium.mime == "image/gif" else "tweet_image"
        content = self._tools.media(medium.sha256)
        image = ("image", content, medium.mime)
        answer = self._api.write(
            "POST", "/2/media/upload", intent, data={"media_category": kind}, files={"media": image}
        )
        media_id = data(answer).get("id")
        if not isinstance(media_id, str) or not media_id:
            outcome = self._judge(answer, intent)
            return not_uploaded(outcome, answer, content=content, limit=IMAGE_LIMIT)
        if medium.alt:
            described = {"id": media_id, "metadata": {"alt_text": {"text": medium.alt[:MOST_ALT]}}}
            answer = self._api.write("POST", "/2/media/metadata", intent, json=described)
            if not (isinstance(answer, Answer) and answer.status in (200, 201)):
                return invisible(self._judge(answer, intent))
        return media_id

    def _created(self, answer: Answer) -> Outcome | None:
        post = data(answer).get("id")
        return Published(post, self._url(post)) if isinstance(post, str) and post else None

    def _find_gone(self, intent: Intent) -> Found:
        if intent.act != "retract" or not _names_a_post(intent):
            return CannotTell(because("no_post"))
        answer = self._ask(partial(_get, tweet_id=intent.target), intent.deadline)
        if isinstance(answer, Answer) and answer.status in (200, 404):
            if data(answer).get("id") == intent.target:
                return Absent(because("still_public"))
            if not_found(answer):
                return Published(intent.target)
        return unread(self._judge(answer, intent))

    def _judge(self, result: Result, intent: Intent | None, success: Judge = nothing) -> Outcome:
        return classify(result, self._answers.table(intent, success))

    def _url(self, post: str) -> str:
        return ABOUT.permalink.write(post, self._account)


def _create(client: Any, *, text: str, media_ids: list[str] | None, answered: str | None) -> None:
    client.create_tweet(
        text=text, media_ids=media_ids, in_reply_to_tweet_id=answered, user_auth=True
    )


def _delete(client: Any, *, tweet_id: str) -> None:
    client.delete_tweet(tweet_id, user_auth=True)


def _get(client: Any, *, tweet_id: str) -> None:
    client.get_tweet(tweet_id, user_auth=True)


def _me(client: Any) -> None:
    client.get_me(user_auth=True)


def _timeline(client: Any, *, user: str, start: datetime, after: str) -> None:
    client.get_users_tweets(
        user,
        max_results=100,
        start_time=start,
        pagination_token=after or None,
        tweet_fields=FIELDS,
        user_auth=True,
    )


def _names_a_post(intent: Intent) -> bool:
    return re.fullmatch(r"\d{1,19}", intent.target, re.ASCII) is not None
