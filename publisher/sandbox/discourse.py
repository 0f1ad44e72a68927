"""Discourse's API, as far as publishing a topic needs it, with its default site settings."""

import html
import json
import re
from hashlib import sha256
from typing import Any

from publisher.sandbox.ids import account_of
from publisher.sandbox.wire import Answer, Protocol, Refusal, Request, iso, reply, route
from publisher.sandbox.world import Medium, Post, World, image_facts

_TITLE_MAX = 255
_POST_MAX = 32_000
_EXTERNAL_ID = re.compile(r"[\w-]{1,50}", re.ASCII)
_STATUSES = {"pending": 0, "approved": 1, "rejected": 2}
_REVIEW = {"held": 0, "public": 1, "removed": 1, "rejected": 2}


def authenticate(request: Request) -> str | None:
    """`Api-Key` names the account; `Api-Username` must be there."""
    name = account_of(request.headers.get("api-key", ""))
    return name if request.headers.get("api-username") else None


def _errors(status: int, kind: str, *errors: str, **more: Any) -> Answer:
    return reply({"errors": list(errors), "error_type": kind, **more}, status)


def _missing() -> Answer:
    return _errors(404, "not_found", "The requested URL or resource could not be found.")


def _unfit(*errors: str) -> tuple[int, dict[str, Any]]:
    return 422, {"action": "create_post", "errors": list(errors)}


def refuse(request: Request, fault: Refusal) -> Answer:
    del request
    if fault.kind == "429":
        wait = max(1, round(fault.seconds))
        message = (
            f"You’ve performed this action too many times, please try again in {wait} seconds."
        )
        extras = {"wait_seconds": wait, "time_left": f"{wait} seconds"}
        answer = _errors(fault.status or 429, "rate_limit", message, extras=extras)
        return Answer(answer.status, answer.body, {**answer.headers, "Retry-After": str(wait)})
    if fault.kind == "401":
        message = "You are not permitted to view the requested resource. "
        message += "The API username or key is invalid."
        return _errors(fault.status or 403, "invalid_access", message)
    if fault.kind == "400":
        return _errors(400, "invalid_parameters", "The request could not be read.")
    if fault.kind == "404":
        return _missing()
    return Answer(
        fault.status or 500, b"<h1>Oops</h1> The software powering this discussion forum ...",
        {"Content-Type": "text/html"},
    )  # fmt: skip


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "topic"


def create(world: World, request: Request) -> Answer:
    """POST /posts.json. An identical call within two minutes gets the first answer again."""
    if not request.fields.get("raw"):
        return _errors(400, "invalid_parameters", "param is missing or the value is empty: raw")
    signature = sha256(json.dumps(request.fields, sort_keys=True).encode()).hexdigest()
    key = f"discourse:{request.account}:{signature}"
    at, answered = world.memo.get(key, (0.0, None))
    if answered is None or world.now() - at > world.settings["discourse_memo_seconds"]:
        answered = _create(world, request)
        world.memo[key] = (world.now(), answered)
    status, body = answered
    return reply(body, status)


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
    if external:
        post.extra["external_id"] = external
        post.marks["external_id"] = external.lower()
    post.marks["title"] = title.lower()
    post.media = _uploads(world, raw)
    post.hidden_until = now + request.lag
    if request.moderated:
        post.state = "held"
        world.save(post)
        pending = [each for each in _own(world, request) if each.state == "held"]
        body = {"action": "enqueued", "success": True, "pending_count": len(pending)}
        return 200, {**body, "pending_post": _pending(world, post)}
    release(world, post)
    return 200, _shown(world, post, raw=True)


def release(world: World, post: Post) -> None:
    """Make it public: it gets its topic now."""
    post.extra.setdefault("topic", world.next_id("discourse"))
    post.state, post.created = "public", world.now()
    world.save(post)


def _own(world: World, request: Request) -> list[Post]:
    return world.timeline("discourse", request.account)


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
    """Topics that hold the id; one in the moderators' queue does not yet."""
    found = world.marked(("discourse", request.account), "external_id", external.lower())
    return [post for post in found if post.state in ("public", "removed")]


def _uploads(world: World, raw: str) -> list[str]:
    return [
        number for number in re.findall(r"upload://(\w+)", raw)
        if ("discourse", number) in world.media
    ]  # fmt: skip


