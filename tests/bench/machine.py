"""The real daemon in a process of its own, over null networks or over the sandbox."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from publisher import daemon
from publisher.cli.acts import command
from publisher.client.door import Door
from publisher.client.where import Socket
from publisher.config import read
from publisher.errors import TryAgain
from tests.bench.stage import null_app
from tests.chaos.stage import DATABASE, ROOT, Stage

READY = 60.0  # seconds in which the daemon has to be up
_TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def running(where: Stage, *, null: bool) -> Iterator["subprocess.Popen[bytes]"]:
    """A daemon that is up; when it has ended, `sent` reads what it noted."""
    config = where.config.file
    log = (config.parent / "daemon.log").open("wb")
    up = config.parent / "up"
    up.unlink(missing_ok=True)
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.machine", str(config), str(+null)],
        stdout=log,
        stderr=log,
        env={**os.environ, DATABASE: where.config.database},
    )
    deadline = time.monotonic() + READY
    while not up.exists():
        if child.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the daemon did not start: see {log.name}")
        time.sleep(0.02)
    try:
        yield child
    finally:
        child.terminate()
        child.wait(60)
        log.close()


@contextmanager
def desk(where: Stage) -> Iterator["subprocess.Popen[bytes]"]:
    """`publisher desk`, once it answers."""
    log = (where.folder / "desk.log").open("wb")
    env = {
        **os.environ,
        DATABASE: where.config.database,
        "PUBLISHER_CONFIG": str(where.config.file),
    }
    typed = [sys.executable, "-m", "publisher", "desk"]
    child = subprocess.Popen(typed, cwd=ROOT, stdout=log, stderr=log, env=env)
    try:
        _until_it_answers(child, Door(Socket(where.config.desk.socket), sample="ann"))
        yield child
    finally:
        child.terminate()
        child.wait(60)
        log.close()


def _until_it_answers(child: "subprocess.Popen[bytes]", door: Door) -> None:
    deadline = time.monotonic() + READY
    while True:
        try:
            with closing(door):
                door.get("/posts")
                return
        except TryAgain:
            if child.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def sent(where: Stage) -> list[tuple[str, float]]:
    """(key of the intent, seconds since 1970 at the entry of `send`) for each that went out."""
    return [tuple(one) for one in json.loads((where.folder / "sent.json").read_text())]


def memory(pid: int) -> float:
    """Resident memory of a process, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def cpu(pid: int) -> float:
    """Seconds of processor time that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def main(arguments: Sequence[str]) -> None:
    config, entered = Path(arguments[0]), list[Any]()
    app = (
        null_app(config, entered)
        if arguments[1] == "1"
        else daemon.prepare(read(config, os.environ))
    )
    made = daemon.Daemon(app, command)
    signal.signal(signal.SIGTERM, made.stop)
    threading.Timer(1.0, (config.parent / "up").touch).start()
    made.run()
    (config.parent / "sent.json").write_text(json.dumps(entered))


if __name__ == "__main__":
    main(sys.argv[1:])
