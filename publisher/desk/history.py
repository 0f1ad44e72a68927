"""The history for its readers: is it whole, and all of it to take away."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select

from publisher.clock import rfc3339
from publisher.roles import Actor, authorize
from publisher.store import Store, facts, seals
from publisher.store import tables as t
from publisher.store.backup import backup
from publisher.store.mark import folder_of
from publisher.store.tables import core

_LEDGER = core(t.LedgerRow)
_PAYLOAD = core(t.Payload)

CHUNK = 2000  # rows a read transaction, so that no reader makes the log of the database grow (H28)


def verify(store: Store, actor: Actor, witness: Path) -> seals.Verified:
    """Walk the whole chain, against the witness folder, and every table that is acted on."""
    authorize(actor, "read")
    with store.read() as tx:
        installation = facts.get(tx, "installation")
    return seals.verify(store, folder_of(witness, installation))


def entries(store: Store, actor: Actor) -> Iterator[dict[str, Any]]:
    """Every entry with its payload, the oldest first."""
    authorize(actor, "audit")
    return _entries(store)


def _entries(store: Store) -> Iterator[dict[str, Any]]:
    last, more = 0, True
    while more:
        with store.read() as tx:
            rows = tx.all(
                select(_LEDGER, _PAYLOAD.c.body)
                .select_from(_LEDGER.outerjoin(_PAYLOAD, _PAYLOAD.c.seq == _LEDGER.c.seq))
                .where(_LEDGER.c.seq > last)
                .order_by(_LEDGER.c.seq)
                .limit(CHUNK)
            )
        yield from map(entry, rows)
        more = len(rows) == CHUNK
        last = rows[-1].seq if rows else last


def entry(row: Row[Any]) -> dict[str, Any]:
    """The documented shape of a row with its payload."""
    return {
        "seq": row.seq, "at": rfc3339(row.at), "actor": row.actor, "os_user": row.os_user,
        "verb": row.verb, "subject": row.subject, "post": row.post_id, "before": row.before,
        "after": row.after, "payload_sha256": row.payload_sha256,
        "payload": json.loads(row.body) if row.body else None,
    }  # fmt: skip


def copy(store: Store, actor: Actor, target: Path) -> Path:
    """A consistent copy of the database while everything runs. Raises Conflict where one lies."""
    authorize(actor, "operate")
    return backup(store, target)
