"""When it goes out: another time, a yes to a later one, a pause, a cancellation."""

from collections.abc import Sequence
from typing import Any

from publisher.acts import act_of
from publisher.desk.parts.deliveries import (
    asked_anew,
    asked_for,
    fresh,
    keep_from_repeating,
    possible,
    recalled,
)
from publisher.desk.parts.find import accounts_of, maybe_public, permitted
from publisher.errors import Conflict
from publisher.gate import Plan, plan
from publisher.lifecycle import DELIVERY, sources
from publisher.release.doubt import ours
from publisher.release.parts import ends
from publisher.store import Tx, ledger
from publisher.store.rows import DeliveryRow, between_parts
from publisher.words import as_text, foreign

MOVABLE = sources(DELIVERY, "reschedule")


def reschedule(tx: Tx, name: str, at: str) -> list[Plan]:
    """Another asked time, which needs a new approval. Raises Conflict for what is in flight."""
    found = permitted(tx, name, "reschedule")
    made = []
    for row in recalled(tx, possible(found, MOVABLE, "reschedule")):
        [account] = accounts_of(tx, [row])
        asked = asked_for(tx, account, at)
        asked_already = row.requested_at == asked.at and row.confirmed_at is None
        if asked_already and row.state == "waiting" and not row.paused:
            continue
        paused = "" if ours(row.paused) else row.paused
        made += plan(tx, [row], "reschedule", **asked_anew(tx, asked), paused=paused)
    if not made:
        raise Conflict("compose.same_time", field="at", post=found.post.id)
    return made


def confirm(tx: Tx, name: str) -> list[Plan]:
    """The author's yes: send it at the next free time, though that is later than was asked.

    Raises Conflict when that changes nothing.
    """
    found = permitted(tx, name, "confirm")
    rows = recalled(tx, possible(found, sources(DELIVERY, "confirm"), "confirm"))
    made = []
    for row in rows:
        base = tx.now if row.release_at <= tx.now else row.requested_at
        made += plan(
            tx,
            [row],
            "confirm",
            confirmed_at=max(base, row.requested_at),
            paused="",
            release_at=max(base, row.requested_at),
            settled_at=None,
            reason="",
            human_at=tx.now,
        )
    if rows and _waits_as(rows) == _waits_as(fresh(tx, [row.id for row in rows])):
        raise Conflict("compose.confirmed_already", post=found.post.id)
    return made


def _waits_as(rows: Sequence[DeliveryRow]) -> list[tuple[Any, ...]]:
    seen = [(r.id, r.state, r.release_at, r.confirmed_at, r.paused, r.findings) for r in rows]
    return sorted(seen, key=lambda one: str(one[0]))


def cancel(tx: Tx, name: str, *, why: str = "") -> int:
    """It will not go out, or nothing more of it; how many. What is public stays: that takes `retract`."""
    found = permitted(tx, name, "cancel")
    why = foreign(why)
    if found.post.state == "draft":
        ledger.move_post(tx, found.post, "cancel", payload={"reason": why})
        return 1
    rows = recalled(tx, possible(found, sources(DELIVERY, "cancel"), "cancel", rest=True))
    code = "reason.cancelled_for" if why else "reason.cancelled"
    reason = as_text(code, person=tx.actor.person, why=why)
    for row in _stopped(tx, rows, why, reason):
        ledger.move(
            tx,
            row,
            "cancel",
            payload={"reason": why},
            wake_at=None,
            settled_at=tx.now,
            reason=reason,
        )
    done = {row.id for row in rows}
    others = [r for r in found.deliveries if r.id not in done and not act_of(r).undoes]
    keep_from_repeating(tx, others)
    if not found.account and not any(maybe_public(r) for r in found.deliveries):
        ledger.move_post(tx, found.post, "cancel", payload={"reason": why})
    return len(rows)


def pause(tx: Tx, name: str, why: str) -> int:
    """Keep it back until somebody unpauses it (or it expires); how many. A thread stops where it is."""
    found = permitted(tx, name, "pause")
    why = foreign(why)
    mine = possible(found, ("waiting",), "pause", rest=True)
    moving = [r for r in mine if not r.paused or ours(r.paused)]
    if not moving:
        why = mine[0].paused
        raise Conflict("compose.paused_already", post=found.post.id, reason=why)
    rows = recalled(tx, moving)
    person = tx.actor.person
    said = f"{person}: {why}" if why else as_text("reason.paused_without", person=person)
    plan(tx, _stopped(tx, rows, why, said), "pause", paused=said, human_at=tx.now)
    return len(rows)


def _stopped(tx: Tx, rows: Sequence[DeliveryRow], why: str, reason: str) -> Sequence[DeliveryRow]:
    """Threads between two parts stop, and a person goes on with them; the rows that are none."""
    for row in filter(between_parts, rows):
        ends(tx, row, "cancel", why, reason)
    return [row for row in rows if not between_parts(row)]


def unpause(tx: Tx, name: str) -> int:
    """Let it go out again when its time comes; how many."""
    found = permitted(tx, name, "unpause")
    kept = [r for r in possible(found, ("waiting",), "unpause") if r.paused]
    if not kept:
        raise Conflict("compose.not_paused", post=found.post.id)
    rows = recalled(tx, kept)
    plan(tx, rows, "unpause", paused="", human_at=tx.now)
    return len(rows)
