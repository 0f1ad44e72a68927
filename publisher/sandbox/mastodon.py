"""Mastodon 4.5's client API, as far as publishing needs it, with its default limits.

A key is kept for an hour; a request that carries it again gets the post of the first one, whatever
else it says, or 404 once that is deleted.
"""

from typing import Any

from publisher.sandbox.ids import account_of
from publisher.sandbox.mastodon_shapes import (
    LIMITS,
    account_shown,
    error,
    instance_shown,
    length,
    medium_shown,
    missing,
    processing,
    refuse,
    shown,
)
from publisher.sandbox.wire import Answer, Protocol, Request, reply, route
from publisher.sandbox.world import Medium, Post, World, image_facts

_VISIBILITIES = ("public", "unlisted", "private", "direct")
_SCOPES = ["profile", "read", "write"]


def authenticate(request: Request) -> str | None:
    """A user token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return account_of(token.strip()) if scheme.lower() == "bearer" else None


def create(world: World, request: Request) -> Answer:
    """POST /api/v1/statuses."""
    key = request.headers.get("idempotency-key", "")
    kept = world.marked(("mastodon", request.account), "key", key) if key else []
    since = world.now() - world.settings["mastodon_key_seconds"]
    if kept and kept[-1].created > since:
        return reply(shown(world, request, kept[-1])) if _found(world, kept[-1].id) else missing()
    visibility = request.fields.get("visibility", "public")
    if visibility not in _VISIBILITIES:
        return error("Validation failed: Visibility is not included in the list")
    post = Post("mastodon", request.account, world.next_id("mastodon"), "", world.now())
    if (no := _fill(world, request, post)) is not None:
        return no
    post.marks = {"key": key} if key else {}
    post.extra |= {"visibility": visibility, "language": request.fields.get("language")}
    post.hidden_until = world.now() + request.lag
    world.save(post)
    return reply(shown(world, request, post))


def _fill(world: World, request: Request, post: Post) -> Answer | None:
    """Take words and images from the request, or the refusal."""
    fields = request.fields
    text, ids = str(fields.get("status") or "").strip(), _listed(fields.get("media_ids"))
    warning = str(fields.get("spoiler_text") or "")
    media = [world.media.get(("mastodon", number)) for number in ids]
    if not text and not ids:
        return error("Validation failed: Text can't be blank")
    if (over := LIMITS["max_characters"]) < length(warning + text):
        return error(f"Validation failed: Text character limit of {over} exceeded")
    if len(ids) > LIMITS["max_media_attachments"]:
        return error("Validation failed: Cannot attach more than 4 files")
    if any(one is None or not _free(one, request, post) for one in media):
        return error("Validation failed: Media attachments could not be found")
    if any(processing(world, one) for one in media if one):
        return error(
            "Cannot attach files that have not finished processing. Try again in a moment!"
        )
    post.text, post.media = text, ids
    post.extra |= {"warning": warning}
    for one in filter(None, media):
        one.parent = post.id
        world.keep(one)
    return None


def _free(medium: Medium, request: Request, post: Post) -> bool:
    return medium.account == request.account and medium.parent in ("", post.id)


def _listed(given: Any) -> list[str]:
    return [str(each) for each in given] if isinstance(given, list) else []


def _found(world: World, number: str) -> Post | None:
    post = world.posts.get(("mastodon", number))
    return post if post is not None and world.visible([post]) else None


def _owned(world: World, request: Request) -> Post | None:
    post = world.posts.get(("mastodon", request.args[0]))
    mine = post is not None and post.account == request.account and post.state == "public"
    return post if mine else None


def edit(world: World, request: Request) -> Answer:
    """PUT /api/v1/statuses/{id}: what is not named is taken away."""
    post = _owned(world, request)
    if post is None:
        return missing()
    before = (post.text, post.media, post.extra.get("warning"))
    if (no := _fill(world, request, post)) is not None:
        return no
    if before != (post.text, post.media, post.extra["warning"]):
        post.edits, post.updated = post.edits + 1, world.now()
        world.save(post)
    return reply(shown(world, request, post))


def delete(world: World, request: Request) -> Answer:
    """DELETE /api/v1/statuses/{id}; without `delete_media` its images stay for a day."""
    post = _owned(world, request)
    if post is None:
        return missing()
    gone = shown(world, request, post)
    if request.params.get("delete_media") == "true":
        for number in post.media:
            if (medium := world.media.get(("mastodon", number))) is not None:
                world.forget(medium)
    post.state, post.updated = "removed", world.now()
    world.save(post)
    return reply(gone)


def look(world: World, request: Request) -> Answer:
    """GET /api/v1/statuses/{id}: everybody's."""
    post = _found(world, request.args[0])
    return missing() if post is None else reply(shown(world, request, post))


