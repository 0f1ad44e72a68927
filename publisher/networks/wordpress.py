"""WordPress, through its REST API with an application password (since 5.6; tried on 6.1).

Two phases: a draft under a slug of our own and its images are prepared, invisible; then one request
sends title, content and status together, so that an editor's changes to the draft never go out. The
slug holds the whole key: it finds the draft or the post again, in the trash too, where WordPress
renames it. No date is ever sent: one in the future would make WordPress schedule the post.
https://developer.wordpress.org/rest-api/reference/posts/
"""

import html
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from mimetypes import guess_extension
from typing import Any
from uuid import uuid4

from publisher.clock import from_rfc3339, rfc3339
from publisher.content import Account, Content, Media, Part, Rendered
from publisher.networks import (
    SECRETS,
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
    Traits,
    WhoAmIFailed,
    blogpost,
)
from publisher.networks.blogpost import is_gone, missing, own_error
from publisher.networks.http import (
    Answer,
    Judge,
    Result,
    attempt,
    call,
    classify,
    quote,
    retry_after,
)
from publisher.networks.listing import unread
from publisher.networks.longform import first_line, harmless, key_name, text_at
from publisher.networks.wording import compose

LONGEST_TITLE = 60  # characters of the text that stand in for a title
WHOAMI_SECONDS = 15
FRESH = timedelta(minutes=2)  # so long a look at the draft counts


