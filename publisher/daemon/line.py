"""The daemon's own socket, for whoever holds the machine: how it is, stop, read config.toml again.

One line of JSON is asked, one is answered. It lies in the data folder, and the kernel says who is there:
root, or the service's own user. Each caller has a thread and a time of its own, and there are few at
once: whatever they do, nothing that is due waits for them.
"""

import json
import os
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import structlog

from publisher import unix
from publisher.beside import LONGEST_ASKED, SOCKET
from publisher.errors import Problem
from publisher.store.notices import plain
from publisher.unix import Peer
from publisher.words import ENGLISH, languages

log = structlog.get_logger()

MOST = 8  # callers at a time
PATIENCE = 5.0  # seconds for a caller to ask and to take the answer
PAUSE = 1.0  # second after a caller who could not be taken in: files may be free again by then

Asked = Mapping[str, Any]
Verbs = Mapping[str, Callable[[Peer, Asked], Asked]]


def reads(asked: Asked) -> str:
    """The language that whoever asks reads, as far as they say one that we speak."""
    lang = str(asked.get("lang"))
    return lang if lang in languages() else ENGLISH


class Line:
    """Answers each question with what its verb gives, until it is closed. Raises OSError."""

    def __init__(self, data: Path, verbs: Verbs) -> None:
        self._path, self._verbs = data / SOCKET, verbs
        self._free, self._closed = threading.Semaphore(MOST), threading.Event()
        self._path.unlink(missing_ok=True)
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with unix.address(self._path) as address:
                self._door.bind(address)
            self._path.chmod(0o600)
            self._door.listen(MOST)
        except OSError:
            self._door.close()
            raise
        threading.Thread(target=self._run, name="line", daemon=True).start()

    def close(self) -> None:
        """Answer nobody any more."""
        self._closed.set()
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._path.unlink(missing_ok=True)

    def _run(self) -> None:
        while True:
            try:
                caller, _ = self._door.accept()
            except OSError:
                if self._closed.wait(PAUSE):
                    return
                continue
            self._hear(caller)

    def _hear(self, caller: socket.socket) -> None:
        """In a thread of its own; without one to be had, or among too many, it is let go."""
        if not self._free.acquire(blocking=False):
            caller.close()
            return
        try:
            threading.Thread(target=self._serve, args=(caller,), name="line", daemon=True).start()
        except RuntimeError:
            caller.close()
            self._free.release()

    def _serve(self, caller: socket.socket) -> None:
        try:
            with closing(caller), suppress(OSError):
                caller.settimeout(PATIENCE)
                peer = unix.peer_of(caller)
                if peer is None or peer.uid not in (0, os.geteuid()):
                    return
                with caller.makefile("rb") as stream:
                    said = stream.readline(LONGEST_ASKED)
                caller.sendall(json.dumps(self._answer(peer, said)).encode() + b"\n")
        finally:
            self._free.release()

    def _answer(self, peer: Peer, said: bytes) -> Asked:
        try:
            asked = json.loads(said)
            verb = self._verbs[asked["do"]]
        except (ValueError, TypeError, KeyError, RecursionError):
            return {"problem": "?", "exit": Problem.exit_code}
        try:
            return verb(peer, asked)
        except Problem as error:
            acts = [one.json() for one in error.acts]
            again = {"code": error.code, "values": plain(error.values), "field": error.field}
            told = {"problem": error.said(reads(asked)), "acts": acts, "exit": error.exit_code}
            return {**told, **again}
        except Exception as error:
            log.exception("a question over the line failed", error=type(error).__name__)
            return {"problem": type(error).__name__, "exit": Problem.exit_code}
