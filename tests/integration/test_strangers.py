"""A stranger on the machine cannot stop it, and neither can the lack of a thread or of memory."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from world import ROOT, World, config_text

from publisher import daemon
from publisher.daemon.answerer import LONGEST, MOST, Answerer
from publisher.networks.wire import connection
from publisher.networks.wire.connection import NotWritten, Watch
from publisher.release.pool import Pool
from publisher.store.wake import SocketWake, poke


@pytest.fixture
def answerer() -> Iterator[Answerer]:
    made = Answerer("127.0.0.1", 0, lambda: {"problems": []})
    yield made
    made.close()


def call(answerer: Answerer) -> socket.socket:
    return socket.create_connection(answerer.address, timeout=30)


def ask(answerer: Answerer, words: bytes = b"GET /health HTTP/1.1\r\n\r\n") -> bytes:
    """The whole answer."""
    with call(answerer) as sock:
        sock.sendall(words)
        return b"".join(iter(lambda: sock.recv(65_536), b""))


def test_four_hundred_that_say_nothing_keep_nobody_from_being_answered(answerer: Answerer) -> None:
    before = set(threading.enumerate())  # some of them may be ending
    with ExitStack() as callers:
        for _ in range(400):
            callers.enter_context(call(answerer))
        assert ask(answerer).startswith(b"HTTP/1.1 200 ")
        assert set(threading.enumerate()) <= before
        assert len(answerer._callers) <= MOST


def test_a_caller_that_says_nothing_is_let_go(
    answerer: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("publisher.daemon.answerer.PATIENCE", 0.0)
    with call(answerer) as sock:
        assert sock.recv(1) == b""


def test_a_caller_that_never_stops_is_let_go(answerer: Answerer) -> None:
    with call(answerer) as sock:
        sock.sendall(b"GET /health HTTP/1.1\r\n" + b"x" * LONGEST)
        with suppress(ConnectionResetError):
            assert sock.recv(1) == b""


@pytest.mark.parametrize(
    "words",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST /health HTTP/1.1\r\n\r\n",
        b"\r\n\r\n",
        b"GET \r\n\r\n",
        b"\xff\0\n\n",
    ],
)
def test_what_is_no_question_about_health_is_answered_and_ends_nothing(
    answerer: Answerer, words: bytes
) -> None:
    assert not ask(answerer, words).startswith(b"HTTP/1.1 200 ")
    assert ask(answerer).startswith(b"HTTP/1.1 200 ")


def test_a_health_that_cannot_be_read_is_a_red_answer() -> None:
    def broken() -> dict[str, list[str]]:
        raise MemoryError

    made = Answerer("127.0.0.1", 0, broken)
    assert b"MemoryError" in ask(made)
    assert ask(made).startswith(b"HTTP/1.1 503 ")
    made.close()


# ---- threads


def no_thread(*_: object) -> None:
    raise RuntimeError("can't start new thread")


def test_work_that_was_taken_is_done_without_a_new_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    pool, done = Pool(2, "test"), threading.Semaphore(0)
    pool.start()
    monkeypatch.setattr(threading.Thread, "start", no_thread)
    for _ in range(50):
        pool.submit(done.release)
    for _ in range(50):
        assert done.acquire(timeout=30)
    pool.close(wait=True)


def test_a_pool_that_gets_no_thread_takes_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    done = threading.Semaphore(0)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        pool = Pool(1, "test")
        with pytest.raises(RuntimeError):
            pool.submit(done.release)
    pool.start()
    pool.close(wait=True)
    assert not done.acquire(blocking=False), "it was refused, so it may not be done later"


def test_work_that_fails_ends_no_thread() -> None:
    pool, done = Pool(1, "test"), threading.Semaphore(0)

    def fails() -> None:
        raise MemoryError

    pool.submit(fails)
    pool.submit(done.release)
    assert done.acquire(timeout=30)
    pool.close(wait=True)


@pytest.mark.hazard("H5")
def test_a_call_that_gets_no_thread_for_its_deadline_has_sent_nothing(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch(lite.app.tools, daemon.clock.monotonic() + 5, None)
    monkeypatch.setattr(connection, "DEADLINES", connection.Deadlines())
    monkeypatch.setattr(threading.Thread, "start", no_thread)
    with pytest.raises(NotWritten, match=r"network\.no_thread"):
        watch.__enter__()
    assert not watch.wrote


def test_what_is_due_goes_out_while_every_chore_fails(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise MemoryError

    monkeypatch.setattr(world.releaser, "_chores", fails)
    post = world.approved("The fair opens", "x")
    world.settle()
    assert world.state(post) == "published"
    assert world.releaser.failing == "MemoryError"


# ---- the socket that wakes it, and signals


def test_a_poke_arrives_however_long_the_path_is(lite: World, tmp_path: Path) -> None:
    data = tmp_path / ("x" * 120)
    data.mkdir()
    heard = threading.Event()
    wake = SocketWake(data, lite.app.store.engine)
    wake.start(heard.set)
    poke(data)
    assert heard.wait(30)
    wake.close()
    poke(data)  # nobody listens: that is no failure
    assert list(data.iterdir()) == []


HANGS_UP = """
import os, signal, sys
from pathlib import Path
from publisher.cli.edge import main
from publisher import daemon
from publisher.config import read
config = read(Path(sys.argv[1]), os.environ)
sys.exit(daemon.run(daemon.prepare(config), str, lambda: os.kill(os.getpid(), signal.SIGHUP)))
"""


def test_a_terminal_that_hangs_up_ends_it_as_an_order_to_stop_does(tmp_path: Path) -> None:
    text = config_text().replace("[company]", f'policy = "{ROOT / "policy"}"\n[company]')
    (tmp_path / "config.toml").write_text(text)
    ran = subprocess.run(
        [sys.executable, "-c", HANGS_UP, str(tmp_path / "config.toml")],
        env={**os.environ, "SECRET": "canary-secret-value"},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    assert b"stopped" in ran.stderr
