"""Who is at the other end of a Unix socket, as the kernel says it; no header can say otherwise.

A TCP connection has no peer, and what comes over the socket needs no other proof.
"""

import errno
import os
import select
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from publisher import unix

STATE = "peer"  # where a request's scope["state"] holds it
MOST = 64  # connections of one user at a time
PATIENCE = 10.0  # seconds until the first request has come
_CREDENTIALS = struct.Struct("3i")
_PEER_PIDFD = 77  # SO_PEERPIDFD, Linux 6.5; Python does not name it


@dataclass(frozen=True)
class Peer:
    """A process on this machine: its user, and who logged in (None where the kernel does not say)."""

    pid: int
    uid: int
    gid: int
    login: int | None


def peer_of(sock: socket.socket) -> Peer | None:
    """The process that connected to a Unix socket (SO_PEERCRED, unix(7)).

    None over TCP, and for a process that has ended: who logged in there can no longer be read, while
    a child of it may hold the connection.
    """
    if sock.family != socket.AF_UNIX:
        return None
    raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, gid = _CREDENTIALS.unpack(raw)
    with suppress(ProcessLookupError):
        return Peer(pid, uid, gid, _login(sock, pid))
    return None


def _login(sock: socket.socket, pid: int) -> int | None:
    """Read while the process is held, so that no other one has got its number meanwhile.

    Raises ProcessLookupError when it has ended.
    """
    try:
        held = sock.getsockopt(socket.SOL_SOCKET, _PEER_PIDFD)
    except OSError as error:
        if error.errno == errno.ENOPROTOOPT:  # an older kernel: nobody is sure whose number that is
            return None
        raise ProcessLookupError from None
    try:
        uid = unix.login_of(str(pid))
        if not _lives(held):
            raise ProcessLookupError
        return uid
    finally:
        os.close(held)


def _lives(held: int) -> bool:
    """A pidfd becomes readable when its process ends (pidfd_open(2))."""
    ended, _, _ = select.select([held], [], [], 0)
    return not ended


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
