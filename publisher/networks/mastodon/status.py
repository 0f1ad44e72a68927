"""A post ("status") as a Mastodon server shows it, and pages of them."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from publisher.clock import from_rfc3339
from publisher.content import Rendered
from publisher.networks import Intent
from publisher.networks.mastodon.text import near, words
from publisher.networks.text.wording import plain
from publisher.networks.wire.fields import text_at
from publisher.networks.wire.http import Answer, Result, fields
from publisher.networks.wire.listing import REACH, Own, Page

PAGE = 40  # posts; no server gives more at once
PICTURE = "[image]"
_NEXT = re.compile(r'[?&]max_id=([A-Za-z0-9]{1,40})(?:&[^<>,?]{0,200})?>; ?rel="next"')
Status = Mapping[str, Any]


def read(status: Status) -> str:
    """What readers see: a warning before it, the text, a word for each image. Raises TypeError."""
    said = (text_at(status, "spoiler_text"), words(_text(status, "content")))
    return "\n\n".join(filter(None, (*said, *[PICTURE] * len(attached(status)))))


def meant(rendered: Rendered) -> str:
    """The same of what we send."""
    pictures = [PICTURE for part in rendered.parts for _ in part.media]
    return "\n\n".join((near(rendered.text), *pictures))


def attached(status: Status) -> list[str]:
    """The ids of its images. Raises TypeError."""
    return [_text(one, "id") for one in _list(status.get("media_attachments"))]


def says(status: Status, intent: Intent, ids: list[str]) -> bool:
    """Does it read as the intent does, with just these images?"""
    try:
        same = plain(read(status)) == plain(meant(intent.rendered))
        return same and attached(status) == ids
    except TypeError:
        return False


def shown(result: Result, number: str) -> Status:
    """The post of that number, {} when the answer is not that."""
    found = fields(result)
    return found if text_at(found, "id") == number else {}


def is_gone(result: Result) -> bool:
    """Does the server itself say that it has no such post?"""
    return bool(text_at(fields(result, 404), "error"))


def as_read(intent: Intent) -> Intent:
    """The intent as a list of posts shows it, which names nobody's server."""
    parts = tuple(replace(part, text=near(part.text)) for part in intent.rendered.parts)
    return replace(intent, rendered=replace(intent.rendered, parts=parts))


def page(result: Result, since: datetime) -> Page | None:
    """One page of the account's posts, newest first; None when it cannot be relied on."""
    if not isinstance(result, Answer) or result.status != 200:
        return None
    try:
        posts = [_own(status) for status in _list(result.json())]
    except (TypeError, ValueError, AttributeError):
        return None
    if posts and posts[-1].at < since - REACH:
        return Page(posts)
    following = _NEXT.search(result.headers.get("Link", ""))
    return Page(posts, following[1] if following else "", bool(following) or len(posts) < PAGE)


def _own(status: Status) -> Own:
    said, at = words(_text(status, "content")), from_rfc3339(_text(status, "created_at"))
    url = text_at(status, "url")
    return Own(_text(status, "id"), url, said, at, len(attached(status)))


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("no list")
    return value


def _text(status: Status, name: str) -> str:
    """What is always a text; to take anything else for an empty one would make another post of it."""
    value = status.get(name)
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text")
    return value
