"""The shapes of WordPress's answers: posts, uploads, errors."""

import base64
import binascii
import html
import re
import unicodedata
from typing import Any
from urllib.parse import quote, unquote

from publisher.sandbox.wire import Answer, Refusal, Request, iso, page, reply
from publisher.sandbox.world import Medium, Post, World

_SECONDS = "%Y-%m-%dT%H:%M:%S"
_LARGE = 1024  # pixels on the longer side, as WordPress is installed
# What a caller without valid credentials is told, by method and path.
_STRANGERS = (
    ("GET", "users/me", "rest_not_logged_in", "You are not currently logged in."),
    ("GET", "", "rest_forbidden_context", "Sorry, you are not allowed to edit posts."),
    ("DELETE", "", "rest_cannot_delete", "Sorry, you are not allowed to delete this post."),
    ("POST", r"posts/\d+", "rest_cannot_edit", "Sorry, you are not allowed to edit this post."),
    ("", "", "rest_cannot_create", "Sorry, you are not allowed to create posts as this user."),
)


def basic(request: Request) -> str:
    """The password of an `Authorization: Basic` header, or ""."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(given).decode("utf-8", "replace").partition(":")[2]
    except binascii.Error:
        return ""


def error(status: int, code: str, message: str, **data: Any) -> Answer:
    return reply({"code": code, "message": message, "data": {"status": status, **data}}, status)


def refuse(request: Request, fault: Refusal) -> Answer:
    if fault.kind == "401":
        for method, path, code, message in _STRANGERS:
            if method in ("", request.method) and re.search(path, request.path):
                return error(fault.status or 401, code, message)
    if fault.kind == "400":
        return error(400, "rest_invalid_json", "Invalid JSON body passed.")
    if fault.kind == "404":
        message = "No route was found matching the URL and request method."
        return error(404, "rest_no_route", message)
    if fault.kind == "429":  # core has no limit; hosts in front of it answer in HTML
        answer = page("<html><h1>429 Too Many Requests</h1></html>", fault.status or 429)
        wait = {"Retry-After": str(max(1, round(fault.seconds)))}
        return Answer(answer.status, answer.body, {**answer.headers, **wait})
    message = "There has been a critical error on this website."
    return error(fault.status or 500, "internal_server_error", message)


def wire_state(post: Post, status: str) -> str:
    """Our word for a WordPress status."""
    if status == "trash":
        return "rejected" if post.public_at is None else "removed"
    if post.public_at is not None and status not in ("publish", "pending"):
        return "removed"
    return {"publish": "public", "pending": "held"}.get(status, "draft")


def clean_slug(text: str) -> str:
    """A slug as `sanitize_title` makes it: lower case, hyphens, other scripts percent-encoded."""
    plain = unquote(text)  # percent-encoded octets stay what they are
    kept = re.sub(r"[^\w\s-]", "", unicodedata.normalize("NFC", plain).lower())
    return quote(re.sub(r"[\s-]+", "-", kept).strip("-"), safe="").lower()[:200]


_REPLACED = (
    (r"(?<!\S)\"|(?<=[(>])\"", "“"),
    (r"\"", "”"),
    (r"(?<=\w)'", "’"),
    (r"'", "‘"),
    (r"---", "—"),
    (r"--| - ", "–"),
    (r"\.\.\.", "…"),
    (r" \(tm\)", " ™"),
    (r"(?<=\d)x(?=\d)", "×"),
    (r"(?<!\S):-?\)(?!\S)", "🙂"),
    (r"\bWordpress", "WordPress"),
    (r"\[(gallery|embed|caption)[^\][]*\]", ""),
)


def texturized(markup: str) -> str:
    """What WordPress does to the words between tags when it shows them; entities it leaves alone."""
    parts = re.split(r"(<[^<>]*>)", markup)
    for wanted, better in _REPLACED:
        parts[::2] = [re.sub(wanted, better, part) for part in parts[::2]]
    return "".join(parts)


def autop(text: str) -> str:
    """Paragraphs where blank lines are, as `wpautop` makes them; markup is left alone.

    The comments that delimit blocks are not shown.
    """
    text = re.sub(r"<!-- /?wp:[^<>]*>\n?", "", text)
    if re.search(r"<(p|div|h\d|ul|ol|figure|!--)", text):
        return text
    parts = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
    return "\n".join(f"<p>{part}</p>".replace("\n", "<br />\n") for part in parts)


def _both(raw_text: str, rendered: str, *, raw: bool) -> dict[str, str]:
    return {"raw": raw_text, "rendered": rendered} if raw else {"rendered": rendered}


def shown(world: World, request: Request, post: Post, *, raw: bool) -> dict[str, Any]:
    """A post in the view or the edit context."""
    modified = post.updated or post.created
    link = f"{request.base}/blog/?p={post.id}"
    return {
        "id": int(post.id),
        "date": iso(post.created, _SECONDS),
        "date_gmt": iso(post.created, _SECONDS),
        "modified": iso(modified, _SECONDS),
        "modified_gmt": iso(modified, _SECONDS),
        "guid": _both(link, link, raw=raw),
        "slug": post.marks.get("slug", ""),
        "status": post.extra["status"],
        "type": "post",
        "link": link,
        "title": _both(post.title, texturized(post.title), raw=raw),
        "content": {**_both(post.text, texturized(autop(post.text)), raw=raw), "protected": False},
        "excerpt": {"rendered": "", "protected": False},
        "author": int(world.account("wordpress", post.account)),
        "featured_media": int(post.extra.get("featured_media") or 0),
        "categories": post.extra.get("categories", [1]),
        "tags": post.extra.get("tags", []),
        "meta": [],
    }


def medium_shown(request: Request, medium: Medium) -> dict[str, Any]:
    """An upload. A picture wider than `large` has that size too, under an address of its own."""
    source = f"{request.base}/media/wordpress/{medium.id}"
    full = {"source_url": source, "width": medium.width, "height": medium.height}
    sizes = {"full": full}
    if max(medium.width, medium.height) > _LARGE:
        scale = _LARGE / max(medium.width, medium.height)
        width, height = round(medium.width * scale), round(medium.height * scale)
        sizes["large"] = {"source_url": f"{source}?size=large", "width": width, "height": height}
    return {
        "id": int(medium.id),
        "date_gmt": iso(medium.created, _SECONDS),
        "slug": clean_slug(medium.filename.rpartition(".")[0] or medium.filename),
        "status": "inherit",
        "type": "attachment",
        "media_type": "image",
        "mime_type": medium.mime,
        "alt_text": medium.alt,
        "post": int(medium.parent) if medium.parent else None,
        "title": {"rendered": html.escape(medium.filename, quote=False)},
        "source_url": source,
        "media_details": {"width": medium.width, "height": medium.height, "sizes": sizes},
    }
