"""For a database from before there were signatures: its ledger vouches once for what stands in it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_, update

from publisher.roles import MACHINE
from publisher.store import Store, Tx, bound, ledger
from publisher.store import tables as t
from publisher.store.bound import ATTEMPT, DELIVERY, KINDS, POLICY, Kind, binding
from publisher.store.tables import core

_ATTEMPT = core(t.Attempt)
_DELIVERY = core(t.Delivery)

CHUNK = 500  # rows per transaction: SQLite's one writer is not held for long (H21)
VERB = "vouch"


def vouch(store: Store) -> int:
    """Vouch for every row that no ledger row names yet; how many. Safe to repeat."""
    with store.write(MACHINE) as tx:
        if not bound.unsigned(tx):
            return 0
        upto, _ = ledger.head(tx)
        ledger.allow_unsigned(tx, upto)
    done = 0
    for kind in KINDS:
        after: Sequence[Any] = ()
        while True:
            with store.write(MACHINE) as tx:
                rows = page(tx, kind, after, CHUNK)
                done += vouch_for(tx, kind, rows)
            if not rows:
                break
            after = [getattr(rows[-1], name) for name in kind.key]
    with store.write(MACHINE) as tx:
        ledger.count_stops(tx)
    return done


def vouch_for(tx: Tx, kind: Kind, rows: Sequence[Any]) -> int:
    """Vouch for those of `rows` that the ledger does not name; how many."""
    known = bound.newest(tx, [kind.fact(row) for row in rows])
    new = [row for row in rows if kind.fact(row) not in known]
    if kind is DELIVERY:
        new = list(_with_attempts(tx, new))
    if kind is POLICY:  # which one is in force is what the ledger says
        begun = [row for row in new if row.activated_at is not None]
        ledger.restate_all(tx, kind, [row for row in new if row not in begun], VERB)
        ledger.restate_all(tx, kind, sorted(begun, key=_activated), "activate policy")
    else:
        ledger.restate_all(tx, kind, new, VERB)
    return len(new)


def _activated(row: Any) -> datetime:
    found: datetime = row.activated_at
    return found


def page(tx: Tx, kind: Kind, after: Sequence[Any], most: int) -> Sequence[Any]:
    """The next rows of a kind's table in the order of their key, after this one."""
    key = [kind.table.c[name] for name in kind.key]
    statement = select(kind.table).order_by(*key).limit(most)
    return tx.all(statement.where(tuple_(*key) > tuple(after)) if after else statement)


def _with_attempts(tx: Tx, rows: Sequence[Any]) -> Iterator[Any]:
    ids = [row.id for row in rows]
    tried: dict[str, dict[str, str]] = {}
    for one in tx.all(select(_ATTEMPT).where(_ATTEMPT.c.delivery_id.in_(ids))):
        tried.setdefault(one.delivery_id, {})[one.id] = binding(ATTEMPT, ATTEMPT.content(one))
    for name, made in tried.items():
        tx.run(update(_DELIVERY).where(_DELIVERY.c.id == name).values(tried=made))
    yield from tx.all(select(_DELIVERY).where(_DELIVERY.c.id.in_(ids)))
