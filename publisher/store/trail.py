"""The history as people read it: rows with their payloads, and of which delivery they are."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, select, true

from publisher.store import Tx
from publisher.store.tables import Delivery, LedgerRow, Payload, core

if TYPE_CHECKING:
    from publisher.store.rows import EntryRow, TrailRow

_DELIVERY = core(Delivery)
_LEDGER = core(LedgerRow)
_PAYLOAD = core(Payload)


def trail(
    tx: Tx,
    post: str = "",
    limit: int | None = None,
    before: int = 0,
    only: Callable[[Any, Any], ColumnElement[bool]] = lambda _post, _account: true(),
) -> "Sequence[TrailRow]":
    """The newest `limit` rows, oldest first, with their payloads; of one post, or of everything.

    `limit` None: all of them. `before`: of those with smaller numbers; 0 for the newest of all.
    `account` and `act` say where and what, for a row about a delivery; else they are None. `only`: which,
    by the columns of post and account.
    """
    rows = _LEDGER.outerjoin(_PAYLOAD, _PAYLOAD.c.seq == _LEDGER.c.seq).outerjoin(
        _DELIVERY, _DELIVERY.c.id == _LEDGER.c.subject
    )
    statement = (
        select(_LEDGER, _PAYLOAD.c.body, _DELIVERY.c.account, _DELIVERY.c.act)
        .select_from(rows)
        .where(only(_LEDGER.c.post_id, _DELIVERY.c.account))
        .order_by(_LEDGER.c.seq.desc())
        .limit(limit)
    )
    if post:
        statement = statement.where((_LEDGER.c.post_id == post) | (_LEDGER.c.subject == post))
    if before:
        statement = statement.where(_LEDGER.c.seq < before)
    return list(reversed(tx.all(statement)))


def chunk(tx: Tx, after: int, most: int) -> "Sequence[EntryRow]":
    """The next `most` rows after that number, with their payloads."""
    rows = _LEDGER.outerjoin(_PAYLOAD, _PAYLOAD.c.seq == _LEDGER.c.seq)
    statement = select(_LEDGER, _PAYLOAD.c.body).select_from(rows).where(_LEDGER.c.seq > after)
    return tx.all(statement.order_by(_LEDGER.c.seq).limit(most))


def touched(tx: Tx, after: int, most: int) -> "Sequence[EntryRow]":
    """Of the next `most` rows after that number: their number, their post, and the fact they bind."""
    columns = select(_LEDGER.c.seq, _LEDGER.c.post_id, _LEDGER.c.fact)
    return tx.all(columns.where(_LEDGER.c.seq > after).order_by(_LEDGER.c.seq).limit(most))
