"""The real daemon in a process of its own, forked from a server that has imported everything.

A kill -9 takes the whole process, as a power cut would; only the imports of the next start are saved.
"""

import multiprocessing
import os
import sys
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from publisher import daemon
from publisher.cli.acts import command
from publisher.config import read
from publisher.networks.registry import REGISTRY, network

# What the daemon imports on first use.
for _late in ("store.schema", "store.backup", "media.encode"):
    import_module(f"publisher.{_late}")
for _name in REGISTRY:
    network(_name)

PATIENCE = 30.0  # seconds in which a terminated daemon has to end


def run_daemon(config: str, log: str) -> None:
    """What `publisher daemon` does: prepare, run, exit with its code."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.exit(daemon.run(daemon.prepare(read(Path(config), os.environ)), command))


class Machine:
    """Starts and kills; a start that meets the dead one's lock is repeated."""

    def __init__(self, config: Path) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([__name__])
        self._arguments = str(config), str(config.parent / "daemon.log")
        self._process: Any = None
        self.kills = self.ended_alone = 0

    def start(self) -> None:
        """A new daemon; returns at once, so that it can be killed while it starts."""
        self._process = self._context.Process(target=run_daemon, args=self._arguments, daemon=True)
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
