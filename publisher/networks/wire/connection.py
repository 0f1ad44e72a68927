"""A connection that knows whether a byte of the request was written, and that ends on time.

What a failure proves does not depend on the class of an exception: an SSLError may come after the
server has read and acted on everything. So the connection sets a mark just before its first byte,
and the mark alone tells NotWritten from Broken.
"""

import math
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.connection import create_connection

from publisher.clock import monotonic
from publisher.networks import Tools
from publisher.networks.wire.reasons import because


class NotWritten(Exception):
    """Provably no byte of the request was written: the network cannot have acted on it.

    Its text is a reason. `own`: its own time was up; the network has nothing to do with it.
    """

    def __init__(self, reason: str, *, own: bool = False) -> None:
        super().__init__(reason)
        self.own = own


class Broken(Exception):
    """A byte may have been written and there is no complete final answer: it may have acted.

    Its text is a reason.
    """


class Watch:
    """Knows whether a byte was written, and closes the connection when the time is up."""

    def __init__(self, tools: Tools, deadline: float, not_after: datetime | None) -> None:
        self.wrote = False
        self.cut = False
        self._tools = tools
        self._deadline = deadline
        self._not_after = not_after
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    def left(self) -> float:
        """Seconds until the deadline; may be negative."""
        return self._deadline - self._tools.monotonic()

    def connected(self, sock: socket.socket) -> None:
        """Keep a second handle: TLS takes the first away, and `shutdown` works through either."""
        with self._lock:
            self._socket = sock.dup()

    def first_byte(self) -> None:
        """Set the mark; raises NotWritten when it is too late to begin."""
        if self.cut or self.left() <= 0:
            raise NotWritten(because("no_time"), own=True)
        if self._not_after is not None and self._tools.now() >= self._not_after:
            raise NotWritten(because("late"), own=True)
        self.wrote = True

    def verdict(self, error: Exception, host: str) -> NotWritten | Broken:
        """What a failure proves. Names the kind of error only: its text may quote the request."""
        kind = type(_innermost(error)).__name__
        if not self.wrote:
            return NotWritten(because("no_connection", host=host, error=kind))
        if self.cut or isinstance(error, requests.Timeout):
            return Broken(because("no_answer", host=host))
        return Broken(because("broken", host=host, error=kind))

    def shut(self) -> None:
        """The time is up."""
        with self._lock:
            self.cut = True
            if self._socket is not None:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        try:
            DEADLINES.add(self, self.left())
        except RuntimeError:
            raise NotWritten(because("no_thread")) from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        DEADLINES.remove(self)
        with self._lock:
            if self._socket is not None:
                self._socket.close()
                self._socket = None


class Deadlines:
    """Shuts what is still open when its time is up: one thread for all, for each costs as much as a
    whole exchange.
    """

    def __init__(self) -> None:
        self._ends: dict[Watch, float] = {}
        self._changed = threading.Condition()
        self._next = math.inf  # until then the thread sleeps
        self._thread: threading.Thread | None = None

    def add(self, watch: Watch, seconds: float) -> None:
        """Shut it after so many seconds. Raises RuntimeError when there is no thread to be had."""
        at = monotonic() + seconds
        with self._changed:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            self._ends[watch] = at
            if at < self._next:
                self._changed.notify()

    def remove(self, watch: Watch) -> None:
        """It has ended in time."""
        with self._changed:
            self._ends.pop(watch, None)

    def _run(self) -> None:
        while True:
            for watch in self._over():
                watch.shut()

    def _over(self) -> Sequence[Watch]:
        """Those whose time is up, when it is."""
        with self._changed:
            self._next = min(self._ends.values(), default=math.inf)
            left = self._next - monotonic()
            if left > 0:
                self._changed.wait(None if left == math.inf else left)
            over = [watch for watch, at in self._ends.items() if at <= monotonic()]
            for watch in over:
                del self._ends[watch]
            return over


DEADLINES = Deadlines()


def _innermost(error: BaseException) -> BaseException:
    """The real cause inside the wrappers of requests and urllib3: what a person can use."""
    inside = (getattr(error, "reason", None), *error.args)
    causes = [cause for cause in inside if isinstance(cause, BaseException)]
    return _innermost(causes[0]) if causes else error


class _Connection(HTTPConnection):
    def __init__(self, *args: Any, watch: Watch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._watch = watch
        self._unsent: list[bytes] = []
        self._asks_proxy = False

    def _new_conn(self) -> socket.socket:
        """Try each address of the host, within what is left of the whole deadline."""
        failure: Exception = OSError("the name has no address")
        found = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        for *_, address in found:
            left = self._watch.left()
            if left <= 0:
                raise NotWritten(because("no_time"))
            try:
                sock = create_connection(
                    (str(address[0]), int(address[1])), left, None, self.socket_options
                )
            except OSError as error:
                failure = error
                continue
            self._watch.connected(sock)
            return sock
        raise failure

    def request(self, *args: Any, **kwargs: Any) -> None:
        super().request(*args, **kwargs)  # calls `send` for head and body in turn
        if self.sock is None:
            self.connect()
        self._watch.first_byte()
        data, self._unsent = b"".join(self._unsent), []
        super().send(data)  # in one write: a split one waits for the peer's delayed ACK

    def send(self, data: Any) -> None:
        if self._asks_proxy:
            super().send(data)
        else:
            self._unsent.append(bytes(data))

    def _tunnel(self) -> None:
        """CONNECT is for the proxy alone: not a byte of it reaches the network."""
        self._asks_proxy = True
        try:
            super()._tunnel()
        finally:
            self._asks_proxy = False


class _SecureConnection(_Connection, HTTPSConnection):
    pass


class OneShotAdapter(HTTPAdapter):
    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        super().__init__(max_retries=0, pool_connections=1, pool_maxsize=1)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool = super().get_connection_with_tls_context(*args, **kwargs)
        kind = _SecureConnection if pool.scheme == "https" else _Connection
        pool.ConnectionCls = partial(kind, watch=self._watch)  # type: ignore[attr-defined]  # the stubs hide it
        return pool
