"""Facebook Graph API v26.0 for Pages, as far as publishing needs it.

The account is the page: its id is the account's user id, a post's id is `{page}_{post}`.
"""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from publisher.sandbox import facebook_comments as comments
from publisher.sandbox.facebook_shapes import error, no_such, refuse, shown, wanted
from publisher.sandbox.ids import account_of
from publisher.sandbox.wire import Answer, Params, Protocol, Request, moment, reply, route
from publisher.sandbox.world import Medium, Post, World, image_facts

_COMMON = {"access_token", "appsecret_proof", "format", "locale", "debug", "fields", "pretty"}
_FEED = _COMMON | {
    "message",
    "link",
    "published",
    "attached_media",
    "name",
    "caption",
    "description",
    "picture",
    "place",
    "tags",
    "targeting",
    "feed_targeting",
    "privacy",
    "backdated_time",
    "backdated_time_granularity",
    "scheduled_publish_time",
    "unpublished_content_type",
    "call_to_action",
    "child_attachments",
    "client_mutation_id",
    "title",
}
_PHOTO = _COMMON | {
    "source",
    "published",
    "alt_text_custom",
    "message",
    "caption",
    "name",
    "url",
    "temporary",
    "no_story",
    "targeting",
    "feed_targeting",
    "privacy",
    "place",
    "tags",
    "unpublished_content_type",
    "backdated_time",
    "scheduled_publish_time",
}
_EDIT = _COMMON | {
    "message",
    "attached_media",
    "is_published",
    "is_hidden",
    "is_pinned",
    "place",
    "tags",
    "privacy",
    "backdated_time",
    "scheduled_publish_time",
    "timeline_visibility",
    "explicitly_added_mentionee_ids",
    "sponsor_id",
}
_POST_FIELDS = {
    "id",
    "message",
    "created_time",
    "updated_time",
    "permalink_url",
    "application",
    "from",
    "is_published",
    "attachments",
    "full_picture",
    "status_type",
    "is_hidden",
    "shares",
    "story",
}
_MAX_MESSAGE = 63_206


def authenticate(request: Request) -> str | None:
    """A page token: bearer, `access_token` in the query, or in the body."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() not in ("bearer", "oauth"):
        token = request.params.get("access_token", "")
    if not token and request.method == "POST":
        token = str(request.fields.get("access_token", ""))
    return account_of(token.strip())


def _stranger(world: World, request: Request) -> Answer | None:
    """The refusal when the token is not the page's own."""
    if request.args[0] in ("me", world.account("facebook", request.account)):
        return None
    return error(200, "(#200) The token does not belong to this page", 403)


def _unknown(fields: Iterable[str], known: set[str]) -> Answer | None:
    odd = sorted({name.partition("[")[0] for name in fields} - known)
    return error(100, f"(#100) Invalid parameter: {odd[0]}") if odd else None


def _false(value: Any) -> bool:
    return str(value).lower() in ("false", "0")


def _attached(fields: Params) -> list[str]:
    """Photo ids from `attached_media`, a JSON list or `attached_media[0]={…}`."""
    given = fields.get("attached_media", "[]")
    listed = given if isinstance(given, list) else json.loads(given or "[]")
    listed += [fields[name] for name in sorted(fields) if name.startswith("attached_media[")]
    return [
        str((each if isinstance(each, dict) else json.loads(each))["media_fbid"]) for each in listed
    ]


def _create_kind(world: World, request: Request) -> str:
    del world
    return "prepare" if _false(request.fields.get("published", "true")) else "publish"


