"""HTTP/1.1 over sockets, lean enough to be asked a thousand times a second, and able to misbehave.

`http.server` spends most of its time on parsing headers as mail, and cannot reset a connection
after it has acted.
"""

import contextlib
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus

from publisher.sandbox.wire import Answer, Request

_MAX_HEAD = 65_536
_MAX_BODY = 64 * 1024 * 1024
_IDLE_SECONDS = 120.0
_DRIP_PIECES = 20
_REASONS = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True)
class Outcome:
    """An answer and the manner of giving it: send, slow, hang or reset; `seconds` bounds it."""

    answer: Answer
    manner: str = "send"
    seconds: float = 0.0


Handle = Callable[[Request], Outcome]


class _ClosedError(Exception):
    """The other side has gone, or spoke no HTTP."""


class _Reader:
    """A socket read by line ends and by length."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.buffer = b""
        self.first_byte: tuple[float, float] | None = None

    def _more(self) -> None:
        data = self.sock.recv(65_536)
        if not data:
            raise _ClosedError
        if self.first_byte is None:
            self.first_byte = time.time(), time.monotonic()
        self.buffer += data

    def until(self, end: bytes) -> bytes:
        while (at := self.buffer.find(end)) < 0:
            if len(self.buffer) > _MAX_HEAD:
                raise _ClosedError
            self._more()
        found, self.buffer = self.buffer[:at], self.buffer[at + len(end) :]
        return found

    def exactly(self, size: int) -> bytes:
        if size > _MAX_BODY:
            raise _ClosedError
        pieces, missing = [self.buffer], size - len(self.buffer)
        while missing > 0:
            data = self.sock.recv(min(missing, 1 << 20))
            if not data:
                raise _ClosedError
            pieces.append(data)
            missing -= len(data)
        whole = b"".join(pieces)
        self.buffer = whole[size:]
        return whole[:size]

    def chunked(self) -> bytes:
        pieces: list[bytes] = []
        while size := int(self.until(b"\r\n").partition(b";")[0], 16):
            pieces.append(self.exactly(size))
            self.exactly(2)
        while self.until(b"\r\n"):
            pass
        return b"".join(pieces)


def _read(reader: _Reader) -> Request:
    reader.first_byte = (time.time(), time.monotonic()) if reader.buffer else None
    first, *lines = reader.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
    arrived = reader.first_byte or (time.time(), time.monotonic())
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise _ClosedError
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines)
    }
    path, _, query = words[1].partition("?")
    if path.startswith("http://"):  # a proxy's absolute form
        path = "/" + path.split("/", 3)[3] if path.count("/") > 2 else "/"
    return Request(
        method=words[0],
        path=path,
        query=query,
        headers=headers,
        body=_body(reader, headers),
        arrived=arrived[0],
        arrived_monotonic=arrived[1],
        base=f"http://{headers.get('host', '127.0.0.1')}",
    )


def _body(reader: _Reader, headers: Mapping[str, str]) -> bytes:
    if headers.get("expect", "").lower() == "100-continue":
        reader.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return reader.chunked()
    return reader.exactly(int(headers.get("content-length") or 0))


def _bytes(answer: Answer, *, head_only: bool, close: bool) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    lines.append(f"Date: {formatdate(usegmt=True)}")  # RFC 9110 §6.6.1
    lines.append(f"Content-Length: {len(answer.body)}")
    lines.append("Connection: close" if close else "Connection: keep-alive")
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
    return head if head_only else head + answer.body


class HttpServer(socketserver.ThreadingTCPServer):
    """One thread per connection; every open socket is known, so that closing ends them all."""

    request_queue_size = 4096
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], handle: Handle) -> None:
        self.handle = handle
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        super().__init__(address, socketserver.BaseRequestHandler)

    def finish_request(self, request: object, client_address: object) -> None:
        """Serve one connection to its end."""
        del client_address
        assert isinstance(request, socket.socket)
        self._open.add(request)
        try:
            with contextlib.suppress(_ClosedError, OSError, ValueError):
                self._converse(request)
        finally:
            self._open.discard(request)

    def _converse(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(_IDLE_SECONDS)
        reader = _Reader(sock)
        while not self.closing.is_set():
            request = _read(reader)
            outcome = self.handle(request)
            close = request.headers.get("connection", "").lower() == "close"
            data = _bytes(outcome.answer, head_only=request.method == "HEAD", close=close)
            if outcome.manner == "hang":
                self._wait_until_gone(sock, outcome.seconds)
                return
            if outcome.manner == "reset":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                sock.close()
                return
            if outcome.manner == "slow":
                self._drip(sock, data, outcome.seconds)
            else:
                sock.sendall(data)
            if close:
                return

    def _wait_until_gone(self, sock: socket.socket, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self.closing.is_set() and (left := until - time.monotonic()) > 0:
            sock.settimeout(left)
            with contextlib.suppress(TimeoutError):
                if not sock.recv(4096):
                    return

    def _drip(self, sock: socket.socket, data: bytes, seconds: float) -> None:
        size = max(1, len(data) // _DRIP_PIECES)
        for at in range(0, len(data), size):
            sock.sendall(data[at : at + size])
            if self.closing.wait(seconds / _DRIP_PIECES):
                return

    def shutdown_request(self, request: object) -> None:
        """Say goodbye politely, except on a socket that was already reset."""
        assert isinstance(request, socket.socket)
        with contextlib.suppress(OSError):
            request.shutdown(socket.SHUT_WR)
        request.close()

    def accept_until_stopped(self) -> None:
        """Take connections; unlike `serve_forever` it ends the moment it is told to."""
        while not self.closing.is_set():
            try:
                sock, address = self.socket.accept()
            except OSError:  # stopped, or out of file descriptors for a moment
                self.closing.wait(0.05)
                continue
            self.process_request(sock, address)

    def stop(self) -> None:
        """Stop listening and end every conversation."""
        self.closing.set()
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.server_close()
        for sock in list(self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
