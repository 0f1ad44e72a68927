"""After a crash: claims go back, half-sent ones become unknown; and what is due to be looked at."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import exists, select

from publisher import clock
from publisher.clock import rfc3339
from publisher.content import rendered_from_json
from publisher.gate import plan
from publisher.gate.accounts import account_value, place_of
from publisher.lifecycle import IN_FLIGHT, UNCLEAR
from publisher.networks import CannotTell, Intent
from publisher.networks.place import said
from publisher.release import parts, tidy
from publisher.release.claim import reminders
from publisher.release.intend import Limits
from publisher.release.tidy import Asked
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.bound import ACCOUNT, believed
from publisher.store.ledger import Move
from publisher.store.notices import look, tell, where
from publisher.store.rows import AccountRow, AttemptRow, DeliveryRow, parts_out
from publisher.store.tables import core
from publisher.words import as_text

_DELIVERY = core(t.Delivery)
_ATTEMPT = core(t.Attempt)
_ACCOUNT = core(t.Account)

AT_ONCE = 100  # rows per transaction (H21)
GONE = as_text("reason.sent_gone")


def recover(tx: Tx, live: Collection[str], first: float, *, dead: bool) -> int:
    """Take back what nobody holds: claimed -> waiting, sending -> unknown; how many.

    What lies on a network of that which will not go out is noted as dropped.

    `live` are deliveries that a thread of this process holds: never touched (H7). `dead`: every
    lease is known to be dead, because the daemon's lock is ours and we have just started. `first`:
    seconds until the first look-up, in which a request may still land.
    """
    tidy.mark(tx)
    rows = tx.all(
        select(_DELIVERY).where(
            t.ATTENTION,
            _DELIVERY.c.state.in_(IN_FLIGHT),
            _DELIVERY.c.id.not_in(live),
            *([] if dead else [_DELIVERY.c.wake_at <= tx.now]),
        )
    )
    claimed = [row for row in rows if row.state == "claimed"]
    sending = [row for row in rows if row.state == "sending"]
    ledger.move_all(
        tx,
        "recall",
        [
            Move(row, {"fence": row.fence + 1, "wake_at": tx.now}, {"why": "its releaser died"})
            for row in claimed
        ],
    )
    for row in sending:
        attempt = row.unproven or _open_attempt(tx, row)
        ledger.move(
            tx,
            row,
            "doubt",
            payload={"why": "its releaser died while sending"},
            reason=as_text("reason.interrupted"),
            lookups=0,
            unproven=attempt,
            wake_at=tx.now + timedelta(seconds=first),
        )
    return len(rows)


def _open_attempt(tx: Tx, row: DeliveryRow) -> str:
    """Of the newest claim: ids follow the wall clock, which may have been set back since."""
    newest = (
        select(_ATTEMPT.c.id)
        .where(_ATTEMPT.c.delivery_id == row.id)
        .order_by(_ATTEMPT.c.fence.desc(), _ATTEMPT.c.id.desc())
        .limit(1)
    )
    return str(tx.value(newest))


def lookups(tx: Tx, limits: Limits, live: Collection[str], most: int) -> list[Asked]:
    """What is due to be looked up, and what was left over: (row, account row, intent).

    In place of the intent stands the answer where nobody can be asked.
    """
    if most <= 0:
        return []
    rows = tx.all(
        select(_DELIVERY)
        .where(
            _DELIVERY.c.state.in_(UNCLEAR),
            _DELIVERY.c.wake_at <= tx.now,
            _DELIVERY.c.id.not_in(live),
        )
        .order_by(_DELIVERY.c.wake_at)
        .limit(most)
    )
    found = [_lookup(tx, row, limits) for row in rows]
    return found + tidy.leftovers(tx, limits, live, most - len(found))


def _lookup(tx: Tx, row: DeliveryRow, limits: Limits) -> Asked:
    wanted = row.unproven or _open_attempt(tx, row)
    attempt = tx.first(select(_ATTEMPT).where(_ATTEMPT.c.id == wanted))
    account = tx.first(select(_ACCOUNT).where(_ACCOUNT.c.id == row.account))
    if attempt is None or account is None:  # a damaged database: else it keeps back the others
        return row, account, CannotTell(GONE, lasting=True)
    if not believed(tx, ACCOUNT, [account]):  # else its credentials might go to anybody's address
        return row, account, CannotTell(as_text("reason.register_changed"), lasting=True)
    if attempt.place != place_of(account):
        return row, account, CannotTell(_elsewhere(account, attempt.place), lasting=True)
    since = attempt.started_at - timedelta(days=2)
    others = parts.owned(tx, attempt.place, but=row.id, since=since)
    taken = frozenset((*others, *parts_out(row)))
    try:
        return row, account, _rebuilt(row, account, attempt, limits=limits, taken=taken)
    except (KeyError, TypeError, ValueError, AttributeError):
        return row, account, CannotTell(GONE, lasting=True)


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
        if not verdict.sends:
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


def current(tx: Tx, delivery: str) -> DeliveryRow | None:
    """The delivery as it is now."""
    found: DeliveryRow | None = tx.first(select(_DELIVERY).where(_DELIVERY.c.id == delivery))
    return found


def chores_due(tx: Tx, live: Collection[str]) -> bool:
    """Is there a reminder, an expiry or a dead lease? A tick that changes nothing writes nothing."""
    waiting = _DELIVERY.c.state == "waiting"
    return tidy.due(tx) or bool(
        tx.value(
            select(
                exists().where(waiting, _DELIVERY.c.expires_at <= tx.now)
                | exists().where(
                    waiting, _DELIVERY.c.wake_at <= tx.now, _DELIVERY.c.release_at > tx.now
                )
                | exists().where(
                    _DELIVERY.c.state.in_(IN_FLIGHT),
                    _DELIVERY.c.wake_at <= tx.now,
                    _DELIVERY.c.id.not_in(live),
                )
            )
        )
    )
