"""What is due: expire what is too late, then claim the oldest due delivery of each free account.

A wake is not a claim: a claim needs `release_at <= now` (H9). Claiming goes by account, so that two
due posts of one account never block a batch, and a busy account never makes the metronome spin (H12).
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, text

from publisher.acts import act_of
from publisher.clock import rfc3339
from publisher.errors import Do
from publisher.lifecycle import IN_FLIGHT
from publisher.release import parts
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.bound import DELIVERY, Kind
from publisher.store.ledger import Move, R
from publisher.store.notices import change, look, tell, where
from publisher.store.rows import DeliveryRow, begun
from publisher.store.tables import Utc, core
from publisher.words import as_text, part

_DELIVERY = core(t.Delivery)
_ACCOUNT = core(t.Account)

EXPIRE_AT_ONCE = 100  # rows per transaction: SQLite's one writer is not held for long (H21)

# An account may send when it is whole, not throttled, its network is not paused, and nothing of
# it is in flight. A takedown needs no account slot, but follows what is on the wire there (H18).
_PICK = text(
    f"""
    SELECT d.id, d.post_id, d.account, d.state, d.fence FROM (
        SELECT id, post_id, account, slot, transmits, state, fence, urgent, release_at,
            row_number() OVER (PARTITION BY account, slot ORDER BY urgent DESC, release_at, id) AS place
        FROM delivery
        WHERE state = 'waiting' AND wake_at <= :now AND release_at <= :now AND expires_at > :now
          AND (transmits OR target <> '')
    ) AS d
    JOIN account a ON a.id = d.account
    LEFT JOIN network_pause p ON p.network = a.network
    WHERE d.place = 1
      AND a.broken_since IS NULL
      AND (a.not_before IS NULL OR a.not_before <= :now)
      AND (NOT d.transmits OR p.paused_since IS NULL)
      AND (NOT d.slot OR NOT EXISTS (
          SELECT 1 FROM delivery f WHERE f.account = d.account
          AND f.state IN ({t.states(IN_FLIGHT)}) AND f.slot))
      AND (d.slot OR NOT EXISTS (
          SELECT 1 FROM delivery f WHERE f.account = d.account AND f.post_id = d.post_id
          AND f.state = 'sending' AND f.slot))
    ORDER BY d.urgent DESC, d.release_at, d.id
    LIMIT :most
    """  # noqa: S608  # the states are our own names
).bindparams(bindparam("now", type_=Utc))

_NEXT = (
    text(
        f"""
    SELECT min(at) AS at FROM (
        SELECT min(wake_at) AS at FROM delivery WHERE wake_at > :now
        UNION ALL
        SELECT min(not_before) AS at FROM account WHERE not_before > :now
        UNION ALL
        SELECT min(wake_at) AS at FROM measure WHERE wake_at > :now AND {t.OPEN}
    ) AS times
    """  # noqa: S608  # the states are our own names
    )
    .bindparams(bindparam("now", type_=Utc))
    .columns(at=Utc)
)


# Made once: making a statement costs as much as running it.
_LATE = (
    select(_DELIVERY)
    .where(_DELIVERY.c.state == "waiting", _DELIVERY.c.expires_at <= bindparam("now", type_=Utc))
    .order_by(_DELIVERY.c.expires_at)
    .limit(EXPIRE_AT_ONCE)
)
_READ = (
    select(_DELIVERY)
    .where(_DELIVERY.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(_DELIVERY.c.release_at, _DELIVERY.c.id)
)


def expire(tx: Tx) -> int:
    """What is later than its lateness allows goes into a person's hands; how many.

    A delivery with an attempt that is not proved absent does not "expire": it may be public.
    """
    late = tx.all(_LATE, {"now": tx.now})
    plain = [row for row in late if not begun(row)]
    reason = as_text("reason.too_late")
    ended = {"wake_at": None, "reason": reason, "settled_at": tx.now}
    due = [{"release_at": rfc3339(row.release_at), "findings": row.findings} for row in plain]
    moves = [Move(row, ended, payload) for row, payload in zip(plain, due, strict=True)]
    ledger.move_all(tx, "expire", moves)
    lost = as_text("reason.not_repeated_in_time")
    ledger.move_all(
        tx, "lose", [Move(row, {"wake_at": None, "reason": lost}) for row in late if row.unproven]
    )
    for row in (row for row in late if begun(row) and not row.unproven):
        ledger.move(tx, row, "part", payload={"release_at": rfc3339(row.release_at)}, **ended)
        parts.stopped(tx, row, reason)
    missed = [row for row in late if row.unproven or not begun(row)]
    _tell_missed(tx, [row for row in missed if not act_of(row).undoes])
    for row in plain:
        if act_of(row).undoes:
            once, can = f"expire:{row.id}:{row.fence}", (look(row), *change(row))
            tell(tx, once, "author", "not_taken_down", *can, where=where(row), reason=reason)
    return len(late)


def _tell_missed(tx: Tx, late: Sequence[DeliveryRow]) -> None:
    if not late:
        return
    missed = [
        part("told.missed_one", where=where(row), due=row.release_at, zone=row.requested_zone)
        for row in late
    ]
    acts = [Do(act, {"post": "POST"}) for act in ("confirm", "reschedule", "cancel")]
    tell(
        tx,
        f"missed:{late[0].id}:{late[0].fence}:{len(late)}",
        "duty officer",
        "missed",
        *acts,
        count=len(late),
        missed=missed,
    )


def claim(
    tx: Tx, most: int, lease: timedelta, busy: Collection[str] = frozenset()
) -> dict[str, int]:
    """Claim at most `most` due deliveries of different free accounts; their ids and new fences.

    Those that a thread is still preparing, `busy`, are left until it has.
    """
    if most <= 0:
        return {}
    due = tx.all(_PICK, {"now": tx.now, "most": most + len(busy)})
    rows = [row for row in due if row.id not in busy][:most]
    if tx.postgres:
        rows = _locked(tx, [row.id for row in rows])
    return taken(tx, rows, lease)


def taken(tx: Tx, rows: Sequence[R], lease: timedelta, kind: Kind = DELIVERY) -> dict[str, int]:
    """Take these under a new fence, until the lease ends."""
    until = tx.now + lease
    moves = [Move(row, {"fence": row.fence + 1, "wake_at": until}) for row in rows]
    ledger.move_all(tx, "claim", moves, kind)
    return {row.id: row.fence + 1 for row in rows}


def _locked(tx: Tx, ids: Collection[str]) -> list[DeliveryRow]:
    """The picked rows, still waiting, whose accounts could be locked (PostgreSQL); others skipped."""
    names = sorted({row.account for row in read(tx, ids)})
    free = {
        row[0]
        for row in tx.all(
            select(_ACCOUNT.c.id)
            .where(_ACCOUNT.c.id.in_(names))
            .order_by(_ACCOUNT.c.id)
            .with_for_update(skip_locked=True, key_share=True)
        )
    }
    rows = [row for row in read(tx, ids) if row.account in free and row.state == "waiting"]
    busy = _busy(tx, {row.account for row in rows})
    return [row for row in rows if not act_of(row).slot or row.account not in busy]


def _busy(tx: Tx, accounts: Collection[str]) -> set[str]:
    found = tx.all(
        select(_DELIVERY.c.account).where(
            _DELIVERY.c.account.in_(accounts),
            _DELIVERY.c.state.in_(IN_FLIGHT),
            t.SLOT,
        )
    )
    return {row[0] for row in found}


def read(tx: Tx, ids: Collection[str]) -> list[DeliveryRow]:
    """Deliveries by id, oldest release first."""
    if not ids:
        return []
    return list(tx.all(_READ, {"ids": list(ids)}))


def locked(tx: Tx, delivery: str) -> DeliveryRow | None:
    """A delivery as nobody else changes it until commit."""
    found: DeliveryRow | None = tx.first(_READ.with_for_update(), {"ids": [delivery]})
    return found


def next_wake(tx: Tx, since: datetime | None = None) -> datetime | None:
    """The next instant after `since` at which something is to be looked at; None: nothing waits.

    `since` is when the pass began that looked last: what came due during it is still to be done.
    """
    found: datetime | None = tx.value(_NEXT, {"now": since or tx.now})
    return found


def reminders(tx: Tx, most: int = 100) -> list[DeliveryRow]:
    """Waiting deliveries whose wake came before their release: reminders, and nothing else."""
    return list(
        tx.all(
            select(_DELIVERY)
            .where(
                _DELIVERY.c.state == "waiting",
                _DELIVERY.c.wake_at <= tx.now,
                _DELIVERY.c.release_at > tx.now,
            )
            .order_by(_DELIVERY.c.wake_at)
            .limit(most)
        )
    )
