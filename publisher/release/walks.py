"""What walks: measures and deliveries. Each step of the walk, for all of them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from publisher.networks import Found, Intent, MeasureIntent, Outcome
from publisher.release import claim as claims
from publisher.release import intend as intents
from publisher.release import lookup, measuring, recover
from publisher.release import settle as settling
from publisher.release.intend import Gate, Judgement, Limits, Ready
from publisher.store import Tx
from publisher.store.bound import DELIVERY, MEASURE, Kind


@dataclass(frozen=True)
class Walk:
    """One kind of what walks: its rows and intents, and what is its own in each step."""

    kind: Kind
    intent: type
    expire: Callable[[Tx], int]
    claim: Callable[[Tx, int, timedelta, Collection[str]], Mapping[str, int]]
    intend: Callable[[Tx, Sequence[str], Gate], Judgement]
    settle: settling.Own
    lookups: Callable[[Tx, Limits, Collection[str], int], Sequence[Any]]
    found: Callable[[Tx, Any, Found, Sequence[float]], None]
    due: Callable[[Tx, Collection[str]], bool]


# Measures first: they are few, and tighten.
WALKS = (
    Walk(
        MEASURE,
        MeasureIntent,
        measuring.expire,
        measuring.claim,
        measuring.intend,
        measuring.OWN,
        measuring.lookups,
        measuring.found,
        measuring.due,
    ),
    Walk(
        DELIVERY,
        Intent,
        claims.expire,
        claims.claim,
        intents.intend,
        settling.DELIVERIES,
        recover.lookups,
        lookup.found,
        recover.chores_due,
    ),
)


def expire(tx: Tx) -> int:
    """What is too late goes into a person's hands; how many of one kind at most."""
    return max([walk.expire(tx) for walk in WALKS])


def claim(
    tx: Tx, most: int, lease: timedelta, busy: Collection[str] = frozenset()
) -> dict[str, int]:
    """Claim at most `most` that are due, but not those that are `busy`; their ids and new fences."""
    taken: dict[str, int] = {}
    for walk in WALKS:
        taken.update(walk.claim(tx, most - len(taken), lease, busy))
    return taken


def intend(tx: Tx, ids: Sequence[str], gate: Gate) -> Judgement:
    """Judge what is claimed now; record an intent for each that may go and is prepared."""
    made = [walk.intend(tx, ids, gate) for walk in WALKS]
    last = max(made, key=lambda one: one.seq)
    return Judgement(
        [ready for one in made for ready in one.ready],
        [wanted for one in made for wanted in one.prepare],
        [asked for one in made for asked in one.whoami],
        last.seq,
        last.head,
    )


def settle(tx: Tx, answered: Sequence[tuple[Ready, Outcome]], look_again: Sequence[float]) -> None:
    """Write what sends came to."""
    for walk in WALKS:
        mine = [one for one in answered if isinstance(one[0].intent, walk.intent)]
        if mine:
            settling.settle(tx, mine, look_again, walk.settle)


def lookups(tx: Tx, limits: Limits, live: Collection[str], most: int) -> list[Any]:
    """What is due to be looked up: (row, account row, intent)."""
    asked: list[Any] = []
    for walk in WALKS:
        asked += walk.lookups(tx, limits, live, most - len(asked))
    return asked


def found(tx: Tx, row: Any, answer: Found, look_again: Sequence[float]) -> None:
    """Write what was found, unless a person resolved it while we looked."""
    for walk in WALKS:
        table = walk.kind.table
        now = tx.first(select(table).where(table.c.id == row.id))
        seen = (row.state, row.fence, row.lookups)
        if now is not None and (now.state, now.fence, now.lookups) == seen:
            walk.found(tx, row, answer, look_again)


def due(tx: Tx, live: Collection[str]) -> bool:
    """Is something too late, or its lease dead? A tick that changes nothing writes nothing."""
    return any(walk.due(tx, live) for walk in WALKS)
