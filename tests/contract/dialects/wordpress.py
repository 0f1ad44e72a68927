"""WordPress, as version 6.1 answered when it was asked (it describes itself: no fixed contract)."""

from scripted import Play, Seen, reply

from dialects import Dialect
from publisher.networks import Credentials, Intent, Later, Refused
from publisher.networks.text.longform import essence
from publisher.networks.wordpress.blogpost import fields

NUMBER = 12
LINK = "https://blog.example.com/2026/11/pub-0190/"
NOTES = {"post_id": NUMBER, "draft_seen": "2026-11-23T09:00:00Z"}


def error(status: int, message: str = "Something is off.", code: str = "rest_off") -> object:
    return {"code": code, "message": message, "data": {"status": status}}


def post(status: str = "publish", **more: object) -> dict[str, object]:
    return {"id": NUMBER, "status": status, "link": LINK, "slug": "pub-0190", **more}


def present(intent: Intent) -> list[Play]:
    sent = fields(intent)
    shown = {name: {"raw": sent[name], "rendered": ""} for name in ("title", "content")}
    return [reply(200, post(**shown))]


def uploaded(number: int) -> list[Play]:
    large = f"https://blog.example.com/{number}-1024x683.png"
    details = {"sizes": {"large": {"source_url": large, "width": 1024, "height": 683}}}
    file = f"https://blog.example.com/{number}.png"
    return [reply(201, {"id": 90 + number, "source_url": file, "media_details": details})]


def reads(said: str) -> Play:
    """Title and text, with a line between them."""
    title, _, content = said.partition("\n")
    return reply(200, post(title={"raw": title}, content={"raw": content}))


def sent(seen: Seen) -> str:
    return essence(seen.json["content"])


NO_SUCH_POST = reply(404, error(404, "Invalid post ID.", "rest_post_invalid_id"))
NO_PICTURES = reply(200, [])
DIALECT = Dialect(
    network="wordpress",
    remote_user_id="3",
    secrets={"username": "us-the-company", "password": "abcd SECRET efgh"},
    irreversible=lambda seen: seen.method == "POST" and seen.path.endswith(f"/posts/{NUMBER}"),
    sent=sent,
    remote_id=str(NUMBER),
    target=str(NUMBER),
    notes=NOTES,
    urls="https://blog.example.com/",
    published=reply(200, post()),
    me=reply(200, {"id": 3, "name": "Us"}),
    error=error,
    meaning={
        **dict.fromkeys((400, 403, 404, 409, 410, 413, 415, 422), Refused),
        401: Credentials,
        429: Later,
    },
    bare={401: Credentials, 429: Later},
    throttled=reply(429, b"<html>Slow down</html>", {"Retry-After": "120"}),
    unauthorized=reply(401, error(401, "Unknown user.", "rest_cannot_create")),
    echo=lambda secret: reply(400, error(400, f"What is {secret}?")),
    retracted=[reply(200, post("trash")), NO_PICTURES],
    already_gone=[reply(410, error(410, "Already deleted.", "rest_already_trashed")), NO_PICTURES],
    gone=[NO_SUCH_POST, NO_PICTURES],
    still_there=[reply(200, post())],
    present=present,
    absent=[reply(200, post("draft"))],
    uploaded=uploaded,
    broken_contract=lambda seen: (),
    edited=lambda intent: [*present(intent), reply(200, [])],
    reads=reads,
)
