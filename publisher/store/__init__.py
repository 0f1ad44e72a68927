"""The database: one write transaction at a time on SQLite, many on PostgreSQL.

`with store.write(actor) as tx:` is one transaction with one `now`; leaving it commits, and wakes
the daemon when something was planned. `with store.read() as tx:` never writes.
Statements are SQLAlchemy Core over the SQLModel tables; rows come back as plain tuples, so no
stale object can be written back.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, create_engine, event, insert, select, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.sql import Executable
from sqlmodel import SQLModel

from publisher.clock import Now
from publisher.errors import Do, NotFound, Problem, TryAgain
from publisher.policy.bundle import Policy, load
from publisher.roles import NOBODY, Actor
from publisher.store.keys import LedgerKey, Signer
from publisher.store.tables import Epoch, core
from publisher.words import ENGLISH, say_part

log = structlog.get_logger()

_EPOCH = select(core(Epoch).c.value)

EPOCH_LOCK = (
    7316001  # advisory lock numbers on PostgreSQL; lock order: epoch, account, delivery, ledger
)
LEDGER_LOCK = 7316002
SQLITE_PATIENCE = 10  # seconds that a writer waits for another process's commit
# From here on (32 MB) a commit takes what the log holds into the database itself, which takes as long
# as ten commits; before, the daemon does it when nothing is due.
LOG_PAGES = 8000
_VALUES = ("22", "54")  # classes: data exception, program limit exceeded (an index row too long)
_AGAIN = ("40001", "40P01")  # serialization failure, deadlock (PostgreSQL, appendix A)


class NoPolicy(Problem):
    """No policy has been activated, so nothing can be judged and nothing goes out."""


class NeedsHands(TryAgain):
    """The database needs a person first. What is owed stays owed, but a script gives up."""

    exit_code = 1


@dataclass
class Tx:
    """One transaction: its connection, its one `now`, who acts, and what is to happen after it."""

    conn: Connection
    now: datetime
    actor: Actor
    store: "Store"
    wakes: bool = False
    after_commit: list[Any] = field(default_factory=list)
    last_seq: int = 0  # of the ledger rows that this transaction wrote
    decided: list[Mapping[str, Any]] = field(default_factory=list)  # by a person: witness.py
    # Of each fact that it wrote about, and that nobody else can write about until it ends: the number
    # of its newest ledger row with what that binds, and the fact as it stands since.
    said: dict[str, tuple[int, str]] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)

    @property
    def postgres(self) -> bool:
        """On SQLite a write transaction is alone; on PostgreSQL it takes locks."""
        return self.conn.dialect.name == "postgresql"

    def all(self, statement: Executable, params: Any = None) -> Sequence[Any]:
        """Every row, in the columns of its table: see `store.rows`."""
        return self.conn.execute(statement, params).all()

    def first(self, statement: Executable, params: Any = None) -> Any:
        """The first row, or None."""
        return self.conn.execute(statement, params).first()

    def value(self, statement: Executable, params: Any = None) -> Any:
        """The first column of the first row, or None."""
        return self.conn.execute(statement, params).scalar()

    def run(self, statement: Executable, params: Any = None) -> int:
        """Run a change and say how many rows it touched."""
        return self.conn.execute(statement, params).rowcount

    def add(self, *rows: SQLModel) -> None:
        """Insert rows, all of one table."""
        if rows:
            values = [_columns(row) for row in rows]
            self.conn.execute(insert(type(rows[0])), values)

    def insert(self, row: SQLModel) -> Any:
        """Insert one row; the first column of its key, which the database may have given."""
        done = self.conn.execute(insert(type(row)).values(**_columns(row)))
        return (done.inserted_primary_key or (None,))[0]

    def lock_epoch(self, *, exclusive: bool = False) -> None:
        """Nobody moves the epoch until commit; exclusive: nobody relies on it either."""
        if self.postgres:
            shared = "" if exclusive else "_shared"
            self.conn.execute(text(f"SELECT pg_advisory_xact_lock{shared}({EPOCH_LOCK})"))

    def bump_epoch(self) -> int:
        """Move the epoch: everything in flight judges again before it sends."""
        from publisher.store import ledger  # noqa: PLC0415  # it is made of this module's Tx
        from publisher.store.bound import EPOCH  # noqa: PLC0415
        from publisher.store.ledger import Line  # noqa: PLC0415

        self.lock_epoch(exclusive=True)
        value = int(self.value(_EPOCH) or 0) + 1
        self.conn.execute(text("UPDATE epoch SET value = :value WHERE id = 1"), {"value": value})
        ledger.restate(self, (EPOCH, 1), Line("epoch", str(value)))
        return value

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part that may fail alone: what it wrote is undone, and nobody is told or reminded of it."""
        kept = self.wakes, self.last_seq
        decided, after = len(self.decided), len(self.after_commit)
        try:
            with self.conn.begin_nested():
                yield
        except BaseException:
            self.wakes, self.last_seq = kept
            del self.decided[decided:], self.after_commit[after:]
            self.said.clear()
            self.known.clear()
            raise

    @cached_property
    def policy(self) -> Policy:
        """The policy in force; raises NoPolicy when none was activated. One look per transaction."""
        return self.store.policy(self)

    def zone(self, calendar: str = "") -> str:
        """Whose clock people are shown: a calendar's, else the company's; UTC without a policy."""
        with suppress(Problem):
            return self.policy.zone(calendar)
        return "UTC"