def statuses(world: World, request: Request) -> Answer:
    """GET /api/v1/accounts/{id}/statuses, newest first."""
    name = world.by_user_id.get(("mastodon", request.args[0]))
    if name is None:
        return missing()
    size = min(int(request.params.get("limit", "20")), 40)
    below, above = (
        int(request.params.get("max_id", "9" * 19)),
        int(request.params.get("min_id", "0")),
    )
    posts = [
        post
        for post in reversed(world.visible(world.timeline("mastodon", name)))
        if above < int(post.id) < below
    ]
    chosen = posts[:size]
    answer = reply([shown(world, request, post) for post in chosen])
    if len(chosen) < size:
        return answer
    here = f"{request.base}/mastodon{request.path}?limit={size}"
    link = (
        f'<{here}&max_id={chosen[-1].id}>; rel="next", <{here}&min_id={chosen[0].id}>; rel="prev"'
    )
    return Answer(answer.status, answer.body, {**answer.headers, "Link": link})


def me(world: World, request: Request) -> Answer:
    """GET /api/v1/accounts/verify_credentials."""
    return reply(account_shown(world, request, request.account, own=True))


def app(world: World, request: Request) -> Answer:
    """GET /api/v1/apps/verify_credentials."""
    del world, request
    return reply({"name": "Publisher", "website": None, "scopes": _SCOPES})


def instance(world: World, request: Request) -> Answer:
    """GET /api/v2/instance."""
    return reply(instance_shown(world, request))


def upload(world: World, request: Request) -> Answer:
    """POST /api/v2/media; 202 as long as it is being processed."""
    part = request.files.get("file")
    facts = image_facts(part.data) if part else None
    if part is None or facts is None:
        return error("Validation failed: File content type is invalid")
    if len(part.data) > LIMITS["image_size_limit"]:
        return error("Validation failed: File file size must be less than 16 MB")
    alt = str(request.fields.get("description") or "")
    if len(alt) > LIMITS["description_limit"]:
        return error("Validation failed: Description is too long")
    number, now = world.next_id("mastodon"), world.now()
    medium = Medium("mastodon", request.account, number, part.data, *facts, now, alt=alt)
    world.keep(medium)
    return reply(medium_shown(world, request, medium), 202 if processing(world, medium) else 200)


def look_at_upload(world: World, request: Request) -> Answer:
    """GET /api/v1/media/{id}: of one's own, as long as no post has it."""
    medium = world.media.get(("mastodon", request.args[0]))
    if medium is None or medium.account != request.account or medium.parent:
        return missing()
    return reply(medium_shown(world, request, medium), 206 if processing(world, medium) else 200)


PROTOCOL = Protocol(
    "mastodon",
    (
        route("POST", "/api/v1/statuses", create, "publish"),
        route("PUT", "/api/v1/statuses/{}", edit, "edit"),
        route("DELETE", "/api/v1/statuses/{}", delete, "retract"),
        route("GET", "/api/v1/statuses/{}", look),
        route("GET", "/api/v1/accounts/verify_credentials", me),
        route("GET", "/api/v1/accounts/{}/statuses", statuses),
        route("GET", "/api/v1/apps/verify_credentials", app),
        route("GET", "/api/v2/instance", instance),
        route("POST", "/api/v2/media", upload, "prepare"),
        route("GET", "/api/v1/media/{}", look_at_upload),
    ),
    authenticate,
    refuse,
)
