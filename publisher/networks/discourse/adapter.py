"""Discourse, through its API with a key (https://docs.discourse.org).

A topic carries our key as `external_id`, which the board keeps unique; for a request repeated
within two minutes it gives its first answer again. An edit changes the text only; a title would
take a second request. How a topic is found again stands in `search`.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from publisher.content import Account, Content, Media, Rendered
from publisher.networks import (
    Accepted,
    Credentials,
    Found,
    Intent,
    Later,
    Notes,
    Outcome,
    Published,
    Refused,
    Tools,
    Unknown,
)
from publisher.networks.discourse import ABOUT, search, topic
from publisher.networks.text.composed import composed
from publisher.networks.text.wording import compose
from publisher.networks.wire import edits
from publisher.networks.wire.api import Api
from publisher.networks.wire.causes import unnamed
from publisher.networks.wire.fields import number_at, text_at
from publisher.networks.wire.http import Answer, Judge, Result, classify, fields, quote
from publisher.networks.wire.listing import unread
from publisher.networks.wire.reasons import because
from publisher.networks.wire.uploads import missing, not_uploaded, unnamed_file, uploaded
from publisher.words import part

IMAGE_LIMIT = part("network.site_limit")


class Discourse:
    """One board, as one of its users. `options`: `category`, the number of the category."""

    def __init__(self, account: Account, secrets: Mapping[str, str], tools: Tools) -> None:
        self._account = account
        self._secrets = ABOUT.taken(secrets)
        self._tools = tools
        headers = {
            "Api-Key": self._secrets["api_key"],
            "Api-Username": self._secrets["api_username"],
            "Accept": "application/json",
        }
        self._api = Api(ABOUT.base(account), tools, headers)
        self._board = search.Board(
            read=self._read,
            unread=lambda result: unread(classify(result, self._table())),
            url=self._url,
            username=secrets["api_username"],
            user_id=account.remote_user_id,
        )

    @staticmethod
    def render(content: Content, account: Account, disclaimer: str) -> Rendered:
        """Text, link and notice as they are meant to read; for the title see `topic.title_of`."""
        text = compose(content.text, link=content.link, notice=disclaimer)
        title = topic.title_of(content, account)
        rendered = composed(ABOUT, content, text, disclaimer, title=title, markup=content.markup)
        return replace(rendered, length=len(topic.source(rendered)))

    @staticmethod
    def source(rendered: Rendered) -> str:
        return topic.source(rendered)

    def needs_preparing(self, intent: Intent) -> bool:
        """Some image is not on the board yet, or what an edit changes was not looked at just now."""
        lacks = intent.act in ("publish", "edit") and bool(missing(intent, _uploads(intent)))
        return lacks or edits.unseen(intent, self._tools.now())

    def prepare(self, intent: Intent) -> Notes | Outcome:
        """Uploads: nobody sees one before a post names it, and the board clears away the rest."""
        if not self.needs_preparing(intent):
            return {}
        notes: Notes = {}
        if edits.unseen(intent, self._tools.now()):
            seen = search.before(self._board, intent, self._tools.now())
            if isinstance(seen, Outcome):
                return seen
            notes = seen
        addresses = uploaded(intent, _uploads(intent), self._upload)
        if isinstance(addresses, Outcome):
            return addresses
        return {**notes, "uploads": addresses} if addresses else notes

    def send(self, intent: Intent) -> Outcome:
        if intent.act == "reply" or (intent.act != "publish" and not intent.target):
            return Refused(because("no_post"))
        if intent.act == "retract":
            return self._retract(intent)
        if missing(intent, _uploads(intent)):
            return Later(because("not_there_yet"), own=True)
        text = topic.raw(intent.rendered, _uploads(intent))
        if intent.act == "edit":
            path = f"/posts/{intent.target}.json"
            result = self._api.write("PUT", path, intent, json={"post": {"raw": text}})
            return classify(result, self._table(intent, partial(self._edited, intent)))
        result = self._api.write("POST", "/posts.json", intent, json=self._topic(intent, text))
        return classify(result, self._table(intent, self._created))

    def _topic(self, intent: Intent, text: str) -> dict[str, Any]:
        named = {"title": intent.rendered.title, "external_id": topic.external_id(intent)}
        category = self._account.options.get("category", "")
        return {**named, "raw": text} | ({"category": int(category)} if category else {})

    def find(self, intent: Intent) -> Found:
        return search.find(self._board, intent)

    def whoami(self) -> str:
        result = self._current(self._api.soon())
        if known := _user(result):
            return known
        nobody = {**self._table(), 403: lambda no: self._stopped(no) if topic.errors(no) else None}
        raise unnamed(
            result, classify(result, nobody), missing=because("no_board", network=ABOUT.title)
        )

    def limits(self) -> Mapping[str, int]:
        """GET /site/settings.json: what Discourse tells every browser about itself."""
        return topic.limits(fields(self._api.read("/site/settings.json", self._api.soon())))

    def __repr__(self) -> str:
        return f"Discourse({self._account.id!r})"

    def _current(self, deadline: float) -> Result:
        return self._api.read("/session/current.json", deadline)

    def _read(self, intent: Intent, path: str, **params: str) -> Result:
        return self._api.read(path, intent.deadline, **params)

    def _upload(self, intent: Intent, medium: Media) -> str | Outcome:
        """POST /uploads.json under a random name: the name stays visible on the board."""
        content = self._tools.media(medium.sha256)
        file = unnamed_file(medium, content)
        data = {"upload_type": "composer", "synchronous": "true"}
        result = self._api.write("POST", "/uploads.json", intent, data=data, files={"file": file})
        address = topic.uploaded(fields(result))
        outcome = classify(result, self._table())
        return address or not_uploaded(outcome, result, content=content, limit=IMAGE_LIMIT)

    def _retract(self, intent: Intent) -> Outcome:
        result = self._api.write("DELETE", f"/posts/{intent.target}.json", intent)
        if isinstance(result, Answer) and result.status == 403:
            found = self.find(intent)  # what is deleted already may not be deleted again
            if isinstance(found, Published):
                return found
        return classify(result, self._table(intent, partial(_taken_down, intent)))

    def _url(self, post: Mapping[str, Any]) -> str:
        return f"{self._api.base}/t/{post.get('topic_id')}"

    def _created(self, answer: Answer) -> Outcome | None:
        post = answer.fields()
        if post.get("action") == "enqueued":
            return Accepted(because("held"))
        number = number_at(post, "id")
        is_post = number and number_at(post, "topic_id")
        return Published(str(number), self._url(post)) if is_post else None

    def _edited(self, intent: Intent, answer: Answer) -> Outcome | None:
        post = answer.fields().get("post")
        if not isinstance(post, dict) or str(post.get("id")) != intent.target:
            return None
        if "raw" in post:
            shown = topic.is_ours(intent, text_at(post, "raw"))
        else:
            shown = isinstance(self.find(intent), Published)
        done = Published(intent.target, self._url(post))
        return done if shown else Unknown(because("not_shown"))

    def _table(
        self, intent: Intent | None = None, success: Judge | None = None
    ) -> Mapping[int, Judge]:
        """What Discourse documents, by status."""
        refusals = dict.fromkeys((400, 404, 409, 410, 413, 422), partial(self._refused, intent))
        table: dict[int, Judge] = {
            **refusals,
            401: self._stopped,
            403: partial(self._forbidden, intent),
            429: self._throttled,
            503: _read_only,
        }
        return {**table, 200: success, 204: success} if success else table

    def _refused(self, intent: Intent | None, answer: Answer) -> Outcome | None:
        """Only in Discourse's own words; they are in the board's language, and so no proof."""
        if not topic.errors(answer):
            return None
        if intent is not None and intent.act == "retract" and topic.is_absent(answer):
            return Published(intent.target)
        said = self._said(answer)
        if intent is not None and answer.status == 422 and intent.act == "publish":
            if intent.notes.get("repeated") is True:
                return Unknown(because("perhaps_out", said))
            # Nobody else uses our key: it can only be ours.
            if "external" in said.casefold() or self._is_taken(intent):
                return Unknown(because("key_taken", said))
        return Refused(because("refused", said))

    def _is_taken(self, intent: Intent) -> bool:
        """Is there a topic under our key already? In the board's language the words do not tell."""
        result = self._read(intent, f"/t/external_id/{topic.external_id(intent)}.json")
        return isinstance(result, Answer) and result.status in (200, 301, 302, 307, 308)

    def _forbidden(self, intent: Intent | None, answer: Answer) -> Outcome | None:
        """A no to this, or to the key? The words do not tell, so the board is asked who we are."""
        if not topic.errors(answer):
            return None
        if answer.fields().get("error_type") != "not_logged_in":
            patience = self._api.soon()
            asked = self._current(patience if intent is None else intent.deadline)
            if _user(asked):
                return self._refused(None, answer)
            if not isinstance(asked, Answer):
                return Later(because("key_unsure"))
        return self._stopped(answer)

    def _stopped(self, _: Answer) -> Outcome:
        return Credentials(because("not_accepted"))

    def _throttled(self, answer: Answer) -> Outcome:
        return Later(because("asks_to_wait"), topic.wait_until(answer, self._tools.now()))

    def _said(self, answer: Answer) -> str:
        return quote(" ".join(topic.errors(answer)), self._secrets.values())


def _uploads(intent: Intent) -> Mapping[str, str]:
    """The address of each image that is on the board, by sha256."""
    found: Mapping[str, str] = intent.notes.get("uploads", {})
    return found


def _taken_down(intent: Intent, answer: Answer) -> Outcome | None:
    """Discourse answers a deletion with nothing, or with words of no consequence; a page is no answer."""
    denied = bool(topic.errors(answer)) or answer.fields().get("success") is False
    page = answer.body.lstrip().startswith(b"<")
    return None if denied or page else Published(intent.target)


def _user(result: Result) -> str:
    """The number of the user behind the key; "" when the board names none."""
    user = fields(result).get("current_user")
    number = user.get("id") if isinstance(user, dict) else None
    return str(number) if type(number) is int else ""  # Discourse's own user has -1


def _read_only(answer: Answer) -> Outcome | None:
    """Being upgraded or backed up: it says so before it looks at anything."""
    said = answer.fields().get("error_type") == "read_only"
    return Later(because("read_only")) if said else None