class WordPress:
    """One blog, as one of its users."""

    traits = Traits(
        name="WordPress",
        limit=60_000,
        unit="characters",
        max_images=4,
        dedupe="two-phase",
        wordings="long",
        titled=True,
        can_edit=True,
    )

    def __init__(self, account: Account, secrets: Mapping[str, str], tools: Tools) -> None:
        self._secrets = {name: secrets[name] for name in SECRETS["wordpress"]}
        self._tools = tools
        self._api = account.base_url.rstrip("/") + "/wp-json/wp/v2"

    @staticmethod
    def render(content: Content, account: Account, disclaimer: str) -> Rendered:  # noqa: ARG004
        """Text, link and notice; the beginning of the text stands in for a title."""
        text = compose(content.text, link=content.link, notice=disclaimer)
        return Rendered(
            network="wordpress",
            parts=(Part(text, content.media),),
            title=content.title or first_line(content.text, LONGEST_TITLE),
            link=content.link,
            lang=content.lang,
            disclaimer=disclaimer,
            length=len(text),
            limit=WordPress.traits.limit,
        )

    def needs_preparing(self, intent: Intent) -> bool:
        """Its draft was not looked at just now (from the trash it would rise), or an image."""
        if intent.act == "publish" and not self._is_fresh(intent):
            return True
        return intent.act in ("publish", "edit") and bool(missing(intent))

    def prepare(self, intent: Intent) -> Notes | Outcome:
        """The draft under our slug, found again or made, and whatever images are not there yet."""
        notes: dict[str, Any] = {}
        if intent.act == "publish" and not self._is_fresh(intent):
            draft = self._draft(intent)
            if not isinstance(draft, int):
                return draft
            notes = {"post_id": draft, "draft_seen": rfc3339(self._tools.now())}
        for medium in missing(intent) if self.needs_preparing(intent) else ():
            uploaded = self._upload(intent, medium)
            if not isinstance(uploaded, dict):
                return uploaded
            so_far = notes.get("media") or intent.notes.get("media", {})
            notes["media"] = {**so_far, medium.sha256: uploaded}
        return notes

    def _is_fresh(self, intent: Intent) -> bool:
        seen = text_at(intent.notes, "draft_seen")
        return bool(seen) and abs(self._tools.now() - from_rfc3339(seen)) < FRESH

    def send(self, intent: Intent) -> Outcome:
        """One request. An edit leaves the status alone: it must not revive what was taken down."""
        if intent.act == "reply" or (intent.act != "publish" and not intent.target):
            return Refused("there is no post on the blog that it could be about")
        if intent.act == "retract":
            table = self._table(partial(blogpost.taken_down, intent))
            return classify(self._write(intent, "DELETE", f"/posts/{intent.target}"), table)
        number = intent.target if intent.act == "edit" else intent.notes.get("post_id")
        if not number or missing(intent):
            return Later("its draft or an image is not on the blog yet; nothing was sent")
        result = self._write(intent, "POST", f"/posts/{number}", json=blogpost.fields(intent))
        return classify(result, self._table(partial(blogpost.settled, intent)))

    def find(self, intent: Intent) -> Found:
        """By the number of the post or draft, else by slug, in every status and in the trash."""
        if intent.act != "publish" and not intent.target:
            return CannotTell("it does not say which post it is about")
        posts = self._look(intent)
        if not isinstance(posts, list):
            return unread(posts)
        if intent.act == "retract":
            gone = not posts or posts[0].get("status") == "trash"
            return Published(intent.target) if gone else Absent("the post is still on the blog")
        if posts:
            return blogpost.judged(intent, posts[0])
        if intent.target or "post_id" in intent.notes:
            return CannotTell("somebody deleted the post from the blog for good")
        return Absent("the blog has neither a draft nor a post under its key")

    def whoami(self) -> str:
        until = self._tools.monotonic() + WHOAMI_SECONDS
        user = _fields(result := self._call("GET", "/users/me", deadline=until))
        if isinstance(user.get("id"), int):
            return str(user["id"])
        no = unread(classify(result, self._table()))
        raise WhoAmIFailed(no.reason, credentials=isinstance(no, Credentials))

    def _call(self, method: str, path: str, **more: Any) -> Result:
        auth = (self._secrets["username"], self._secrets["password"])
        url = self._api + path
        return attempt(partial(call, method, url, auth=auth, tools=self._tools, **more))

    def _write(self, intent: Intent, method: str, path: str, **body: Any) -> Result:
        limits = {"deadline": intent.deadline, "not_after": intent.not_after}
        return self._call(method, path, **limits, **body)

    def _look(self, intent: Intent) -> list[Mapping[str, Any]] | Outcome:
        """The post that this intent is about, as its author sees it; [] when there is none."""
        number = intent.target or intent.notes.get("post_id")
        if not number:
            return self._by_slug(intent)
        asked = {"params": {"context": "edit"}, "deadline": intent.deadline}
        result = self._call("GET", f"/posts/{number}", **asked)
        if isinstance(result, Answer) and is_gone(result):
            return []
        post = _fields(result)
        return [post] if "status" in post else classify(result, self._table())

    def _by_slug(self, intent: Intent) -> list[Mapping[str, Any]] | Outcome:
        slug = key_name(intent.key)
        wanted = {"slug": f"{slug},{slug}__trashed", "status": "any,trash", "context": "edit"}
        result = self._call("GET", "/posts", params=wanted, deadline=intent.deadline)
        posts = result.json() if isinstance(result, Answer) and result.status == 200 else None
        if isinstance(posts, list) and all(isinstance(post, dict) for post in posts):
            return [post for post in posts if post.get("slug") in (slug, f"{slug}__trashed")]
        return classify(result, self._table())

    def _draft(self, intent: Intent) -> int | Outcome:
        posts = self._look(intent)
        if not isinstance(posts, list):
            return harmless(posts)
        if not posts and "post_id" in intent.notes:
            return Refused("somebody deleted its draft from the blog; nothing is public")
        return blogpost.usable(intent, posts[0]) if posts else self._new_draft(intent)

    def _new_draft(self, intent: Intent) -> int | Outcome:
        slug, title = key_name(intent.key), html.escape(intent.rendered.title, quote=False)
        body = {"title": title or slug, "slug": slug, "status": "draft"}
        result = self._write(intent, "POST", "/posts", json=body)
        made = _fields(result, 201)
        if made.get("slug") == slug and isinstance(made.get("id"), int):
            return int(made["id"])
        if not made:
            return harmless(classify(result, self._table()))
        posts = self._by_slug(intent)  # taken meanwhile: by a request of ours that came late?
        if isinstance(posts, list) and posts:
            return blogpost.usable(intent, posts[0])
        return Refused("its address on the blog belongs to a post that this user cannot see")

    def _upload(self, intent: Intent, medium: Media) -> dict[str, Any] | Outcome:
        """One image under a random name: it is public at once, so its address must say nothing."""
        name = uuid4().hex + (guess_extension(medium.mime) or "")
        file = (name, self._tools.media(medium.sha256), medium.mime)
        body = {"files": {"file": file}, "data": {"alt_text": medium.alt}}
        result = self._write(intent, "POST", "/media", **body)
        made = result.fields() if isinstance(result, Answer) else {}
        if isinstance(made.get("id"), int) and text_at(made, "source_url"):
            return {"id": made["id"], "url": made["source_url"]}
        if text_at(made, "code").startswith("rest_upload_"):  # a 500, yet a plain no
            return Refused(f"WordPress does not take the image: {self._said(made)}")
        return harmless(classify(result, self._table()))

    def _table(self, success: Judge | None = None) -> Mapping[int, Judge]:
        """What WordPress documents, by status; `success` may claim 200, 404 and 410 first."""
        refusals = dict.fromkeys((400, 403, 404, 409, 410, 413, 415, 422), self._refused)
        table: dict[int, Judge] = {**refusals, 401: _unauthorized}
        table[429] = lambda it: Later("the blog asks to wait", retry_after(it, self._tools.now()))
        if success is not None:
            first = success
            table[200] = first
            table[404] = table[410] = lambda answer: first(answer) or self._refused(answer)
        return table

    def _refused(self, answer: Answer) -> Outcome | None:
        """Only in WordPress's own words: a firewall's page may come after WordPress has acted."""
        if not own_error(answer):
            return None
        said = answer.fields()
        nested = text_at(said, "data", "details", "status", "code")
        if nested == "rest_forbidden_status":  # a listing's 401, dressed as a 400
            return _unauthorized(answer)
        return Refused(f"WordPress refused it: {self._said(said)}")

    def _said(self, error: Mapping[str, Any]) -> str:
        words = html.unescape(text_at(error, "message"))
        return f"{quote(words, self._secrets.values())} ({text_at(error, 'code')[:60]})"


def _fields(result: Result, status: int = 200) -> Mapping[str, Any]:
    return result.fields() if isinstance(result, Answer) and result.status == status else {}


def _unauthorized(_: Answer) -> Outcome:
    return Credentials("the blog does not accept the user name or the application password")
