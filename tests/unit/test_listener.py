"""Who listens over TCP: so many of one side and of all, before a word of TLS or HTTP is said."""

import socket
from contextlib import ExitStack

import pytest

from publisher.service import lines
from publisher.service.front import side
from publisher.service.lines import Listener


def test_one_too_many_of_a_side_is_let_go_and_whoever_goes_makes_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lines, "MOST", 2)
    with ExitStack() as held:
        door = held.enter_context(Listener(socket.create_server(("127.0.0.1", 0)), side))

        def come() -> socket.socket:
            held.enter_context(socket.create_connection(door.getsockname()))
            return held.enter_context(door.accept()[0])

        first = come()
        come()
        with pytest.raises(ConnectionAbortedError):
            come()
        first.close()
        come()


def test_of_all_sides_there_are_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MOST_OF_ALL", 1)
    sides = iter(("one", "another"))
    with ExitStack() as held:
        made = socket.create_server(("127.0.0.1", 0))
        door = held.enter_context(Listener(made, lambda _address: next(sides)))
        for _ in range(2):
            held.enter_context(socket.create_connection(door.getsockname()))
        held.enter_context(door.accept()[0])
        with pytest.raises(ConnectionAbortedError):
            door.accept()


def test_whoever_is_on_this_machine_is_one_side_by_whichever_address() -> None:
    assert side("127.0.0.1") == side("127.9.9.9") == side("::1") != side("192.0.2.7")
