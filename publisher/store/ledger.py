"""The only writer of a state column, always together with the ledger row that records it.

Every row keeps the sha256 of its payload; the payload itself lies in a table of its own and may be
erased by law. A row that made or changed a fact binds that fact's content (see `bound.py`); every
row is signed. One sealer chains committed rows into seals (see `seals.py`).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import Update, and_, bindparam, delete, func, insert, select, text, update
from sqlmodel import SQLModel

from publisher.content import canonical
from publisher.errors import Do, NotFound, Stale
from publisher.lifecycle import POST, after
from publisher.roles import MACHINE
from publisher.store import LEDGER_LOCK, Tx, bound
from publisher.store.bound import BROKEN, KIND_OF, SIGNED, Kind, binding
from publisher.store.holds import FORGOTTEN
from publisher.store.rows import DeliveryRow, MeasureRow, PostRow, StopRow
from publisher.store.tables import Delivery, LedgerRow, Payload, Post, core

_DELIVERY = core(Delivery)
_POST = core(Post)
_LEDGER = core(LedgerRow)
_PAYLOAD = core(Payload)

# Statements of the hot path are made once: making one costs as much as running it.
_INSERT, _INSERT_PAYLOAD = insert(_LEDGER), insert(_PAYLOAD)
# A row that somebody put in by hand may stand where the next one belongs: it is stepped over.
_SEQUENCE = text(
    "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'ledger'), 0), "
    "coalesce((SELECT max(seq) FROM ledger), 0))"
)
_NUMBERS = text(
    "SELECT n FROM (SELECT nextval(pg_get_serial_sequence('ledger', 'seq')) AS n "
    "FROM generate_series(1, :many)) AS next WHERE NOT EXISTS (SELECT 1 FROM ledger WHERE seq = n)"
)

Entry = tuple[dict[str, Any], str]
R = TypeVar("R", DeliveryRow, MeasureRow)


@dataclass(frozen=True)
class Move(Generic[R]):
    """One move: the row as seen, the columns that change, and what to record."""

    row: R
    changes: Mapping[str, Any] = field(default_factory=dict)
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """What a ledger row says: what was done, to what, the particulars, and the post it concerns.

    Of a measure, which is of no post, that is the measure itself.
    """

    verb: str
    subject: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    post: str = ""


def move(
    tx: Tx,
    row: DeliveryRow,
    action: str,
    *,
    payload: Mapping[str, Any] | None = None,
    **changes: Any,
) -> None:
    """Move one delivery; raises Stale when its state or fence is no longer what `row` shows."""
    move_all(tx, action, [Move(row, changes, payload or {})])


def move_all(tx: Tx, action: str, moves: Sequence[Move[R]], kind: Kind = bound.DELIVERY) -> None:
    """Move many of one kind by one action, with the same columns changed. All of them, or Stale and
    none.
    """
    if not moves:
        return
    params = []
    for m in moves:
        target = after(kind.arrows, m.row.state, action)
        params.append(
            {
                "b_id": m.row.id,
                "b_state": m.row.state,
                "b_fence": m.row.fence,
                "state": target,
                **m.changes,
            }
        )
    seen = _seen(tx, kind, [(m.row.id,) for m in moves])
    if tx.run(_update(kind, tuple(sorted(moves[0].changes))), params) != len(moves):
        raise Stale("store.moved_first", *_to_read(kind, moves[0].row))
    entries, known = [], {}
    for m, p in zip(moves, params, strict=True):
        line = Line(action, m.row.id, m.payload, getattr(m.row, kind.matter))
        now = seen[kind.fact(m.row)].after(p)
        known[now.fact] = now
        entries.append(_entry(tx, line, now.said, (m.row.state, p["state"])))
    _append(tx, entries)
    tx.known.update(known)


def _to_read(kind: Kind, row: Any) -> tuple[Do, ...]:
    return (Do("read", {"post": row.post_id}),) if kind is bound.DELIVERY else ()


@lru_cache(maxsize=128)
def _update(kind: Kind, names: tuple[str, ...]) -> Update:
    row = kind.table.c
    return (
        update(kind.table)
        .where(
            row.id == bindparam("b_id"),
            row.state == bindparam("b_state"),
            row.fence == bindparam("b_fence"),
        )
        .values({name: bindparam(name) for name in ("state", *names)})
    )


def move_post(
    tx: Tx, row: PostRow, action: str, *, payload: Mapping[str, Any] | None = None, **changes: Any
) -> None:
    """Move a post by its own table; raises Stale when revision or state moved meanwhile."""
    target = after(POST, row.state, action)
    seen = _seen(tx, bound.POST, [(row.id,)])
    statement = (
        update(_POST)
        .where(_POST.c.id == row.id, _POST.c.state == row.state, _POST.c.revision == row.revision)
        .values(state=target, **changes)
    )
    if tx.run(statement) != 1:
        raise Stale("store.changed_first", Do("read", {"post": row.id}))
    now = seen[f"post {row.id}"].after({**changes, "state": target}).said
    line = Line(action, row.id, payload or {}, row.id)
    _append(tx, [_entry(tx, line, now, (row.state, target))])


def record(tx: Tx, verb: str, subject: str, payload: Mapping[str, Any], *, post: str = "") -> int:
    """Record a decision or event that neither moves a state nor changes a fact; its number."""
    return _append(tx, [_entry(tx, Line(verb, subject, payload, post))])


def record_created(tx: Tx, rows: Iterable[Delivery], payload: Mapping[str, Any]) -> None:
    """Record the birth of deliveries: their first state is a move as well."""
    entries = []
    for row in rows:
        line = Line("create", row.id, payload, row.post_id)
        entries.append(_entry(tx, line, _made(bound.DELIVERY, row), ("", row.state)))
    _append(tx, entries)


def put(tx: Tx, row: SQLModel, line: Line) -> Any:
    """Insert a fact with the ledger row that vouches for it; the first column of its key."""
    kind = KIND_OF[type(row).__tablename__]  # type: ignore[index]  # SQLModel calls it a function
    whole = kind is not bound.STOP or bound.stops(tx)[1]
    key = tx.insert(row)
    setattr(row, kind.key[0], key)
    states = ("", row.state) if kind.arrows else ("", "")  # type: ignore[attr-defined]  # it has one
    entries = [_entry(tx, line, _made(kind, row), states)]
    _append(tx, entries + ([_in_force(tx, whole=whole)] if kind is bound.STOP else []))
    return key


def lift(tx: Tx, rows: Sequence[StopRow], line: Line, *, whole: bool) -> None:
    """Lift these stops. `whole` False: others have vanished, and the rest is still not believed."""
    for row in rows:
        change(tx, (bound.STOP, row.id), line, lifted_by=tx.actor.person, lifted_at=tx.now)
    _append(tx, [_in_force(tx, whole=whole)])


def _in_force(tx: Tx, *, whole: bool) -> Entry:
    """Which stops are in force now, all of them: so none can be made to vanish."""
    rows, _ = bound.stops(tx)
    now = bound.stops_binding(rows)
    line = Line("stops in force", ", ".join(row.scope for row in rows) or "none")
    return _entry(tx, line, (bound.IN_FORCE, now if whole else BROKEN + now))


def change(tx: Tx, of: tuple[Kind, Any], line: Line, **changes: Any) -> int:
    """Change columns of one fact, `of` (kind, key), and record it; the ledger row's number.

    A fact that had been changed outside stays unbelieved. Raises NotFound when it is gone.
    """
    kind, key = of
    keys = key if isinstance(key, tuple) else (key,)
    [seen] = _seen(tx, kind, [keys]).values() or [None]
    if seen is None:
        raise NotFound("store.not_there", what=f"{kind.name} {key}")
    tx.run(update(kind.table).where(_is(kind, keys)).values(**changes))
    return _append(tx, [_entry(tx, line, seen.after(changes).said)])


def restate(tx: Tx, of: tuple[Kind, Any], line: Line) -> int:
    """Vouch for a fact as it stands now, whatever it was: all of it was just written, or accepted."""
    kind, key = of
    keys = key if isinstance(key, tuple) else (key,)
    row = tx.first(select(kind.table).where(_is(kind, keys)))
    if row is None:
        raise NotFound("store.not_there", what=f"{kind.name} {key}")
    return _append(tx, [_entry(tx, line, _made(kind, row))])


def restate_all(tx: Tx, kind: Kind, rows: Sequence[Any], verb: str) -> None:
    """Vouch for many of one kind as they stand now; `rows` have all their columns."""
    made = [_made(kind, row) for row in rows]
    if made:
        _append(tx, [_entry(tx, Line(verb, fact), (fact, now)) for fact, now in made])


def distrust(tx: Tx, seq: int) -> None:
    """Record that a row of the ledger is not ours."""
    line = Line("distrust", f"row {seq}")
    _append(tx, [_entry(tx, line, (f"forged {seq}", ""))])


def allow_unsigned(tx: Tx, upto: int) -> None:
    """Record that rows up to this one are from before there were signatures."""
    line = Line("sign history", f"rows up to {upto}", {"upto": upto})
    _append(tx, [_entry(tx, line, (bound.UNSIGNED, str(upto)))])


def erase(tx: Tx, seq: int, why: str) -> None:
    """Erase one row's payload by law, and record that. What it hashed to, and the row, stay."""
    tx.run(delete(_PAYLOAD).where(_PAYLOAD.c.seq == seq))
    line = Line("erase", f"row {seq}", {"reason": why})
    _append(tx, [_entry(tx, line, (f"payload {seq}", ""))])