def _columns(row: SQLModel) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in type(row).model_fields}
    primary = [column.name for column in core(type(row)).primary_key]
    return {k: v for k, v in values.items() if not (k in primary and v is None)}


# A `words.part`, and what can be done about it.
Say = Callable[[Mapping[str, Any], Sequence[Do]], None]


def _logged(said: Mapping[str, Any], _acts: Sequence[Do]) -> None:
    log.error(say_part(said, ENGLISH))


def _no_picture(sha256: str) -> bytes:
    raise NotFound("store.no_folder", image=sha256[:12])


class Store:
    """The engine and what is cached over it. `now` is the only clock its transactions read.

    `say` tells the person who decided something what went wrong after the commit. `picture` reads an
    image by its hash, and raises when what lies there is not what was attached.
    """

    def __init__(self, url: str, now: Now, key: LedgerKey) -> None:
        self.url = url
        self.now = now
        self.key = key
        self.signer: Signer | None = None  # once it is known: see `bound.signer`
        self.engine = make_engine(url)
        # PostgreSQL alone shows each statement of a transaction something newer, if not told
        one_look = {} if self.sqlite else {"isolation_level": "REPEATABLE READ"}
        self._looks = self.engine.execution_options(**one_look)
        self.on_wake: list[Any] = []
        self.on_decided: list[Callable[[Sequence[Mapping[str, Any]]], None]] = []
        self.say: Say = _logged
        self.picture: Callable[[str], bytes] = _no_picture
        self._policy: tuple[tuple[int, str], Policy] | None = None

    @property
    def sqlite(self) -> bool:
        """True for a SQLite database."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self, actor: Actor) -> Iterator[Tx]:
        """One write transaction; commits at the end, rolls back on any error."""
        with clear_errors(), self.engine.connect() as conn:
            if self.sqlite:
                conn.exec_driver_sql("BEGIN IMMEDIATE")
            tx = Tx(conn, self.now(), actor, self)
            try:
                yield tx
                self._notify(tx)
                conn.commit()
            except BaseException:
                conn.rollback()
                raise
        for remember in self.on_decided if tx.decided else ():  # before anybody is answered
            remember(tx.decided)
        for call in tx.after_commit:
            call()
        if tx.wakes:
            for call in self.on_wake:
                call()

    @contextmanager
    def read(self, actor: Actor = NOBODY) -> Iterator[Tx]:
        """One consistent look, however many statements it takes; nothing is written."""
        with clear_errors(), self._looks.connect() as conn:
            if self.sqlite:
                conn.exec_driver_sql("BEGIN")
            try:
                yield Tx(conn, self.now(), actor, self)
            finally:
                conn.rollback()

    def policy(self, tx: Tx) -> Policy:
        """The policy that the ledger says was activated last; believed and parsed once."""
        from publisher.store import bound  # noqa: PLC0415  # it is made of this module's Tx

        by = bound.activation(tx)
        if by is None:
            raise NoPolicy("store.no_policy", Do("activate policy"))
        if self._policy is None or self._policy[0] != (by.seq, by.mac):
            row = bound.policy(tx, by)
            self._policy = ((by.seq, by.mac), load(decoded(row.files)))
        return self._policy[1]

    def zone(self) -> str:
        """The company's clock, for people outside any transaction."""
        with self.read() as tx:
            return tx.zone()

    def shorten_log(self) -> None:
        """Take what SQLite's log holds into the database, as far as nobody is still reading it."""
        if self.sqlite:
            with clear_errors(), self.engine.connect() as conn:
                conn.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").all()

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()

    def _notify(self, tx: Tx) -> None:
        if tx.wakes and tx.postgres:
            tx.conn.execute(text("SELECT pg_notify('publisher_wake', '')"))


