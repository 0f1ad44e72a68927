"""The daemon's own socket: who gets at it, what it answers, and what nobody can do to it."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from world import World

from publisher import beside
from publisher.daemon import asked, line
from publisher.daemon.line import Line
from publisher.errors import BadConfig, Conflict, Do, NotPermitted, TryAgain
from publisher.store import Store
from publisher.store import tables as t
from publisher.store.tables import core
from publisher.words import part

STRANGER = 64_999  # a uid that is nobody's
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be another user")


@contextmanager
def answering(data: Path, **verbs: Any) -> Iterator[None]:
    made = Line(data, verbs)
    try:
        yield
    finally:
        made.close()


def connected(data: Path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.settimeout(20)
    made.connect(str(data / beside.SOCKET))
    return made


def test_it_says_how_it_is_to_whoever_holds_the_machine(tmp_path: Path) -> None:
    with answering(tmp_path, status=lambda peer, _: {"uid": peer.uid}):
        assert beside.status(tmp_path, "en") == {"uid": os.geteuid()}
        assert (tmp_path / beside.SOCKET).stat().st_mode & 0o777 == 0o600
    assert beside.status(tmp_path, "en") is None
    assert not (tmp_path / beside.SOCKET).exists()


@as_root
def test_a_stranger_who_reached_it_is_told_nothing(tmp_path: Path) -> None:
    with answering(tmp_path, status=lambda *_: {"said": "all"}):
        (tmp_path / beside.SOCKET).chmod(0o666)
        tmp_path.chmod(0o711)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.chdir(tmp_path)
                os.setuid(STRANGER)
                code = 0 if beside.status(Path(), "en") is None else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@as_root
def test_a_stranger_does_not_reach_it(tmp_path: Path) -> None:
    with answering(tmp_path, status=lambda *_: {}):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.chdir(tmp_path)
                os.setuid(STRANGER)
                beside.status(Path(), "en")
            except NotPermitted:
                code = 0
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize(
    "said",
    [b"\n", b"[]\n", b"null\n", b'{"do": []}\n', b'{"do": "send"}\n', b"[" * 70_000, b"\xff\n"],
)
def test_what_it_does_not_understand_is_answered_and_does_nothing(
    tmp_path: Path, said: bytes
) -> None:
    with answering(tmp_path, status=lambda *_: {}):
        with connected(tmp_path) as caller:
            caller.sendall(said)
            assert b"problem" in caller.recv(1_000)
        assert beside.status(tmp_path, "en") == {}


def test_those_who_say_nothing_are_few_and_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "PATIENCE", 0.3)
    with answering(tmp_path, status=lambda *_: {}), ExitStack() as held:
        silent = [held.enter_context(connected(tmp_path)) for _ in range(line.MOST + 1)]
        assert silent[-1].recv(1) == b"", "one too many is let go at once"
        assert all(one.recv(1) == b"" for one in silent)
        assert beside.status(tmp_path, "en") == {}


def test_a_verb_that_fails_ends_nothing(tmp_path: Path) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError

    with answering(tmp_path, status=broken, reload=lambda *_: {}):
        with pytest.raises(Exception, match="RuntimeError"):
            beside.status(tmp_path, "en")
        assert beside.reload(tmp_path, "en") == {}


def test_a_refusal_comes_back_as_it_was_with_what_helps(tmp_path: Path) -> None:
    def refused(*_: Any) -> Any:
        raise Conflict("changes.not_registered", Do("read", {"how": "changes"}), name="eve")

    with answering(tmp_path, reload=refused), pytest.raises(Conflict) as error:
        beside.reload(tmp_path, "en")
    assert "eve" in str(error.value)
    assert error.value.acts == (Do("read", {"how": "changes"}),)


def test_every_flaw_comes_back(tmp_path: Path) -> None:
    def refused(*_: Any) -> Any:
        raise BadConfig(
            [part("problem.plain", said="line 1"), part("problem.plain", said="line 2")]
        )

    with answering(tmp_path, reload=refused), pytest.raises(BadConfig) as error:
        beside.reload(tmp_path, "en")
    assert error.value.problems == ["line 1", "line 2"]


def test_a_stop_over_it_is_recorded_with_who_the_kernel_says(lite: World) -> None:
    woken = threading.Event()
    with answering(lite.config.data, **asked.verbs(lite.app, dict, woken.set)):
        assert beside.stop(lite.config.data, "the desk is down") is True
    assert woken.is_set()
    with lite.app.store.read() as tx:
        [row] = tx.all(core(t.Stop).select())
    assert (row.scope, row.by) == ("everything", "server")
    assert beside.stopped(lite.config.data)


def test_a_stop_that_the_database_does_not_take_stops_all_the_same(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise TryAgain("store.busy")

    monkeypatch.setattr(Store, "write", locked)
    with answering(lite.config.data, **asked.verbs(lite.app, dict, lambda: None)):
        assert beside.stop(lite.config.data, "the desk is down") is False
    assert beside.stopped(lite.config.data)


def test_a_caller_who_could_not_be_taken_in_is_not_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that has no file left takes nobody in; a moment later it does."""
    monkeypatch.setattr(line, "PAUSE", 0.01)
    with monkeypatch.context() as full:
        failed = threading.Event()

        def accept(_door: socket.socket) -> None:
            failed.set()
            raise OSError(24, "Too many open files")

        full.setattr(socket.socket, "accept", accept)
        made = Line(tmp_path, {"status": lambda *_: {"here": True}})
        assert failed.wait(20)
    try:
        assert beside.status(tmp_path, "en") == {"here": True}
    finally:
        made.close()
