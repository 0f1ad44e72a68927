"""A small HTTP server that records what it is sent and plays what it is told, fault by fault."""

import json
import re
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Seen:
    """One request, as it arrived."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, Any]:
        """The fields of a form, urlencoded or multipart; a file is (name, type, bytes)."""
        kind = self.headers.get("content-type", "")
        if not kind.startswith("multipart/"):
            return dict(parse_qsl(self.body.decode(), keep_blank_values=True))
        message = BytesParser(policy=HTTP).parsebytes(
            f"Content-Type: {kind}\r\n\r\n".encode() + self.body
        )
        fields = {}
        for part in message.iter_parts():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            file = part.get_filename()
            fields[name] = (file, part.get_content_type(), content) if file else content.decode()
        return fields


Play = Callable[[socket.socket, threading.Event], None]


def reply(status: int, body: Any = b"", headers: Mapping[str, str] | None = None) -> Play:
    """A whole, well-formed answer; anything but bytes is sent as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Words", f"Content-Length: {len(data)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return raw("\r\n".join(lines).encode() + b"\r\n\r\n" + data)


def raw(data: bytes) -> Play:
    """These bytes, then the end."""
    return lambda sock, over: sock.sendall(data)


def hang_up(sock: socket.socket, over: threading.Event) -> None:
    """Read everything, answer nothing, close."""


def reset(sock: socket.socket, over: threading.Event) -> None:
    """Read everything, answer nothing, reset the connection."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hang(sock: socket.socket, over: threading.Event) -> None:
    """Read everything and never answer."""
    over.wait(10)


def drip(head: bytes) -> Play:
    """`head` at once, then a byte every 50 ms: no single read ever times out."""

    def play(sock: socket.socket, over: threading.Event) -> None:
        sock.sendall(head)
        while not over.wait(0.05):
            sock.sendall(b"x")

    return play


DRIPS = {
    "status line": drip(b"HTTP/1.1 200 "),
    "headers": drip(b"HTTP/1.1 200 OK\r\nX-Slow: "),
    "body with a length": drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"),
    "body without a length": drip(b"HTTP/1.1 200 OK\r\n\r\n"),
}


@dataclass
class Server:
    """Plays its script, one item a request, and the last one for ever."""

    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    _script: list[Play] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _listening: socket.socket | None = None

    def play(self, *script: Play) -> None:
        """From now on answer with these, in order; what was seen before is forgotten."""
        self.seen.clear()
        self._script = list(script)

    def __enter__(self) -> Self:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while not self._over.is_set():
                sock, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with suppress(OSError), sock:
            sock.settimeout(10)
            seen = read_request(sock)
            if seen is None:
                return
            self.seen.append(seen)
            play = self._script.pop(0) if len(self._script) > 1 else self._script[0]
            play(sock, self._over)


def read_request(sock: socket.socket) -> Seen | None:
    """One whole request, or None when the peer left without sending one."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = sock.recv(65_536)
        if not chunk:
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += sock.recv(65_536)
    method, target, _ = first.split(" ", 2)
    return Seen(method, target, headers, body)


def codes(reason: str) -> set[str]:
    """The sentences of ours that a reason is made of."""
    return set(re.findall(r'"say":"([a-z._]+)"', reason))
