"""One `match` from outcome to action; attempt, delivery, account and ledger in one transaction.

A settle that cannot be written is owed, and repeated until it is (H19).
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError

from publisher.acts import act_of
from publisher.gate import backoff
from publisher.networks import (
    Accepted,
    Credentials,
    Intent,
    Later,
    Outcome,
    Published,
    Refused,
    Unknown,
)
from publisher.release import attempts, follow, parts
from publisher.release.claim import read
from publisher.release.intend import Ready
from publisher.store import Tx, ledger
from publisher.store.bound import DELIVERY, Kind
from publisher.store.ledger import Move
from publisher.store.notices import change, look, tell, where
from publisher.store.rows import DeliveryRow, MeasureRow, parts_out
from publisher.words import as_text

THROTTLED = timedelta(seconds=30)  # when a network says "later" and not when
HELD_BY_NETWORK = timedelta(minutes=5)  # between look-ups of what a network's moderators have

Decided = tuple[str, dict[str, Any]]  # the action, and the columns that it always sets
One = tuple[Move[Any], Ready, Outcome]


@dataclass(frozen=True)
class Own:
    """What settling does for one kind alone: its rows by id, what an outcome means, what follows."""

    kind: Kind
    read: Callable[[Tx, Collection[str]], Sequence[Any]]
    decide: Callable[[Tx, Any, Outcome, Ready, Sequence[float]], Decided]
    follow: Callable[[Tx, str, Sequence[One]], None]


def settle(
    tx: Tx,
    answered: Sequence[tuple[Ready, Outcome]],
    look_again: Sequence[float],
    own: Own | None = None,
) -> None:
    """Write what sends came to. What is under another fence keeps its state; its attempt is noted."""
    own = own or DELIVERIES
    rows = {row.id: row for row in own.read(tx, [ready.delivery for ready, _ in answered])}
    groups: dict[tuple[str, ...], list[One]] = {}
    for ready, outcome in answered:
        row = rows[ready.delivery]
        ended = _closing(ready, outcome)
        payload = {
            "attempt": ready.attempt,
            "outcome": ended["outcome"],
            "remote_id": ended["remote_id"],
        }
        if row.fence != ready.fence or not _may_settle(row.state, outcome):
            ledger.record(tx, "late answer", row.id, payload, post=ready.post)
            continue
        action, changes = own.decide(tx, row, outcome, ready, look_again)
        payload["reason"] = changes["reason"]
        alike = action, *sorted(changes)  # those that set the same columns
        groups.setdefault(alike, []).append((Move(row, changes, payload), ready, outcome))
    for (action, *_), moves in groups.items():
        _apply(tx, own, action, moves)
    attempts.close(tx, [_closing(ready, outcome) for ready, outcome in answered])


def _may_settle(state: str, outcome: Outcome) -> bool:
    """A late answer under the same fence may still settle what was declared unknown (H7)."""
    return state == "sending" or (state == "unknown" and isinstance(outcome, Published | Accepted))


def decide(
    tx: Tx, row: DeliveryRow, outcome: Outcome, ready: Ready, look_again: Sequence[float]
) -> Decided:
    """What an outcome means for a delivery."""
    action, changes = _decided(tx, row, outcome, ready, look_again)
    return parts.short(row, action), changes


def _decided(
    tx: Tx, row: DeliveryRow, outcome: Outcome, ready: Ready, look_again: Sequence[float]
) -> Decided:
    match outcome:
        case Published() if changes := follow.proceed(tx, row):
            return "proceed", changes
        case Published():
            return _public(tx, row, outcome, ready)
        case Accepted(reason, remote_id):
            return "accept", {
                "wake_at": tx.now + HELD_BY_NETWORK,
                "reason": reason,
                "lookups": 0,
                "notes": {**row.notes, "accepted": remote_id},
            }
        case Later(reason, at) if _revives(tx, row):
            del at
            return given_up(tx, row, reason)
        case Credentials(reason) if _revives(tx, row):
            return given_up(tx, row, reason)
        case _:
            return unsettled(tx, row, outcome, ready, look_again)


def unsettled(
    tx: Tx,
    row: DeliveryRow | MeasureRow,
    outcome: Refused | Later | Credentials | Unknown,
    ready: Ready,
    look_again: Sequence[float],
) -> Decided:
    """The one place where what is not known to be done is classified."""
    match outcome:
        case Refused(reason) if row.unproven:
            said = as_text("reason.refused_on_repeat", why=reason)
            return _person(row, said, ready.attempt)
        case Refused(reason):
            return "refuse", {"wake_at": None, "reason": reason, "settled_at": tx.now}
        case Later(reason, at):
            return waits(tx, row, reason, at or tx.now + max(THROTTLED, backoff(row.holds) / 2))
        case Credentials(reason):
            return waits(tx, row, reason, row.expires_at - timedelta(milliseconds=1))
        case Unknown(reason):
            first = follow.delays(ready.account_row.network, look_again)[0]
            wake = max(tx.now, ready.intent.not_after if first else tx.now)
            return "doubt", {
                "wake_at": wake + timedelta(seconds=first),
                "reason": reason,
                "unproven": row.unproven or ready.attempt,
                "lookups": 0,
            }


def _public(tx: Tx, row: DeliveryRow, came: Published, ready: Ready) -> Decided:
    if came.remote_id in parts_out(row):
        return _person(row, as_text("reason.id_of_another"), ready.attempt)
    assert isinstance(ready.intent, Intent)
    thread = ready.intent.more or ready.intent.thread
    return parts.went(tx, row, came, parts.request_of(tx, row) if thread else {})


def later(tx: Tx, row: DeliveryRow, reason: str, at: datetime) -> Decided:
    """Not accepted, provably: a delivery is tried again, unless that would revive what is taken down."""
    return given_up(tx, row, reason) if _revives(tx, row) else waits(tx, row, reason, at)


def _revives(tx: Tx, row: DeliveryRow) -> bool:
    return not act_of(row).undoes and follow.taken_down(tx, row.post_id, row.account)


def waits(tx: Tx, row: DeliveryRow | MeasureRow, reason: str, at: datetime) -> Decided:
    """Tried again at this time. If the next try would be too late, that is said now (H17).

    A wait that is over already (a reset of a minute ago, Retry-After: 0) is none: each try waits twice
    as long as the one before.
    """
    at = max(at, tx.now + min(timedelta(seconds=2 ** min(row.holds, 5)), THROTTLED))
    if at < row.expires_at:
        return "later", {"wake_at": at, "reason": reason, "holds": row.holds + 1}
    return given_up(tx, row, reason)


def given_up(tx: Tx, row: DeliveryRow | MeasureRow, reason: str) -> Decided:
    """There will be no next try; what may have arrived before is for a person."""
    if row.unproven:
        return _person(row, reason, row.unproven)
    too_late = as_text("reason.next_too_late", why=reason)
    return "expire", {"wake_at": None, "reason": too_late, "settled_at": tx.now}


def _person(row: DeliveryRow | MeasureRow, reason: str, attempt: str) -> Decided:
    return "doubt", {
        "wake_at": None,
        "reason": reason,
        "lookups": 0,
        "unproven": row.unproven or attempt,
    }


def _apply(tx: Tx, own: Own, action: str, moves: Sequence[One]) -> None:
    """All at once; one that collides with the id of another delivery is doubted instead (H6)."""
    try:
        with tx.part():
            ledger.move_all(tx, action, [move for move, _, _ in moves], own.kind)
            own.follow(tx, action, moves)
    except IntegrityError:
        for one in moves:
            _apply_alone(tx, action, one)


def _apply_alone(tx: Tx, action: str, one: One) -> None:
    """A delivery: a measure makes nothing that has an id."""
    move, ready, _ = one
    try:
        with tx.part():
            ledger.move_all(tx, action, [move])
            _follow(tx, action, [one])
    except IntegrityError:
        reason = as_text("reason.id_of_another")
        if move.row.state == "sending":
            doubt, changes = _person(move.row, reason, ready.attempt)
            payload = {**move.payload, "reason": reason}
            ledger.move(tx, move.row, doubt, payload=payload, **changes)
        follow.tell_person(tx, move.row, reason)


def _follow(tx: Tx, action: str, moves: Sequence[One]) -> None:
    if action in ("publish", "proceed"):
        follow.published(tx, [move.row for move, _, _ in moves])
        return
    if action in ("refuse", "expire"):
        follow.not_public(tx, [move.row for move, _, _ in moves])
    if action == "part":
        sent = [move.row for move, _, outcome in moves if isinstance(outcome, Published)]
        follow.published(tx, sent)
    for move, ready, outcome in moves:
        _follow_one(tx, action, move, ready, outcome)


def _follow_one(
    tx: Tx, action: str, move: Move[DeliveryRow], ready: Ready, outcome: Outcome
) -> None:
    row, reason = move.row, str(move.changes["reason"])
    if isinstance(outcome, Later) and not outcome.own:
        until = move.changes["wake_at"] or outcome.at or tx.now + THROTTLED
        follow.throttle_account(tx, row, until, outcome.reason)
    if isinstance(outcome, Credentials):
        follow.break_account(tx, row.account, outcome.reason)
    if action == "doubt":
        follow.count_unknown(tx, ready.account_row.network)
    if action == "doubt" and move.changes["wake_at"] is None:
        follow.tell_person(tx, row, reason)
    if action == "part":
        parts.stopped(tx, row, reason)
    if action in ("refuse", "expire"):
        tell(
            tx,
            f"{action}:{row.id}:{row.fence}",
            "author",
            follow.ended(action, row),
            look(row),
            *change(row),
            where=where(row),
            reason=reason,
        )


DELIVERIES = Own(DELIVERY, read, decide, _follow)


def _closing(ready: Ready, outcome: Outcome) -> dict[str, Any]:
    return {
        "b_id": ready.attempt,
        "outcome": type(outcome).__name__.lower(),
        "reason": getattr(outcome, "reason", ""),
        "remote_id": getattr(outcome, "remote_id", ""),
    }
