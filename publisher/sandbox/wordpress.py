"""WordPress REST API (wp/v2), as far as publishing needs it; each account is a blog of its own.

Behaviour as measured on WordPress 6.1: no dedupe, a taken slug gets `-2`, a future date schedules,
unknown fields are dropped without a word, a second delete is 410.
"""

import math
import re
from typing import Any

from publisher.sandbox.ids import account_of
from publisher.sandbox.wire import Answer, Protocol, Request, moment, reply, route
from publisher.sandbox.wordpress_media import delete_medium, media, medium, orphan, upload
from publisher.sandbox.wordpress_shapes import (
    basic,
    clean_slug,
    error,
    refuse,
    shown,
    wire_state,
)
from publisher.sandbox.world import Post, World

_STATUSES = ("publish", "future", "draft", "pending", "private", "trash")
_STATES = {"publish": "public", "pending": "held"}
_PASSED = ("excerpt", "featured_media", "categories", "tags", "author", "format", "sticky")


def authenticate(request: Request) -> str | None:
    """An application password (RFC 7617 Basic) names the account; any user name goes with it."""
    return account_of(basic(request))


def _status_of(post: Post) -> str:
    return str(post.extra["status"])


def _own(world: World, request: Request) -> list[Post]:
    """The account's posts, those whose time has come published."""
    posts = world.timeline("wordpress", request.account)
    for post in posts:
        if _status_of(post) == "future" and post.created <= world.now():
            _set_status(world, post, "publish")
            world.save(post)
    return posts


def _mine(world: World, request: Request) -> Post | None:
    _own(world, request)
    post = world.posts.get(("wordpress", request.args[0]))
    return post if post is not None and post.account == request.account else None


def _raw(value: Any) -> str:
    return str(value.get("raw", "")) if isinstance(value, dict) else str(value)


def _wanted_status(request: Request) -> str:
    return str(request.fields.get("status", ""))


def _create_kind(world: World, request: Request) -> str:
    del world
    return "publish" if _wanted_status(request) in ("publish", "future", "private") else "prepare"


def create(world: World, request: Request) -> Answer:
    """POST /posts."""
    if request.fields.get("id"):
        return error(400, "rest_post_exists", "Cannot create existing post.")
    post = Post("wordpress", request.account, "", "", world.now(), state="draft")
    post.extra = {"status": "draft"}
    if (no := _apply(world, request, post)) is not None:
        return no
    post.id = world.next_id("wordpress")
    world.save(post)
    where = f"{request.base}/blog/wp-json/wp/v2/posts/{post.id}"
    return reply(shown(world, request, post, raw=True), 201, Location=where)


def _edit_kind(world: World, request: Request) -> str:
    post = world.posts.get(("wordpress", request.args[0]))
    if post is not None and post.state == "public":
        leaving = _wanted_status(request) not in ("", "publish")
        return "retract" if leaving else "edit"
    return _create_kind(world, request)


def update(world: World, request: Request) -> Answer:
    """POST, PUT or PATCH /posts/{id}."""
    post = _mine(world, request)
    if post is None:
        return error(404, "rest_post_invalid_id", "Invalid post ID.")
    before = (post.title, post.text, post.state)
    if (no := _apply(world, request, post)) is not None:
        return no
    post.updated = world.now()
    post.edits += before[2] == post.state == "public" and before[:2] != (post.title, post.text)
    world.save(post)
    return reply(shown(world, request, post, raw=True))


def _apply(world: World, request: Request, post: Post) -> Answer | None:
    """Put the fields into the post, or say what is wrong with them and change nothing."""
    fields, status = request.fields, _wanted_status(request)
    date = fields.get("date_gmt") or fields.get("date")
    if status and status not in _STATUSES:
        listed = ", ".join(_STATUSES[:-1])
        return error(
            400,
            "rest_invalid_param",
            "Invalid parameter(s): status",
            params={"status": f"status is not one of {listed}."},
        )
    try:
        at = moment(str(date)) if date else None
    except ValueError:
        return error(400, "rest_invalid_param", "Invalid parameter(s): date")
    if at is not None:
        post.created = at
    post.title = _raw(fields.get("title", post.title))
    post.text = _raw(fields.get("content", post.text))
    post.extra |= {name: fields[name] for name in _PASSED if name in fields}
    if status:
        future = status == "publish" and post.created > world.now()
        held = status == "publish" and request.moderated
        _set_status(world, post, "pending" if held else "future" if future else status)
        post.hidden_until = world.now() + request.lag
    if "slug" in fields or (_status_of(post) == "publish" and not post.marks.get("slug")):
        _set_slug(world, post, str(fields.get("slug") or post.title))
    post.media = _pictures(world, post)
    return None


def _set_status(world: World, post: Post, status: str) -> None:
    was = post.state
    post.extra["status"] = status
    post.state = wire_state(post, status)
    if post.state == "public" and was != "public":
        post.publications += post.public_at is not None  # again; save counts the first time
        post.created = min(post.created, world.now()) if post.public_at else world.now()


def _set_slug(world: World, post: Post, wanted: str) -> None:
    base = slug = clean_slug(wanted)
    number = 2
    while any(each is not post for each in world.marked(("wordpress", post.account), "slug", slug)):
        slug, number = f"{base}-{number}", number + 1
    post.marks["slug"] = slug


def _pictures(world: World, post: Post) -> list[str]:
    numbers = [
        str(post.extra.get("featured_media") or ""),
        *re.findall(r"/media/wordpress/(\d+)", post.text),
    ]
    known = [number for number in numbers if ("wordpress", number) in world.media]
    return list(dict.fromkeys(known))


