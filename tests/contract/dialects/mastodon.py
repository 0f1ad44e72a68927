"""Mastodon 4.5, as its OpenAPI description has it and its servers answer."""

from collections.abc import Sequence
from html import escape

import contracts
from scripted import Play, reply

from dialects import Dialect, Entry, Listing
from publisher.clock import rfc3339
from publisher.networks import Credentials, Intent, Later, Refused

IDS = ("109254962155278888", "109254962155278889", "109254962155278890")
URL = "https://social.example/@us"


def error(status: int) -> dict[str, object]:
    return {"error": f"No, says {status}"}


def html(text: str) -> str:
    """The text as a server shows it: blank lines part paragraphs, the rest breaks lines."""
    blocks = escape(text.strip()).split("\n\n")
    return "".join(f"<p>{block}</p>".replace("\n", "<br />") for block in blocks)


def status(text: str, number: str = IDS[2], images: int = 0, **more: object) -> dict[str, object]:
    attached = [{"id": str(1000 + n), "type": "image"} for n in range(images)]
    return {
        "id": number,
        "url": f"{URL}/{number}",
        "content": html(text),
        "spoiler_text": "",
        "media_attachments": attached,
        "visibility": "public",
        **more,
    }


def _listed(entries: Sequence[Entry]) -> list[dict[str, object]]:
    return [status(one.text, one.id, one.images, created_at=rfc3339(one.at)) for one in entries]


def page(entries: Sequence[Entry]) -> Play:
    return reply(200, _listed(entries))


def cut_off(entries: Sequence[Entry]) -> Play:
    there = "https://social.example/api/v1/accounts/14715/statuses"
    link = f'<{there}?limit=40&max_id=7>; rel="next", <{there}?min_id=9>; rel="prev"'
    return reply(200, _listed(entries), {"Link": link})


def edited(intent: Intent) -> list[Play]:
    return [reply(200, status(intent.rendered.text))]


GONE = reply(404, {"error": "Record not found"})
DIALECT = Dialect(
    network="mastodon",
    remote_user_id="14715",
    secrets={"access_token": "tk-SECRET-1"},
    irreversible=lambda seen: seen.method == "POST" and seen.path == "/api/v1/statuses",
    sent=lambda seen: seen.json["status"],
    remote_id=IDS[0],
    target=IDS[2],
    published=reply(200, status("hello", IDS[0])),
    me=reply(200, {"id": "14715", "username": "us", "acct": "us"}),
    error=error,
    meaning={
        **dict.fromkeys((404, 410, 413, 422), Refused),
        401: Credentials,
        403: Credentials,
        429: Later,
    },
    bare={401: Credentials, 429: Later},
    throttled=reply(429, error(429), {"X-RateLimit-Reset": "2026-11-23T09:02:00.000000Z"}),
    unauthorized=reply(401, {"error": "The access token is invalid"}),
    echo=lambda secret: reply(422, {"error": f"What is {secret}?"}),
    retracted=[reply(200, status("hello"))],
    already_gone=[GONE],
    gone=[GONE],
    still_there=[reply(200, status("hello"))],
    present=lambda intent: [page([Entry(IDS[0], intent.rendered.text, intent.started_at)])],
    absent=[page([])],
    uploaded=lambda number: [reply(200, {"id": str(1000 + number), "type": "image"})],
    edited=edited,
    reads=lambda said: reply(200, status(said)),
    urls=URL,
    broken_contract=contracts.mastodon,
    listing=Listing(page=page, cut_off=cut_off, ids=IDS),
)