def forget(tx: Tx, posts: Mapping[str, int]) -> None:
    """Erase the particulars of posts, of each those of its rows up to this one, and record that.

    What they hashed to, and the rows, stay.
    """
    for post, upto in posts.items():
        of = (_LEDGER.c.post_id == post, _LEDGER.c.seq <= upto)
        tx.run(delete(_PAYLOAD).where(_PAYLOAD.c.seq.in_(select(_LEDGER.c.seq).where(*of))))
    lines = ((Line("forget", post, post=post), upto) for post, upto in posts.items())
    _append(tx, [_entry(tx, line, (f"{FORGOTTEN} {line.post}", str(to))) for line, to in lines])


def count_stops(tx: Tx) -> None:
    """Say that the stops that stand there are all of them."""
    _append(tx, [_in_force(tx, whole=True)])


@dataclass(frozen=True)
class _Seen:
    """A fact as it was before a change, and whether the ledger vouched for it."""

    kind: Kind
    fact: str
    content: dict[str, Any]
    whole: bool

    def after(self, changes: Mapping[str, Any]) -> "_Seen":
        """The same once these columns have changed; broken once, it stays so."""
        kept = {k: v for k, v in self.content.items() if k not in changes}
        return replace(self, content=kept | self.kind.plain(changes))

    @property
    def said(self) -> tuple[str, str]:
        """What the ledger says of it: its name, and what it binds."""
        now = binding(self.kind, self.content)
        return self.fact, now if self.whole else BROKEN + now


