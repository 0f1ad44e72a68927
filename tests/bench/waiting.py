"""What a queue of any length costs: lateness, queuing, memory, idling."""

import random
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median

from sqlalchemy import select

from publisher.desk import compose, door
from publisher.store import tables as t
from publisher.store.tables import core
from tests.bench import bare, machine
from tests.bench.stage import fill, queue, stage
from tests.chaos.stage import ANN, Stage

LEDGER = core(t.LedgerRow)
ACCOUNTS = 1000
WARM = 5  # posts that are not counted: they fill the caches
APART = 0.05  # seconds between two that come due, on average


@dataclass
class Waiting:
    """What was measured with so many deliveries waiting. Times in milliseconds, memory in MB."""

    late: list[float] = field(default_factory=list)
    commit: list[float] = field(default_factory=list)  # one row made durable, in the same minutes
    worst: tuple[float, float] = (
        0.0,
        0.0,
    )  # of the latest 1 %: until the transaction, and from it on
    http: list[float] = field(default_factory=list)
    queuing: list[float] = field(default_factory=list)
    memory: float = 0.0
    idle: float = 0.0  # share of a core


def measure(url: str, sizes: Sequence[int], *, posts: int, idle: float) -> list[Waiting]:
    """With each of `sizes` deliveries in the far future; over HTTP only with the first.

    Queuing alternates between the databases, so that the noise of the disk is in both.
    """
    with ExitStack() as open_ones:
        places = [open_ones.enter_context(stage(url, ACCOUNTS)) for _ in sizes]
        for where, far in zip(places, sizes, strict=True):
            fill(where.app, far, ACCOUNTS)
        found = [Waiting(queuing=taken) for taken in _queuing(places, posts)]
        for where, one in zip(places, found, strict=True):
            with machine.running(where, null=True) as daemon:
                due = _spread(where, posts)
                with bare.committing(where.folder / "bare.db", one.commit):
                    _pass(due)
                one.memory = machine.memory(daemon.pid)
                one.idle = _idle(daemon.pid, idle)
            sent = dict(machine.sent(where))
            one.late, one.worst = _lateness(due, sent), _worst(where, due, sent)
        found[0].http = over_http(places[0], posts)
    return found


def over_http(where: Stage, posts: int) -> list[float]:
    """The same to the sandbox, by the time at which it read the request line that publishes."""
    where.tell("reset").raise_for_status()
    with machine.running(where, null=False):
        due = _spread(where, posts)
        _pass(due)
        time.sleep(1)
    arrived = {a["account"]: a["wall"] for a in where.ask("requests")["arrivals"]}
    return sorted((arrived[account] - at) * 1000 for account, _, at in due)


def late(where: Stage, posts: int) -> list[float]:
    """So many posts released to null networks; the milliseconds that each was late, sorted."""
    with machine.running(where, null=True):
        due = _spread(where, posts)
        _pass(due)
    return _lateness(due, dict(machine.sent(where)))


Due = list[tuple[str, str, float]]  # account, delivery, seconds since 1970


def _spread(where: Stage, posts: int) -> Due:
    """Posts of different accounts that come due one after the other, at no regular times."""
    at = where.app.now() + timedelta(seconds=4)
    times = {}
    for account in random.sample(range(ACCOUNTS), posts):
        at += timedelta(seconds=random.expovariate(1 / APART))
        times[f"a{account}"] = [at]
    made = queue(where.app, times)
    return [
        (account, delivery, released.timestamp())
        for account, (delivery, released) in zip(times, made.items(), strict=True)
    ]


def _pass(due: Due) -> None:
    time.sleep(max(due[-1][2] - time.time() + 1.5, 0))


def _lateness(due: Due, sent: dict[str, float]) -> list[float]:
    return sorted((sent[f"{delivery}r1"] - at) * 1000 for _, delivery, at in due)


def _worst(where: Stage, due: Due, sent: dict[str, float]) -> tuple[float, float]:
    """Of the latest 1 %, the median milliseconds until the transaction began, and until it was sent."""
    with where.app.store.read() as tx:
        begun = dict(tx.all(select(LEDGER.c.subject, LEDGER.c.at).where(LEDGER.c.verb == "intend")))
    found = sorted((sent[f"{one}r1"] - at, begun[one].timestamp() - at) for _, one, at in due)
    latest = found[-max(len(found) // 100, 1) :]
    return (
        median(waited for _, waited in latest) * 1000,
        median(late - waited for late, waited in latest) * 1000,
    )


def _queuing(places: Sequence[Stage], posts: int) -> list[list[float]]:
    """`create` and `submit`, each post in a transaction of its own, as the command line does it."""
    taken: list[list[float]] = [[] for _ in places]
    for number in range(posts + WARM):
        for where, times in zip(places, taken, strict=True):
            began = time.perf_counter()
            with where.app.store.write(ANN) as tx:
                title = f"The fair opens on day {number}"
                one = door.NewPost(
                    f"{title}, whatever the weather.",
                    (f"a{number % ACCOUNTS}",),
                    at="2027-03-01 10:00",
                    title=title,
                )
                compose.submit(tx, compose.create(tx, one))
            times.append((time.perf_counter() - began) * 1000)
    return [sorted(times[WARM:]) for times in taken]


def _idle(pid: int, seconds: float) -> float:
    before, began = machine.cpu(pid), time.monotonic()
    time.sleep(seconds)
    return (machine.cpu(pid) - before) / (time.monotonic() - began)