def release(world: World, post: Post) -> None:
    """A moderator lets a pending post out."""
    _set_status(world, post, "publish")
    if not post.marks.get("slug"):
        _set_slug(world, post, post.title)
    world.save(post)


def reject(world: World, post: Post) -> None:
    """A moderator throws a pending post away."""
    _trash(world, post)
    world.save(post)


def _trash(world: World, post: Post) -> None:
    _set_status(world, post, "trash")
    if slug := post.marks.get("slug"):
        post.marks["slug"] = f"{slug}__trashed"
    post.updated = world.now()


def delete(world: World, request: Request) -> Answer:
    """DELETE /posts/{id}: into the trash, or away for good with `force`."""
    post = _mine(world, request)
    if post is None or post.extra.get("gone"):
        return error(404, "rest_post_invalid_id", "Invalid post ID.")
    if request.params.get("force", str(request.fields.get("force", ""))).lower() in ("true", "1"):
        previous = shown(world, request, post, raw=True)
        _set_status(world, post, "trash")
        post.extra["gone"], post.marks = True, {}
        orphan(world, post.id)
        world.save(post)
        return reply({"deleted": True, "previous": previous})
    if _status_of(post) == "trash":
        return error(410, "rest_already_trashed", "The post has already been deleted.")
    _trash(world, post)
    world.save(post)
    return reply(shown(world, request, post, raw=True))


def look(world: World, request: Request) -> Answer:
    """GET /posts/{id}."""
    post = _mine(world, request)
    if post is None or post.extra.get("gone") or _lagging(world, post):
        return error(404, "rest_post_invalid_id", "Invalid post ID.")
    return reply(shown(world, request, post, raw=request.params.get("context") == "edit"))


def _lagging(world: World, post: Post) -> bool:
    return post.state == "public" and post.hidden_until > world.now()


def _listed(world: World, request: Request) -> list[Post]:
    params = request.params
    statuses = set(params.get("status", "publish").split(","))
    if "any" in statuses:  # leaves out the trash, unless it is named beside it
        statuses |= set(_STATUSES) - {"trash"}
    after, before = (moment(params.get(each, "0")) for each in ("after", "before"))
    slugs = {clean_slug(each) for each in params.get("slug", "").split(",") if each}
    wanted = set(filter(None, params.get("include", "").split(",")))
    return [
        post
        for post in reversed(_own(world, request))
        if _status_of(post) in statuses and not post.extra.get("gone")
        if not _lagging(world, post)
        if post.created > after and (not before or post.created < before)
        if not slugs or post.marks.get("slug") in slugs
        if not wanted or post.id in wanted
        if params.get("search", "").lower() in f"{post.title} {post.text}".lower()
    ]


def listing(world: World, request: Request) -> Answer:
    """GET /posts, newest first."""
    try:
        size, number = (int(request.params.get(*each)) for each in _PAGING)
        found = _listed(world, request)
    except ValueError as wrong:
        return error(400, "rest_invalid_param", f"Invalid parameter(s): {wrong}")
    if not 1 <= size <= 100 or number < 1:
        return error(400, "rest_invalid_param", "Invalid parameter(s): per_page")
    pages = math.ceil(len(found) / size)
    if number > max(pages, 1):
        message = "The page number requested is larger than the number of pages available."
        return error(400, "rest_post_invalid_page_number", message)
    raw = request.params.get("context") == "edit"
    chosen = found[(number - 1) * size : number * size]
    return reply(
        [shown(world, request, post, raw=raw) for post in chosen],
        X_WP_Total=str(len(found)),
        X_WP_TotalPages=str(pages),
    )


_RIGHTS = ("publish_posts", "upload_files", "delete_posts", "delete_published_posts")
_AUTHOR = dict.fromkeys(("edit_posts", "edit_published_posts", *_RIGHTS), True)
_PAGING = (("per_page", "10"), ("page", "1"))


def me(world: World, request: Request) -> Answer:
    """GET /users/me."""
    name = request.account
    user: dict[str, Any] = {
        "id": int(world.account("wordpress", name)),
        "name": name,
        "slug": clean_slug(name),
        "link": f"{request.base}/timeline/wordpress?account={name}",
    }
    if request.params.get("context") == "edit":
        user |= {"username": name, "roles": ["author"], "capabilities": _AUTHOR}
    return reply(user)


def index(world: World, request: Request) -> Answer:
    """GET /wp-json: what the site can do."""
    del world
    routes = {path: {"namespace": "wp/v2"} for path in ("/wp/v2/posts", "/wp/v2/media")}
    names = {"name": request.account, "url": f"{request.base}/blog", "namespaces": ["wp/v2"]}
    return reply({**names, "routes": routes, "authentication": {"application-passwords": {}}})


_V2 = "/wp-json/wp/v2"
PROTOCOL = Protocol(
    "wordpress",
    (
        route("GET", f"{_V2}/posts", listing),
        route("POST", f"{_V2}/posts", create, _create_kind),
        route("GET", f"{_V2}/posts/{{}}", look),
        *(
            route(verb, f"{_V2}/posts/{{}}", update, _edit_kind)
            for verb in ("POST", "PUT", "PATCH")
        ),
        route("DELETE", f"{_V2}/posts/{{}}", delete, "retract"),
        route("GET", f"{_V2}/media", media),
        route("POST", f"{_V2}/media", upload, "prepare"),
        route("GET", f"{_V2}/media/{{}}", medium),
        route("POST", f"{_V2}/media/{{}}", medium, "prepare"),
        route("DELETE", f"{_V2}/media/{{}}", delete_medium, "prepare"),
        route("GET", f"{_V2}/users/me", me),
        route("GET", "/wp-json", index),
        route("GET", "/wp-json/", index),
    ),
    authenticate,
    refuse,
)
