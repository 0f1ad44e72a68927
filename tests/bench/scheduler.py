"""APScheduler 3.11 with one job per post in `SQLAlchemyJobStore`, on the same kind of SQLite.

The far future is written into its table by SQL, as the store itself would write it. A job records
when it ran, or sends one bare HTTP request: no policy, no intent, no history, no second try.
"""

import logging
import pickle
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from apscheduler.events import EVENT_JOB_MISSED
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import insert

from publisher.store import make_engine

_ran: list[tuple[str, float]] = []
WORKERS = 32  # as many as the daemon has
AT_ONCE = 20_000  # rows

logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it says each job that it loses


def note(key: str) -> None:
    """A job that only says when it began."""
    _ran.append((key, time.time()))


def call(key: str, url: str) -> None:
    """A job that makes one request."""
    _ran.append((key, time.time()))
    requests.post(url, json={"text": key}, timeout=30)


@dataclass
class Burst:
    """How many of those due at once ran, and the seconds until the last of them had begun."""

    ran: int
    lost: int
    seconds: float


@contextmanager
def _scheduler(far: int, **options: Any) -> Iterator[BackgroundScheduler]:
    with tempfile.TemporaryDirectory(prefix="publisher-bench-") as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'jobs.db'}")
        store = SQLAlchemyJobStore(engine=engine)
        made = BackgroundScheduler(
            jobstores={"default": store},
            timezone="UTC",
            job_defaults=options,
            executors={"default": ThreadPoolExecutor(WORKERS)},
        )
        made.start(paused=True)
        try:
            _fill(made, store, far)
            yield made
        finally:
            made.shutdown(wait=True)
            engine.dispose()


def _fill(made: BackgroundScheduler, store: Any, far: int) -> None:
    job = made.add_job(note, "date", run_date=datetime.now(UTC) + timedelta(days=200), args=["far"])
    state = job.__getstate__()
    with store.engine.begin() as conn:
        conn.exec_driver_sql("PRAGMA synchronous=OFF")
    with store.engine.connect() as conn:
        conn.exec_driver_sql("BEGIN")
        blob = pickle.dumps(state, pickle.HIGHEST_PROTOCOL)
        at = job.next_run_time.timestamp()
        for start in range(0, far, AT_ONCE):
            conn.execute(
                insert(store.jobs_t),
                [
                    {"id": f"far{n}", "next_run_time": at + n, "job_state": blob}
                    for n in range(start, min(start + AT_ONCE, far))
                ],
            )
        conn.commit()
        conn.exec_driver_sql("PRAGMA synchronous=FULL")


def lateness(far: int, posts: int, apart: float) -> list[float]:
    """Milliseconds from the due time to the beginning of the job."""
    _ran.clear()
    with _scheduler(far, misfire_grace_time=None) as made:
        at = datetime.now(UTC) + timedelta(seconds=posts * 0.005 + 1)
        due = {}
        for number in range(posts):
            at += timedelta(seconds=random.expovariate(1 / apart))
            due[str(number)] = at.timestamp()
            made.add_job(note, "date", run_date=at, args=[str(number)])
        made.resume()
        time.sleep(max(at.timestamp() - time.time() + 1, 0))
    return sorted((when - due[key]) * 1000 for key, when in _ran)


def queuing(far: int, posts: int) -> list[float]:
    """Milliseconds that one `add_job` takes."""
    with _scheduler(far) as made:
        at, taken = datetime.now(UTC) + timedelta(days=90), []
        for number in range(posts):
            began = time.perf_counter()
            made.add_job(note, "date", run_date=at, args=[str(number)])
            taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)


def burst(posts: int, url: str, patience: float) -> Burst:
    """So many jobs due at one instant, each one request, as APScheduler comes (grace 1 s)."""
    _ran.clear()
    lost: list[Any] = []
    done = threading.Event()
    with _scheduler(0) as made:
        made.add_listener(_counting(lost, posts, done), EVENT_JOB_MISSED)
        at = datetime.now(UTC) + timedelta(seconds=posts * 0.005 + 1)
        for number in range(posts):
            made.add_job(call, "date", run_date=at, args=[str(number), url])
        made.resume()
        while len(_ran) + len(lost) < posts and time.time() < at.timestamp() + patience:
            done.wait(0.1)
    last = max((when for _, when in _ran), default=at.timestamp())
    return Burst(len(_ran), len(lost), last - at.timestamp())


def _counting(lost: list[Any], posts: int, done: threading.Event) -> Callable[[Any], None]:
    def count(event: Any) -> None:
        lost.append(event.job_id)
        if len(lost) + len(_ran) >= posts:
            done.set()

    return count
