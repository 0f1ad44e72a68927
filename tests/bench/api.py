"""The desk over its socket: its answers with many posts stored, and what they cost the releases."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Thread, local
from typing import Any

from publisher import folded
from publisher.app import App
from publisher.client.door import Door
from publisher.client.where import Socket
from publisher.errors import Problem
from publisher.store import findable
from publisher.store.findable import Span
from tests.bench import machine, waiting
from tests.bench.stage import HALL, fill, stage
from tests.chaos.stage import Stage

ACCOUNTS = 1000
TIMES = 200  # answers of each kind
RATE, READS = 30, 9  # requests a second; so many reads to one write
AT_ONCE = 8  # people who wait for an answer


@dataclass(frozen=True)
class Load:
    """What was asked under load: how much of it, and how much was refused or lost."""

    answered: list[float] = field(default_factory=list)  # milliseconds
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Api:
    """Milliseconds each, sorted: answers by kind, the bare look into the index of words, releases without
    and with people at the desk.
    """

    answers: dict[str, list[float]]
    bare: list[float]
    quiet: list[float]
    busy: list[float]
    load: Load


def measure(url: str, deliveries: int, posts: int) -> Api:
    """With so many deliveries stored; then so many posts released, first without and then with load."""
    with stage(url, ACCOUNTS) as where:
        fill(where.app, deliveries, ACCOUNTS)
        with machine.desk(where):
            answers = _answers(where, deliveries // 4)
            bare = _bare(where.app, deliveries // 4)
            quiet = waiting.late(where, posts)
            with loaded(where) as load:
                busy = waiting.late(where, posts)
    return Api(answers, bare, quiet, busy, load)


def _answers(where: Stage, stored: int) -> dict[str, list[float]]:
    """One after another, over one connection."""
    with closing(_door(where, "bo")) as door:
        after = door.get("/posts", which="all", most=50)["next"]
        halls = max(stored // HALL, 1)
        kinds: dict[str, Callable[[int], Any]] = {
            "show": lambda n: door.get(f"/posts/{_far(n, stored)}"),
            "queue page": lambda n: door.get("/posts", at=after if n % 2 else ""),
            "todo": lambda _: door.get("/todo"),
            f"search, {HALL:,} match": lambda n: door.get("/search", words=f"hall {n % halls}"),
            "search, all match": lambda _: door.get("/search", words="開催"),
            "search, none matches": lambda n: door.get("/search", words=f"荷物{n}"),
        }
        return {name: sorted(_timed(ask, n) for n in range(TIMES)) for name, ask in kinds.items()}


def _bare(app: App, stored: int) -> list[float]:
    """What the index of words says, and nothing looked at."""

    def look(number: int) -> None:
        words = f"hall {number % max(stored // HALL, 1)}"
        terms = [term for one in folded.phrases(words) for term in folded.terms(one)]
        with app.store.read() as tx:
            findable.places(tx, terms, Span(), None, 50)

    return sorted(_timed(look, number) for number in range(TIMES))


@contextmanager
def loaded(where: Stage) -> Iterator[Load]:
    """People ask meanwhile at an even pace, whether they were answered or not."""
    load, ended, mine = Load(), Event(), local()

    def ask(number: int) -> None:
        try:
            if not hasattr(mine, "door"):
                mine.door = _door(where, "ann")
            load.answered.append(_timed(lambda n: _asked(mine.door, n), number))
        except Problem as problem:
            load.failed.append(problem.code)

    def pace() -> None:
        with ThreadPoolExecutor(AT_ONCE) as people:
            due = time.monotonic()
            for number in count():
                due += 1 / RATE
                if ended.wait(max(due - time.monotonic(), 0)):
                    return
                people.submit(ask, number)

    thread = Thread(target=pace)
    thread.start()
    try:
        yield load
    finally:
        ended.set()
        thread.join()


def _asked(door: Door, number: int) -> None:
    reads = ("/posts/far0000007", "/posts", "/todo")
    if number % (READS + 1):
        door.get(reads[number % 3])
        return
    title = f"The fair opens on day {number}"
    new = {
        "text": f"{title}, whatever the weather.",
        "title": title,
        "accounts": [f"a{number % ACCOUNTS}"],
        "at": "2027-03-01 10:00",
    }
    door.post("/posts", new)


def _door(where: Stage, by: str) -> Door:
    return Door(Socket(where.config.desk.socket), sample=by)


def _far(number: int, stored: int) -> str:
    return f"far{number * 7919 % stored:07d}"


def _timed(ask: Callable[[int], Any], number: int) -> float:
    began = time.perf_counter()
    ask(number)
    return (time.perf_counter() - began) * 1000
