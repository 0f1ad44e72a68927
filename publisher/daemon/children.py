"""What `up` starts beside the daemon: the sandbox, and the desk. Each dies with it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from publisher import clock, unix
from publisher.config import Config
from publisher.errors import Conflict, Do, Problem
from publisher.networks import Tools
from publisher.networks.wire.http import Broken, NotWritten, call

Child = subprocess.Popen[bytes]

PATIENCE = 20  # seconds for a child to answer


def sandbox_address(config: Config) -> tuple[str, int] | None:
    """Where the sandbox of this configuration listens; None without sandbox accounts."""
    for account in config.accounts.values():
        if account.sandbox:
            parts = urlsplit(account.base_url)
            return parts.hostname or "127.0.0.1", parts.port or 80
    return None


def start_sandbox(config: Config) -> Child | None:
    """The sandbox as a child; None when it runs already or is not needed."""
    where = sandbox_address(config)
    if where is None or sandbox_answers(where):
        return None
    folder = config.data / "sandbox"
    folder.mkdir(parents=True, exist_ok=True)
    state = str(folder / "published.jsonl")
    host, port = where
    child = subprocess.Popen(  # noqa: S603  # our own module
        [
            *(sys.executable, "-m", "publisher.sandbox"),
            *("--host", host, "--port", str(port), "--state", state),
        ],
        stdout=subprocess.DEVNULL,  # it says every request
        preexec_fn=_die_with_parent,  # noqa: PLW1509  # one prctl call
    )
    if not _answers(child, lambda: sandbox_answers(where)):
        end([child])
        raise Problem("daemon.no_sandbox", where=f"{host}:{port}")
    return child


def start_desk(config: Config) -> Child | None:
    """The desk as a child; None when it is open already."""
    path = config.desk.socket
    if desk_answers(path):
        return None
    child = subprocess.Popen(  # noqa: S603  # our own module
        [sys.executable, "-m", "publisher", "--config", str(config.file), "desk"],
        preexec_fn=_die_with_parent,  # noqa: PLW1509  # one prctl call
    )
    if not _answers(child, lambda: desk_answers(path)):
        end([child])
        raise Problem("daemon.no_desk", Do("operate", {"how": "desk"}), path=str(path))
    return child


def end(children: Sequence[Child | None]) -> None:
    """Tell each to stop, and wait until it has; one that does not is killed."""
    left = [child for child in children if child is not None]
    for child in left:
        child.terminate()
    for child in left:
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _answers(child: Child, answers: Callable[[], bool]) -> bool:
    deadline = clock.monotonic() + PATIENCE
    while not answers():
        if child.poll() is not None or clock.monotonic() > deadline:
            return False
        with suppress(subprocess.TimeoutExpired):
            child.wait(0.05)
    return True


def sandbox_answers(where: tuple[str, int]) -> bool:
    """Does a sandbox listen there?"""
    tools = Tools(clock.utc_now, clock.monotonic, lambda _: b"")
    url = f"http://{where[0]}:{where[1]}/_sandbox/faults"
    try:
        return call("GET", url, deadline=clock.monotonic() + 1, tools=tools).status == 200
    except (NotWritten, Broken):
        return False


def desk_answers(path: Path) -> bool:
    """Does a desk listen there?"""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asked:
        try:
            with unix.address(path) as address:
                asked.connect(address)
        except OSError:
            return False
    return True


def refuse_desk(config: Config) -> None:
    """Raises Conflict while a desk is open: it would go on with the database as it was."""
    path = config.desk.socket
    if desk_answers(path):
        raise Conflict("daemon.desk_open", path=str(path))


def _die_with_parent() -> None:
    import ctypes  # noqa: PLC0415  # in the child only

    with suppress(OSError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG, prctl(2)
    os.setpgrp()
