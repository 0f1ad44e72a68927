"""The real processes, daemon and desk, each forked from a server that has imported everything.

A kill -9 takes the whole process, as a power cut would; only the imports of the next start are saved.
"""

import multiprocessing
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from publisher import app, daemon
from publisher.cli.acts import command
from publisher.config import read
from publisher.networks.registry import REGISTRY, network
from publisher.service import server

# What they import on first use.
for _late in ("publisher.store.schema", "publisher.store.backup", "publisher.media.encode"):
    import_module(_late)
for _late in ("uvicorn.lifespan.off", "uvicorn.loops.auto"):
    import_module(_late)
for _name in REGISTRY:
    network(_name)

PATIENCE = 30.0  # seconds in which one that is terminated has to end
TEND = 0.02  # seconds between two looks whether it lives


def run_daemon(config: str) -> int:
    """What `publisher daemon` does: prepare, run."""
    return daemon.run(daemon.prepare(read(Path(config), os.environ)), command)


def run_desk(config: str) -> int:
    """What `publisher desk` does: put it together, serve."""
    return server.run(app.build(read(Path(config), os.environ)), print)


def _run(what: Callable[[str], int], config: str, log: str) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.exit(what(config))


class Machine:
    """Starts and kills one of them; a start that meets the dead one's lock is repeated."""

    def __init__(self, what: Callable[[str], int], config: Path) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([__name__])
        self.name = what.__name__.removeprefix("run_")
        log = config.parent / f"{self.name}.log"
        self._arguments = what, str(config), str(log)
        self._process: Any = None
        self.kills = self.ended_alone = 0

    @contextmanager
    def reaped(self, dice: random.Random, life: float, owed: Callable[[], float]) -> Iterator[None]:
        """Killed meanwhile at any instant, within `life` seconds of each start; alive at the end.

        `owed`: how many kills there should have been by now; with more it is let live.
        """
        ended = threading.Event()

        def reap() -> None:
            dies = time.monotonic() + dice.uniform(0.0, life)
            while not ended.wait(TEND):
                self.tend()
                if time.monotonic() > dies and self.kills < owed():
                    self.kill()
                    self.start()
                    dies = time.monotonic() + dice.uniform(0.0, life)

        self.start()
        reaper = threading.Thread(target=reap)
        reaper.start()
        try:
            yield
        finally:
            ended.set()
            reaper.join()

    def start(self) -> None:
        """A new one; returns at once, so that it can be killed while it starts."""
        self._process = self._context.Process(target=_run, args=self._arguments, daemon=True)
        self._process.start()

    def tend(self) -> None:
        """Start it again when it ended by itself, and count that."""
        if not self._process.is_alive():
            self.ended_alone += 1
            time.sleep(0.05)
            self.start()

    def kill(self) -> None:
        """kill -9, now."""
        if self._process.is_alive():
            self._process.kill()
            self.kills += 1
        self._process.join()

    def stop(self) -> int | None:
        """SIGTERM; the exit code, None when it did not end in time."""
        self._process.terminate()
        self._process.join(PATIENCE)
        code: int | None = self._process.exitcode
        with suppress(Exception):
            self._process.kill()
        return code
