"""X API v2 as far as publishing needs it, refusing as the real one does.

Shapes: X OpenAPI 2.167; older field names (`edit_history_tweet_ids`) as its clients expect them.
"""

import json
import unicodedata
from typing import Any

from publisher.sandbox import x_pin
from publisher.sandbox.ids import account_of
from publisher.sandbox.wire import (
    Answer,
    BodyError,
    Params,
    Protocol,
    Request,
    moment,
    reply,
    route,
)
from publisher.sandbox.world import Medium, Post, World, image_facts
from publisher.sandbox.x_counting import weighted_length
from publisher.sandbox.x_shapes import (
    ALWAYS,
    base36,
    forbidden,
    invalid,
    limited,
    missing,
    problem,
    refuse,
    shown,
    tweet,
)

_KNOWN = {
    "card_uri",
    "community_id",
    "direct_message_deep_link",
    "edit_options",
    "for_super_followers_only",
    "geo",
    "made_with_ai",
    "media",
    "nullcast",
    "paid_partnership",
    "poll",
    "quote_tweet_id",
    "reply",
    "reply_settings",
    "share_with_followers",
    "text",
}
_KNOWN_MEDIA = {
    "call_to_actions",
    "embeddable",
    "media_ids",
    "preview_media_id",
    "tagged_user_ids",
    "title",
}
_OAUTH1 = (
    "oauth_consumer_key",
    "oauth_nonce",
    "oauth_signature",
    "oauth_signature_method",
    "oauth_timestamp",
    "oauth_token",
)
_CATEGORIES = {"tweet_image", "tweet_gif", "tweet_video", "dm_image", "dm_gif", "dm_video"}
_DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
_TOO_LONG = (
    "Your Tweet text is too long. For more information on how Twitter determines text length see "
    "https://github.com/twitter/twitter-text."
)


