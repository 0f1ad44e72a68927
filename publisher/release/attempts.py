"""Tries to send: written before the request leaves, closed when it is known what came of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from publisher.networks import Intent, MeasureIntent
from publisher.networks.place import place
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.bound import DELIVERY, TRIED, Kind
from publisher.store.ids import new_id
from publisher.store.ledger import Move, R
from publisher.store.rows import DeliveryRow, MeasureRow
from publisher.store.tables import core

_ATTEMPT = core(t.Attempt)
_INSERT = insert(_ATTEMPT)
_CLOSE = (
    update(_ATTEMPT)
    .where(_ATTEMPT.c.id == bindparam("b_id"))
    .values({name: bindparam(name) for name in ("ended_at", "outcome", "reason", "remote_id")})
)


def attempt(
    tx: Tx,
    row: DeliveryRow | MeasureRow,
    intent: Intent | MeasureIntent,
    request: Mapping[str, Any],
) -> dict[str, Any]:
    """A new try, but for the columns that say what it is of."""
    return {
        "id": new_id(tx.now),
        "account": row.account,
        "fence": row.fence,
        "key": intent.key,
        "request": request,
        "notes": dict(row.notes),
        "place": place(intent.account),
        "started_at": tx.now,
        "not_after": intent.not_after,
        "outcome": "",
        "reason": "",
        "remote_id": "",
    }


def record(
    tx: Tx, kind: Kind, moves: Sequence[Move[R]], attempts: Sequence[Mapping[str, Any]]
) -> None:
    """What will be sent, and the moves to `sending` that say so."""
    if moves:
        ledger.move_all(tx, "intend", moves, kind)
        tx.conn.execute(_INSERT, attempts)


def close(tx: Tx, closed: Sequence[Mapping[str, Any]]) -> None:
    """Write how attempts ended: `b_id`, `outcome`, `reason`, `remote_id` each."""
    if closed:
        tx.run(_CLOSE, [{**one, "ended_at": tx.now} for one in closed])


def newest(tx: Tx, one: str, kind: Kind = DELIVERY) -> str:
    """Of the newest claim: ids follow the wall clock, which may have been set back since."""
    made = select(_ATTEMPT.c.id).where(TRIED[kind] == one)
    order = (_ATTEMPT.c.fence.desc(), _ATTEMPT.c.id.desc())
    return str(tx.value(made.order_by(*order).limit(1)))
