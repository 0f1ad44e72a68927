"""What a client makes of an answer that is not whole."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

import pytest

from publisher.client import door
from publisher.client.where import Socket
from publisher.errors import TryAgain

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n"
CHUNKED = HEAD % b"application/x-ndjson" + b"Transfer-Encoding: chunked\r\n\r\n"
LINES = b"b\r\none\ntwo\nthr\r\n4\r\nee\n\n\r\n"


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes], door.Door]]:
    """A desk that says this, and closes."""
    with ExitStack() as held:

        def said(raw: bytes) -> door.Door:
            ours, theirs = socket.socketpair()
            theirs.sendall(raw)
            theirs.shutdown(socket.SHUT_WR)

            class There(HTTPConnection):
                def connect(self) -> None:
                    self.sock = ours

            monkeypatch.setattr(door, "connection", lambda _where: There("desk", timeout=5))
            made = door.Door(Socket(Path("desk.sock")))
            held.callback(ours.close)
            held.callback(theirs.close)
            held.callback(made.close)
            return made

        yield said


Answered = Callable[[bytes], door.Door]


def test_a_long_answer_is_read_line_by_line(answered: Answered) -> None:
    whole = answered(CHUNKED + LINES + b"0\r\n\r\n")
    assert list(whole.lines("/ledger/export")) == ["one\n", "two\n", "three\n", "\n"]


@pytest.mark.parametrize("cut", [LINES, LINES[:9], LINES[:-2], b"", LINES + b"ff\r\nmo"])
def test_a_long_answer_that_breaks_off_is_not_taken_for_the_whole(
    answered: Answered, cut: bytes
) -> None:
    with pytest.raises(TryAgain, match="broke off"):
        list(answered(CHUNKED + cut).lines("/ledger/export"))


def test_a_short_answer_that_breaks_off_is_none(answered: Answered) -> None:
    head = HEAD % b"application/json" + b"Content-Length: 40\r\n\r\n"
    with pytest.raises(TryAgain):
        answered(head + b'{"id": ').get("/posts/k7wd")


def test_a_line_that_the_desk_closed_while_a_person_thought_is_opened_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else whoever reads for longer than some seconds is told that perhaps it was done."""
    whole = HEAD % b"application/json" + b"Content-Length: 2\r\n\r\n{}"
    with ExitStack() as held:

        class There(HTTPConnection):
            def connect(self) -> None:
                self.sock, theirs = socket.socketpair()
                theirs.sendall(whole)
                theirs.shutdown(socket.SHUT_WR)
                held.callback(theirs.close)

        monkeypatch.setattr(door, "connection", lambda _where: There("desk", timeout=5))
        made = door.Door(Socket(Path("desk.sock")))
        held.callback(made.close)
        made.get("/login/BCDF-GHJK")
        assert made.post("/login/approve", {"code": "BCDF-GHJK"}) == {}
