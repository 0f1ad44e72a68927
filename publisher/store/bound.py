"""Which rows are facts, and whether the ledger vouches for them.

A ledger row that made or changed a fact names it, binds the sha256 of its content, and is signed.
A fact is believed when the newest ledger row that names it is signed and binds what stands there
now: so a row that was put in, changed, or set back to what it once was is not believed.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeVar

from sqlalchemy import Column, String, Table, bindparam, exists, func, select, text

from publisher.acts import given
from publisher.clock import rfc3339
from publisher.content import digest
from publisher.errors import Do
from publisher.lifecycle import DELIVERY as DELIVERY_ARROWS
from publisher.lifecycle import MEASURE as MEASURE_ARROWS
from publisher.lifecycle import Table as Arrows
from publisher.store import NoPolicy, Tx
from publisher.store import tables as t
from publisher.store.keys import NoKey, Signer
from publisher.store.rows import LedgerRow, PolicyRow, StopRow
from publisher.store.tables import core

R = TypeVar("R")

_LEDGER = core(t.LedgerRow)
_META = core(t.Meta)
_INSTALLATION = select(_META.c.value).where(_META.c.key == "installation")
_SIGNED = select(exists().where(_LEDGER.c.mac != ""))
SIGNED = tuple(column.name for column in _LEDGER.columns if column.name != "mac")
assert [column.name for column in _LEDGER.columns] == [*SIGNED, "mac"]  # rows are cut there

BROKEN = "!"  # before a binding: the row had been changed outside before this move touched it

# SQLite finds a partial index only by the very words of its condition.
_A_FACT = text("fact <> ''")
_numbers = (
    select(func.max(_LEDGER.c.seq))
    .where(_LEDGER.c.fact.in_(bindparam("facts", expanding=True)), _A_FACT)
    .group_by(_LEDGER.c.fact)
)
_NEWEST = select(_LEDGER).where(_LEDGER.c.seq.in_(_numbers))


@dataclass(frozen=True)
class Kind:
    """A kind of fact: its table, the columns that name a row, and those that prove nothing.

    `loose` columns say when the machine looks next, and the like: they may change without a record.
    `given` says what columns have to be for an act. `gone`: columns that there are no more, as every
    row had them; they stay bound, so that what was recorded with them holds. `arrows`: by which a row
    moves from state to state. `matter`: the column with the post, or what else it concerns as a whole.
    """

    name: str
    table: Table
    loose: frozenset[str] = frozenset()
    only: tuple[str, ...] = ()
    given: Callable[[str], Mapping[str, Any]] | None = None
    gone: Mapping[str, Any] = field(default_factory=dict, hash=False)
    arrows: Arrows = field(default_factory=dict, hash=False)
    matter: str = "post_id"
    key: tuple[str, ...] = field(init=False)
    columns: tuple[str, ...] = field(init=False)
    texts: frozenset[str] = field(init=False)  # those that the database gives back as text
    bound: frozenset[str] = field(init=False)
    values: Callable[[Any], tuple[Any, ...]] = field(init=False)  # a row's, in their order

    def __post_init__(self) -> None:
        """Every column that is not loose is bound, so that a new one is as well."""
        key = tuple(column.name for column in self.table.primary_key)
        names = self.only or tuple(c.name for c in self.table.columns if c.name not in self.loose)
        texts = frozenset(c.name for c in self.table.columns if isinstance(c.type, String))
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "texts", texts)
        columns = tuple(dict.fromkeys((*key, *names)))
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "bound", frozenset(columns))
        object.__setattr__(self, "values", attrgetter(*columns))

    def fact(self, row: Any) -> str:
        """What the ledger calls this row."""
        return self.named([getattr(row, name) for name in self.key])

    def named(self, key: Sequence[Any]) -> str:
        """What the ledger calls the row with this key."""
        return f"{self.name} {'/'.join(map(str, key))}"

    def content(self, row: Any) -> dict[str, Any]:
        """The row's bound columns as they are stored. Left out is an empty one, and a given one as it
        has to be: so a column that a later version adds, and that says no more, changes no binding.
        """
        values = zip(self.columns, self.values(row), strict=True)
        return {**self.gone, **self.plain(dict(values))}

    def plain(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The bound ones among `values`, as the database gives them back."""
        given = self.given(values["act"]) if self.given and "act" in values else {}
        return {
            name: value if type(value) is str else self._value(name, value)
            for name, value in values.items()
            if name in self.bound
            and (value != given[name] if name in given else value or not _empty(value))
        }

    def _value(self, name: str, value: Any) -> Any:
        if isinstance(value, datetime):
            return rfc3339(value)
        return str(value) if name in self.texts else value


def _empty(value: Any) -> bool:
    return value is None or value is False or value in ("", [], {})


