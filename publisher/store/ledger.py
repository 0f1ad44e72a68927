"""The only writer of a state column, always together with the ledger row that records it.

Every row keeps the sha256 of its payload; the payload itself lies in a table of its own and may be
erased by law. One sealer chains committed rows into seals (see `seals.py`).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Update, bindparam, func, insert, select, text, update

from publisher.content import canonical
from publisher.errors import Stale
from publisher.lifecycle import DELIVERY, POST, after
from publisher.store import LEDGER_LOCK, Tx
from publisher.store.tables import Delivery, LedgerRow, Payload, Post, core

_DELIVERY = core(Delivery)
_POST = core(Post)
_LEDGER = core(LedgerRow)
_PAYLOAD = core(Payload)

# Statements of the hot path are made once: making one costs as much as running it.
_INSERT, _INSERT_PAYLOAD = insert(_LEDGER), insert(_PAYLOAD)
_INSERT_NUMBERED = insert(_LEDGER).returning(_LEDGER.c.seq, sort_by_parameter_order=True)
_SEQUENCE = text("SELECT seq FROM sqlite_sequence WHERE name = 'ledger'")


@dataclass(frozen=True)
class Move:
    """One delivery's move: the row as seen, the columns that change, and what to record."""

    row: Row[Any]
    changes: Mapping[str, Any] = field(default_factory=dict)
    payload: Mapping[str, Any] = field(default_factory=dict)


def move(tx: Tx, row: Row[Any], action: str, *, payload: Mapping[str, Any] | None = None,
         **changes: Any) -> None:  # fmt: skip
    """Move one delivery; raises Stale when its state or fence is no longer what `row` shows."""
    move_all(tx, action, [Move(row, changes, payload or {})])


def move_all(tx: Tx, action: str, moves: Sequence[Move]) -> None:
    """Move many by one action, with the same columns changed. All of them, or Stale and none."""
    if not moves:
        return
    params = []
    for m in moves:
        target = after(DELIVERY, m.row.state, action)
        params.append({
            "b_id": m.row.id, "b_state": m.row.state, "b_fence": m.row.fence,
            "state": target, **m.changes,
        })  # fmt: skip
    if tx.run(_update(tuple(sorted(moves[0].changes))), params) != len(moves):
        raise Stale("Something else moved this post first. Look again: publisher show POST")
    _append(
        tx,
        [
            _entry(tx, action, (m.row.id, m.row.post_id), (m.row.state, p["state"]), m.payload)
            for m, p in zip(moves, params, strict=True)
        ],
    )


@lru_cache(maxsize=128)
def _update(names: tuple[str, ...]) -> Update:
    return (
        update(_DELIVERY)
        .where(
            _DELIVERY.c.id == bindparam("b_id"),
            _DELIVERY.c.state == bindparam("b_state"),
            _DELIVERY.c.fence == bindparam("b_fence"),
        )
        .values({name: bindparam(name) for name in ("state", *names)})
    )


def move_post(tx: Tx, row: Row[Any], action: str, *, payload: Mapping[str, Any] | None = None,
              **changes: Any) -> None:  # fmt: skip
    """Move a post by its own table; raises Stale when revision or state moved meanwhile."""
    target = after(POST, row.state, action)
    statement = (
        update(_POST)
        .where(_POST.c.id == row.id, _POST.c.state == row.state, _POST.c.revision == row.revision)
        .values(state=target, **changes)
    )
    if tx.run(statement) != 1:
        raise Stale("Somebody else changed this post first. Look again: publisher show POST")
    _append(tx, [_entry(tx, action, (row.id, row.id), (row.state, target), payload or {})])


def record(tx: Tx, verb: str, subject: str, payload: Mapping[str, Any], *, post: str = "") -> None:
    """Record a decision or event that moves no state."""
    _append(tx, [_entry(tx, verb, (subject, post), ("", ""), payload)])


def record_created(tx: Tx, rows: Iterable[Delivery], payload: Mapping[str, Any]) -> None:
    """Record the birth of deliveries: their first state is a move as well."""
    _append(tx, [_entry(tx, "create", (r.id, r.post_id), ("", r.state), payload) for r in rows])


def _entry(
    tx: Tx, verb: str, about: tuple[str, str], states: tuple[str, str], payload: Mapping[str, Any]
) -> tuple[dict[str, Any], str]:
    """A row and its payload; `about` is (subject, post), `states` (before, after)."""
    body = canonical(payload).decode() if payload else ""
    return {
        "at": tx.now,
        "actor": tx.actor.person,
        "os_user": tx.actor.os_user,
        "verb": verb,
        "subject": about[0],
        "post_id": about[1],
        "before": states[0],
        "after": states[1],
        "payload_sha256": hashlib.sha256(body.encode()).hexdigest() if body else "",
    }, body


def _append(tx: Tx, entries: Sequence[tuple[dict[str, Any], str]]) -> None:
    if tx.postgres:
        tx.conn.execute(text(f"SELECT pg_advisory_xact_lock_shared({LEDGER_LOCK})"))
        _append_returning(tx, entries)
        return
    # SQLite has one writer: the numbers that AUTOINCREMENT will give are known beforehand.
    seq = tx.value(_SEQUENCE) or 0
    rows = [{**row, "seq": seq + i} for i, (row, _) in enumerate(entries, start=1)]
    tx.conn.execute(_INSERT, rows)
    bodies = [
        {"seq": row["seq"], "body": body}
        for row, (_, body) in zip(rows, entries, strict=True)
        if body
    ]
    if bodies:
        tx.conn.execute(_INSERT_PAYLOAD, bodies)


def _append_returning(tx: Tx, entries: Sequence[tuple[dict[str, Any], str]]) -> None:
    numbers = tx.conn.execute(_INSERT_NUMBERED, [row for row, _ in entries]).scalars().all()
    bodies = [
        {"seq": n, "body": body} for n, (_, body) in zip(numbers, entries, strict=True) if body
    ]
    if bodies:
        tx.conn.execute(_INSERT_PAYLOAD, bodies)


def head(tx: Tx) -> tuple[int, datetime | None]:
    """The newest row's number and time; (0, None) for an empty ledger."""
    row = tx.first(select(func.max(_LEDGER.c.seq)))
    seq = row[0] if row and row[0] else 0
    return seq, tx.value(select(_LEDGER.c.at).where(_LEDGER.c.seq == seq)) if seq else None


def trail(tx: Tx, post: str = "", limit: int = 1000) -> Sequence[Row[Any]]:
    """The newest `limit` rows, oldest first, with their payloads; of one post, or of everything."""
    statement = (
        select(_LEDGER, _PAYLOAD.c.body)
        .select_from(_LEDGER.outerjoin(_PAYLOAD, _PAYLOAD.c.seq == _LEDGER.c.seq))
        .order_by(_LEDGER.c.seq.desc())
        .limit(limit)
    )
    if post:
        statement = statement.where((_LEDGER.c.post_id == post) | (_LEDGER.c.subject == post))
    return list(reversed(tx.all(statement)))
