"""Whole lives per second: claim, judge, intend, null network, settle, ledger."""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import distinct, func, select

from publisher.release.engine import Releaser
from publisher.store import tables as t
from publisher.store.mark import MarkFile
from publisher.store.tables import core
from tests.bench import bare
from tests.bench.stage import null_app, queue, stage

LEDGER = core(t.LedgerRow)


@dataclass
class Lives:
    """Lives per second, ours and the bare database's, and how many went together."""

    ours: float
    group: float
    bare: float
    bare_single: float


def measure(url: str, posts: int) -> Lives:
    """Alternating with the bare database, three times; the median of each."""
    runs = [_once(url, posts) for _ in range(3)]
    return Lives(*(median(values) for values in zip(*runs, strict=True)))


def _once(url: str, posts: int) -> tuple[float, float, float, float]:
    with stage(url, posts) as where:
        now = where.app.now()
        queue(where.app, {f"a{number}": [now] for number in range(posts)})
        where.app.store.close()
        fresh = where.folder / "fresh.db"
        shutil.copy(where.config.data / "publisher.db", fresh)
        ours, group = _ours(where.config.file, posts)
        grouped = bare.lives_per_second(fresh, max(round(group), 1))
        return ours, group, grouped, bare.lives_per_second(fresh, 1)


def _ours(config: Path, posts: int) -> tuple[float, float]:
    entered: list[Any] = []
    app = null_app(config, entered)
    mark = MarkFile(config.parent / "witness")
    releaser = Releaser(app, mark, "bench")
    _warm(app)
    began = time.perf_counter()
    while len(entered) < posts or releaser.flight.live:
        releaser.once()
    taken = time.perf_counter() - began
    with app.store.read() as tx:
        groups = tx.value(
            select(func.count(distinct(LEDGER.c.at))).where(LEDGER.c.verb == "intend")
        )
    releaser.finish(0)
    mark.close()
    app.store.close()
    return posts / taken, posts / groups


def _warm(app: Any) -> None:
    from publisher.daemon.prepare import warm_up

    warm_up(app)
