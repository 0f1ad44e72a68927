"""What a queue of any length costs: lateness, queuing, memory, idling."""

import random
import time
from dataclasses import dataclass, field
from datetime import timedelta

from publisher.desk import write
from tests.bench import machine
from tests.bench.stage import fill, queue, stage
from tests.chaos.stage import ANN, Stage

ACCOUNTS = 1000
APART = 0.05  # seconds between two that come due, on average


@dataclass
class Waiting:
    """What was measured with so many deliveries waiting. Times in milliseconds, memory in MB."""

    late: list[float] = field(default_factory=list)
    http: list[float] = field(default_factory=list)
    queuing: list[float] = field(default_factory=list)
    memory: float = 0.0
    idle: float = 0.0  # share of a core


def measure(url: str, far: int, *, posts: int, idle: float, http: bool) -> Waiting:
    """All of it on one database with `far` deliveries in the far future."""
    found = Waiting()
    with stage(url, ACCOUNTS) as where:
        fill(where.app, far, ACCOUNTS)
        found.queuing = _queuing(where, posts)
        due = _spread(where, posts)
        with machine.running(where.config.file, null=True) as daemon:
            _pass(due)
            found.memory = machine.memory(daemon.pid)
            found.idle = _idle(daemon.pid, idle)
        found.late = _lateness(due, dict(machine.sent(where.config.file)))
        if http:
            found.http = over_http(where, posts)
    return found


def over_http(where: Stage, posts: int) -> list[float]:
    """The same to the sandbox, by the time at which it read the request line that publishes."""
    where.tell("reset").raise_for_status()
    due = _spread(where, posts)
    with machine.running(where.config.file, null=False):
        _pass(due)
        time.sleep(1)
    arrived = {a["account"]: a["wall"] for a in where.ask("requests")["arrivals"]}
    return sorted((arrived[account] - at) * 1000 for account, _, at in due)


Due = list[tuple[str, str, float]]  # account, delivery, seconds since 1970


def _spread(where: Stage, posts: int) -> Due:
    """Posts of different accounts that come due one after the other, at no regular times."""
    at = where.app.now() + timedelta(seconds=4)
    times = {}
    for account in random.sample(range(ACCOUNTS), posts):
        at += timedelta(seconds=random.expovariate(1 / APART))
        times[f"a{account}"] = [at]
    made = queue(where.app, times)
    return [(account, delivery, released.timestamp())
            for account, (delivery, released) in zip(times, made.items(), strict=True)]  # fmt: skip


def _pass(due: Due) -> None:
    time.sleep(max(due[-1][2] - time.time() + 1.5, 0))


def _lateness(due: Due, sent: dict[str, float]) -> list[float]:
    return sorted((sent[f"{delivery}r1"] - at) * 1000 for _, delivery, at in due)


def _queuing(where: Stage, posts: int) -> list[float]:
    """`create` and `submit`, each post in a transaction of its own, as the command line does it."""
    taken = []
    for number in range(posts + 5):
        began = time.perf_counter()
        with where.app.store.write(ANN) as tx:
            text = f"The fair opens on day {number}, whatever the weather."
            one = write.NewPost(text, (f"a{number % ACCOUNTS}",), at="2027-03-01 10:00",
                                title=f"The fair opens on day {number}")  # fmt: skip
            write.submit(tx, write.create(tx, one))
        taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken[5:])  # the first ones warm the caches up


def _idle(pid: int, seconds: float) -> float:
    before, began = machine.cpu(pid), time.monotonic()
    time.sleep(seconds)
    return (machine.cpu(pid) - before) / (time.monotonic() - began)
