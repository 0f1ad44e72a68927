"""A thousand deliveries for a thousand accounts, due at one instant, over real HTTP."""

import time
from dataclasses import dataclass
from datetime import timedelta

from tests.bench import machine
from tests.bench.stage import queue, stage
from tests.chaos.stage import Stage

PATIENCE = 60.0  # seconds
AHEAD = timedelta(seconds=45)  # that they were planned before: time to prepare what can be


@dataclass
class Burst:
    """How many arrived, and the seconds from the instant until half and all of them had."""

    arrived: int
    half: float
    last: float


def measure(url: str, posts: int) -> Burst:
    """All networks mixed; the sandbox notes when it reads each publishing request's line."""
    with stage(url, posts) as where:
        where.tell("reset").raise_for_status()
        at = where.app.now() + AHEAD
        queue(where.app, {f"a{number}": [at] for number in range(posts)})
        with machine.running(where, null=False):
            while _count(where) < posts and time.time() < at.timestamp() + PATIENCE:
                time.sleep(1)
        arrivals = where.ask("requests")["arrivals"]
    walls = sorted({a["account"]: a["wall"] - at.timestamp() for a in arrivals}.values())
    if not walls:
        return Burst(0, PATIENCE, PATIENCE)
    return Burst(len(walls), walls[len(walls) // 2], walls[-1])


def _count(where: Stage) -> int:
    return len(where.ask("requests", counts="only")["counts"])
