"""Discourse's API, as far as publishing a topic needs it, with its default site settings."""

import html
import json
import re
from hashlib import sha256
from typing import Any

from publisher.sandbox.discourse_media import upload
from publisher.sandbox.discourse_review import pending, review
from publisher.sandbox.discourse_shapes import (
    missing,
    of_topic,
    own,
    pending_shown,
    refuse,
    refused,
    shown,
    slugged,
    visible,
)
from publisher.sandbox.ids import account_of
from publisher.sandbox.wire import Answer, Protocol, Refusal, Request, iso, reply, route
from publisher.sandbox.world import Post, World

_TITLE_MAX = 255
_POST_MAX = 32_000
_PAGE = 50
_EXTERNAL_ID = re.compile(r"[\w-]{1,50}", re.ASCII)


def authenticate(request: Request) -> str | None:
    """`Api-Key` names the account; `Api-Username` must be there."""
    name = account_of(request.headers.get("api-key", ""))
    return name if request.headers.get("api-username") else None


def _unfit(*errors: str) -> tuple[int, dict[str, Any]]:
    return 422, {"action": "create_post", "errors": list(errors)}


def create(world: World, request: Request) -> Answer:
    """POST /posts.json. An identical call within two minutes gets the first answer again."""
    if not request.fields.get("raw"):
        return refused(400, "invalid_parameters", "param is missing or the value is empty: raw")
    signature = sha256(json.dumps(request.fields, sort_keys=True).encode()).hexdigest()
    key = f"discourse:{request.account}:{signature}"
    answered = world.memo.get(key)
    if answered is None or world.now() - answered[0] > world.settings["discourse_memo_seconds"]:
        world.memo.pop(key, None)
        answered = world.memo[key] = (world.now(), _create(world, request))
        _forget_oldest(world)
    status, body = answered[1]
    return reply(body, status)


def _forget_oldest(world: World) -> None:
    """Keep memory bounded: entries stand in the order of their time."""
    least = world.now() - world.settings["discourse_memo_seconds"]
    while (oldest := next(iter(world.memo))) and world.memo[oldest][0] < least:
        del world.memo[oldest]


def _create(world: World, request: Request) -> tuple[int, dict[str, Any]]:
    fields = request.fields
    title, raw = str(fields.get("title", "")).strip(), str(fields["raw"])
    external = str(fields.get("external_id") or "")
    if fields.get("topic_id"):
        errors = _wrong_raw(world, raw)
    else:
        errors = _wrong_title(world, request, title) + _wrong_raw(world, raw)
    if external and not _EXTERNAL_ID.fullmatch(external):
        errors.append("External is invalid")
    elif external and _of_external(world, request, external):
        errors.append("External has already been taken")
    if errors:
        return _unfit(*errors)
    now = world.now()
    post = Post("discourse", request.account, world.next_id("discourse"), raw, now, title=title)
    post.extra = {"category": fields.get("category"), "version": 1}
    if (topic := fields.get("topic_id")) is not None:
        post.extra |= {"topic": str(topic), "reply": True}
    if external:  # one that is enqueued has lost it for good, also when it is let through
        post.extra["asked_external_id"] = external
    if external and not request.moderated:
        post.extra["external_id"] = external
        post.marks["external_id"] = external.lower()
    post.marks["title"] = title.lower()
    post.media = _uploads(world, raw)
    post.hidden_until = now + request.lag
    if request.moderated:
        post.state = "held"
        world.save(post)
        pending = [each for each in own(world, request) if each.state == "held"]
        body = {"action": "enqueued", "success": True, "pending_count": len(pending)}
        return 200, {**body, "pending_post": pending_shown(world, post)}
    release(world, post)
    return 200, shown(world, post, raw=True)


def release(world: World, post: Post) -> None:
    """Make it public: it gets its topic now."""
    post.extra.setdefault("topic", world.next_id("discourse"))
    post.state, post.created = "public", world.now()
    world.save(post)


def _wrong_title(world: World, request: Request, title: str) -> list[str]:
    least = int(world.settings["discourse_title_min"])
    if len(title) < least:
        return [f"Title is too short (minimum is {least} characters)"]
    if len(title) > _TITLE_MAX:
        return [f"Title is too long (maximum is {_TITLE_MAX} characters)"]
    twins = world.marked(("discourse", request.account), "title", title.lower())
    if any(twin.state == "public" for twin in twins):
        return ["Title has already been used"]
    return []


def _wrong_raw(world: World, raw: str) -> list[str]:
    least = int(world.settings["discourse_post_min"])
    if len(raw.strip()) < least:
        return [f"Body is too short (minimum is {least} characters)"]
    if len(raw) > _POST_MAX:
        return [f"Body is limited to {_POST_MAX} characters; you entered {len(raw)}."]
    return []


def _of_external(world: World, request: Request, external: str) -> list[Post]:
    """Topics that hold the id, removed ones included."""
    return world.marked(("discourse", request.account), "external_id", external.lower())


def _uploads(world: World, raw: str) -> list[str]:
    return [
        number
        for number in re.findall(r"upload://(\w+)", raw)
        if ("discourse", number) in world.media
    ]


def by_external_id(world: World, request: Request) -> Answer:
    """GET /t/external_id/{id}.json: 301 to the topic."""
    found = world.visible(_of_external(world, request, request.args[0]))
    if not found:
        return missing()
    where = f"{request.base}/board/t/{slugged(found[0].title)}/{found[0].extra['topic']}.json"
    return Answer(301, b"", {"Location": where, "Content-Type": "text/html"})


