"""A post's pictures on a WordPress blog.

A picture's file is public for whoever knows its address from the upload on; the API cannot change
that. So it goes up only for a post that may go out, under a random name, attached to its post; and
it is deleted for good, never trashed, when the post is taken down or its draft is dropped.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from publisher.content import Media
from publisher.networks import Intent, Outcome, Refused
from publisher.networks.wire.fields import number_at, text_at
from publisher.networks.wire.http import Answer, attempt, call, fields, quote
from publisher.networks.wire.reasons import because
from publisher.networks.wire.uploads import not_uploaded, unnamed_file
from publisher.networks.wordpress.api import Api, objects
from publisher.networks.wordpress.blogpost import is_gone
from publisher.words import part

LIMIT = part("network.site_limit")
SIZES = ("large", "full")  # WordPress's names; "large" is what themes are made for
_OWN_NAME = re.compile(r"[0-9a-f]{32}(-\d+)?")  # what WordPress makes of our names, as a slug

Picture = Mapping[str, Any]


def upload(blog: Api, post: int, intent: Intent, medium: Media) -> Picture | Outcome:
    """One image for this post (or draft): what to note of it, or why it did not come to that."""
    data = blog.tools.media(medium.sha256)
    body = {
        "files": {"file": unnamed_file(medium, data)},
        "data": {"alt_text": medium.alt, "post": str(post)},
    }
    result = blog.write(intent, "POST", "/media", **body)
    made = result.fields() if isinstance(result, Answer) else {}
    if number_at(made, "id") and text_at(made, "source_url"):
        return _noted(made)
    if text_at(made, "code").startswith("rest_upload_"):  # a 500, yet a plain no
        return Refused(because("image_refused", blog.said(made)))
    return not_uploaded(blog.judge(result), result, content=data, limit=LIMIT)


def _noted(made: Mapping[str, Any]) -> Picture:
    """Number, and address of the size that goes into the post; small ones have only themselves."""
    file = text_at(made, "source_url")
    sized = {name: text_at(made, "media_details", "sizes", name, "source_url") for name in SIZES}
    size = next((name for name in SIZES if sized[name]), "full")
    return {"id": made["id"], "url": sized.get(size) or file, "size": size, "file": file}


def attached(blog: Api, intent: Intent, post: str) -> list[Picture] | Outcome:
    """The pictures that we attached to this post, in the trash too; not those of editors."""
    result = blog.read(intent, "/media", parent=post, per_page="100")
    listed = objects(result)
    if listed is None or not all(number_at(one, "id") and text_at(one, "slug") for one in listed):
        return blog.judge(result)
    return [_noted(one) for one in listed if _OWN_NAME.fullmatch(text_at(one, "slug"))]


def delete(blog: Api, intent: Intent, pictures: Sequence[Picture]) -> str:
    """Delete them for good, then fetch their addresses; "" when all are gone, or what is not."""
    for picture in pictures:
        result = blog.write(intent, "DELETE", f"/media/{picture['id']}", params={"force": "true"})
        gone = isinstance(result, Answer) and is_gone(result)
        if not gone and fields(result).get("deleted") is not True:
            reason = getattr(blog.judge(result), "reason", "")
            return because("picture_left", why=reason)
    return reachable(blog, intent, pictures)


def reachable(blog: Api, intent: Intent, pictures: Sequence[Picture]) -> str:
    """Which of them a stranger may still fetch, in words; "" when none."""
    for picture in pictures:
        address = str(picture.get("file") or picture["url"])
        get = partial(call, "GET", address, tools=blog.tools, deadline=intent.deadline)
        answer = attempt(get)  # without our credentials
        if not (isinstance(answer, Answer) and answer.status in (404, 410)):
            return because("picture_open", address=quote(address, ()))
    return ""
