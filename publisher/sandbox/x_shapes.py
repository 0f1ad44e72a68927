"""The shapes of X's answers: posts as it shows them, problems as it words them."""

import hashlib
import html
from typing import Any

from publisher.sandbox.wire import Answer, Refusal, Request, iso, reply
from publisher.sandbox.world import Medium, Post, World
from publisher.sandbox.x_counting import links

_LIMITS = {"POST": 100, "DELETE": 50, "GET": 900}  # per 15 minutes; reported, not enforced
_WINDOW = 900
_PROBLEMS = "https://api.x.com/2/problems/"


def problem(status: int, title: str, detail: str, kind: str = "") -> Answer:
    body = {"title": title, "type": kind or "about:blank", "status": status, "detail": detail}
    return reply(body, status)


def invalid(message: str, **parameters: list[str]) -> Answer:
    body = {
        "errors": [{"parameters": parameters, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": _PROBLEMS + "invalid-request",
    }
    return reply(body, 400)


def forbidden(detail: str) -> Answer:
    return problem(403, "Forbidden", detail)


def missing(kind: str, parameter: str, value: str) -> Answer:
    """A look-up that finds nothing answers 200 with partial errors."""
    error = {
        "value": value,
        "detail": f"Could not find {kind} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": value,
        "type": _PROBLEMS + "resource-not-found",
    }
    return reply({"errors": [error]})


def refuse(request: Request, fault: Refusal) -> Answer:
    if fault.kind == "429":
        answer = problem(fault.status or 429, "Too Many Requests", "Too Many Requests")
        reset = str(int(request.arrived + fault.seconds) + 1)
        limit = str(_LIMITS.get(request.method, 100))
        return Answer(answer.status, answer.body, {**answer.headers, **_limits(limit, "0", reset)})
    if fault.kind == "401":
        return problem(fault.status or 401, "Unauthorized", "Unauthorized")
    if fault.kind == "400":
        return invalid("The request body could not be read.")
    if fault.kind == "404":
        return problem(404, "Not Found", "Not Found")
    return reply({"title": "Internal Server Error", "status": 500}, fault.status or 500)


def _limits(limit: str, remaining: str, reset: str) -> dict[str, str]:
    return {
        "x-rate-limit-limit": limit,
        "x-rate-limit-remaining": remaining,
        "x-rate-limit-reset": reset,
    }


def limited(world: World, request: Request, answer: Answer) -> Answer:
    """The answer with the rate limit headers of its account and method."""
    window = int(world.now() // _WINDOW)
    key = f"x-limit:{request.account}:{request.method}"
    at, used = world.counters.get(key, (window, 0))
    used = used + 1 if at == window else 1
    world.counters[key] = (window, used)
    limit = _LIMITS.get(request.method, 100)
    shown = _limits(str(limit), str(max(0, limit - used)), str((window + 1) * _WINDOW))
    return Answer(answer.status, answer.body, {**answer.headers, **shown})


def _short(seed: str) -> str:
    return "https://t.co/" + hashlib.sha256(seed.encode()).hexdigest()[:10]


ALWAYS = ("id", "text", "edit_history_tweet_ids")


def tweet(world: World, post: Post) -> dict[str, Any]:
    text, urls = "", []
    at = 0
    for start, end, url in links(post.text):
        text += post.text[at:start]
        short = _short(f"{post.id}{url}")
        full = url if "://" in url else f"http://{url}"
        urls.append(
            {
                "start": len(text),
                "end": len(text) + 23,
                "url": short,
                "expanded_url": full,
                "display_url": full.partition("://")[2][:30],
            }
        )
        text += short
        at = end
    text += post.text[at:]
    if post.media:
        urls += _photos(post, len(text) + bool(text))
        text = f"{text} {_short(post.id)}".strip()
    shown: dict[str, Any] = {
        "id": post.id,
        "text": html.escape(text, quote=False),
        "edit_history_tweet_ids": [post.id],
        "created_at": iso(post.created),
        "author_id": world.account("x", post.account),
        "conversation_id": _first(world, post).id,
        "lang": "und",
        "source": "Publisher",
    }
    if urls:
        shown["entities"] = {"urls": urls}
    if post.media:
        shown["attachments"] = {"media_keys": [f"3_{each}" for each in post.media]}
    if "reply_to" in post.extra:
        shown["referenced_tweets"] = [{"type": "replied_to", "id": post.extra["reply_to"]}]
    return shown


def _first(world: World, post: Post) -> Post:
    """The one that began the conversation, as far back as there is one."""
    while before := world.posts.get(("x", post.extra.get("reply_to", ""))):
        post = before
    return post


def _photos(post: Post, start: int) -> list[dict[str, Any]]:
    """The links to its images that a post ends with."""
    short = _short(post.id)
    one = {
        "start": start,
        "end": start + 23,
        "url": short,
        "expanded_url": f"https://x.com/{post.account}/status/{post.id}/photo/1",
        "display_url": f"pic.x.com/{short[-10:]}",
    }
    return [{**one, "media_key": f"3_{each}"} for each in post.media]


def shown(world: World, request: Request, posts: list[Post]) -> dict[str, Any]:
    asked = request.params.get("tweet.fields", request.params.get("post.fields", ""))
    wanted = {*ALWAYS, *asked.split(",")}
    data = [
        {name: value for name, value in tweet(world, post).items() if name in wanted}
        for post in posts
    ]
    shown: dict[str, Any] = {"data": data} if data else {}
    if "attachments.media_keys" in request.params.get("expansions", "").split(","):
        media = [world.media[("x", each)] for post in posts for each in post.media]
        fields = set(request.params.get("media.fields", "").split(","))
        shown["includes"] = {"media": [_media_shown(request, each, fields) for each in media]}
    return shown


def _media_shown(request: Request, medium: Medium, fields: set[str]) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "url": f"{request.base}/media/x/{medium.id}",
        "alt_text": medium.alt,
        "width": medium.width,
        "height": medium.height,
    }
    wanted = {name: value for name, value in whole.items() if name in fields and value != ""}
    return {"media_key": f"3_{medium.id}", "type": "photo", **wanted}


def base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits or "0"