def feed(world: World, request: Request) -> Answer:
    """POST /{page}/feed."""
    if (no := _stranger(world, request) or _unknown(request.fields, _FEED)) is not None:
        return no
    message, link = (str(request.fields.get(each, "")) for each in ("message", "link"))
    try:
        media = _attached(request.fields)
    except (ValueError, KeyError, TypeError):
        return error(100, "(#100) Param attached_media must be an array of {media_fbid}")
    if not message and not link and not media:
        return error(100, "(#100) The parameter message is required")
    if len(message) > _MAX_MESSAGE:
        return error(100, f"(#100) Param message must be at most {_MAX_MESSAGE} characters long.")
    if any(_photo(world, request, number) is None for number in media):
        return error(100, "(#100) Invalid parameter: attached_media", error_subcode=1366046)
    published = not _false(request.fields.get("published", "true"))
    return _publish(world, request, _draft(request, (message, link), media), public=published)


def _photo(world: World, request: Request, number: str) -> Medium | None:
    medium = world.media.get(("facebook", number))
    return medium if medium is not None and medium.account == request.account else None


def _draft(request: Request, words: tuple[str, str], media: list[str]) -> Post:
    post = Post("facebook", request.account, "", words[0], 0.0, state="draft", media=media)
    post.extra = {"link": words[1]} if words[1] else {}
    return post


def _publish(world: World, request: Request, post: Post, *, public: bool) -> Answer:
    last = [each for each in world.timeline("facebook", post.account) if each.state == "public"][
        -1:
    ]
    same = [(each.text, each.extra.get("link"), each.media) for each in last]
    again = (post.text, post.extra.get("link"), post.media) in same
    if public and again and not world.settings["facebook_duplicates"]:
        return error(
            506,
            "(#506) Duplicate status message",
            error_subcode=1_455_006,
            error_user_title="Duplicate Status Update",
            error_user_msg="This status update is identical to the last one you posted.",
        )
    now = world.now()
    page = world.account("facebook", post.account)
    post.id, post.created = f"{page}_{world.next_id('facebook')}", now
    post.state, post.hidden_until = "public" if public else "draft", now + request.lag
    world.save(post)
    return reply({"id": post.id})


def photos(world: World, request: Request) -> Answer:
    """POST /{page}/photos: unpublished it can be attached, published it is a post of its own."""
    fields = {**request.fields, **dict.fromkeys(request.files, "")}
    if (no := _stranger(world, request) or _unknown(fields, _PHOTO)) is not None:
        return no
    part = request.files.get("source")
    facts = image_facts(part.data) if part else None
    if part is None or facts is None:
        return error(324, "(#324) Missing or invalid image file", error_subcode=2_069_019)
    number, now = world.next_id("facebook"), world.now()
    medium = Medium("facebook", request.account, number, part.data, *facts, now)
    medium.alt = request.fields.get("alt_text_custom", "")
    world.keep(medium)
    if _false(request.fields.get("published", "true")):
        return reply({"id": number})
    message = str(request.fields.get("message", request.fields.get("caption", "")))
    answer = _publish(world, request, _draft(request, (message, ""), [number]), public=True)
    if answer.status != 200:
        return answer
    return reply({"id": number, "post_id": json.loads(answer.body)["id"]})


def _owned(world: World, request: Request) -> Post | None:
    """The post by its full or bare id, whatever its state, if it is the caller's and exists."""
    page, number = world.account("facebook", request.account), request.args[0]
    full = number if "_" in number else f"{page}_{number}"
    post = world.posts.get(("facebook", full))
    if post is None or post.account != request.account or post.state == "removed":
        return None
    return post


def _edit_kind(world: World, request: Request) -> str:
    if comments.commented(world, request) is not None:
        return "measure"
    post = _owned(world, request)
    publishing = str(request.fields.get("is_published", "")).lower() in ("true", "1")
    return "publish" if publishing and post is not None and post.state == "draft" else "edit"


def edit(world: World, request: Request) -> Answer:
    """POST /{post} and POST /{comment}."""
    if (comment := comments.commented(world, request)) is not None:
        return comments.change(world, request, comment)
    post = _owned(world, request)
    if post is None:
        return no_such(request.args[0])
    if (no := _unknown(request.fields, _EDIT)) is not None:
        return no
    now = world.now()
    if "message" in request.fields and request.fields["message"] != post.text:
        post.text, post.updated = request.fields["message"], now
        post.edits += post.state == "public"
    if _edit_kind(world, request) == "publish":
        post.state, post.created, post.hidden_until = "public", now, now + request.lag
    world.save(post)
    return reply({"success": True})


