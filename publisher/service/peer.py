"""Who is at the other end of a Unix socket, as the kernel says it; no header can say otherwise.

A TCP connection has no peer, and what comes over the socket needs no other proof.
"""

from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from publisher.unix import Peer, peer_of

STATE = "peer"  # where a request's scope["state"] holds it
MOST = 64  # connections of one user at a time
PATIENCE = 10.0  # seconds until the first request has come


class PeerProtocol(H11Protocol):
    """HTTP/1.1 that hands each request the peer of its connection.

    One user's connections are so many, and one that says nothing is let go: nobody keeps others out.
    """

    def connection_made(self, transport: Any) -> None:
        """Ask once: a connection stays with the process that made it."""
        super().connection_made(transport)
        peer = peer_of(transport.get_extra_info("socket"))
        self.app_state = {**self.app_state, STATE: peer}
        if sum(_uid(one) == _uid(self) for one in self.connections) > MOST:
            transport.close()
        self._silent = self.loop.call_later(PATIENCE, self._let_go)

    def connection_lost(self, exc: Exception | None) -> None:
        """Its time is over."""
        self._silent.cancel()
        super().connection_lost(exc)

    def _let_go(self) -> None:
        if self.cycle is None:  # no request has come yet
            self.transport.close()


def _uid(connection: Any) -> int | None:
    peer: Peer | None = connection.app_state.get(STATE)
    return peer.uid if peer else None
