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

    most = MOST

    def known(self, transport: Any) -> Mapping[str, Any]:
        """As the kernel says it now."""
        return {STATE: peer_of(transport.get_extra_info("socket"))}

    def side(self) -> Any:
        """One user's connections are counted together."""
        peer: Peer | None = self.app_state.get(STATE)
        return peer.uid if peer else None
