"""Discourse, as its OpenAPI description and its source have it."""

import re
from html import unescape

import contracts
from markdown_it import MarkdownIt
from scripted import Play, reply

from dialects import Dialect
from publisher.networks import Credentials, Intent, Later, Refused
from publisher.networks.discourse import topic as topics

POST, TOPIC = 41, 7
MARKDOWN, ELEMENT = MarkdownIt(), re.compile("<[^<>]*>")
WRONG_KEY = "You are not permitted to view this. The API username or key is invalid."


def error(status: int, message: str = "Something is off") -> object:
    return {"errors": [message], "error_type": "invalid_parameters"}


def post(**more: object) -> dict[str, object]:
    return {"id": POST, "topic_id": TOPIC, "topic_slug": "fair", "post_number": 1, **more}


def topic(**more: object) -> dict[str, object]:
    return {"id": TOPIC, "post_stream": {"posts": [post()], "stream": [POST]}, **more}


def present(intent: Intent) -> list[Play]:
    away = reply(301, b"", {"Location": f"https://board.example.com/t/fair/{TOPIC}.json"})
    return [away, reply(200, topic()), reply(200, post(raw=topics.source(intent.rendered)))]


def uploaded(number: int) -> list[Play]:
    return [reply(200, {"id": number, "short_url": f"upload://abc{number}.png"})]


NOT_FOUND = reply(404, {"errors": ["Not here."], "error_type": "not_found"})
DIALECT = Dialect(
    network="discourse",
    remote_user_id="5",
    secrets={"api_key": "0123SECRET4567", "api_username": "us-the-company"},
    names=("api_username",),
    options={"category": "4"},
    irreversible=lambda seen: seen.method == "POST" and seen.path == "/posts.json",
    sent=lambda seen: unescape(ELEMENT.sub("", MARKDOWN.render(seen.json["raw"]))),
    remote_id=str(POST),
    target=str(POST),
    published=reply(200, post()),
    me=reply(200, {"current_user": {"id": 5, "username": "us-the-company"}}),
    error=error,
    meaning={
        **dict.fromkeys((400, 404, 409, 410, 413, 422), Refused),
        401: Credentials,
        403: Credentials,  # the same answer comes to the question who we are
        429: Later,
    },
    bare={401: Credentials, 429: Later},
    throttled=reply(429, {"errors": ["Slow down"], "extras": {"wait_seconds": 120}}),
    unauthorized=reply(403, {"errors": [WRONG_KEY], "error_type": "invalid_access"}),
    duplicate=reply(
        422, {"action": "create_post", "errors": ["Body is too similar to what you said"]}
    ),
    echo=lambda secret: reply(422, error(422, f"What is {secret}?")),
    retracted=[reply(200)],
    vague=reply(200, b"<html>Please sign in</html>"),  # any other body will do
    already_gone=[NOT_FOUND],
    gone=[NOT_FOUND],
    still_there=[reply(200, post(raw="hello", deleted_at=None))],
    present=present,
    absent=[NOT_FOUND, reply(200, {"pending_posts": []}), reply(200, {"latest_posts": []})],
    uploaded=uploaded,
    broken_contract=contracts.discourse,
    edited=lambda intent: [reply(200, {"post": post(raw=topics.source(intent.rendered))})],
    reads=lambda said: reply(200, post(raw=said)),
)
