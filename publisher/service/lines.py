"""Connections: so many of one side at a time, and none that says nothing. Nobody keeps others out."""

import socket
from collections.abc import Callable, Mapping
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

PATIENCE = 10.0  # seconds until the first request has come
MOST = 256  # TCP connections of one side at a time; a proxy is one
MOST_OF_ALL = 640  # of all sides: a process has 1,024 files as a rule, and the socket needs its own


class Line(H11Protocol):
    """HTTP/1.1 that hands each request what is known of its connection."""

    def known(self, transport: Any) -> Mapping[str, Any]:
        """What each request of this connection is told."""
        raise NotImplementedError

    def connection_made(self, transport: Any) -> None:
        """Ask once: a connection stays with whoever made it."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, **self.known(transport)}
        self._silent = self.loop.call_later(PATIENCE, self._let_go)

    def connection_lost(self, exc: Exception | None) -> None:
        """Its time is over."""
        self._silent.cancel()
        super().connection_lost(exc)

    def _let_go(self) -> None:
        if self.cycle is None:  # no request has come yet
            self.transport.close()


class Listener(socket.socket):
    """Listens on TCP, and lets go whoever is too many as soon as they come: a line on which no word of
    TLS is ever said takes a file as well.
    """

    def __init__(self, made: socket.socket, side: Callable[[str], str]) -> None:
        super().__init__(fileno=made.detach())
        self._side = side
        self._held: list[tuple[socket.socket, str]] = []

    def accept(self) -> tuple[socket.socket, Any]:
        """The next one. Raises ConnectionAbortedError for one too many, as for one that went away."""
        line, address = super().accept()
        self._held = [one for one in self._held if one[0].fileno() != -1]
        mine = self._side(str(address[0]))
        beside = sum(side == mine for _, side in self._held)
        if beside >= MOST or len(self._held) >= MOST_OF_ALL:
            line.close()
            raise ConnectionAbortedError
        self._held.append((line, mine))
        return line, address
