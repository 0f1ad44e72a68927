"""The shapes of Facebook's answers: posts with the fields asked for, errors with their codes."""

import json
from typing import Any

from publisher.sandbox.ids import user_id
from publisher.sandbox.wire import Answer, Refusal, Request, reply
from publisher.sandbox.wire import iso as iso_of
from publisher.sandbox.world import Post, World


def error(code: int, message: str, status: int = 400, **more: Any) -> Answer:
    transient = code in (1, 2, 4, 17, 32, 341, 613)
    error = {
        "message": message,
        "type": "OAuthException",
        "code": code,
        "is_transient": transient,
        **more,
        "fbtrace_id": "Asandbox0000000000000",
    }
    return reply({"error": error}, status)


def no_such(number: str) -> Answer:
    return error(
        100,
        f"Unsupported request. Object with ID '{number}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation",
        error_subcode=33,
    )


def refuse(request: Request, fault: Refusal) -> Answer:
    if fault.kind == "429":
        answer = error(32, "(#32) Page request limit reached", fault.status or 400)
        minutes = max(1, round(fault.seconds / 60))
        usage = {
            "type": "pages",
            "call_count": 100,
            "total_cputime": 25,
            "total_time": 25,
            "estimated_time_to_regain_access": minutes,
        }
        page = user_id("facebook", request.account)
        shown = {"X-Business-Use-Case-Usage": json.dumps({page: [usage]})}
        return Answer(answer.status, answer.body, {**answer.headers, **shown})
    if fault.kind == "401":
        message = "Invalid OAuth access token - Cannot parse access token"
        return error(190, message, fault.status or 400)
    if fault.kind == "400":
        return error(100, "(#100) Invalid parameter")
    if fault.kind == "404":
        return error(2500, f"Unknown path components: {request.path}")
    return error(2, "Service temporarily unavailable", fault.status or 500)


def wanted(request: Request, known: set[str]) -> tuple[list[str], Answer | None]:
    """The names in `fields`, nested braces cut away, and the refusal of one that is not there."""
    depth, flat = 0, ""
    for each in request.params.get("fields", ""):
        depth += (each == "{") - (each == "}")
        flat += each if not depth and each != "}" else ""
    names = [name.partition(".")[0].strip() for name in flat.split(",") if name.strip()]
    odd = [name for name in names if name not in known]
    if odd:
        return [], error(100, f"(#100) Tried accessing nonexisting field ({odd[0]})")
    return names, None


def time(at: float) -> str:
    return iso_of(at, "%Y-%m-%dT%H:%M:%S+0000")


def shown(world: World, request: Request, post: Post, names: list[str]) -> dict[str, Any]:
    page, _, bare = post.id.partition("_")
    root = request.base + "/facebook"
    media = [world.media[("facebook", number)] for number in post.media]
    pictures = [f"{request.base}/media/facebook/{each.id}" for each in media]
    attachments = [
        {
            "type": "photo",
            "target": {"id": each.id},
            "description": each.alt,
            "media": {"image": {"src": src, "width": each.width, "height": each.height}},
        }
        for each, src in zip(media, pictures, strict=True)
    ]
    if "link" in post.extra:
        attachments.append({"type": "share", "unshimmed_url": post.extra["link"]})
    whole = {
        "id": post.id,
        "message": post.text,
        "created_time": time(post.created),
        "updated_time": time(post.updated or post.created),
        "permalink_url": f"{root}/{page}/posts/{bare}",
        "application": {"name": "Publisher", "id": "1000000000000001"},
        "from": {"name": post.account, "id": page},
        "is_published": post.state == "public",
        "is_hidden": False,
        "status_type": "added_photos" if media else "mobile_status_update",
        "attachments": {"data": attachments} if attachments else None,
        "full_picture": pictures[0] if pictures else None,
    }
    wanted = {"id", *(names or ("message", "created_time"))}
    return {name: whole[name] for name in whole if name in wanted and whole[name] not in (None, "")}
