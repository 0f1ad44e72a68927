"""WordPress, through its REST API with an application password (since 5.6; tried on 6.1).

Two phases: a draft under a slug of our own and its images are prepared, invisible; then one request
sends title, content and status together, so that an editor's changes to the draft never go out. The
slug holds the whole key: it finds the draft or the post again, in the trash too, where WordPress
renames it. No date is ever sent: one in the future would make WordPress schedule the post.
https://developer.wordpress.org/rest-api/reference/posts/
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from publisher.clock import from_rfc3339, rfc3339
from publisher.content import Account, Content, Rendered
from publisher.networks import (
    Absent,
    CannotTell,
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
    WhoAmIFailed,
)
from publisher.networks.text.composed import composed
from publisher.networks.text.longform import first_line
from publisher.networks.text.wording import compose
from publisher.networks.wire import edits
from publisher.networks.wire.causes import unnamed
from publisher.networks.wire.fields import number_at, text_at
from publisher.networks.wire.http import Answer, fields
from publisher.networks.wire.listing import unread
from publisher.networks.wire.reasons import because
from publisher.networks.wire.uploads import images, uploaded
from publisher.networks.wordpress import ABOUT, blogpost, media
from publisher.networks.wordpress.api import api
from publisher.networks.wordpress.blocks import article
from publisher.networks.wordpress.blogpost import is_gone, missing, own_error
from publisher.networks.wordpress.drafts import draft, look
from publisher.networks.wordpress.media import Picture
from publisher.words import as_text

STAND_IN = {"id": 0, "url": "https://picture.invalid/"}
LONGEST_TITLE = 60  # characters of the text that stand in for a title
WHOAMI_SECONDS = 15
RIGHTS: Mapping[str, tuple[str, ...]] = {
    "publish": ("publish_posts",),
    "edit": ("edit_posts", "edit_published_posts"),
    "upload": ("upload_files",),
    "delete": ("delete_posts", "delete_published_posts"),
}
FRESH = timedelta(minutes=2)  # so long a look at the draft counts


class WordPress:
    """One blog, as one of its users."""

    def __init__(self, account: Account, secrets: Mapping[str, str], tools: Tools) -> None:
        self._tools = tools
        self._api = api(account, secrets, tools)

    @staticmethod
    def render(content: Content, account: Account, disclaimer: str) -> Rendered:  # noqa: ARG004
        """Text, link and notice; the beginning of the text stands in for a title."""
        text = compose(content.text, link=content.link, notice=disclaimer, form=str)  # marked below
        title = content.title or first_line(content.text, LONGEST_TITLE)
        return composed(ABOUT, content, text, disclaimer, title=title)

    @staticmethod
    def source(rendered: Rendered) -> str:
        pictures = {medium.sha256: STAND_IN for part in rendered.parts for medium in part.media}
        return article(rendered, pictures)

    def needs_preparing(self, intent: Intent) -> bool:
        """Its draft, or what it changes, was not looked at just now, or a picture is missing."""
        if intent.act not in ("publish", "edit"):
            return False
        stale = not self._is_fresh(intent)
        return bool(stale or missing(intent) or _unused(intent) or intent.notes.get("dropped"))

    def prepare(self, intent: Intent) -> Notes | Outcome:
        """The draft under our slug, found again or made, with just the pictures it will show."""
        if not self.needs_preparing(intent):
            return {}
        notes: dict[str, Any] = {"at": self._api.base}
        if dropped := intent.notes.get("dropped"):  # it was dropped, and is wanted again
            if left := self.drop(replace(intent, notes=dropped)):
                return Later(left, own=True)
            notes["dropped"] = {}
        if intent.act == "publish" and not self._is_fresh(intent):
            made = draft(self._api, intent)
            if isinstance(made, Outcome):
                return made
            notes |= {**made, "draft_seen": rfc3339(self._tools.now())}
        if intent.act == "edit" and not self._is_fresh(intent):
            seen = self._before(intent)
            if isinstance(seen, Outcome):
                return seen
            notes |= seen
        return self._with_pictures(replace(intent, notes={**intent.notes, **notes}), notes)

    def _with_pictures(self, intent: Intent, notes: dict[str, Any]) -> Notes | Outcome:
        post = int(intent.target or intent.notes["post_id"])
        pictures = dict(intent.notes.get("media", {}))
        for sha in _unused(intent):
            if left := media.delete(self._api, intent, [pictures.pop(sha)]):
                return Later(left, own=True)
        made = uploaded(intent, pictures, partial(media.upload, self._api, post))
        if isinstance(made, Outcome):
            return made
        return {**notes, "media": made} if made != intent.notes.get("media", {}) else notes

    def _before(self, intent: Intent) -> Notes | Outcome:
        """The post as it is public now."""
        posts = look(self._api, intent)
        if isinstance(posts, Outcome):
            return edits.not_read(unread(posts))
        return blogpost.before(intent, posts, self._tools.now())

    def _is_fresh(self, intent: Intent) -> bool:
        if intent.act == "edit":
            return edits.looked_at(intent, self._tools.now())
        seen = text_at(intent.notes, "draft_seen")
        return bool(seen) and abs(self._tools.now() - from_rfc3339(seen)) < FRESH

    def send(self, intent: Intent) -> Outcome:
        """One request. An edit leaves the status alone: it must not revive what was taken down."""
        if intent.act == "reply" or (intent.act != "publish" and not intent.target):
            return Refused(because("no_post"))
        if intent.act == "retract":
            return self._retract(intent)
        number = intent.target if intent.act == "edit" else intent.notes.get("post_id")
        if not number or missing(intent):
            return Later(because("not_there_yet"), own=True)
        result = self._api.write(intent, "POST", f"/posts/{number}", json=blogpost.fields(intent))
        outcome = self._api.judge(result, partial(blogpost.settled, intent))
        if intent.act == "edit" and isinstance(outcome, Published):
            self._retire(intent)
        return outcome

    def _retire(self, intent: Intent) -> None:
        """Pictures that the post no longer shows. What fails here goes with the takedown."""
        shown = {picture["id"] for picture in intent.notes.get("media", {}).values()}
        attached = media.attached(self._api, intent, intent.target)
        if not isinstance(attached, Outcome):
            old = [picture for picture in attached if picture["id"] not in shown]
            media.delete(self._api, intent, old)

    def _retract(self, intent: Intent) -> Outcome:
        """The words first, in one request; then the pictures, whose files are public by themselves."""
        result = self._api.write(intent, "DELETE", f"/posts/{intent.target}")
        outcome = self._api.judge(result, partial(blogpost.taken_down, intent))
        if not isinstance(outcome, Published):
            return outcome
        pictures = self._pictures(intent, intent.target)
        if isinstance(pictures, Outcome):
            return Unknown(because("pictures_unsure", why=_said(pictures)))
        left = media.delete(self._api, intent, pictures)
        return Unknown(because("post_gone_only", why=left)) if left else outcome

    def _pictures(self, intent: Intent, post: str) -> Sequence[Picture] | Outcome:
        """Those noted and those that the blog shows attached, each once."""
        shown = media.attached(self._api, intent, post)
        if isinstance(shown, Outcome):
            return shown
        noted = intent.notes.get("media", {}).values()
        return list({picture["id"]: picture for picture in (*noted, *shown)}.values())

    def drop(self, intent: Intent) -> str:
        """The draft and its pictures, for good; a post that is public, or will be, is left alone."""
        number, at = intent.notes.get("post_id"), intent.notes.get("at", self._api.base)
        if at != self._api.base:  # the same number there is somebody else's
            return as_text("reason.left_elsewhere", place=at)
        if number:
            return self._drop_draft(intent, str(number))
        return self._without(intent, list(intent.notes.get("media", {}).values()))

    def _drop_draft(self, intent: Intent, number: str) -> str:
        posts = look(self._api, replace(intent, target=""))
        if isinstance(posts, Outcome):
            return _said(posts)
        if posts and posts[0].get("status") not in ("draft", "pending", "trash"):
            return ""
        pictures = self._pictures(intent, number)
        if isinstance(pictures, Outcome):
            return _said(pictures)
        result = self._api.write(intent, "DELETE", f"/posts/{number}", params={"force": "true"})
        gone = isinstance(result, Answer) and is_gone(result)
        if not gone and fields(result).get("deleted") is not True:
            return because("draft_left", why=_said(self._api.judge(result)))
        return self._without(intent, pictures)

    def _without(self, intent: Intent, pictures: Sequence[Picture]) -> str:
        return media.delete(self._api, intent, pictures)

    def find(self, intent: Intent) -> Found:
        """By the number of the post or draft, else by slug, in every status and in the trash."""
        if intent.act != "publish" and not intent.target:
            return CannotTell(because("no_post"))
        posts = look(self._api, intent)
        if isinstance(posts, Outcome):
            return unread(posts)
        if intent.act == "retract":
            gone = not posts or posts[0].get("status") == "trash"
            return self._is_bare(intent) if gone else Absent(because("still_public"))
        if posts:
            return blogpost.judged(intent, posts[0])
        if intent.target or "post_id" in intent.notes:
            return CannotTell(because("deleted"))
        return Absent(because("no_key"))

    def _is_bare(self, intent: Intent) -> Found:
        """The post is gone: are its pictures?"""
        pictures = self._pictures(intent, intent.target)
        if isinstance(pictures, Outcome):
            return unread(pictures)
        left = media.reachable(self._api, intent, pictures)
        return Absent(left) if left else Published(intent.target)

    def whoami(self) -> str:
        """Its number; a user that may not publish is of no use, and its posts wait."""
        user = self._user()
        if not _may(user)["publish"]:
            roles = ", ".join(str(role) for role in user.get("roles", ())) or "no role"
            raise WhoAmIFailed(because("low_role", f"{_name(user)} ({roles})"), credentials=True)
        return str(user["id"])

    def rights(self) -> Mapping[str, bool]:
        return _may(self._user())

    def _user(self) -> Mapping[str, Any]:
        until = self._tools.monotonic() + WHOAMI_SECONDS
        asked = {"params": {"context": "edit"}, "deadline": until}
        user = fields(result := self._api.call("GET", "/users/me", **asked))
        if number_at(user, "id"):
            return user
        outcome = self._api.judge(result)
        denied = self._api.why_denied(until) if isinstance(outcome, Credentials) else ""
        hidden = isinstance(result, Answer) and own_error(result)
        missing = because("hidden_users" if hidden else "no_rest", network=ABOUT.title)
        raise unnamed(result, outcome, missing=missing, denied=denied)


def _name(user: Mapping[str, Any]) -> str:
    return f"user {user['id']}"


def _may(user: Mapping[str, Any]) -> Mapping[str, bool]:
    """By verb; what the blog does not say, it may not mean to forbid."""
    said = user.get("capabilities")
    able = (
        said if isinstance(said, dict) and said else dict.fromkeys(sum(RIGHTS.values(), ()), True)
    )
    return {verb: all(able.get(name) is True for name in names) for verb, names in RIGHTS.items()}


def _unused(intent: Intent) -> list[str]:
    """Pictures on the blog that an earlier revision wanted and this one does not."""
    wanted = {medium.sha256 for medium in images(intent)}
    return [sha for sha in intent.notes.get("media", {}) if sha not in wanted]


def _said(outcome: Outcome) -> str:
    return str(getattr(outcome, "reason", ""))
