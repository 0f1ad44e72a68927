"""What stands still: stops in force, put and lifted, and accounts that a network keeps waiting."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from publisher.clock import rfc3339
from publisher.desk.parts.deliveries import recalled
from publisher.errors import Do
from publisher.gate import plan
from publisher.lifecycle import CAN_GO
from publisher.release.doubt import CONFIRM
from publisher.release.parts import ends
from publisher.store import Tx, bound, ledger
from publisher.store import tables as t
from publisher.store.ledger import Line
from publisher.store.notices import tell
from publisher.store.rows import AccountRow, DeliveryRow, StopRow, between_parts, running
from publisher.store.tables import core
from publisher.words import kept, part

_STOP = core(t.Stop)


_ACCOUNT = core(t.Account)


_DELIVERY = core(t.Delivery)


AT_ONCE = 100


WIDE = ("everything", "except notices")


WAITS_FOR_A_PERSON = frozenset({"approval", "exception", "moved", "paused"})


def put(tx: Tx, scope: str, why: str, epoch: int) -> int:
    """Record a stop, and say its number. The epoch has been moved: what is in flight judges again."""
    stopped = t.Stop(scope=scope, reason=why, by=tx.actor.person, at=tx.now)
    number = ledger.put(tx, stopped, Line("stop", scope, {"reason": why, "epoch": epoch}))
    tell(
        tx,
        f"stop:{scope}:{rfc3339(tx.now)}",
        "duty officer",
        "stopped",
        lifting(scope),
        scope=scope_said(scope),
        person=tx.actor.person,
        why=why,
    )
    tx.wakes = True
    return int(number)


def in_force(tx: Tx) -> Sequence[StopRow]:
    """Every stop that has not been lifted, the oldest first."""
    return tx.all(select(_STOP).where(_STOP.c.lifted_at.is_(None)).order_by(_STOP.c.id))


def said(tx: Tx, row: StopRow) -> dict[str, Any]:
    """What is stopped, by whom, since when on the clock of the account that it is about, and why."""
    account = tx.first(select(_ACCOUNT.c.calendar).where(_ACCOUNT.c.id == row.scope))
    zone = tx.zone(account.calendar if account else "")
    return part(
        "stopped.said",
        scope=scope_said(row.scope),
        by=row.by,
        zone=zone,
        since=row.at.replace(microsecond=0),
        reason=kept(row.reason),
    )


def scope_said(scope: str) -> Any:
    """What stands still, in words: an account by its name."""
    return part(f"scope.{scope.replace(' ', '_')}") if scope in WIDE else scope


def lifting(scope: str) -> Do:
    """What lifts it."""
    return Do("resume", {} if scope in WIDE else {"scope": scope})


def lift(
    tx: Tx, rows: Sequence[StopRow], verb: str, payload: Mapping[str, Any], *, about: str = ""
) -> list[DeliveryRow]:
    """Lift these; what came due since waits for a person. The answer is what of it was allowed.

    Threads are not among it: one goes on, or has stopped, and its people were told.
    """
    epoch = tx.bump_epoch()
    # When stops have vanished outside the history, nobody knows which: all that is due waits.
    _, known = bound.stops(tx)
    since = min((row.at for row in rows), default=tx.now)
    scopes = {row.scope for row in rows} if known else {"everything"}
    due = [
        row
        for row in tx.all(
            select(_DELIVERY).where(
                _DELIVERY.c.state.in_(CAN_GO),
                t.TRANSMITS,
                _DELIVERY.c.release_at <= tx.now,
                _DELIVERY.c.expires_at >= since,
            )
        )
        if _kept_back(row, scopes, tx.now)
    ]
    line = Line(
        verb,
        about or ", ".join(sorted(scopes)),
        {"reason": "", **payload, "epoch": epoch, "due": len(due)},
    )
    left = len(in_force(tx)) - len(rows)
    ledger.lift(tx, rows, line, whole=known or not left)
    waiting = [row for row in due if row.state != "expired" and not row.paused]
    for start in range(0, len(waiting), AT_ONCE):
        _wait(tx, recalled(tx, waiting[start : start + AT_ONCE]), since)
    tx.wakes = True
    return [row for row in due if _was_allowed(row) and not between_parts(row)]


def _kept_back(row: DeliveryRow, scopes: Collection[str], now: datetime) -> bool:
    """Do these stops concern it? One of all but notices lets a thread out that is one."""
    if row.account in scopes or "everything" in scopes:
        return True
    return "except notices" in scopes and not (row.urgent and running(row, now))


def _wait(tx: Tx, rows: Sequence[DeliveryRow], since: datetime) -> None:
    """They came due and wait for a person. A thread that went out before goes on; any other one stops."""
    going = [row for row in rows if running(row, since)]
    plan(tx, going)
    halfway = [row for row in rows if between_parts(row) and row not in going]
    for row in halfway:
        ends(tx, row, "cancel", CONFIRM, CONFIRM)
    plan(tx, [row for row in rows if row not in (*going, *halfway)], paused=CONFIRM)


def _was_allowed(row: DeliveryRow) -> bool:
    """What waits for a yes besides is nobody's surprise: it would not have gone out either."""
    asked = {f["rule"] for f in row.findings if f["effect"] in ("APPROVE", "HOLD", "BLOCK")}
    return not asked & WAITS_FOR_A_PERSON


def waits(tx: Tx, row: AccountRow) -> dict[str, Any]:
    """That an account of the register waits, and until when; {} when it does not."""
    if row.not_before is None or row.not_before <= tx.now:
        return {}
    return part(
        "account_state.waits", account=row.id, until=row.not_before, zone=tx.zone(row.calendar)
    )