def _cooked(raw: str) -> str:
    lines = html.escape(raw, quote=False).split("\n\n")
    return "\n".join(f"<p>{line}</p>".replace("\n", "<br>\n") for line in lines)


def _shown(world: World, post: Post, *, raw: bool) -> dict[str, Any]:
    topic = _topic_post(world, post)
    slug = _slug(topic.title)
    number = 2 if post.extra.get("reply") else 1
    shown = {
        "id": int(post.id),
        "name": post.account,
        "username": post.account,
        "user_id": int(world.account("discourse", post.account)),
        "created_at": iso(post.created),
        "updated_at": iso(post.updated or post.created),
        "cooked": _cooked(post.text),
        "post_number": number,
        "post_type": 1,
        "topic_id": int(post.extra["topic"]),
        "topic_slug": slug,
        "post_url": f"/t/{slug}/{post.extra['topic']}/{number}",
        "version": post.extra["version"],
        "edit_reason": post.extra.get("edit_reason"),
        "yours": True,
        "hidden": False,
        "deleted_at": None,
        "user_deleted": False,
        "draft_sequence": 0,
    }
    return {**shown, "raw": post.text} if raw else shown


def _topic_post(world: World, post: Post) -> Post:
    """The first post of a post's topic."""
    if not post.extra.get("reply"):
        return post
    own = world.timeline("discourse", post.account)
    firsts = [each for each in own if each.extra.get("topic") == post.extra["topic"]]
    return firsts[0]


def _of_topic(world: World, request: Request, topic: str) -> list[Post]:
    return [each for each in world.visible(_own(world, request)) if each.extra["topic"] == topic]


def by_external_id(world: World, request: Request) -> Answer:
    """GET /t/external_id/{id}.json: 301 to the topic."""
    found = world.visible(_of_external(world, request, request.args[0]))
    if not found:
        return _missing()
    where = f"{request.base}/board/t/{_slug(found[0].title)}/{found[0].extra['topic']}.json"
    return Answer(301, b"", {"Location": where, "Content-Type": "text/html"})


def topic(world: World, request: Request) -> Answer:
    """GET /t/{id}.json and /t/{slug}/{id}.json; `include_raw` adds what was written."""
    posts = _of_topic(world, request, request.args[-1])
    if not posts:
        return _missing()
    first = posts[0]
    raw = request.params.get("include_raw") in ("true", "1")
    shown = {
        "id": int(first.extra["topic"]),
        "title": first.title,
        "fancy_title": html.escape(first.title),
        "slug": _slug(first.title),
        "posts_count": len(posts),
        "created_at": iso(first.created),
        "category_id": first.extra.get("category"),
        "external_id": first.extra.get("external_id"),
        "archetype": "regular",
        "visible": True,
        "deleted_at": None,
        "user_id": int(world.account("discourse", first.account)),
        "post_stream": {
            "posts": [_shown(world, post, raw=raw) for post in posts],
            "stream": [int(post.id) for post in posts],
        },
    }
    return reply(shown)


def _visible(world: World, request: Request) -> Post | None:
    post = world.posts.get(("discourse", request.args[0]))
    mine = post is not None and post.account == request.account
    return post if post is not None and mine and world.visible([post]) else None


def look(world: World, request: Request) -> Answer:
    """GET /posts/{id}.json."""
    post = _visible(world, request)
    return _missing() if post is None else reply(_shown(world, post, raw=True))


def edit(world: World, request: Request) -> Answer:
    """PUT /posts/{id}.json."""
    post = _visible(world, request)
    given = request.fields.get("post")
    given = given if isinstance(given, dict) else {}
    raw = given.get("raw", request.fields.get("post[raw]"))
    if post is None:
        return _missing()
    if not raw:
        return _errors(400, "invalid_parameters", "param is missing or the value is empty: post")
    if errors := _wrong_raw(world, str(raw)):
        return reply({"action": "create_post", "errors": errors}, 422)
    if raw != post.text:
        post.text, post.updated, post.media = str(raw), world.now(), _uploads(world, str(raw))
        post.edits += 1
        post.extra["version"] += 1
        post.extra["edit_reason"] = given.get("edit_reason")
        world.save(post)
    return reply({"post": _shown(world, post, raw=True)})


