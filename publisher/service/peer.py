"""Who is at the other end of a Unix socket, as the kernel says it; no header can say otherwise.

A TCP connection has no peer, and what comes over the socket needs no other proof.
"""

from collections.abc import Mapping
from typing import Any

from publisher.service.lines import Line
from publisher.unix import Peer, peer_of

STATE = "peer"  # where a request's scope["state"] holds it
MOST = 64  # connections of one user at a time


class PeerProtocol(Line):
    """Over the socket: each request has the peer of its connection."""

    def known(self, transport: Any) -> Mapping[str, Any]:
        """As the kernel says it now."""
        return {STATE: peer_of(transport.get_extra_info("socket"))}

    def connection_made(self, transport: Any) -> None:
        """One user's connections are counted together."""
        super().connection_made(transport)
        if sum(_user(one) == _user(self) for one in self.connections) > MOST:
            transport.close()


def _user(line: Any) -> int | None:
    peer: Peer | None = line.app_state.get(STATE)
    return peer.uid if peer else None