def topic(world: World, request: Request) -> Answer:
    """GET /t/{id}.json and /t/{slug}/{id}.json; `include_raw` adds what was written."""
    posts = of_topic(world, request, request.args[-1])
    if not posts:
        return missing()
    first = posts[0]
    raw = request.params.get("include_raw") in ("true", "1")
    whole = {
        "id": int(first.extra["topic"]),
        "title": first.title,
        "fancy_title": html.escape(first.title),
        "slug": slugged(first.title),
        "posts_count": len(posts),
        "created_at": iso(first.created),
        "category_id": first.extra.get("category"),
        "external_id": first.extra.get("external_id"),
        "archetype": "regular",
        "visible": True,
        "deleted_at": None,
        "user_id": int(world.account("discourse", first.account)),
        "post_stream": {
            "posts": [shown(world, post, raw=raw) for post in posts],
            "stream": [int(post.id) for post in posts],
        },
    }
    return reply(whole)


def look(world: World, request: Request) -> Answer:
    """GET /posts/{id}.json."""
    post = visible(world, request)
    return missing() if post is None else reply(shown(world, post, raw=True))


def latest(world: World, request: Request) -> Answer:
    """GET /posts.json: everybody's posts, newest first, fifty numbers a page from `before` down."""
    before = int(request.params.get("before", "0")) or world.last_id("discourse")
    numbers = range(before, max(before - _PAGE, 0), -1)
    found = [world.posts.get(("discourse", str(number))) for number in numbers]
    posts = world.visible(post for post in found if post is not None)
    return reply({"latest_posts": [shown(world, post, raw=True) for post in posts]})


def edit(world: World, request: Request) -> Answer:
    """PUT /posts/{id}.json."""
    post = visible(world, request)
    given = request.fields.get("post")
    given = given if isinstance(given, dict) else {}
    raw = given.get("raw", request.fields.get("post[raw]"))
    if post is None:
        return missing()
    if not raw:
        return refused(400, "invalid_parameters", "param is missing or the value is empty: post")
    if errors := _wrong_raw(world, str(raw)):
        return reply({"action": "create_post", "errors": errors}, 422)
    if raw != post.text:
        post.text, post.updated, post.media = str(raw), world.now(), _uploads(world, str(raw))
        post.edits += 1
        post.extra["version"] += 1
        post.extra["edit_reason"] = given.get("edit_reason")
        world.save(post)
    return reply({"post": shown(world, post, raw=True)})


def retitle(world: World, request: Request) -> Answer:
    """PUT /t/-/{id}.json."""
    posts, title = of_topic(world, request, request.args[-1]), request.fields.get("title", "")
    if not posts:
        return missing()
    post = posts[0]
    if title != post.title and (errors := _wrong_title(world, request, title)):
        return reply({"action": "create_post", "errors": errors}, 422)
    post.edits += title != post.title
    post.title, post.updated, post.marks["title"] = title, world.now(), title.lower()
    world.save(post)
    basic = {"id": int(post.extra["topic"]), "title": title, "slug": slugged(title)}
    return reply({"basic_topic": basic})


def delete(world: World, request: Request) -> Answer:
    """DELETE /posts/{id}.json: soft, and gone for readers."""
    post = visible(world, request)
    if post is None:
        return missing()
    post.state, post.updated = "removed", world.now()
    world.save(post)
    return Answer(200, b"", {"Content-Type": "application/json; charset=utf-8"})


def delete_topic(world: World, request: Request) -> Answer:
    """DELETE /t/{id}.json."""
    posts = of_topic(world, request, request.args[0])
    if not posts:
        return missing()
    for post in posts:
        post.state, post.updated = "removed", world.now()
        world.save(post)
    return Answer(200, b"", {"Content-Type": "application/json; charset=utf-8"})


def settings(world: World, request: Request) -> Answer:
    """GET /site/settings.json: what every browser is told."""
    del request
    least = {name: int(world.settings[f"discourse_{name}_min"]) for name in ("title", "post")}
    return reply(
        {
            "title": "Sandbox",
            "min_topic_title_length": least["title"],
            "max_topic_title_length": _TITLE_MAX,
            "min_first_post_length": least["post"],
            "max_post_length": _POST_MAX,
        }
    )


def me(world: World, request: Request) -> Answer:
    """GET /session/current.json. A key that was refused just now is refused here as well, once."""
    if ("discourse", request.account) in world.denied:
        world.denied.discard(("discourse", request.account))
        return refuse(request, Refusal("401"))
    number = int(world.account("discourse", request.account))
    user = {"id": number, "username": request.account, "name": request.account}
    return reply({"current_user": {**user, "trust_level": 1, "admin": False, "moderator": False}})


PROTOCOL = Protocol(
    "discourse",
    (
        route("POST", "/posts.json", create, "publish"),
        route("GET", "/posts.json", latest),
        route("GET", "/t/external_id/{}.json", by_external_id),
        route("GET", "/posts/{}/pending.json", pending),
        route("GET", "/posts/{}.json", look),
        route("PUT", "/posts/{}.json", edit, "edit"),
        route("DELETE", "/posts/{}.json", delete, "retract"),
        route("GET", "/t/{}.json", topic),
        route("GET", "/t/{}/{}.json", topic),
        route("PUT", "/t/-/{}.json", retitle, "edit"),
        route("DELETE", "/t/{}.json", delete_topic, "retract"),
        route("GET", "/review.json", review),
        route("GET", "/session/current.json", me),
        route("GET", "/site/settings.json", settings),
        route("POST", "/uploads.json", upload, "prepare"),
    ),
    authenticate,
    refuse,
)
