"""Who is at the other end of a socket, as the kernel says it."""

import os
import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from publisher.unix import Peer, peer_of


@pytest.fixture
def door(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(tmp_path / "s"))
        made.listen()
        yield made


def peer_at(door: socket.socket) -> Peer | None:
    with door.accept()[0] as line:
        return peer_of(line)


def test_a_process_that_connected_is_known(door: socket.socket) -> None:
    with socket.socket(socket.AF_UNIX) as mine:
        mine.connect(door.getsockname())
        peer = peer_at(door)
    assert peer is not None
    assert (peer.pid, peer.uid) == (os.getpid(), os.geteuid())


def test_whoever_hands_on_a_connection_and_ends_is_nobody(door: socket.socket) -> None:
    """Else a child would be the user it runs as, and nobody could say who had logged in."""
    child = os.fork()
    if child == 0:
        socket.socket(socket.AF_UNIX).connect(door.getsockname())
        os._exit(0)
    os.waitpid(child, 0)
    assert peer_at(door) is None


def test_among_more_files_than_select_takes_a_process_is_known(door: socket.socket) -> None:
    """A container may open a million: whoever holds a thousand lines would keep all others out."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2_000:
        pytest.skip("fewer files may be open here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2_000), hard))
    with ExitStack() as held:
        for _ in range(1_100):
            held.callback(os.close, os.dup(0))
        mine = held.enter_context(socket.socket(socket.AF_UNIX))
        mine.connect(door.getsockname())
        peer = peer_at(door)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert peer is not None


def test_tcp_has_no_peer() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as door,
        socket.create_connection(door.getsockname()),
    ):
        assert peer_at(door) is None
