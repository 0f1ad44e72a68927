"""X, as OpenAPI 2.167 and its documented errors have it."""

from collections.abc import Sequence
from functools import partial

import contracts
from scripted import Play, reply

from dialects import Dialect, Entry, Listing
from publisher.clock import rfc3339
from publisher.networks import Credentials, Later, Refused

IDS = ("1460323737035677698", "1460323737035677699", "1460323737035677700")
TYPE = "https://api.x.com/2/problems/"
NOT_FOUND = {
    "type": TYPE + "resource-not-found",
    "title": "Not Found Error",
    "detail": "Could not find tweet with id: [1].",
    "resource_type": "tweet",
}


def error(status: int) -> dict[str, object]:
    return {
        "title": "Oh no",
        "detail": "Something is off.",
        "type": "about:blank",
        "status": status,
    }


def _shown(entry: Entry) -> dict[str, object]:
    escaped = entry.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    urls = []
    for number, word in enumerate(escaped.split()):
        if word.startswith("https://"):
            short = f"https://t.co/link{number}"
            escaped = escaped.replace(word, short)
            urls.append({"url": short, "expanded_url": word.replace("&amp;", "&")})
    if entry.images:
        short = "https://t.co/picture"
        escaped += f" {short}"
        where = f"https://x.com/us/status/{entry.id}/photo/1"
        urls.append({"url": short, "expanded_url": where, "media_key": "3_1"})
    shown: dict[str, object] = {
        "id": entry.id,
        "text": escaped,
        "created_at": rfc3339(entry.at),
        "edit_history_post_ids": [entry.id],
        "conversation_id": entry.thread or entry.id,
        "entities": {"urls": urls},
    }
    if entry.images:
        shown["attachments"] = {"media_keys": [f"3_{n}" for n in range(entry.images)]}
    return shown


def page(entries: Sequence[Entry], **meta: object) -> Play:
    body: dict[str, object] = {"meta": {"result_count": len(entries), **meta}}
    if entries:
        body["data"] = [_shown(entry) for entry in entries]
    return reply(200, body)


def uploaded(number: int) -> list[Play]:
    media_id = str(1000 + number)
    return [reply(200, {"data": {"id": media_id}}), reply(200, {"data": {"id": media_id}})]


DIALECT = Dialect(
    network="x",
    remote_user_id="2244994945",
    secrets={
        "consumer_key": "ck-SECRET-1",
        "consumer_secret": "cs-SECRET-2",
        "access_token": "2244994945-at-SECRET-3",
        "access_token_secret": "as-SECRET-4",
    },
    irreversible=lambda seen: seen.method == "POST" and seen.path == "/2/tweets",
    sent=lambda seen: seen.json["text"],
    remote_id=IDS[0],
    target=IDS[2],
    published=reply(201, {"data": {"id": IDS[0], "text": "as sent"}}),
    me=reply(200, {"data": {"id": "2244994945", "name": "Us", "username": "us"}}),
    error=error,
    meaning={
        400: Refused,
        401: Credentials,
        402: Credentials,
        403: Refused,
        404: Refused,
        429: Later,
    },
    bare={401: Credentials, 402: Credentials, 429: Later},
    throttled=reply(429, error(429), {"x-rate-limit-reset": "1795424520"}),  # NOW + 120 s
    unauthorized=reply(401, error(401)),
    duplicate=reply(
        403,
        {
            "detail": "You are not allowed to create a Tweet with duplicate content.",
            "type": "about:blank",
            "title": "Forbidden",
            "status": 403,
        },
    ),
    echo=lambda secret: reply(400, {"title": "Invalid", "detail": f"What is {secret}?"}),
    retracted=[reply(200, {"data": {"deleted": True}})],
    already_gone=[reply(404, NOT_FOUND)],
    gone=[reply(200, {"errors": [NOT_FOUND]})],
    still_there=[reply(200, {"data": {"id": IDS[2], "text": "hello"}})],
    present=lambda intent: [page([Entry(IDS[0], intent.rendered.text, intent.started_at)])],
    absent=[page([])],
    uploaded=uploaded,
    broken_contract=partial(contracts.openapi, "x-api-v2.openapi.json"),
    listing=Listing(page=page, cut_off=lambda entries: page(entries, next_token="more"), ids=IDS),
)
