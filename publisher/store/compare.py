"""What the tables say against what the ledger says: every row that the daemon acts on, both ways.

Read in pages, so that memory stays bounded and no reader keeps the database's log from ending (H28);
a page and what the ledger says of it in one look, because a daemon goes on writing beside it.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import distinct, exists, func, or_, select, text, tuple_

from publisher.store import Store, Tx, bound, holds
from publisher.store import tables as t
from publisher.store.bound import (
    ATTEMPT,
    BROKEN,
    EPOCH,
    KINDS,
    META,
    TRIED,
    Kind,
    binding,
)
from publisher.store.meta import CHECKPOINTS
from publisher.store.tables import core
from publisher.store.witness import COMPLETE_TO, UNWITNESSED
from publisher.words import Part, part

_LEDGER = core(t.LedgerRow)
_PAYLOAD = core(t.Payload)
_DELIVERY = core(t.Delivery)
_ACCOUNT = core(t.Account)
_ATTEMPT = core(t.Attempt)

PAGE = 500
SHOWN = 100  # findings: more of them say nothing more
# What no decision rests on, and what the ledger's own key is made of.
WORKING = ("installation", CHECKPOINTS, COMPLETE_TO, UNWITNESSED)
RESTORED = "restored"  # an outcome that no network gave: see release/doubt.py


def differences(store: Store, told: Callable[[int], None] = lambda _rows: None) -> list[Part]:
    """Every row that is not what the ledger says, or is missing; at most SHOWN of them.

    `told` hears how many rows more have been looked at.
    """
    found = (one for look in _parts(told) for one in look(store))
    return list(islice(found, SHOWN))


def compared(tx: Tx) -> int:
    """How many rows `differences` looks at."""
    return sum(tx.value(select(func.count()).select_from(kind.table)) for kind in KINDS)


def _parts(told: Callable[[int], None]) -> Iterator[Callable[[Store], Iterator[Part]]]:
    for kind in KINDS:
        yield partial(_kind, kind=kind, told=told)
    yield _stops
    for kind in TRIED:
        yield partial(_attempts, kind=kind)
    yield _alone
    yield _pacing


def _kind(store: Store, kind: Kind, told: Callable[[int], None]) -> Iterator[Part]:
    """Rows that were put in or changed; and when fewer are vouched for than are named, the missing."""
    known = 0
    for tx, rows in _pages(store, kind):
        newest = bound.newest(tx, [kind.fact(row) for row in rows])
        for row in rows:
            said = newest.get(kind.fact(row))
            known += said is not None and said.binds != ""
            yield from _row(tx, kind, row, said)
        told(len(rows))
    start, end = f"{kind.name} ", f"{kind.name}!"  # a blank sorts before an exclamation mark
    with store.read() as tx:
        named = tx.value(
            select(func.count(distinct(_LEDGER.c.fact))).where(
                text("fact <> ''"), _LEDGER.c.fact.between(start, end)
            )
        )
    if named > known:
        yield from _missing(store, kind, (start, end))


def _row(tx: Tx, kind: Kind, row: Any, said: Any | None) -> Iterator[Part]:
    fact, content = kind.fact(row), kind.content(row)
    if said is None:
        if not _at_rest(kind, content):
            yield part("audit.fact_added", fact=fact)
    elif said.binds.removeprefix(BROKEN) != binding(kind, content):
        yield part("audit.fact_other", fact=fact, row=said.seq)
    elif said.binds.startswith(BROKEN):
        yield part("audit.fact_broken", fact=fact, row=said.seq)
    elif not bound.signed(tx, said):
        yield part("audit.fact_unsigned", fact=fact, row=said.seq)


def _at_rest(kind: Kind, content: Mapping[str, Any]) -> bool:
    """What comes without a record: nothing that was ever decided."""
    if kind is META:
        return content["key"] in WORKING
    return set(content) == set(kind.key) or (kind is EPOCH and content == {"id": 1, "value": 1})


def _missing(store: Store, kind: Kind, span: tuple[str, str]) -> Iterator[Part]:
    after, end = span
    while True:
        with store.read() as tx:
            named = [
                row[0]
                for row in tx.all(
                    select(_LEDGER.c.fact)
                    .distinct()
                    .where(text("fact <> ''"), _LEDGER.c.fact > after, _LEDGER.c.fact < end)
                    .order_by(_LEDGER.c.fact)
                    .limit(PAGE)
                )
            ]
            if not named:
                return
            first = [fact.removeprefix(kind.name + " ").split("/")[0] for fact in named]
            column = kind.table.c[kind.key[0]]
            number = column.type.python_type is int
            values = [int(one) for one in first if one.isdecimal()] if number else first
            rows = tx.all(select(kind.table).where(column.in_(values)))
            there = {kind.fact(row) for row in rows}
            newest = bound.newest(tx, [fact for fact in named if fact not in there])
        for fact, row in newest.items():
            if row.binds or not row.mac:
                yield part("audit.fact_deleted", fact=fact, row=row.seq)
        after = named[-1]


def _stops(store: Store) -> Iterator[Part]:
    with store.read() as tx:
        _, known = bound.stops(tx)
    if not known:
        yield part("audit.stops_other")


def _attempts(store: Store, kind: Kind) -> Iterator[Part]:
    """What was sent, as each delivery or measure binds it; and how it ended, as the ledger says."""
    for tx, rows in _pages(store, kind):
        ids = [row.id for row in rows]
        made = {a.id: a for a in tx.all(select(_ATTEMPT).where(TRIED[kind].in_(ids)))}
        ended = _outcomes(tx, ids)
        gone = holds.forgotten(tx, {getattr(row, kind.matter) for row in rows})
        of = {row.id: getattr(row, kind.matter) for row in rows}
        tried = {name: sha for row in rows for name, sha in row.tried.items()}
        for name, sha in tried.items():
            if name not in made:
                yield part("audit.attempt_deleted", attempt=name)
            elif binding(ATTEMPT, ATTEMPT.content(made[name])) != sha:
                yield part("audit.attempt_changed", attempt=name)
        for name, one in made.items():
            if name not in tried:
                yield part("audit.attempt_added", attempt=name)
            elif name not in ended and of[getattr(one, TRIED[kind].name)] in gone:
                continue  # how it ended is one of the particulars
            elif one.outcome != RESTORED and (one.outcome, one.remote_id) != ended.get(
                name, ("", "")
            ):
                yield part("audit.attempt_end", attempt=name)


def _alone(store: Store) -> Iterator[Part]:
    with store.read() as tx:
        of = [exists().where(kind.table.c.id == column) for kind, column in TRIED.items()]
        if tx.value(select(exists().where(_ATTEMPT.c.id.is_not(None), ~or_(*of)))):
            yield part("audit.attempts_alone")


def _outcomes(tx: Tx, subjects: Sequence[str]) -> dict[str, tuple[str, str]]:
    """(outcome, remote id) by attempt, from the payloads of the rows that settled them."""
    rows = tx.all(
        select(_PAYLOAD.c.body)
        .join(_LEDGER, _LEDGER.c.seq == _PAYLOAD.c.seq)
        .where(_LEDGER.c.subject.in_(subjects), _PAYLOAD.c.body.contains('"outcome":'))
        .order_by(_LEDGER.c.seq)
    )
    said = [json.loads(row.body) for row in rows]
    return {
        one["attempt"]: (one["outcome"], one.get("remote_id", ""))
        for one in said
        if "attempt" in one
    }


def _pacing(store: Store) -> Iterator[Part]:
    """An account has not sent later than it says: the distance between its posts counts from there."""
    with store.read() as tx:
        sent = (
            select(_DELIVERY.c.account, func.max(_DELIVERY.c.settled_at).label("at"))
            .where(_DELIVERY.c.state == "published", t.SLOT)
            .group_by(_DELIVERY.c.account)
        )
        last = {row.account: row.at for row in tx.all(sent)}
        for row in tx.all(select(_ACCOUNT.c.id, _ACCOUNT.c.last_sent_at)):
            if row.id in last and (row.last_sent_at is None or row.last_sent_at < last[row.id]):
                yield part("audit.account_sent", account=row.id)


def _pages(store: Store, kind: Kind) -> Iterator[tuple[Tx, Sequence[Any]]]:
    """Each page with the look that it was read in."""
    key = [kind.table.c[name] for name in kind.key]
    statement = select(kind.table).order_by(*key).limit(PAGE)
    after: tuple[Any, ...] = ()
    while True:
        with store.read() as tx:
            rows = tx.all(statement.where(tuple_(*key) > after) if after else statement)
            if not rows:
                return
            yield tx, rows
        after = tuple(getattr(rows[-1], name) for name in kind.key)
