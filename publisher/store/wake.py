"""How a commit in one process wakes the daemon in another, within milliseconds.

SQLite: a poke over a Unix datagram socket, with `PRAGMA data_version` as the net beneath it.
PostgreSQL: LISTEN/NOTIFY, sent inside the transaction itself.
"""

import contextlib
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import psycopg
from sqlalchemy import Engine, make_url

from publisher import unix

AGAIN = 1.0  # seconds between tries to listen again
SOCKET = "wake.sock"


class Wake(Protocol):
    """Tells the daemon that something changed. `changed` is the cheap second look."""

    def start(self, on_wake: Callable[[], None]) -> None: ...

    def changed(self) -> bool: ...

    def close(self) -> None: ...


def poke(data: Path) -> None:
    """Wake the daemon, if one listens; never fails and never waits."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, contextlib.suppress(OSError):
        sender.setblocking(False)
        with unix.address(data / SOCKET) as address:
            sender.sendto(b"!", address)


class SocketWake:
    """The receiving end on SQLite."""

    def __init__(self, data: Path, engine: Engine) -> None:
        self._path = data / SOCKET
        self._look = engine.connect()  # kept open: data_version is per connection
        self._seen = self._version()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)

    def start(self, on_wake: Callable[[], None]) -> None:
        """Call `on_wake` in a thread of its own at every poke."""
        self._path.unlink(missing_ok=True)
        with unix.address(self._path) as address:
            self._socket.bind(address)
        self._path.chmod(0o600)
        threading.Thread(target=self._listen, args=(on_wake,), name="wake", daemon=True).start()

    def changed(self) -> bool:
        """Has another connection committed since the last look? Reads no table."""
        version = self._version()
        moved, self._seen = version != self._seen, version
        return moved

    def close(self) -> None:
        """Stop listening."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RD)
        self._socket.close()
        self._path.unlink(missing_ok=True)
        self._look.close()

    def _version(self) -> int:
        return int(self._look.exec_driver_sql("PRAGMA data_version").scalar_one())

    def _listen(self, on_wake: Callable[[], None]) -> None:
        while True:
            try:
                if not self._socket.recv(16):
                    return
            except OSError:
                return
            on_wake()


class NotifyWake:
    """The receiving end on PostgreSQL."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url).set(drivername="postgresql")
        self._address = parsed.render_as_string(hide_password=False)
        self._conn = self._connect()
        self._closing = threading.Event()

    def start(self, on_wake: Callable[[], None]) -> None:
        """Call `on_wake` in a thread of its own at every NOTIFY."""
        threading.Thread(target=self._listen, args=(on_wake,), name="wake", daemon=True).start()

    def changed(self) -> bool:
        """NOTIFY is part of the commit; there is nothing beneath it but the safety tick."""
        return False

    def close(self) -> None:
        """Stop listening."""
        self._closing.set()
        self._conn.close()

    def _connect(self) -> "psycopg.Connection[Any]":
        conn = psycopg.connect(self._address, autocommit=True)
        conn.execute("LISTEN publisher_wake")
        return conn

    def _listen(self, on_wake: Callable[[], None]) -> None:
        while not self._closing.is_set():
            try:
                for _ in self._conn.notifies(timeout=1.0):
                    on_wake()
            except psycopg.Error:
                self._again(on_wake)

    def _again(self, on_wake: Callable[[], None]) -> None:
        """The connection broke: make another, and look, because something may have been missed."""
        if self._closing.wait(AGAIN):
            return
        with contextlib.suppress(psycopg.Error):
            self._conn = self._connect()
            on_wake()