def retitle(world: World, request: Request) -> Answer:
    """PUT /t/-/{id}.json."""
    posts, title = _of_topic(world, request, request.args[-1]), request.fields.get("title", "")
    if not posts:
        return _missing()
    post = posts[0]
    if title != post.title and (errors := _wrong_title(world, request, title)):
        return reply({"action": "create_post", "errors": errors}, 422)
    post.edits += title != post.title
    post.title, post.updated, post.marks["title"] = title, world.now(), title.lower()
    world.save(post)
    basic = {"id": int(post.extra["topic"]), "title": title, "slug": _slug(title)}
    return reply({"basic_topic": basic})


def delete(world: World, request: Request) -> Answer:
    """DELETE /posts/{id}.json: soft, and gone for readers."""
    post = _visible(world, request)
    if post is None:
        return _missing()
    post.state, post.updated = "removed", world.now()
    world.save(post)
    return Answer(200, b"", {"Content-Type": "application/json; charset=utf-8"})


def delete_topic(world: World, request: Request) -> Answer:
    """DELETE /t/{id}.json."""
    posts = _of_topic(world, request, request.args[0])
    if not posts:
        return _missing()
    for post in posts:
        post.state, post.updated = "removed", world.now()
        world.save(post)
    return Answer(200, b"", {"Content-Type": "application/json; charset=utf-8"})


def _pending(world: World, post: Post) -> dict[str, Any]:
    """Discourse does not show a pending post's external id."""
    return {
        "id": int(post.id),
        "category_id": post.extra.get("category"),
        "created_at": iso(post.created),
        "created_by_id": int(world.account("discourse", post.account)),
        "name": post.account,
        "username": post.account,
        "raw_text": post.text,
        "title": post.title,
        "topic_id": None,
        "topic_url": None,
    }


def pending(world: World, request: Request) -> Answer:
    """GET /posts/{username}/pending.json."""
    held = [each for each in reversed(_own(world, request)) if each.state == "held"]
    return reply({"pending_posts": [_pending(world, post) for post in held]})


def review(world: World, request: Request) -> Answer:
    """GET /review.json: what went through the moderators' queue, newest first."""
    asked = request.params.get("status", "pending")
    found = [
        post
        for post in reversed(_own(world, request))
        if "reviewed" in post.extra or post.state == "held"
        if asked == "all" or _STATUSES.get(asked) == _REVIEW[post.state]
    ]
    reviewables = [
        {
            "id": int(post.id),
            "type": "ReviewableQueuedPost",
            "status": _REVIEW[post.state],
            "created_at": iso(post.created),
            "topic_id": int(post.extra["topic"]) if "topic" in post.extra else None,
            "target_created_by_id": int(world.account("discourse", post.account)),
            "payload": {"raw": post.text, "title": post.title},
        }
        for post in found
    ]
    meta = {"total_rows_reviewables": len(reviewables), "status": asked}
    return reply({"reviewables": reviewables, "meta": meta})


def upload(world: World, request: Request) -> Answer:
    """POST /uploads.json; the same bytes are the same upload."""
    part = request.files.get("file", request.files.get("files[]"))
    kind = request.fields.get("upload_type", request.fields.get("type"))
    if part is None or not kind:
        missing = "upload_type" if part else "file"
        return _errors(400, "invalid_parameters", f"param is missing or empty: {missing}")
    facts = image_facts(part.data)
    if facts is None:
        return reply({"errors": ["Sorry, the file you are trying to upload is not an image."]}, 422)
    number = sha256(request.account.encode() + part.data).hexdigest()[:27]
    medium = Medium("discourse", request.account, number, part.data, *facts, world.now())
    medium.filename = part.filename
    world.keep(medium)
    mime, width, height = facts
    extension = mime.partition("/")[2]
    shown = {
        "id": int(number[:8], 16),
        "url": f"{request.base}/media/discourse/{number}",
        "short_url": f"upload://{number}.{extension}",
        "short_path": f"/uploads/short-url/{number}.{extension}",
        "original_filename": part.filename,
        "filesize": len(part.data),
        "width": width,
        "height": height,
        "extension": extension,
    }
    return reply(shown)


def me(world: World, request: Request) -> Answer:
    """GET /session/current.json."""
    number = int(world.account("discourse", request.account))
    user = {"id": number, "username": request.account, "name": request.account}
    return reply({"current_user": {**user, "trust_level": 1, "admin": False, "moderator": False}})


PROTOCOL = Protocol(
    "discourse",
    (
        route("POST", "/posts.json", create, "publish"),
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
        route("POST", "/uploads.json", upload, "prepare"),
    ),
    authenticate,
    refuse,
)