def _seen(tx: Tx, kind: Kind, keys: Sequence[tuple[Any, ...]]) -> dict[str, _Seen]:
    """The facts as they are, locked on PostgreSQL: what is bound is what will stand there."""
    facts = {kind.named(key): key for key in keys}
    known = {fact: tx.known[fact] for fact in facts if fact in tx.known}
    fresh = [key for fact, key in facts.items() if fact not in known]
    return {**known, **_looked_at(tx, kind, fresh)} if fresh else known


def _looked_at(tx: Tx, kind: Kind, keys: Sequence[tuple[Any, ...]]) -> dict[str, _Seen]:
    if len(kind.key) == 1:
        rows = tx.all(_look(kind, tx.postgres), {"keys": [key[0] for key in keys]})
    else:
        rows = tx.all(select(kind.table).where(_is(kind, keys[0])).with_for_update())
    contents = {kind.fact(row): kind.content(row) for row in rows}
    whole = set(bound.vouched(tx, {fact: binding(kind, c) for fact, c in contents.items()}))
    # Of an account that was never asked who it is there is nothing to vouch for.
    bare = [f for f, c in contents.items() if f not in whole and set(c) == set(kind.key)]
    whole.update(set(bare) - set(bound.newest(tx, bare)))
    return {fact: _Seen(kind, fact, c, fact in whole) for fact, c in contents.items()}


