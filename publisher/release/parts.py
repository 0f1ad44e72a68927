"""A thread goes out part by part: what follows from one that is public, and how it ends before the last.

Each part is an attempt of its own, and answers the one before. Of what is public in part nothing follows
by itself once it has stopped: a person goes on with it, or takes it down.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from publisher.acts import act_of
from publisher.content import Rendered, digest, rendered_json
from publisher.gate import Judged, stored
from publisher.networks import Published
from publisher.policy import Effect
from publisher.policy.sentences import reason_part
from publisher.release import follow
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.ledger import Move
from publisher.store.notices import about, go_on, partly_public
from publisher.store.rows import DeliveryRow, parts_out
from publisher.store.tables import core
from publisher.words import as_text

_DELIVERY = core(t.Delivery)
_ATTEMPT = core(t.Attempt)

Request = Mapping[str, Any]  # what an attempt was to send
Decided = tuple[str, dict[str, Any]]

ENDS = frozenset({"refuse", "expire", "deny", "block", "cancel"})


def next_part(row: DeliveryRow, whole: Rendered) -> tuple[Rendered, dict[str, Any]]:
    """What is sent next of it, and what a request says of a thread besides; {} for what goes at once."""
    public = parts_out(row)
    if len(whole.parts) < 2 or not act_of(row).makes_post:
        return whole, {}
    number = min(len(public), len(whole.parts) - 1)
    more = len(whole.parts) - number - 1
    return whole.only(number), {"thread": list(public), "more": more, "said": said(whole)}


def said(whole: Rendered) -> str:
    """By which it is known that the parts are the same as when the first of them went out."""
    return digest(rendered_json(whole)["parts"])


def goes_on(row: DeliveryRow, whole: Rendered) -> bool:
    """Do the parts that are public, if there are any, belong to these words?"""
    public = parts_out(row)
    return not public or (row.notes.get("said") == said(whole) and len(public) < len(whole.parts))


def request_of(tx: Tx, row: DeliveryRow) -> Request:
    """What its newest try was to send, or the one that is not proved; {} where there is none."""
    mine = _ATTEMPT.c.delivery_id == row.id
    this = mine & (_ATTEMPT.c.id == row.unproven) if row.unproven else mine
    newest = (_ATTEMPT.c.fence.desc(), _ATTEMPT.c.id.desc())
    found: Request = tx.value(select(_ATTEMPT.c.request).where(this).order_by(*newest).limit(1))
    return found or {}


def key(row: DeliveryRow) -> str:
    """By which a network knows this request again; each part of a thread is one of its own."""
    number = len(parts_out(row))
    return f"{row.id}r{row.revision}{f'p{number}' if number else ''}"


def held(tx: Tx, judged: Judged) -> tuple[str, Move[DeliveryRow]]:
    """Between two parts nothing waits: it stops, and a person goes on with it."""
    row, verdict = judged.row, judged.verdict
    worst = max(verdict.findings, key=lambda one: one.effect, default=None)
    if not goes_on(row, judged.facts.case.rendered):
        reason = as_text("reason.other_words")
    elif worst is None:
        reason = as_text("reason.too_late")
    else:
        reason = as_text("reason.held_between", why=reason_part(worst, row.requested_zone))
    findings = [stored(one) for one in verdict.findings]
    stays = verdict.effect == Effect.BLOCK or not goes_on(row, judged.facts.case.rendered)
    stopped(tx, row, reason, stays=stays)
    payload = {"findings": findings, "policy": tx.policy.version, "reason": reason}
    values = {"verdict": verdict.effect.name, "findings": findings, "reason": reason}
    return "part", Move(row, {**values, "wake_at": None, "settled_at": tx.now}, payload)


def went(
    tx: Tx, row: DeliveryRow, came: Published, request: Request, *, by_itself: bool = True
) -> Decided:
    """What it means that this request is public: the move, and the columns that it sets.

    `by_itself` False: a person said so, and it is a person who goes on.
    """
    ended = {"unproven": "", "wake_at": None, "reason": "", "settled_at": tx.now}
    public = [*parts_out(row), came.remote_id]
    if not request.get("more") and len(public) == 1:
        return "publish", {"remote_id": came.remote_id, "remote_url": came.url, **ended}
    known = {
        "notes": {**row.notes, "public": public, "said": request.get("said", "")},
        "remote_id": public[0],
        "remote_url": row.remote_url if len(public) > 1 else came.url,
    }
    if not request.get("more"):
        return "publish", {**known, **ended}
    if follow.taken_down(tx, row.post_id, row.account):
        return "part", {**known, **ended, "reason": as_text("reason.taken_down")}
    if not by_itself:
        return "part", {**known, **ended, "reason": as_text("reason.part_said_public")}
    fresh = {"settled_at": None, "lookups": 0, "holds": 0, "wake_at": tx.now}
    return "proceed", {**known, **ended, **fresh}


def short(row: DeliveryRow, action: str) -> str:
    """What is public in part comes to no other end than that."""
    return "part" if action in ENDS and parts_out(row) else action


def ends(tx: Tx, row: DeliveryRow, action: str, why: str, reason: str) -> None:
    """It is known that the request came to nothing: move it, and tell whoever waits for that."""
    verb = short(row, action)
    ended = {"wake_at": None, "unproven": "", "settled_at": tx.now}
    ledger.move(tx, row, verb, payload={"reason": why}, reason=reason, **ended)
    if verb == "part":
        stopped(tx, row, reason)
    else:
        follow.not_public(tx, [row])


def stopped(tx: Tx, row: DeliveryRow, reason: str, *, stays: bool = False) -> None:
    """It ended between its parts: a takedown that waited has something to take down, and people decide.

    `stays`: it is known that it cannot be gone on with.
    """
    follow.aim(tx, [row])
    follow.wake_accounts(tx, {row.account} if row.unproven else ())
    ahead = (about("retract", row),) if stays else go_on(row)
    taken_down = follow.taken_down(tx, row.post_id, row.account)
    partly_public(tx, row, reason, *(() if taken_down else ahead))


def owned(tx: Tx, place: str, *, but: str, since: datetime | None = None) -> dict[str, str]:
    """By the network's id, the post: what is there of ours, parts of threads too, but for one delivery."""
    mine = (_DELIVERY.c.place == place) & t.REMOTE & (_DELIVERY.c.id != but)
    if since is not None:
        mine &= _DELIVERY.c.settled_at.is_(None) | (_DELIVERY.c.settled_at >= since)
    asked = select(_DELIVERY.c.post_id, _DELIVERY.c.remote_id, _DELIVERY.c.notes)
    rows = tx.all(asked.where(mine))
    return {
        name: row.post_id for row in rows for name in (row.remote_id, *row.notes.get("public", ()))
    }