STANDING = (
    "not_before",
    "broken_since",
    "broken_reason",
    "whoami_id",
    "whoami_at",
    "whoami_credential",
    "whoami_place",
    "limits",
    "limits_at",
)

APPROVAL = Kind("approval", core(t.Approval))
GRANT = Kind("exception", core(t.ExceptionGrant))
USE = Kind("use", core(t.ExceptionUse))
STOP = Kind("stop", core(t.Stop))
POLICY = Kind("policy", core(t.PolicyVersion))
ACCOUNT = Kind("account", core(t.Account), frozenset({*STANDING, "last_sent_at"}))
RECOGNITION = Kind("recognition", core(t.Account), only=STANDING)
PERSON = Kind("person", core(t.Person))
CONFIG_CHANGE = Kind("config change", core(t.ConfigChange))
POST = Kind("post", core(t.Post))
REVISION = Kind("revision", core(t.Revision))
DELIVERY = Kind(
    "delivery",
    core(t.Delivery),
    frozenset({"wake_at", "tidy_at"}),
    given=given,
    gone={"reminded": 0},
    arrows=DELIVERY_ARROWS,
)
MEASURE = Kind(
    "measure", core(t.Measure), frozenset({"wake_at"}), arrows=MEASURE_ARROWS, matter="id"
)
# No fact of its own: a delivery or a measure binds the attempts that were made for it, in `tried`.
ATTEMPT = Kind(
    "attempt", core(t.Attempt), frozenset({"ended_at", "outcome", "reason", "remote_id"})
)

# Of what an attempt is made, and the column that names which.
TRIED: Mapping[Kind, Column[Any]] = {
    DELIVERY: ATTEMPT.table.c.delivery_id,
    MEASURE: ATTEMPT.table.c.measure_id,
}

NOTICE = Kind("notice", core(t.Notification), frozenset({"tries", "error"}))
PAUSE = Kind("network", core(t.NetworkPause), frozenset({"unknowns"}))
TOKEN = Kind("token", core(t.Token), frozenset({"used_at"}))
SIGN_IN = Kind("sign-in", core(t.SignIn), frozenset({"used_at"}))
CREDENTIAL = Kind("credential", core(t.Credential))
INVITE = Kind("invite", core(t.Invite))
PASSWORD = Kind("password", core(t.Password))
HOLD = Kind("hold", core(t.Hold))
PASSKEY = Kind("passkey", core(t.Passkey))
META = Kind("meta", core(t.Meta))
EPOCH = Kind("epoch", core(t.Epoch))

KINDS = (
    APPROVAL,
    GRANT,
    USE,
    STOP,
    POLICY,
    ACCOUNT,
    RECOGNITION,
    PERSON,
    CONFIG_CHANGE,
    POST,
    REVISION,
    DELIVERY,
    MEASURE,
    NOTICE,
    PAUSE,
    TOKEN,
    SIGN_IN,
    CREDENTIAL,
    INVITE,
    PASSWORD,
    HOLD,
    PASSKEY,
    META,
    EPOCH,
)
KIND_OF: Mapping[str, Kind] = {
    kind.table.name: kind for kind in reversed(KINDS)
}  # of two over one table, the first


def signer(tx: Tx) -> Signer:
    """Who signs for this database; its key is made when nothing has been signed yet. Raises NoKey."""
    if tx.store.signer is None:
        installation = tx.value(_INSTALLATION)
        if not installation:
            raise NoKey("store.never_started", Do("operate", {"how": "upgrade"}))
        signed = tx.value(_SIGNED)
        tx.store.signer = tx.store.key.signer(installation, new=not signed)
    return tx.store.signer


def unsigned(tx: Tx) -> bool:
    """Is this a database with history from before there were signatures?"""
    return not tx.value(_SIGNED) and bool(tx.value(select(exists().where(_LEDGER.c.seq > 0))))


UNSIGNED = "unsigned"  # the fact of up to which row there were no signatures yet


def unsigned_to(tx: Tx) -> int:
    """Up to this row a row may be without a signature; 0 in a database that always had them."""
    row = newest(tx, [UNSIGNED]).get(UNSIGNED)
    return int(row.binds) if row is not None and signed(tx, row) else 0


def signed(tx: Tx, row: Any) -> bool:
    """Was this ledger row (all its columns first) written by somebody who held the key?"""
    return signer(tx).holds(tuple(row[: len(SIGNED)]), row.mac)


def binding(kind: Kind, content: Mapping[str, Any]) -> str:
    """sha256 (hex) over a fact's content."""
    return digest([kind.name, content])


def tried(row: Any, attempt: Mapping[str, Any]) -> dict[str, str]:
    """What a delivery or a measure binds once this attempt has been made for it as well."""
    return {**row.tried, attempt["id"]: binding(ATTEMPT, ATTEMPT.plain(attempt))}


