"""The control API below /_sandbox: order faults, read what was published and what arrived."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from publisher.sandbox import discourse, facebook_comments, wordpress
from publisher.sandbox.faults import KINDS, Board, FaultError
from publisher.sandbox.wire import Answer, BodyError, Request, iso, reply
from publisher.sandbox.world import Post, World


def _wanted(request: Request, what: Any) -> bool:
    params = request.params
    return bool(
        params.get("network", what.network) == what.network
        and params.get("account", what.account) == what.account
    )


def post_shown(world: World, post: Post) -> dict[str, Any]:
    """One object that was public once, or is held by moderators."""
    media = [
        world.media[key] for each in post.media if (key := (post.network, each)) in world.media
    ]
    return {
        "network": post.network,
        "account": post.account,
        "id": post.id,
        "topic": post.extra.get("topic"),
        "title": post.title,
        "text": post.text,
        "state": post.state,
        "deleted": post.state == "removed",
        "edits": post.edits,
        "publications": post.publications,
        "created": iso(post.created),
        "public_at": post.public_at,
        "slug": post.marks.get("slug"),
        "external_id": post.extra.get("asked_external_id"),
        "link": post.extra.get("link"),
        "reply_to": post.extra.get("reply_to"),
        "media": [{"id": each.id, "alt": each.alt, "sha256": each.sha256} for each in media],
    }


def _posts(world: World, board: Board, request: Request) -> Answer:
    del board
    every = request.params.get("drafts") in ("1", "true")
    found = [
        post_shown(world, post)
        for post in world.posts.values()
        if _wanted(request, post) and (every or post.public_at is not None or post.state == "held")
    ]
    return reply({"posts": found})


def _comments(world: World, board: Board, request: Request) -> Answer:
    del board
    found = [asdict(each) for each in world.comments.values() if _wanted(request, each)]
    return reply({"comments": found})


def _comment(world: World, board: Board, request: Request) -> Answer:
    del board
    return facebook_comments.seed(world, request.fields)


def _requests(world: World, board: Board, request: Request) -> Answer:
    del board
    arrivals = [each for each in world.arrivals if _wanted(request, each)]
    counts = Counter(f"{each.network}/{each.account}" for each in arrivals)
    body: dict[str, Any] = {"counts": dict(counts)}
    if request.params.get("counts") != "only":
        body["arrivals"] = [asdict(each) for each in arrivals]
    return reply(body)


def _list_faults(world: World, board: Board, request: Request) -> Answer:
    del world, request
    return reply({"faults": [each.shown() for each in board.faults], "kinds": KINDS})


def _add_fault(world: World, board: Board, request: Request) -> Answer:
    del world
    return reply(board.add(request.fields).shown(), 201)


def _clear_faults(world: World, board: Board, request: Request) -> Answer:
    del world
    which = {**request.params, **request.fields}
    cleared = board.clear(account=which.get("account"), network=which.get("network"))
    return reply({"cleared": cleared})


def _moderate(world: World, board: Board, request: Request) -> Answer:
    del board
    number, approve = str(request.fields.get("id", "")), request.fields.get("approve")
    held = [
        post
        for post in world.posts.values()
        if post.state == "held"
        and post.id == number
        and request.fields.get("network", post.network) == post.network
    ]
    if not held or not isinstance(approve, bool):
        return reply({"error": f"nothing held has id {number!r}, or `approve` is no boolean"}, 404)
    post = held[0]
    if approve:
        (discourse if post.network == "discourse" else wordpress).release(world, post)
    elif post.network == "wordpress":
        wordpress.reject(world, post)
    else:
        post.state = "rejected"
        world.save(post)
    post.extra["reviewed"] = True
    world.save(post)
    return reply(post_shown(world, post))


def _settings(world: World, board: Board, request: Request) -> Answer:
    del board
    given = request.fields
    if odd := set(given) - set(world.settings):
        known = ", ".join(sorted(world.settings))
        return reply({"error": f"unknown: {', '.join(sorted(odd))}; known: {known}"}, 400)
    world.settings |= {name: float(value) for name, value in given.items()}
    return reply(world.settings)


def _reset(world: World, board: Board, request: Request) -> Answer:
    del request
    world.reset()
    board.clear()
    return reply({"reset": True})


_Run = Callable[[World, Board, Request], Answer]
ROUTES: dict[tuple[str, str], _Run] = {
    ("GET", "/posts"): _posts,
    ("GET", "/comments"): _comments,
    ("POST", "/comments"): _comment,
    ("GET", "/requests"): _requests,
    ("GET", "/faults"): _list_faults,
    ("POST", "/faults"): _add_fault,
    ("DELETE", "/faults"): _clear_faults,
    ("POST", "/moderate"): _moderate,
    ("GET", "/settings"): _settings,
    ("POST", "/settings"): _settings,
    ("POST", "/reset"): _reset,
}


def control(world: World, board: Board, request: Request) -> Answer:
    """Answer one control request; `request.path` starts below /_sandbox."""
    run = ROUTES.get((request.method, request.path.rstrip("/")))
    if run is None:
        listed = [f"{method} /_sandbox{path}" for method, path in ROUTES]
        return reply({"error": "no such control", "there are": listed}, 404)
    try:
        return run(world, board, request)
    except (FaultError, BodyError, TypeError, ValueError, RecursionError) as error:
        return reply({"error": str(error)}, 400)
