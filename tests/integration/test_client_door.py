"""What a client makes of an answer that is not whole."""

import hashlib
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

import pytest

from publisher.client import door
from publisher.client.where import Socket, address, find, quoted
from publisher.errors import NotFound, Problem, TryAgain, Usage

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


def test_what_is_no_answer_of_a_desk_is_none(answered: Answered) -> None:
    told = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    for ask in (
        lambda way: way.get("/posts"),
        lambda way: way.picture("x"),
        lambda way: list(way.lines("/ledger/export")),
    ):
        with pytest.raises(Problem, match="no desk"):
            ask(answered(told % b"404 Not Found"))
    with pytest.raises(Problem, match="no desk"):
        list(answered(told % b"200 OK").lines("/ledger/export"))


def test_of_a_change_that_a_proxy_gives_up_nobody_says_that_it_was_not_made(
    answered: Answered,
) -> None:
    gone = b"HTTP/1.1 504 Gone\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi"
    with pytest.raises(Problem, match="perhaps it was done"):
        answered(gone).post("/posts", {})
    with pytest.raises(TryAgain):
        answered(gone).get("/posts")


@pytest.mark.parametrize("token", ["canary\r\nX: 1", "canaryあ"])
def test_a_token_that_cannot_be_shown_is_not_said_either(token: str) -> None:
    with pytest.raises(Usage) as refused:
        find({"PUBLISHER_URL": "http://localhost:1", "PUBLISHER_TOKEN": token}, Path())
    assert "canary" not in refused.value.said("en")


@pytest.mark.parametrize("typed", ["https://a..b", "https://a b", f"https://{'a' * 70}.b"])
def test_a_name_that_no_host_can_have_is_no_address(typed: str) -> None:
    with pytest.raises(Usage):
        address(typed)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b"])
def test_a_name_that_fits_into_no_path_is_nobodys(name: str) -> None:
    with pytest.raises(NotFound):
        quoted(name)


@pytest.mark.parametrize("name", ["0" * 64, "%2e%2e%2fauthorized_keys", ".ssh"])
def test_a_picture_that_is_not_the_one_it_is_called_is_none(answered: Answered, name: str) -> None:
    """Its name becomes a file's: whatever a desk calls it, it is the sha256 of what came."""
    whole = HEAD % b"image/png" + b"Content-Length: 3\r\n\r\npng"
    with pytest.raises(Problem) as raised:
        answered(whole).picture(name)
    assert raised.value.code == "client.other_picture"
    sha256 = hashlib.sha256(b"png").hexdigest()
    assert answered(whole).picture(sha256) == b"png"