def newest(tx: Tx, facts: Collection[str]) -> dict[str, LedgerRow]:
    """The newest ledger row that names each fact, signed or not: one query."""
    if not facts:
        return {}
    return {row.fact: row for row in tx.all(_NEWEST, {"facts": list(facts)})}


def vouched(tx: Tx, bindings: Mapping[str, str]) -> dict[str, int]:
    """Of facts and what they bind now, those that the ledger vouches for, with its row's number.

    What this very transaction signed it need not look up.
    """
    said = {fact: tx.said[fact] for fact in bindings if fact in tx.said}
    found = {fact: seq for fact, (seq, binds) in said.items() if binds == bindings[fact]}
    for fact, row in newest(tx, bindings.keys() - said.keys()).items():
        if row.binds == bindings[fact] and signed(tx, row):
            found[fact] = row.seq
    return found


def bindings(kind: Kind, rows: Iterable[Any]) -> dict[str, str]:
    """Each row's fact, and what it binds now."""
    return {kind.fact(row): binding(kind, kind.content(row)) for row in rows}


def believed(tx: Tx, kind: Kind, rows: Sequence[R]) -> list[R]:
    """Those of `rows` (all columns) that the ledger vouches for, in its order: one query."""
    found = vouched(tx, bindings(kind, rows))
    kept = [row for row in rows if kind.fact(row) in found]
    return sorted(kept, key=lambda row: found[kind.fact(row)])


# ---- what is in force

IN_FORCE = "stops"  # the fact that all stops in force are, together: so none of them can vanish
# After each row about a stop there is one that says which are in force.
_SAID = select(
    select(func.max(_LEDGER.c.seq))
    .where(_A_FACT, _LEDGER.c.fact.between("stop ", "stop!"))
    .scalar_subquery()
    .label("last"),
    select(func.max(_LEDGER.c.seq))
    .where(_A_FACT, _LEDGER.c.fact == IN_FORCE)
    .scalar_subquery()
    .label("counted"),
).subquery()
_STOPS = (
    select(STOP.table, _SAID.c.last, _SAID.c.counted)
    .select_from(_SAID.outerjoin(STOP.table, STOP.table.c.lifted_at.is_(None)))
    .order_by(STOP.table.c.id)
)
_ACTIVATION = (
    select(_LEDGER)
    .where(
        _A_FACT,
        _LEDGER.c.fact.between("policy ", "policy!"),  # a blank sorts before an exclamation mark
        _LEDGER.c.verb == "activate policy",
    )
    .order_by(_LEDGER.c.seq.desc())
    .limit(1)
)


@dataclass(frozen=True)
class Stops:
    """The stops that are not lifted, beside the newest row of the ledger about any (`last`), and the
    newest that says which are in force (`counted`); 0 where there is none.
    """

    rows: Sequence[StopRow]
    last: int
    counted: int

    def are_all(self, order: Mapping[str, int]) -> bool:
        """Are these all of them? `order`: what the ledger vouches for, of `binds`."""
        if not self.counted:
            return not self.rows and not self.last
        return order.get(IN_FORCE) == self.counted > self.last

    @property
    def binds(self) -> dict[str, str]:
        """What the ledger has to vouch for."""
        return {IN_FORCE: stops_binding(self.rows)}


def stops_found(tx: Tx) -> Stops:
    """The stops as they stand there, in one query; not yet to be believed."""
    rows = tx.all(_STOPS)
    return Stops(
        [row for row in rows if row.id is not None], rows[0].last or 0, rows[0].counted or 0
    )


def stops(tx: Tx) -> tuple[Sequence[StopRow], bool]:
    """The stops that are not lifted, and whether the ledger says that these are all of them."""
    found = stops_found(tx)
    return found.rows, found.are_all(vouched(tx, found.binds))


def stops_binding(rows: Sequence[StopRow]) -> str:
    """What the stops in force bind, together."""
    return digest([IN_FORCE, [STOP.content(row) for row in rows]])


def activation(tx: Tx) -> LedgerRow | None:
    """The ledger row by which the policy in force came into force; None before the first."""
    found: LedgerRow | None = tx.first(_ACTIVATION)
    return found


def policy(tx: Tx, by: LedgerRow) -> PolicyRow:
    """The policy that a ledger row activated; raises NoPolicy when it is not to be believed."""
    table = POLICY.table
    row: PolicyRow | None = tx.first(
        select(table).where(table.c.id == int(by.fact.removeprefix("policy ")))
    )
    if row is None or bindings(POLICY, [row])[by.fact] != by.binds or not signed(tx, by):
        raise NoPolicy("store.policy_changed", Do("audit"), Do("activate policy"), fact=by.fact)
    return row
