"""After a crash: claims go back, half-sent ones become unknown; and what is due to be looked at."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import TextClause, bindparam, exists, select

from publisher import clock
from publisher.clock import rfc3339
from publisher.content import rendered_from_json
from publisher.gate import plan
from publisher.gate.accounts import account_value, place_of
from publisher.lifecycle import IN_FLIGHT, UNCLEAR
from publisher.networks import CannotTell, Intent
from publisher.networks.place import said
from publisher.policy import Effect
from publisher.release import attempts, parts, tidy
from publisher.release.claim import reminders
from publisher.release.intend import Limits
from publisher.release.tidy import Asked
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.bound import ACCOUNT, DELIVERY, MEASURE, Kind, believed
from publisher.store.ledger import Move
from publisher.store.notices import look, tell, where
from publisher.store.rows import AccountRow, AttemptRow, DeliveryRow, MeasureRow, parts_out
from publisher.store.tables import Utc, core
from publisher.words import as_text

_DELIVERY = core(t.Delivery)
_ATTEMPT = core(t.Attempt)
_ACCOUNT = core(t.Account)

AT_ONCE = 100  # rows per transaction (H21)
GONE = as_text("reason.sent_gone")
# What is claimed or sending is found by these words, which are an index's.
IN_HAND: Mapping[Kind, TextClause] = {DELIVERY: t.ATTENTION, MEASURE: t.OPEN}

# Each pass asks these, so they are made once.
_NOW = bindparam("now", type_=Utc)
_HELD_BY_NOBODY = _DELIVERY.c.id.not_in(bindparam("live", expanding=True))
_LOOK = (
    select(_DELIVERY)
    .where(
        _DELIVERY.c.state.in_(UNCLEAR),
        _DELIVERY.c.wake_at <= _NOW,
        _HELD_BY_NOBODY,
    )
    .order_by(_DELIVERY.c.wake_at)
    .limit(bindparam("most"))
)
_WAITING = _DELIVERY.c.state == "waiting"
_CHORE = select(
    exists().where(_WAITING, _DELIVERY.c.expires_at <= _NOW)
    | exists().where(_WAITING, _DELIVERY.c.wake_at <= _NOW, _DELIVERY.c.release_at > _NOW)
    | exists().where(
        _DELIVERY.c.state.in_(IN_FLIGHT),
        _DELIVERY.c.wake_at <= _NOW,
        _HELD_BY_NOBODY,
    )
)


def recover(tx: Tx, live: Collection[str], first: float, *, dead: bool) -> int:
    """Take back what nobody holds: claimed -> waiting, sending -> unknown; how many.

    What lies on a network of that which will not go out is noted as dropped.

    `live` are deliveries that a thread of this process holds: never touched (H7). `dead`: every
    lease is known to be dead, because the daemon's lock is ours and we have just started. `first`:
    seconds until the first look-up, in which a request may still land.
    """
    tidy.mark(tx)
    return sum(_take_back(tx, kind, live, first, dead=dead) for kind in IN_HAND)


def _take_back(tx: Tx, kind: Kind, live: Collection[str], first: float, *, dead: bool) -> int:
    row = kind.table.c
    rows = tx.all(
        select(kind.table).where(
            IN_HAND[kind],
            row.state.in_(IN_FLIGHT),
            row.id.not_in(live),
            *([] if dead else [row.wake_at <= tx.now]),
        )
    )
    died = "its releaser died"
    claimed = [
        Move(row, {"fence": row.fence + 1, "wake_at": tx.now}, {"why": died})
        for row in rows
        if row.state == "claimed"
    ]
    ledger.move_all(tx, "recall", claimed, kind)
    sending = [
        Move(
            row,
            {
                "reason": as_text("reason.interrupted"),
                "lookups": 0,
                "unproven": row.unproven or attempts.newest(tx, row.id, kind),
                "wake_at": tx.now + timedelta(seconds=first),
            },
            {"why": f"{died} while sending"},
        )
        for row in rows
        if row.state == "sending"
    ]
    ledger.move_all(tx, "doubt", sending, kind)
    return len(rows)


def lookups(tx: Tx, limits: Limits, live: Collection[str], most: int) -> list[Asked]:
    """What is due to be looked up, and what was left over: (row, account row, intent).

    In place of the intent stands the answer where nobody can be asked.
    """
    if most <= 0:
        return []
    rows = tx.all(_LOOK, {"now": tx.now, "live": list(live), "most": most})
    found = [_lookup(tx, row, limits) for row in rows]
    return found + tidy.leftovers(tx, limits, live, most - len(found))


def _lookup(tx: Tx, row: DeliveryRow, limits: Limits) -> Asked:
    attempt, account, no = tried_where(tx, row, DELIVERY)
    if no is not None:
        return row, account, no
    since = attempt.started_at - timedelta(days=2)
    others = parts.owned(tx, attempt.place, but=row.id, since=since)
    taken = frozenset((*others, *parts_out(row)))
    try:
        return row, account, _rebuilt(row, account, attempt, limits=limits, taken=taken)
    except (KeyError, TypeError, ValueError, AttributeError):
        return row, account, CannotTell(GONE, lasting=True)


def tried_where(
    tx: Tx, row: DeliveryRow | MeasureRow, kind: Kind
) -> tuple[Any, Any, CannotTell | None]:
    """The try that is looked for, its account, and why nobody can be asked there, if so."""
    wanted = row.unproven or attempts.newest(tx, row.id, kind)
    attempt = tx.first(select(_ATTEMPT).where(_ATTEMPT.c.id == wanted))
    account = tx.first(select(_ACCOUNT).where(_ACCOUNT.c.id == row.account))
    no = ""
    if attempt is None or account is None:  # a damaged database: else it keeps back the others
        no = GONE
    elif not believed(tx, ACCOUNT, [account]):  # else its credentials might go to anybody's address
        no = as_text("reason.register_changed")
    elif attempt.place != place_of(account):
        no = _elsewhere(account, attempt.place)
    return attempt, account, CannotTell(no, lasting=True) if no else None


def _rebuilt(
    row: DeliveryRow,
    account_row: AccountRow,
    attempt: AttemptRow,
    *,
    limits: Limits,
    taken: frozenset[str],
) -> Intent:
    """The intent of an earlier attempt, as a look-up needs it."""
    return Intent(
        key=attempt.key,
        account=account_value(account_row),
        act=row.act,
        rendered=rendered_from_json(attempt.request["rendered"]),
        started_at=attempt.started_at,
        not_after=attempt.not_after,
        deadline=clock.monotonic() + limits.send.total_seconds(),
        notes={**attempt.notes, **row.notes},
        target=attempt.request["target"],
        taken=taken,
        thread=tuple(attempt.request.get("thread", ())),
        more=attempt.request.get("more", 0),
    )


def _elsewhere(account: AccountRow, sent: str) -> str:
    """Our credentials are for where the account is now: they go nowhere else."""
    places = {"there": said(sent), "here": said(place_of(account))}
    return as_text("reason.sent_elsewhere", account=account.id, **places)


def remind(tx: Tx) -> int:
    """Reminders that came due: told where a person is missing, then planned again."""
    rows = reminders(tx)
    for made in plan(tx, rows) if rows else ():
        row, verdict = made.facts.row, made.verdict
        if not verdict.sends and verdict.effect != Effect.BLOCK:  # then its end was told
            minutes = int((made.release_at - tx.now).total_seconds() / 60)
            missing = "unapproved" if verdict.effect.name == "APPROVE" else "held"
            tell(
                tx,
                f"reminder:{row.id}:{rfc3339(row.wake_at or tx.now)}",
                "approver",
                f"soon_{missing}",
                look(row),
                where=where(row),
                count=minutes,
                due=made.release_at,
                zone=row.requested_zone,
            )
    return len(rows)


def replan(tx: Tx, after_id: str, most: int = AT_ONCE) -> Sequence[DeliveryRow]:
    """Plan the next waiting deliveries again, by id: the policy, a calendar or zone data changed."""
    rows = tx.all(
        select(_DELIVERY)
        .where(
            _DELIVERY.c.state == "waiting", _DELIVERY.c.id > after_id, _DELIVERY.c.unproven == ""
        )
        .order_by(_DELIVERY.c.id)
        .limit(most)
    )
    # A thread that has begun is judged before each part, and goes on at once or not by itself.
    if mine := [row for row in rows if not parts_out(row)]:
        plan(tx, mine)
    return rows


def chores_due(tx: Tx, live: Collection[str]) -> bool:
    """Is there a reminder, an expiry or a dead lease? A tick that changes nothing writes nothing."""
    return tidy.due(tx) or bool(tx.value(_CHORE, {"now": tx.now, "live": list(live)}))
