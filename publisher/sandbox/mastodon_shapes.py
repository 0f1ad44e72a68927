"""The shapes of Mastodon's answers: posts as HTML, accounts, uploads, the server itself; its counting."""

import re
from html import escape
from typing import Any

from publisher.sandbox.wire import Answer, Refusal, Request, iso, reply
from publisher.sandbox.world import Medium, Post, World

LIMITS = {
    "max_characters": 500,
    "max_media_attachments": 4,
    "characters_reserved_per_url": 23,
    "image_size_limit": 16 * 1024 * 1024,
    "image_matrix_limit": 33_177_600,
    "description_limit": 1500,
}
_URL = re.compile(r"https?://[^\s<>\"'）」』]+[^\s<>\"'.,;:!?、。）」』)]", re.IGNORECASE)
_MENTION = re.compile(r"(?<![=/\w])@([A-Za-z0-9_]+)@[\w.-]*\w")
_PARTS = re.compile(r"\n{2,}")


def error(message: str, status: int = 422) -> Answer:
    return reply({"error": message}, status)


def missing() -> Answer:
    return error("Record not found", 404)


def refuse(request: Request, fault: Refusal) -> Answer:
    if fault.kind == "429":
        answer = error("Too many requests", fault.status or 429)
        reset = iso(request.arrived + fault.seconds + 1, "%Y-%m-%dT%H:%M:%S.%fZ")
        limits = {"Limit": "300", "Remaining": "0", "Reset": reset}
        told = {f"X-RateLimit-{name}": value for name, value in limits.items()}
        return Answer(answer.status, answer.body, {**answer.headers, **told})
    if fault.kind == "401":
        return error("The access token is invalid", fault.status or 401)
    if fault.kind == "400":
        return error("The request could not be understood", 400)
    if fault.kind == "404":
        return missing()
    return error("There was a temporary problem serving your request", fault.status or 500)


def length(text: str) -> int:
    """A link counts as 23 characters, a mention without its server."""
    reserved = "x" * LIMITS["characters_reserved_per_url"]
    return len(_MENTION.sub(r"@\1", _URL.sub(reserved, text)))


def processing(world: World, medium: Medium) -> bool:
    return world.now() < medium.created + world.settings["mastodon_processing_seconds"]


def _html(text: str) -> str:
    """As its formatter writes it: paragraphs, line breaks, links whose ends are hidden."""
    parts = (_linked(part).replace("\n", "<br />") for part in _PARTS.split(text) if part)
    return "".join(f"<p>{part}</p>" for part in parts)


def _linked(text: str) -> str:
    done, at = "", 0
    for hit in _URL.finditer(text):
        url = hit[0]
        scheme, _, rest = url.partition("://")
        pieces = (("invisible", f"{scheme}://"), ("ellipsis", rest[:30]), ("invisible", rest[30:]))
        spans = "".join(f'<span class="{kind}">{escape(one)}</span>' for kind, one in pieces)
        href = f'<a href="{escape(url)}" target="_blank" rel="nofollow noopener">{spans}</a>'
        done += _named(text[at : hit.start()]) + href
        at = hit.end()
    return done + _named(text[at:])


def _named(text: str) -> str:
    return _MENTION.sub(r'<span class="h-card">@<span>\1</span></span>', escape(text))


def medium_shown(world: World, request: Request, medium: Medium) -> dict[str, Any]:
    address = f"{request.base}/media/mastodon/{medium.id}"
    size = {"width": medium.width, "height": medium.height}
    return {
        "id": medium.id,
        "type": "image",
        "url": None if processing(world, medium) else address,
        "preview_url": address,
        "remote_url": None,
        "description": medium.alt or None,
        "meta": {"original": size},
        "blurhash": None,
    }


def account_shown(
    world: World, request: Request, name: str, *, own: bool = False
) -> dict[str, Any]:
    home = f"{request.base}/mastodon/@{name}"
    said = {
        "note": "",
        "fields": [],
        "privacy": "public",
        "sensitive": False,
        "language": "en",
        "follow_requests_count": 0,
        "indexable": False,
    }
    role = {"id": "-99", "name": "", "permissions": "65536", "color": "", "highlighted": False}
    yes_no = dict.fromkeys(("locked", "bot", "group", "indexable", "discoverable"), False)
    pictures = dict.fromkeys(("avatar", "avatar_static", "header", "header_static"), f"{home}.png")
    posts = world.visible(world.timeline("mastodon", name))
    return {
        "id": world.account("mastodon", name),
        **dict.fromkeys(("username", "acct", "display_name"), name),
        **yes_no,
        **pictures,
        **dict.fromkeys(("url", "uri"), home),
        "created_at": "2020-01-01T00:00:00.000Z",
        "note": "",
        "emojis": [],
        "fields": [],
        **dict.fromkeys(("followers_count", "following_count"), 0),
        "statuses_count": len(posts),
        "last_status_at": iso(posts[-1].created, "%Y-%m-%d") if posts else None,
        **({"source": said, "role": role} if own else {}),
    }


def shown(world: World, request: Request, post: Post) -> dict[str, Any]:
    media = [world.media[key] for one in post.media if (key := ("mastodon", one)) in world.media]
    url = f"{request.base}/mastodon/@{post.account}/{post.id}"
    return {
        "id": post.id,
        "created_at": iso(post.created),
        "edited_at": iso(post.updated) if post.edits else None,
        "account": account_shown(world, request, post.account),
        "content": _html(post.text),
        "spoiler_text": post.extra.get("warning", ""),
        "media_attachments": [medium_shown(world, request, medium) for medium in media],
        "visibility": post.extra.get("visibility", "public"),
        "language": post.extra.get("language"),
        "sensitive": False,
        **dict.fromkeys(("url", "uri"), url),
        "mentions": [],
        "tags": [],
        "emojis": [],
        **dict.fromkeys(("replies_count", "reblogs_count", "favourites_count"), 0),
        **dict.fromkeys(("in_reply_to_id", "in_reply_to_account_id", "reblog", "poll", "card")),
    }


def instance_shown(world: World, request: Request) -> dict[str, Any]:
    here = f"{request.base}/mastodon"
    posts = ("max_characters", "max_media_attachments", "characters_reserved_per_url")
    images = ("image_size_limit", "image_matrix_limit", "description_limit")
    videos = dict.fromkeys(("video_size_limit", "video_frame_rate_limit", "video_matrix_limit"), 0)
    polls = ("max_options", "max_characters_per_option", "min_expiration", "max_expiration")
    kinds = ["image/jpeg", "image/png", "image/gif"]
    media = {**{name: LIMITS[name] for name in images}, **videos, "supported_mime_types": kinds}
    return {
        "domain": "sandbox",
        "title": "Sandbox",
        "version": "4.5.0",
        "api_versions": {"mastodon": 7},
        "source_url": here,
        "description": "",
        "usage": {"users": {"active_month": len(world.accounts)}},
        "thumbnail": {"url": f"{request.base}/favicon.svg"},
        "icon": [],
        "languages": ["en", "ja"],
        "configuration": {
            "urls": {"streaming": here},
            "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
            "statuses": {name: LIMITS[name] for name in posts},
            "media_attachments": media,
            "polls": dict.fromkeys(polls, 4),
            "translation": {"enabled": False},
        },
        "registrations": {"enabled": False, "approval_required": False, "message": None},
        "contact": {"email": "", "account": None},
        "rules": [],
    }
