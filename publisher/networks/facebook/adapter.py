"""Facebook Pages, through the Graph API (https://developers.facebook.com/docs/graph-api).

Graph has no key that keeps a repeated request from doubling: after an unknown outcome only the
Page's own posts tell, so the machine never sends again. The token travels in a header, never in a
URL, and `paging.next` is not followed because it would carry it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from publisher import addresses
from publisher.content import Account, Content, Media, Rendered
from publisher.networks import (
    Absent,
    CannotTell,
    Credentials,
    Found,
    Intent,
    Later,
    MeasureIntent,
    Notes,
    Outcome,
    Published,
    Refused,
    Tools,
    Unknown,
)
from publisher.networks.facebook import ABOUT, comments, full, token, version
from publisher.networks.facebook.answers import Answers, is_gone, nothing, page, succeeded, text_id
from publisher.networks.text.composed import composed
from publisher.networks.text.wording import compose, plain
from publisher.networks.wire import edits, listing
from publisher.networks.wire.api import Api
from publisher.networks.wire.causes import unnamed
from publisher.networks.wire.http import Answer, Judge, Result, classify, fields
from publisher.networks.wire.listing import REACH, Page, unread
from publisher.networks.wire.reasons import because
from publisher.networks.wire.uploads import images, missing, not_uploaded, uploaded
from publisher.words import part

IMAGE_LIMIT = part("network.takes", most=4)
FIELDS = "id,message,created_time,permalink_url,application,attachments"


class Facebook:
    """One official Page. The account's `remote_user_id` is the Page's id."""

    def __init__(self, account: Account, secrets: Mapping[str, str], tools: Tools) -> None:
        self._account = account
        self._secrets = ABOUT.taken(secrets)
        self._tools = tools
        self._answers = Answers(tools.now, tuple(self._secrets.values()))
        self._api = Api(
            f"{ABOUT.base(account)}/{version.of(account.options)}",
            tools,
            headers={"Authorization": f"Bearer {self._secrets['access_token']}"},
        )

    @staticmethod
    def render(content: Content, account: Account, disclaimer: str) -> Rendered:  # noqa: ARG004
        # Graph shows either images or a link's card; beside images the link goes into the text.
        inline = content.link if content.media else ""
        text = compose(content.text, link=inline, notice=disclaimer)
        link = addresses.lasting(content.link) if content.link else ""
        return composed(ABOUT, content, text, disclaimer, link=link)

    @staticmethod
    def source(rendered: Rendered) -> str:
        return rendered.text

    def needs_preparing(self, intent: Intent) -> bool:
        """Some image has no photo id yet, or what an edit changes was not looked at just now."""
        if intent.act == "edit":
            return edits.unseen(intent, self._tools.now())
        return intent.act == "publish" and bool(missing(intent, _ids(intent)))

    def prepare(self, intent: Intent) -> Notes | Outcome:
        if not self.needs_preparing(intent):
            return {}
        if intent.act == "edit":
            return self._before(intent)
        ids = uploaded(intent, _ids(intent), self._upload)
        return ids if isinstance(ids, Outcome) else {"media_ids": ids}

    def send(self, intent: Intent) -> Outcome:
        if intent.act != "publish" and not _is_about_a_post(intent):
            return Refused(because("no_post"))
        if intent.act == "retract":
            return self._retract(intent)
        form = {"message": intent.rendered.text}
        if intent.act == "edit":
            return self._edit(intent, form)
        ids = _ids(intent)
        if missing(intent, ids):
            return Later(because("not_there_yet"), own=True)
        if media := images(intent):
            attached = [{"media_fbid": ids[medium.sha256]} for medium in media]
            form["attached_media"] = json.dumps(attached)
        elif intent.rendered.link:
            form["link"] = intent.rendered.link
        result = self._api.write("POST", f"/{self._account.remote_user_id}/feed", intent, data=form)
        return self._judge(result, intent, self._created)

    def find(self, intent: Intent) -> Found:
        if intent.act != "publish":
            return self._find_changed(intent)
        since = str(int((intent.started_at - REACH).timestamp()))
        asked = {"fields": FIELDS, "since": since, "limit": "100"}
        path = f"/{self._account.remote_user_id}/published_posts"

        def read(after: str) -> Page | Found:
            params = {**asked, "after": after} if after else asked
            answer = self._api.read(path, intent.deadline, **params)
            return page(answer, self._full, self._url) or unread(self._judge(answer, None))

        ours = replace(intent, taken=frozenset(map(self._full, intent.taken)))
        return listing.find(ours, read)

    def measure(self, intent: MeasureIntent) -> Outcome:
        return comments.measure(self._api, intent, self._judge) or self._without_comment(intent)

    def standing(self, intent: MeasureIntent) -> Found:
        return comments.standing(self._api, intent, self._judge) or self._without_comment(intent)

    def whoami(self) -> str:
        answer = self._api.read("/me", self._api.soon(), fields="id,name")
        page_id = text_id(answer)
        if page_id:
            return page_id
        raise unnamed(answer, self._judge(answer, None), missing=because("no_api_version"))

    def until(self) -> datetime | None:
        return token.until(self._token())

    def rights(self) -> Mapping[str, bool]:
        return token.rights(self._token())

    def _token(self) -> Mapping[str, Any]:
        """What Graph knows of our token. It takes it in the address only."""
        asked = {"input_token": self._secrets["access_token"]}
        answer = self._api.read("/debug_token", self._api.soon(), **asked)
        found = fields(answer).get("data")
        if isinstance(found, dict) and found.get("is_valid") is True:
            return found
        raise unnamed(answer, self._judge(answer, None), missing=because("no_api_version"))

    def __repr__(self) -> str:
        return f"Facebook({self._account.id!r})"

    def _upload(self, intent: Intent, medium: Media) -> str | Outcome:
        """POST /{page}/photos, unpublished: invisible until a post attaches it."""
        form = {"published": "false", "alt_text_custom": medium.alt}
        content = self._tools.media(medium.sha256)
        image = {"source": ("image", content, medium.mime)}
        path = f"/{self._account.remote_user_id}/photos"
        answer = self._api.write("POST", path, intent, data=form, files=image)
        outcome = self._judge(answer, None)
        no = not_uploaded(outcome, answer, content=content, limit=IMAGE_LIMIT)
        return text_id(answer) or no

    def _edit(self, intent: Intent, form: Mapping[str, str]) -> Outcome:
        """Graph answers an edit with `success` alone; what it shows then is read again."""
        result = self._api.write("POST", f"/{self._full(intent.target)}", intent, data=form)
        if is_gone(result):
            return self._gone(intent)
        changed = Published(intent.target, self._url(intent.target))
        outcome = self._judge(result, intent, partial(succeeded, changed))
        if outcome != changed or isinstance(self._find_changed(intent), Published):
            return outcome
        return Unknown(because("not_shown"))

    def _retract(self, intent: Intent) -> Outcome:
        result = self._api.write("DELETE", f"/{self._full(intent.target)}", intent)
        if is_gone(result):
            return self._gone(intent)
        return self._judge(result, intent, partial(succeeded, Published(intent.target)))

    def _find_changed(self, intent: Intent) -> Found:
        """Is what an edit or a retract was about still there, and how does it read?"""
        if not _is_about_a_post(intent):
            return CannotTell(because("no_post"))
        answer = self._shown(intent)
        if is_gone(answer):
            return self._gone(intent)
        if not isinstance(answer, Answer) or not text_id(answer):
            return unread(self._judge(answer, None))
        if intent.act == "retract":
            return Absent(because("still_public"))
        return self._edited(intent, answer.fields().get("message"))

    def _shown(self, intent: Intent) -> Result:
        """What an edit or a retract is about, as it is public now."""
        path = f"/{self._full(intent.target)}"
        return self._api.read(path, intent.deadline, fields="id,message")

    def _edited(self, intent: Intent, message: object) -> Found:
        if not isinstance(message, str):
            return CannotTell(because("no_text"))
        if plain(message) == plain(intent.rendered.text):
            return Published(intent.target, self._url(intent.target))
        return Absent(because("as_it_was"))

    def _before(self, intent: Intent) -> Notes | Outcome:
        """May this edit change what is public now?"""
        if not _is_about_a_post(intent):
            return Refused(because("no_post"))
        answer = self._shown(intent)
        if is_gone(answer):
            return self._gone(intent)
        if not isinstance(answer, Answer) or not text_id(answer):
            return edits.not_read(unread(self._judge(answer, None)))
        message = answer.fields().get("message")
        if not isinstance(message, str):
            return edits.not_read(CannotTell(because("no_text")))
        how = edits.Reading(read=self.source, normal=plain)
        return edits.compared(intent, self._tools.now(), message, how)

    def _gone(self, intent: Intent) -> Published | Refused | Credentials:
        """What an edit or a retract is about is not there for us: is it gone?"""
        if not self._sees_all(intent):
            return Credentials(because("blind"))
        if intent.act == "retract":
            return Published(intent.target)
        return Refused(because("gone"))

    def _without_comment(self, intent: MeasureIntent) -> Refused | Credentials:
        gone = Refused(because("comment_gone"))
        return gone if self._sees_all(intent) else Credentials(because("blind"))

    def _sees_all(self, intent: Intent | MeasureIntent) -> bool:
        """A token that is the Page itself sees all of its posts: what it cannot see is gone."""
        answer = self._api.read("/me", intent.deadline, fields="id")
        return text_id(answer) == self._account.remote_user_id

    def _judge(self, result: Result, intent: Intent | None, success: Judge = nothing) -> Outcome:
        return classify(result, self._answers.table(intent, success))

    def _created(self, answer: Answer) -> Outcome | None:
        post = text_id(answer)
        return Published(self._full(post), self._url(post)) if post else None

    def _full(self, post: str) -> str:
        return full(post, self._account)

    def _url(self, post: str) -> str:
        return ABOUT.permalink.write(post, self._account)


def _is_about_a_post(intent: Intent) -> bool:
    known = intent.act in ("edit", "retract")
    return known and re.fullmatch(r"(\d+_)?\d+", intent.target, re.ASCII) is not None


def _ids(intent: Intent) -> Mapping[str, str]:
    found = intent.notes.get("media_ids")
    return found if isinstance(found, Mapping) else {}