def encoded(files: Mapping[str, bytes]) -> dict[str, str]:
    """Policy files as stored: text where it is UTF-8, else latin-1 marked by its name's suffix."""
    return {name: data.decode("latin-1") for name, data in files.items()}


def decoded(files: Mapping[str, str]) -> dict[str, bytes]:
    """The inverse of `encoded`: the folder's bytes, verbatim."""
    return {name: data.encode("latin-1") for name, data in files.items()}


def make_engine(url: str) -> Engine:
    """An engine whose every connection is durable: WAL and synchronous=FULL on SQLite."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=5, max_overflow=20, pool_pre_ping=True)
    engine = create_engine(
        url,
        connect_args={"timeout": SQLITE_PATIENCE, "check_same_thread": False},
        pool_size=5,
        max_overflow=50,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", lambda _conn: None)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN IMMEDIATE ourselves
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # NORMAL may forget an intention after a power cut: a double post
        "foreign_keys=ON",
        f"wal_autocheckpoint={LOG_PAGES}",
        "recursive_triggers=ON",  # else INSERT OR REPLACE slips past the ledger's triggers
        f"busy_timeout={SQLITE_PATIENCE * 1000}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@contextmanager
def clear_errors() -> Iterator[None]:
    """What the database refused, as TryAgain (or NeedsHands) in words."""
    try:
        yield
    except OperationalError as error:
        if str(getattr(error.orig, "sqlstate", None) or "")[:2] in _VALUES:
            raise  # waiting does not make them fit
        raise _explained(error) from error
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) in _AGAIN:
            raise TryAgain("store.met") from error
        if "malformed" in str(error.orig) or "not a database" in str(error.orig):
            raise _explained(error) from error
        raise


# What the database says -> the sentence.
EXPLANATIONS = {
    "locked": "busy",
    "readonly": "read_only",
    "full": "full",
    "disk i/o": "unwritten",
    "malformed": "damaged",
    "not a database": "damaged",
    "unable to open": "unopened",
    "no such table": "no_tables",
}


_HELPS = {
    "damaged": (Do("operate", {"how": "restore"}),),
    "no_tables": (Do("operate", {"how": "upgrade"}),),
}

# What waiting alone does not mend.
LASTING = ("malformed", "not a database", "no such table", "readonly", "unable to open")


def _explained(error: DBAPIError) -> TryAgain:
    said = str(error.orig).lower()
    for sign, name in EXPLANATIONS.items():
        if sign in said:
            made = NeedsHands if sign in LASTING else TryAgain
            return made(f"store.{name}", *_HELPS.get(name, ()))
    if getattr(error.orig, "sqlstate", None) in _AGAIN:
        return TryAgain("store.met")
    return TryAgain("store.no_answer", said=said.splitlines()[0])
