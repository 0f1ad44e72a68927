"""Facebook Pages, as Graph API v26.0 and its documented error codes have it."""

from collections.abc import Sequence

import contracts
from scripted import Play, reply

from dialects import Dialect, Entry, Listing
from publisher.networks import Credentials, Later, Refused

PAGE = "100200300"
IDS = (f"{PAGE}_11", f"{PAGE}_12", f"{PAGE}_13")
USAGE = '{"100200300": [{"type": "pages", "estimated_time_to_regain_access": 2}]}'


def error(code: int, message: str = "Something is off", **more: object) -> dict[str, object]:
    return {"error": {"message": message, "type": "OAuthException", "code": code, **more}}


GONE = reply(400, error(100, "Unsupported delete request", error_subcode=33))
ME = reply(200, {"id": PAGE, "name": "Us"})


def _shown(entry: Entry) -> dict[str, object]:
    photo = {"media_type": "photo", "type": "photo"}
    shown: dict[str, object] = {
        "id": entry.id.partition("_")[2],  # ids come in two forms; listings use this one at times
        "message": entry.text,
        "created_time": entry.at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "permalink_url": f"https://www.facebook.com/{entry.id}",
    }
    if entry.images == 1:
        shown["attachments"] = {"data": [photo]}
    if entry.images > 1:
        album = {"media_type": "album", "subattachments": {"data": [photo] * entry.images}}
        shown["attachments"] = {"data": [album]}
    return shown


def page(entries: Sequence[Entry]) -> Play:
    return reply(200, {"data": [_shown(entry) for entry in entries], "paging": {}})


def cut_off(entries: Sequence[Entry]) -> Play:
    paging = {"next": "https://graph.facebook.com/?access_token=x", "cursors": {"after": "more"}}
    return reply(200, {"data": [_shown(entry) for entry in entries], "paging": paging})


DIALECT = Dialect(
    network="facebook",
    remote_user_id=PAGE,
    secrets={"access_token": "EAAB-SECRET-1"},
    irreversible=lambda seen: seen.method == "POST" and seen.path.endswith("/feed"),
    sent=lambda seen: seen.form["message"],
    remote_id=IDS[0],
    target=IDS[2],
    published=reply(200, {"id": "11"}),
    me=ME,
    error=lambda status: error(100),
    meaning=dict.fromkeys((400, 401, 403, 404, 429), Refused),
    bare={401: Credentials, 429: Later},
    throttled=reply(400, error(32), {"X-Business-Use-Case-Usage": USAGE}),
    unauthorized=reply(400, error(190)),
    duplicate=reply(400, error(506, "Duplicate status message")),
    echo=lambda secret: reply(400, error(100, f"Malformed access token {secret}")),
    retracted=[reply(200, {"success": True})],
    already_gone=[GONE, ME],
    gone=[GONE, ME],
    still_there=[reply(200, {"id": IDS[2], "message": "hello"})],
    present=lambda intent: [page([Entry(IDS[0], intent.rendered.text, intent.started_at)])],
    absent=[page([])],
    uploaded=lambda number: [reply(200, {"id": str(1000 + number)})],
    broken_contract=contracts.facebook,
    edited=lambda intent: [
        reply(200, {"success": True}),
        reply(200, {"id": IDS[2], "message": intent.rendered.text}),
    ],
    reads=lambda said: reply(200, {"id": IDS[2], "message": said}),
    listing=Listing(page=page, cut_off=cut_off, ids=IDS),
)
