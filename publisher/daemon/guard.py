"""The guard that keeps a wrong clock from releasing anything."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import structlog
from sqlalchemy import func, select

from publisher import clock
from publisher.networks import Outbound, Tools
from publisher.networks.registry import host
from publisher.networks.wire.http import Broken, NotWritten, call
from publisher.store import Store, Tx, ledger
from publisher.store import tables as t
from publisher.store.tables import core
from publisher.words import as_text, code_of

log = structlog.get_logger()

_ACCOUNT = core(t.Account)

JUMP = timedelta(seconds=60)
PATIENCE = 3.0  # seconds that a second source may take
MOST = 3  # second sources asked at once

Ask = Callable[[], datetime | None]


@dataclass
class ClockGuard:
    """Open only while the wall clock is believed.

    A start closes it, and so does a wall clock that has come over 60 s away from where a second source
    last agreed with it, at once or little by little; it opens when a second source agrees.
    `ask` gives the second source's time, or None when there is no answer; `zone` is people's.
    `apart` has it asked where waiting for the answer keeps nothing back.
    """

    now: Callable[[], datetime]
    ask: Ask
    zone: Callable[[], str] = lambda: "UTC"
    apart: Callable[[Callable[[], None]], None] = lambda work: work()
    open: bool = False
    said: str = as_text("reason.just_started")
    _agreed: float = field(init=False)
    _asking: bool = False

    def __post_init__(self) -> None:
        """The wall clock's distance from the clock that nobody can set, when they last agreed."""
        self._agreed = self.now().timestamp() - clock.since_boot()

    def look(self) -> bool:
        """Compare the clocks; True when releases may go on. Costs two clock reads while it is open."""
        offset = self.now().timestamp() - clock.since_boot()
        moved = timedelta(seconds=offset - self._agreed)
        if self.open and abs(moved) > JUMP:
            by = f"{moved.total_seconds():+.0f}"
            self.open, self.said = False, as_text("reason.clock_moved", seconds=by)
            log.error("releases are stopped until a second clock agrees", moved=by)
        if not self.open and not self._asking:
            self._asking = True
            try:
                self.apart(self._ask)
            except RuntimeError:  # no thread to be had: the next look asks again
                self._asking = False
        return self.open

    def _ask(self) -> None:
        try:
            self._hear(self.ask())
        finally:
            self._asking = False

    def _hear(self, second: datetime | None) -> None:
        ours = self.now()
        offset = ours.timestamp() - clock.since_boot()
        if second is None:
            if code_of(self.said) != "reason.no_second_clock":
                self.said = as_text("reason.no_second_clock", why=self.said)
        elif abs(second - ours) > JUMP:
            there = second.replace(microsecond=0)
            self.said = as_text("reason.clock_differs", there=there, zone=self.zone())
            log.error(
                "releases are stopped: the clock is wrong", second=clock.shown(there, self.zone())
            )
        else:
            self._agreed = offset  # before it opens: a look between the two compares with it
            self.open, self.said = True, ""


def second_clock(store: Store, outbound: Outbound = Outbound()) -> Ask:  # noqa: B008  # frozen
    """The database's clock on PostgreSQL; else the `Date` (RFC 9110 §6.6.1) of the networks' hosts.

    The ledger is asked first: a clock behind its newest row is wrong whatever others say. One host
    with a wrong clock must not stop the others: theirs are asked too when it differs from ours.
    """
    tools = Tools(store.now, clock.monotonic, lambda _: b"", outbound)

    def ask() -> datetime | None:
        with store.read() as tx:
            _, newest = ledger.head(tx)
            if newest is not None and newest > tx.now + JUMP:
                return newest
            if tx.postgres:
                found: datetime = tx.value(select(func.clock_timestamp()))
                return found
            hosts = _hosts(tx)
        if not hosts:
            return store.now()  # no account can send anything yet
        return _heard(store.now(), (at for host in hosts if (at := _date_of(host, tools))))

    return ask


def _heard(ours: datetime, said: Iterator[datetime]) -> datetime | None:
    """The first, when it agrees with our clock; else what at least half of them are as near to."""
    near: list[datetime] = []
    for at in said:
        near.append(at)
        if len(near) == 1 and abs(at - ours) <= JUMP:
            return at
    near.sort(key=lambda at: abs(at - ours))
    return near[(len(near) - 1) // 2] if near else None


def _hosts(tx: Tx) -> Sequence[str]:
    rows = tx.all(
        select(_ACCOUNT.c.base_url, _ACCOUNT.c.network)
        .where(_ACCOUNT.c.active, _ACCOUNT.c.retired_at.is_(None))
        .distinct()
    )
    found = {row.base_url or host(row.network) for row in rows}
    return sorted(found - {""})[:MOST]


def _date_of(url: str, tools: Tools) -> datetime | None:
    deadline = tools.monotonic() + PATIENCE
    try:
        answer = call("HEAD", url, deadline=deadline, tools=tools)
        said = parsedate_to_datetime(answer.headers["Date"])
        return (said if said.tzinfo else said.replace(tzinfo=UTC)).astimezone(UTC)
    except (NotWritten, Broken, KeyError, ValueError, OverflowError):
        return None  # no answer, or a date that no clock shows
