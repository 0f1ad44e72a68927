"""The real commands in processes of their own, and the real daemon and desk beside them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.stage import DATABASE, ROOT, Stage

PUBLISHER = [sys.executable, "-m", "publisher"]
PATIENCE = 60.0  # seconds in which the machine has to come to rest


class Broken(Exception):
    """The drill cannot go on: a command was refused, or nothing came to rest."""


@dataclass
class Hands:
    """What people type, and the processes that they have running."""

    stage: Stage
    daemon: "subprocess.Popen[bytes] | None" = None
    desk: "subprocess.Popen[bytes] | None" = None
    typed: int = 0
    decided: list[tuple[str, str, str]] = field(default_factory=list)  # who, verb, about
    wrong: list[str] = field(default_factory=list)

    def run(self, *argv: str, by: str) -> "subprocess.CompletedProcess[str]":
        """One command; its code is for the caller to judge."""
        self.typed += 1
        env = {
            **os.environ,
            "PUBLISHER_AS": by,
            "PUBLISHER_CONFIG": str(self.stage.config.file),
            DATABASE: os.environ[DATABASE],
            "PYTHONPATH": str(ROOT),
        }
        return subprocess.run(
            [*PUBLISHER, *argv],
            cwd=self.stage.folder,
            env=env,
            check=False,
            text=True,
            capture_output=True,
            timeout=PATIENCE,
        )

    def do(self, *argv: str, by: str) -> str:
        """One command that has to be taken; what it said."""
        ended = self.run(*argv, by=by)
        if ended.returncode:
            raise Broken(f"publisher {' '.join(argv)}: exit {ended.returncode}\n{ended.stderr}")
        if ended.stderr:
            self.wrong.append(f"publisher {argv[0]} also said: {ended.stderr.strip()}")
        return ended.stdout

    def json(self, *argv: str, by: str) -> Any:
        """The same, as JSON."""
        return json.loads(self.do(*argv, "--json", by=by))

    def start(self) -> None:
        """A new daemon; returns at once."""
        self.daemon = self._begin("daemon")

    def open(self) -> None:
        """A new desk; returns when it answers."""
        self.desk = self._begin("desk")
        ends = time.monotonic() + PATIENCE
        while self.run("people", by="gus").returncode:
            if self.desk.poll() is not None or time.monotonic() > ends:
                raise Broken(f"no desk: {(self.stage.folder / 'desk.log').read_text()[-2000:]}")
            time.sleep(0.1)

    def _begin(self, what: str) -> "subprocess.Popen[bytes]":
        env = {
            **os.environ,
            "PUBLISHER_CONFIG": str(self.stage.config.file),
            "PYTHONPATH": str(ROOT),
        }
        with (self.stage.folder / f"{what}.log").open("ab") as log:
            return subprocess.Popen(
                [*PUBLISHER, what], cwd=self.stage.folder, env=env, stdout=log, stderr=log
            )

    def close(self) -> None:
        """The desk's end."""
        if self.desk is not None:
            self.desk.terminate()
            if (code := self.desk.wait(PATIENCE)) != 0:
                self.wrong.append(f"the desk ended with {code}")
            self.desk = None

    def kill(self) -> None:
        """kill -9: the disaster that the backup is for."""
        assert self.daemon is not None
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait(10)
        self.daemon = None

    def stop(self) -> None:
        """SIGTERM; it has to end well."""
        if self.daemon is None:
            return
        self.daemon.terminate()
        if (code := self.daemon.wait(PATIENCE)) != 0:
            self.wrong.append(f"the daemon ended with {code}")
        self.daemon = None

    def until(self, what: str, true: Callable[[], bool]) -> None:
        """Wait for a state of the database; raises Broken when it never comes."""
        ends = time.monotonic() + PATIENCE
        while not true():
            if self.daemon is not None and self.daemon.poll() is not None:
                raise Broken(f"the daemon ended before {what}: {self.log()}")
            if time.monotonic() > ends:
                raise Broken(f"not within {PATIENCE:.0f} s: {what}")
            time.sleep(0.1)

    def log(self) -> str:
        """The end of what the daemon said."""
        return (self.stage.folder / "daemon.log").read_text()[-2000:]
