"""The health answer over HTTP: one thread, a bounded number of callers, a bounded time for each.

Whoever can reach the port can do no more than be answered: a caller that says nothing is let go,
and when too many have called, the one that has said nothing for longest.
"""

import json
import selectors
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from publisher import clock

log = structlog.get_logger()

MOST = 64  # callers at a time
PATIENCE = 5.0  # seconds for a caller to ask and to take the answer
LONGEST = 8_192  # bytes of a request
FRESH = 0.2  # seconds that one answer is good for, however many ask
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE

Health = Callable[[], dict[str, Any]]


@dataclass
class Caller:
    """One connection: what it has said, what it has still to be told, and until when."""

    sock: socket.socket
    ends: float
    said: bytes = b""
    answer: bytes = b""


class Answerer:
    """Answers `GET /health` with what `health` gives: 200 when healthy, 503 when not."""

    def __init__(self, host: str, port: int, health: Health) -> None:
        self._health = health
        self._fresh = (0.0, b"")
        self._callers: dict[int, Caller] = {}  # the oldest first
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._door = socket.create_server((host, port), family=family, backlog=MOST)
        self._door.setblocking(False)
        self.address = self._door.getsockname()
        self._ready = selectors.DefaultSelector()
        self._ready.register(self._door, READ)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="health", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop answering."""
        self._closing.set()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._turn()
            except Exception as error:  # noqa: BLE001  # no caller ends the answering
                log.error("a health answer failed", error=type(error).__name__)
                self._closing.wait(1)
        for caller in list(self._callers.values()):
            self._let_go(caller)
        self._ready.close()
        self._door.close()

    def _turn(self) -> None:
        for key, _ in self._ready.select(timeout=0.25):
            if key.data is None:
                self._welcome()
                continue
            try:
                self._serve(key.data)
            except Exception:  # noqa: BLE001  # whatever it said or did, it alone is let go
                self._let_go(key.data)
        now = clock.monotonic()
        for caller in [one for one in self._callers.values() if one.ends <= now]:
            self._let_go(caller)

    def _welcome(self) -> None:
        with suppress(BlockingIOError):
            while True:
                sock, _ = self._door.accept()
                if len(self._callers) >= MOST:
                    self._let_go(next(iter(self._callers.values())))
                sock.setblocking(False)
                caller = Caller(sock, clock.monotonic() + PATIENCE)
                self._callers[sock.fileno()] = caller
                self._ready.register(sock, READ, caller)

    def _serve(self, caller: Caller) -> None:
        if not caller.answer:
            said = caller.sock.recv(LONGEST)
            caller.said += said
            if not said or len(caller.said) > LONGEST:
                self._let_go(caller)
                return
            if b"\n\r\n" not in caller.said and b"\n\n" not in caller.said:
                return
            caller.answer = self._answer(caller.said)
            self._ready.modify(caller.sock, WRITE, caller)
        caller.answer = caller.answer[caller.sock.send(caller.answer) :]
        if not caller.answer:
            self._let_go(caller)

    def _let_go(self, caller: Caller) -> None:
        self._callers.pop(caller.sock.fileno(), None)
        with suppress(KeyError, ValueError):
            self._ready.unregister(caller.sock)
        caller.sock.close()

    def _answer(self, said: bytes) -> bytes:
        asked = said.split(maxsplit=2)[:2]
        if [one.partition(b"?")[0] for one in asked] != [b"GET", b"/health"]:
            return _reply("404 Not Found", b'{"problems": ["ask for /health"]}')
        made, answer = self._fresh
        if not answer or clock.monotonic() - made > FRESH:
            answer = self._found()
            self._fresh = (clock.monotonic(), answer)
        return answer

    def _found(self) -> bytes:
        try:
            found = self._health()
        except Exception as error:  # noqa: BLE001  # what cannot be made is a red answer
            found = {"problems": [f"health cannot be read: {type(error).__name__}"]}
        found["healthy"] = not found["problems"]
        status = "200 OK" if found["healthy"] else "503 Service Unavailable"
        return _reply(status, json.dumps(found, indent=1).encode())


def _reply(status: str, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
