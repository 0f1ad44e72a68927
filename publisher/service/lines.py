"""Connections: so many of one side at a time, and none that says nothing. Nobody keeps others out."""

from collections.abc import Mapping
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

PATIENCE = 10.0  # seconds until the first request has come


class Line(H11Protocol):
    """HTTP/1.1 that hands each request what is known of its connection."""

    most: int

    def known(self, transport: Any) -> Mapping[str, Any]:
        """What each request of this connection is told."""
        raise NotImplementedError

    def side(self) -> Any:
        """Who is at the other end; connections are counted by it."""
        raise NotImplementedError

    def connection_made(self, transport: Any) -> None:
        """Ask once: a connection stays with whoever made it."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, **self.known(transport)}
        if sum(_side(one) == self.side() for one in self.connections) > self.most:
            transport.close()
        self._silent = self.loop.call_later(PATIENCE, self._let_go)

    def connection_lost(self, exc: Exception | None) -> None:
        """Its time is over."""
        self._silent.cancel()
        super().connection_lost(exc)

    def _let_go(self) -> None:
        if self.cycle is None:  # no request has come yet
            self.transport.close()


def _side(line: Any) -> Any:
    return line.side()