def delete(world: World, request: Request) -> Answer:
    """DELETE /{post}."""
    post = _owned(world, request)
    if post is None:
        return no_such(request.args[0])
    post.state, post.updated = "removed", world.now()
    world.save(post)
    return reply({"success": True})


def published_posts(world: World, request: Request) -> Answer:
    """GET /{page}/published_posts, newest first; also /posts and /feed."""
    names, odd = wanted(request, _POST_FIELDS)
    if (no := _stranger(world, request) or odd) is not None:
        return no
    params = request.params
    try:
        since, until = moment(params.get("since", "0")), moment(params.get("until", "99999999999"))
        size, skip = min(int(params.get("limit", "25")), 100), int(params.get("after", "0"))
    except ValueError:
        return error(100, "(#100) since, until, limit and after must be times and numbers")
    posts = reversed(world.visible(world.timeline("facebook", request.account)))
    found = [each for each in posts if since <= int(each.created) <= until]
    data = [shown(world, request, each, names) for each in found[skip : skip + size]]
    body: dict[str, Any] = {"data": data}
    if data:
        body["paging"] = {"cursors": {"before": str(skip), "after": str(skip + size)}}
    if skip + size < len(found):
        following = urlencode({**params, "after": skip + size})
        body["paging"]["next"] = f"{request.base}/facebook{request.path}?{following}"
    return reply(body)


def look(world: World, request: Request) -> Answer:
    """GET /{post}, GET /{comment}, GET /{page} and GET /me."""
    if (comment := comments.commented(world, request)) is not None:
        return comments.look(request, comment)
    number, page = request.args[0], world.account("facebook", request.account)
    if number in ("me", page):
        names, odd = wanted(request, {"id", "name", "link", "username", "category"})
        whole = {"id": page, "name": request.account, "username": request.account}
        chosen = {"id", *(names or ["name"])}
        return odd or reply({name: whole[name] for name in whole if name in chosen})
    names, odd = wanted(request, _POST_FIELDS)
    post = _owned(world, request)
    if post is None or post.hidden_until > world.now():
        return no_such(number)
    return odd or reply(shown(world, request, post, names))


def debug_token(world: World, request: Request) -> Answer:
    """GET /debug_token: what is known of a token, which may ask about itself."""
    name = account_of(request.params.get("input_token", ""))
    if name is None:
        return reply({"data": {"is_valid": False, "scopes": [], "error": {"code": 190}}})
    days = world.settings["facebook_token_days"]
    ends = int(world.now() + days * 86_400) if days else 0
    scopes = ["pages_manage_posts", "pages_read_engagement", "pages_manage_engagement"]
    known = {"app_id": "1", "type": "PAGE", "application": "sandbox", "is_valid": True}
    page = world.account("facebook", name)
    when = {"expires_at": ends, "data_access_expires_at": 0, "issued_at": int(world.now())}
    return reply({"data": {**known, **when, "profile_id": page, "scopes": scopes}})


PROTOCOL = Protocol(
    "facebook",
    (
        route("POST", "/v26.0/{}/feed", feed, _create_kind),
        route("POST", "/v26.0/{}/photos", photos, _create_kind),
        route("GET", "/v26.0/debug_token", debug_token),
        route("GET", "/v26.0/{}/published_posts", published_posts),
        route("GET", "/v26.0/{}/posts", published_posts),
        route("GET", "/v26.0/{}/feed", published_posts),
        route("POST", "/v26.0/{}", edit, _edit_kind),
        route("DELETE", "/v26.0/{}", delete, "retract"),
        route("GET", "/v26.0/{}", look),
    ),
    authenticate,
    refuse,
)