def authenticate(request: Request) -> str | None:
    """OAuth 1.0a user context (RFC 5849 §3.5.1), or an OAuth 2.0 user token."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return account_of(rest.strip())
    given = x_pin.given(request)
    asking = request.path in x_pin.ASKING
    needed = _OAUTH1[:-1] if asking else _OAUTH1
    if not all(given.get(name) for name in needed) or not given["oauth_timestamp"].isdigit():
        return None
    if asking:  # for nobody yet
        return "" if given["oauth_consumer_key"] == x_pin.APP else None
    return account_of(given["oauth_token"])


def _body_problem(world: World, request: Request, body: Params) -> Answer | None:
    media = body.get("media")
    for where, given, known in (("", body, _KNOWN), ("media.", media or {}, _KNOWN_MEDIA)):
        for name in set(given) - known if isinstance(given, dict) else ():
            return invalid(
                f"$.{where}{name}: is not defined in the schema and the schema does not allow "
                "additional properties"
            )
    text = body.get("text", "")
    ids = media.get("media_ids") if isinstance(media, dict) else []
    if not isinstance(text, str) or not isinstance(ids, list) or (media and not ids):
        return invalid("$.text: string expected; $.media.media_ids: array expected")
    if not text.strip() and not ids:
        return invalid("$.text: must be provided when there is no media")
    limit = int(world.settings["x_limit"])
    if weighted_length(unicodedata.normalize("NFC", text.strip())) > limit:
        return problem(400, "Invalid Request", _TOO_LONG)
    if len(ids) > 4 or any(_medium(world, request, str(each)) is None for each in ids):
        return problem(400, "Invalid Request", "Your media IDs are invalid.")
    return None


def _medium(world: World, request: Request, number: str) -> Medium | None:
    medium = world.media.get(("x", number))
    return medium if medium is not None and medium.account == request.account else None


def create(world: World, request: Request) -> Answer:
    """POST /2/tweets."""
    if request.media_type != "application/json":
        return invalid("Requests with bodies must have content-type of application/json.")
    body = request.fields
    if (problem := _body_problem(world, request, body)) is not None:
        return problem
    text = unicodedata.normalize("NFC", body.get("text", "").strip())
    media = [str(each) for each in (body.get("media") or {}).get("media_ids", ())]
    mark = json.dumps([text, media])
    since = world.now() - world.settings["x_duplicate_seconds"]
    twins = world.marked(("x", request.account), "content", mark)
    if any(twin.state == "public" and twin.created > since for twin in twins):
        return forbidden(_DUPLICATE)
    answered = body.get("reply", {}).get("in_reply_to_tweet_id")
    if answered and not _found(world, answered):
        return forbidden("You attempted to reply to a Tweet that is deleted or not visible.")
    now = world.now()
    post = Post("x", request.account, world.next_id("x"), text, now, media=media)
    post.marks["content"] = mark
    post.extra = {"reply_to": answered} if answered else {}
    post.hidden_until = now + request.lag
    world.save(post)
    made = tweet(world, post)
    return reply({"data": {name: made[name] for name in ALWAYS}}, 201)


def _found(world: World, number: str) -> Post | None:
    post = world.posts.get(("x", number))
    return post if post is not None and world.visible([post]) else None


def delete(world: World, request: Request) -> Answer:
    """DELETE /2/tweets/{id}; a post that is not there counts as deleted."""
    post = world.posts.get(("x", request.args[0]))
    if post is None or post.state != "public":
        return reply({"data": {"deleted": True}})
    if post.account != request.account:
        return forbidden("You are not authorized to delete this Tweet.")
    post.state, post.updated = "removed", world.now()
    world.save(post)
    return reply({"data": {"deleted": True}})


def look(world: World, request: Request) -> Answer:
    """GET /2/tweets/{id}."""
    post = _found(world, request.args[0])
    if post is None:
        return missing("tweet", "id", request.args[0])
    found = shown(world, request, [post])
    return reply({**found, "data": found["data"][0]})


def timeline(world: World, request: Request) -> Answer:
    """GET /2/users/{id}/tweets, newest first."""
    name = world.by_user_id.get(("x", request.args[0]))
    if name is None:
        return missing("user", "id", request.args[0])
    params = request.params
    try:
        size = int(params.get("max_results", "10"))
        start = moment(params.get("start_time", "0"))
        end = moment(params.get("end_time", str(world.now() + 1)))
        skip = int(params.get("pagination_token", "0"), 36)
        since, until = int(params.get("since_id", "0")), int(params.get("until_id", "9" * 19))
    except ValueError as error:
        return invalid(str(error))
    if not 5 <= size <= 100:
        return invalid(f"The `max_results` query parameter value [{size}] is not between 5 and 100")
    if start >= end:
        return invalid("Invalid time range: start_time must come before end_time.")
    found = [
        post
        for post in reversed(world.visible(world.timeline("x", name)))
        if start <= int(post.created) < end and since < int(post.id) < until
    ]
    chosen = found[skip : skip + size]
    meta: dict[str, Any] = {"result_count": len(chosen)}
    if chosen:
        meta |= {"newest_id": chosen[0].id, "oldest_id": chosen[-1].id}
    if skip + size < len(found):
        meta["next_token"] = base36(skip + size)
    return reply({**shown(world, request, chosen), "meta": meta})


def me(world: World, request: Request) -> Answer:
    """GET /2/users/me."""
    name = request.account
    return reply({"data": {"id": world.account("x", name), "name": name, "username": name}})


def upload(world: World, request: Request) -> Answer:
    """POST /2/media/upload, in one shot."""
    part = request.files.get("media")
    if part is None or request.fields.get("media_category") not in _CATEGORIES:
        return invalid("$.media and $.media_category are required")
    facts = image_facts(part.data)
    if facts is None:
        return problem(400, "Invalid Request", "media type unrecognized.")
    if len(part.data) > 5 * 1024 * 1024:
        return problem(400, "Invalid Request", "File size exceeds 5242880 bytes.")
    mime, width, height = facts
    number = world.next_id("x")
    world.keep(Medium("x", request.account, number, part.data, mime, width, height, world.now()))
    image = {"image_type": mime, "w": width, "h": height}
    data = {"id": number, "media_key": f"3_{number}", "size": len(part.data), "image": image}
    return reply({"data": {**data, "expires_after_secs": 86_400}})


def metadata(world: World, request: Request) -> Answer:
    """POST /2/media/metadata: alt text of at most 1,000 characters."""
    number = str(request.fields.get("id", ""))
    medium = _medium(world, request, number)
    alt = (request.fields.get("metadata") or {}).get("alt_text", {}).get("text")
    if medium is None:
        return invalid("$.id: no such media", id=[number])
    if not isinstance(alt, str) or len(alt) > 1000:
        return invalid("$.metadata.alt_text.text: must be at most 1000 characters long")
    medium.alt = alt
    world.keep(medium)
    data = {"id": number, "associated_metadata": {"alt_text": {"text": alt}}}
    return reply({"data": data})


def _limiting(run: Any) -> Any:
    def limited_run(world: World, request: Request) -> Answer:
        try:
            answer = run(world, request)
        except BodyError as error:
            answer = invalid(str(error))
        return limited(world, request, answer)

    return limited_run


PROTOCOL = Protocol(
    "x",
    (
        route("POST", "/2/tweets", _limiting(create), "publish"),
        route("GET", "/2/users/{}/tweets", _limiting(timeline)),
        route("DELETE", "/2/tweets/{}", _limiting(delete), "retract"),
        route("GET", "/2/tweets/{}", _limiting(look)),
        route("GET", "/2/users/me", _limiting(me)),
        route("POST", "/oauth/request_token", x_pin.ask),
        route("POST", "/oauth/access_token", x_pin.hand_out),
        route("POST", "/2/media/upload", _limiting(upload), "prepare"),
        route("POST", "/2/media/metadata", _limiting(metadata), "prepare"),
    ),
    authenticate,
    refuse,
)
