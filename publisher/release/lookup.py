"""What a look-up found about an unknown, or about what a network's moderators have."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from publisher.acts import act_of
from publisher.lifecycle import DEAD
from publisher.networks import (
    Absent,
    Accepted,
    CannotTell,
    Credentials,
    Found,
    Later,
    Published,
    Refused,
)
from publisher.networks.about import About
from publisher.networks.registry import about
from publisher.release import doubt, parts
from publisher.release.follow import (
    LONG_WAIT,
    break_account,
    delays,
    heal_networks,
    proceed,
    published,
    taken_down,
    tell_person,
)
from publisher.release.settle import HELD_BY_NETWORK, THROTTLED
from publisher.release.tidy import tidied
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.rows import DeliveryRow
from publisher.store.tables import core
from publisher.words import as_text

_ACCOUNT = core(t.Account)
_ATTEMPT = core(t.Attempt)

LOOK_UP = "look-up"  # who says that something is public, unless a person does
MOST_TRIES = 5  # with one key; after that repeating has shown that it does not settle anything


def found(tx: Tx, row: DeliveryRow, answer: Found, look_again: Sequence[float]) -> None:
    """Write what was found; of what will not go out, whether something is left of it."""
    if row.state in DEAD:
        tidied(tx, row, answer)
    else:
        _looked_up(tx, row, answer, look_again)


def _looked_up(tx: Tx, row: DeliveryRow, answer: Found, look_again: Sequence[float]) -> None:
    """Adopt the id, repeat what may be repeated, look again, or ask a person."""
    name = tx.value(select(_ACCOUNT.c.network).where(_ACCOUNT.c.id == row.account))
    if not isinstance(answer, Later | Credentials | CannotTell):
        heal_networks(tx, {name})
        tx.wakes = True
    match answer:
        case Published(remote_id, url):
            adopt(tx, row, remote_id, url, by=LOOK_UP)
        case Accepted(reason):
            action = "look" if row.state == "accepted" else "accept"
            wake = tx.now + HELD_BY_NETWORK
            ledger.move(
                tx, row, action, payload={"reason": reason}, wake_at=wake, reason=reason, lookups=0
            )
        case Refused(reason):
            _refused(tx, row, reason)
        case Later(reason, at):
            most = max(row.expires_at, tx.now + LONG_WAIT)  # whatever the network asks for
            soonest = tx.now + THROTTLED  # a wait that is over already is none
            _look_later(tx, row, reason, min(max(at or soonest, soonest), most))
        case Credentials(reason):
            break_account(tx, row.account, reason)
            _look_later(tx, row, reason, tx.now + HELD_BY_NETWORK)
        case Absent(reason) if row.state == "accepted":
            _refused(tx, row, as_text("reason.not_taken", why=reason))
        case Absent():
            _absent(tx, row, name, answer, look_again)
        case CannotTell(reason, lookalikes, lasting):
            shown = {"lookalikes": [list(one) for one in lookalikes]} if lookalikes else {}
            steps = () if lasting else delays(name, look_again)
            _again_or_person(tx, row, steps, reason, shown)


def _refused(tx: Tx, row: DeliveryRow, reason: str) -> None:
    parts.ends(tx, row, "refuse", reason, reason)


def adopt(tx: Tx, row: DeliveryRow, remote_id: str, url: str, *, by: str) -> None:
    """It is so: public under this id, unless that belongs to another delivery (H6), or taken down."""
    payload = {"remote_id": remote_id, "by": by}
    if changes := proceed(tx, row):
        ledger.move(tx, row, "proceed", payload=payload, **changes)
        published(tx, [row])
        return
    request, machine = parts.request_of(tx, row), by == LOOK_UP
    came = Published(remote_id, url)
    action, changes = parts.went(tx, row, came, request, by_itself=machine)
    try:
        with tx.part():
            if request.get("more") and doubt.doubts(tx, row):
                action, changes = doubt.further(tx, row, changes)
            ledger.move(tx, row, action, payload=payload, **changes)
            published(tx, [row])
            if action == "part":
                parts.stopped(tx, row, changes["reason"])
    except IntegrityError:
        _person_decides(tx, row, as_text("reason.shows_another", id=remote_id), {})


def _absent(
    tx: Tx, row: DeliveryRow, name: str, answer: Absent, look_again: Sequence[float]
) -> None:
    """Repeat with the same key where the network keeps that from doubling; else ask a person (H6)."""
    known, steps = about(name), delays(name, look_again)
    restored = doubt.doubts(tx, row)
    over = row.expires_at <= tx.now or _unwanted(tx, row)
    repeats_at_once = known.dedupe == "two-phase" and not over  # its key makes that harmless
    if row.lookups + 1 < len(steps) and not repeats_at_once:
        _again_or_person(tx, row, steps, answer.reason, {})
    elif _asks_a_person(known, row, over=over):
        reason = as_text("reason.no_safe_repeat", why=answer.reason)
        _person_decides(tx, row, reason, {})
    elif restored and not restored["certain"] and not act_of(row).undoes:
        reason = as_text("reason.decided_unknown", why=answer.reason)
        _person_decides(tx, row, reason, {})
    elif over:
        parts.ends(tx, row, "deny", answer.reason, as_text("reason.absent", why=answer.reason))
    elif restored:
        doubt.take_back(tx, row, answer.reason, answer.notes)
    elif (tries := _tries(tx, row)) >= MOST_TRIES:
        _person_decides(tx, row, as_text("reason.tried_often", why=answer.reason, count=tries), {})
    else:
        ledger.move(
            tx,
            row,
            "repeat",
            payload={"reason": answer.reason},
            wake_at=tx.now,
            notes={**row.notes, **answer.notes},
            reason=answer.reason,
        )


def _asks_a_person(known: About, row: DeliveryRow, *, over: bool) -> bool:
    """Nothing keeps a repeat from doubling; or there will be none, and a list is no proof by itself."""
    alone = (known.listed and over) or not known.repeatable
    return alone and not act_of(row).undoes  # what is gone cannot go twice


def _unwanted(tx: Tx, row: DeliveryRow) -> bool:
    """Repeating it would revive what is being taken down (H18)."""
    return not act_of(row).undoes and taken_down(tx, row.post_id, row.account)


def _tries(tx: Tx, row: DeliveryRow) -> int:
    """Attempts with the same key whose outcome stayed unclear."""
    unclear = _ATTEMPT.c.outcome.in_(("unknown", ""))
    same = select(_ATTEMPT.c.key).where(_ATTEMPT.c.id == row.unproven).scalar_subquery()
    return int(
        tx.value(
            select(func.count()).where(
                _ATTEMPT.c.delivery_id == row.id, _ATTEMPT.c.key == same, unclear
            )
        )
    )


def _again_or_person(
    tx: Tx, row: DeliveryRow, steps: Sequence[float], reason: str, shown: dict[str, Any]
) -> None:
    if row.lookups + 1 < len(steps):
        step = timedelta(seconds=max(steps[row.lookups + 1] - steps[row.lookups], 0))
        held = row.state == "accepted"
        _look_later(tx, row, reason, tx.now + (HELD_BY_NETWORK if held else step))
    else:
        _person_decides(tx, row, reason, shown)


def _look_later(tx: Tx, row: DeliveryRow, reason: str, at: datetime) -> None:
    ledger.move(
        tx,
        row,
        "look",
        payload={"reason": reason},
        wake_at=at,
        reason=reason,
        lookups=row.lookups + 1,
    )


def _person_decides(tx: Tx, row: DeliveryRow, reason: str, shown: dict[str, Any]) -> None:
    ledger.move(
        tx,
        row,
        "look",
        payload={"reason": reason, **shown},
        wake_at=None,
        reason=reason,
        lookups=row.lookups + 1,
        notes={**row.notes, **shown},
    )
    tell_person(tx, row, reason)
