"""One WordPress post as values: what we send, and what an answer about it means."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from publisher.content import Media, Rendered
from publisher.networks import (
    Absent,
    Accepted,
    CannotTell,
    Found,
    Intent,
    Notes,
    Outcome,
    Published,
    Refused,
    Unknown,
)
from publisher.networks.text.longform import bare, essence
from publisher.networks.wire import edits, uploads
from publisher.networks.wire.fields import number_at, text_at
from publisher.networks.wire.http import Answer, quote
from publisher.networks.wire.reasons import because
from publisher.networks.wordpress.blocks import article, literal

Post = Mapping[str, Any]
_PICTURE = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
_LINK = re.compile(r"<a\b[^<>]*>", re.IGNORECASE)
_HREF = re.compile(r'\bhref="([^"]*)"', re.IGNORECASE)
UNCLEAR = {"future": "scheduled", "locked": "locked"}


def missing(intent: Intent) -> list[Media]:
    """The images that have no address on the blog yet."""
    return uploads.missing(intent, intent.notes.get("media", {}))


def fields(intent: Intent) -> dict[str, str]:
    """What is sent, in one request: our title and words, and for a publish the status with them."""
    sent = {
        "title": literal(intent.rendered.title),
        "content": article(intent.rendered, intent.notes.get("media", {})),
    }
    return sent if intent.act == "edit" else sent | {"status": "publish"}


def settled(intent: Intent, answer: Answer) -> Outcome | None:
    """The answer to a publish or an edit; None when it is not about this post."""
    post = answer.fields()
    number = str(intent.target if intent.act == "edit" else intent.notes.get("post_id"))
    if str(post.get("id")) != number:
        return None
    match status := _status(post):
        case "publish":
            shown = intent.act != "edit" or _is_ours(intent.rendered, post)
            return (
                Published(number, _address(intent, post))
                if shown
                else Unknown(because("not_shown"))
            )
        case "pending":
            return Accepted(because("held"), number)
        case "future" | "locked":
            return Unknown(because(UNCLEAR[status]))
        case "trash" | "draft" | "private" if intent.act == "edit":
            return Refused(because("gone"))
    return None


def taken_down(intent: Intent, answer: Answer) -> Outcome | None:
    """The answer to a retract: in the trash now, or gone before."""
    post = answer.fields()
    trashed = post.get("status") == "trash" and str(post.get("id")) == intent.target
    gone = trashed or post.get("deleted") is True
    if is_gone(answer) or (answer.status == 200 and gone):
        return Published(intent.target)
    return None


def judged(intent: Intent, post: Post) -> Found:
    """What the post that was found says about a publish or an edit."""
    number, link, status = str(number_at(post, "id")), _address(intent, post), _status(post)
    lookalike = (number, link, text_at(post, "content", "raw") or link)
    if intent.act == "publish" and number in intent.taken:
        return CannotTell(because("of_another"), (lookalike,))
    if status == "publish" and _is_ours(intent.rendered, post):
        return Published(number, link)
    match intent.act, status:
        case "edit", "publish":
            return Absent(because("as_it_was"))
        case "publish", "draft":
            return Absent(because("draft"), {"post_id": post.get("id")})
        case "publish", "pending":
            return Accepted(because("held"), number)
    says = "says_else" if _is_readable(post) else "no_text"
    why = because(says) if status == "publish" else _set_to(status)
    return CannotTell(why, (lookalike,))


def usable(intent: Intent, post: Post) -> int | Refused:
    """The number of the post that a publish may go into, or why it must not."""
    number, status = number_at(post, "id"), _status(post)
    if not number or str(number) in intent.taken:
        return Refused(because("of_another"))
    if status == "draft" or (status == "publish" and _is_ours(intent.rendered, post)):
        return number
    if status == "publish":
        return Refused(because("says_else"))
    return Refused(_set_to(status))


def before(intent: Intent, posts: Sequence[Post], now: datetime) -> Notes | Outcome:
    """May this edit change what is on the blog now?"""
    status = _status(posts[0]) if posts else ""
    if status != "publish":
        return Refused(_set_to(status) if status else because("gone"))
    if not _is_readable(posts[0]):
        return edits.not_read(CannotTell(because("no_text")))
    how = edits.Reading(
        read=pictured,
        normal=lambda text: essence(_spelt_out(text)),
        shown=lambda text: bare(_spelt_out(text)),
    )
    return edits.compared(intent, now, _text(posts[0]), how)


def _set_to(status: Any) -> str:
    return because("set_to", status=quote(status, ()))


def _address(intent: Intent, post: Post) -> str:
    """Where readers find it; some plugins leave out the host."""
    link = text_at(post, "link")
    return urljoin(f"{intent.account.base_url}/", link) if link else ""


def _is_readable(post: Post) -> bool:
    content = post.get("content")
    return isinstance(content, dict) and bool({"raw", "rendered"} & content.keys())


def _status(post: Post) -> Any:
    """WordPress's own word; "locked" when readers are asked for a password."""
    status = post.get("status")
    return "locked" if status in ("publish", "draft") and post.get("password") else status


def own_error(answer: Answer) -> bool:
    """Is this WordPress's own refusal, and not the page of a proxy or firewall before it?"""
    said, data = answer.fields(), answer.fields().get("data")
    status = data.get("status") if isinstance(data, dict) else None
    return bool(text_at(said, "code")) and status == answer.status


def is_gone(answer: Answer) -> bool:
    """Does WordPress say that there is no such post?"""
    code = text_at(answer.fields(), "code")
    return own_error(answer) and code in ("rest_post_invalid_id", "rest_already_trashed")


def _is_ours(rendered: Rendered, post: Post) -> bool:
    """The same words in title and text; the images and the blog's typography are left out."""
    return essence(_text(post)) == essence(_ours(rendered))


def _text(post: Post) -> str:
    """Title and text as they were written."""
    title = text_at(post, "title", "raw") or text_at(post, "title", "rendered")
    content = text_at(post, "content", "raw") or text_at(post, "content", "rendered")
    return f"{title}\n{content}"


def _ours(rendered: Rendered) -> str:
    return pictured(replace(rendered, parts=tuple(replace(p, media=()) for p in rendered.parts)))


def pictured(rendered: Rendered) -> str:
    """Title and text as we write them, with stand-ins for its pictures."""
    stand_ins = {m.sha256: {"id": 0, "url": ""} for part in rendered.parts for m in part.media}
    return f"{literal(rendered.title)}\n{article(rendered, stand_ins)}"


def _spelt_out(text: str) -> str:
    """With a word for each picture, and where each link leads: editors change these, too."""
    return _LINK.sub(_target, _PICTURE.sub(" [image] ", text))


def _target(link: re.Match[str]) -> str:
    found = _HREF.search(link[0])
    return f" ({found[1]}) " if found else ""