@lru_cache(maxsize=32)
def _look(kind: Kind, lock: bool) -> Any:  # noqa: FBT001
    columns = [kind.table.c[name] for name in kind.columns]
    key = kind.table.c[kind.key[0]]
    found = select(*columns).where(key.in_(bindparam("keys", expanding=True))).order_by(key)
    return found.with_for_update() if lock else found


def _is(kind: Kind, keys: tuple[Any, ...]) -> Any:
    return and_(*(kind.table.c[name] == key for name, key in zip(kind.key, keys, strict=True)))


def _made(kind: Kind, row: Any) -> tuple[str, str]:
    return kind.fact(row), binding(kind, kind.content(row))


def _entry(
    tx: Tx, line: Line, fact: tuple[str, str] = ("", ""), states: tuple[str, str] = ("", "")
) -> Entry:
    """A row and its payload; `fact` is (name, binding), `states` (before, after)."""
    body = canonical(line.payload).decode() if line.payload else ""
    return {
        "at": tx.now,
        "actor": tx.actor.person,
        "os_user": tx.actor.os_user,
        "verb": line.verb,
        "subject": line.subject,
        "post_id": line.post,
        "before": states[0],
        "after": states[1],
        "payload_sha256": hashlib.sha256(body.encode()).hexdigest() if body else "",
        "fact": fact[0],
        "binds": fact[1],
    }, body


def _append(tx: Tx, entries: Sequence[Entry]) -> int:
    """Write rows, each under its number and signed with it; the last one's number."""
    numbers = _numbers(tx, len(entries))
    signer = bound.signer(tx)
    rows = []
    for number, (row, _) in zip(numbers, entries, strict=True):
        row["seq"] = number
        row["mac"] = signer.mac(tuple(row[name] for name in SIGNED))
        tx.said[row["fact"]] = number, row["binds"]
        tx.known.pop(row["fact"], None)
        rows.append(row)
    tx.conn.execute(_INSERT, rows)
    _noted(tx, rows)
    bodies = [{"seq": row["seq"], "body": body} for row, body in entries if body]
    if bodies:
        tx.conn.execute(_INSERT_PAYLOAD, bodies)
    return numbers[-1]


def _numbers(tx: Tx, many: int) -> Sequence[int]:
    """The numbers that the next rows get: they are signed with them."""
    if tx.postgres:
        tx.conn.execute(text(f"SELECT pg_advisory_xact_lock_shared({LEDGER_LOCK})"))
        found: list[int] = []
        while len(found) < many:
            found += tx.conn.execute(_NUMBERS, {"many": many - len(found)}).scalars()
        return sorted(found)  # a join hands them out in any order, and rows are written in theirs
    # SQLite has one writer: the numbers that AUTOINCREMENT will give are known beforehand.
    first = (tx.last_seq or tx.value(_SEQUENCE) or 0) + 1
    return range(first, first + many)


# What follows from a decision is none: its own row was written in the same transaction. What a network
# answered to somebody who asked is none either.
FOLLOWS = (
    "plan",
    "recall",
    "create",
    "block",
    "who-am-I",
    "credentials failed",
    "revise",
    "tell",
    "epoch",
    "stops in force",
    "remember",
    "site limits",
    "seal credential",
    "take out credential",
)


def _noted(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """What a person decided is witnessed after the commit."""
    tx.last_seq = rows[-1]["seq"]
    if tx.actor.person != MACHINE.person:
        tx.decided += [row for row in rows if row["verb"] not in FOLLOWS]


def head(tx: Tx) -> tuple[int, datetime | None]:
    """The newest row's number and time; (0, None) for an empty ledger."""
    row = tx.first(select(func.max(_LEDGER.c.seq)))
    seq = row[0] if row and row[0] else 0
    return seq, tx.value(select(_LEDGER.c.at).where(_LEDGER.c.seq == seq)) if seq else None
