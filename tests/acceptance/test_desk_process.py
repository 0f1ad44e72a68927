"""The desk as a process of its own: who is at its socket, what it survives, what it leaves."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from installation import PUBLISHER, Installation, installed

from publisher.service.peer import MOST

STRANGER = 64_999  # a uid that is nobody's
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be another user")


class Line(http.client.HTTPConnection):
    """HTTP over the desk's socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=30)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(30)
        self.sock.connect(str(self._path))


def ask(desk: Path, method: str, path: str, told: Any = None, **head: str) -> tuple[int, Any]:
    body = None if told is None else json.dumps(told)
    kind = {"Content-Type": "application/json"} if body else {}
    sent = {name.replace("_", "-"): value for name, value in head.items()}
    with closing(Line(desk)) as line:
        line.request(method, path, body, {**kind, **sent})
        answer = line.getresponse()
        return answer.status, json.loads(answer.read() or b"null")


@contextmanager
def opened(place: Installation) -> Iterator[subprocess.Popen[bytes]]:
    """`publisher desk`, until the end."""
    log = (place.folder / "desk.log").open("ab")
    process = subprocess.Popen(
        [*PUBLISHER, "desk"], cwd=place.folder, env=place.env(""), stdout=log, stderr=log
    )
    try:
        _until(lambda: _answers(place) or process.poll() is not None)
        assert process.poll() is None, (place.folder / "desk.log").read_text()
        yield process
    finally:
        process.kill()
        process.wait(30)
        log.close()


def _until(so: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not so() and time.monotonic() < ends:
        time.sleep(0.05)


def _answers(place: Installation) -> bool:
    try:
        return ask(socket_of(place), "GET", "/healthz")[0] == 200
    except OSError:
        return False


def socket_of(place: Installation) -> Path:
    return place.folder / "run" / "desk.sock"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation that no daemon serves, with no desk."""
    return _upgraded(tmp_path_factory.mktemp("place"))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Another one, whose desk stays open."""
    found = _upgraded(tmp_path_factory.mktemp("served"))
    with opened(found):
        yield found


def _upgraded(folder: Path) -> Installation:
    found = installed(folder)
    upgraded = found.run("db", "upgrade")
    assert upgraded.returncode == 0, upgraded.stderr
    return found


@pytest.fixture
def desk(served: Installation) -> Path:
    return socket_of(served)


def test_everybody_reaches_the_socket_and_only_the_owner_the_lock(desk: Path) -> None:
    assert desk.parent.stat().st_mode & 0o777 == 0o755
    assert desk.stat().st_mode & 0o777 == 0o666
    assert Path(f"{desk}.lock").stat().st_mode & 0o777 == 0o600


@as_root
def test_the_kernel_says_who_is_there_and_no_header_does(desk: Path) -> None:
    heads = {
        "X_Forwarded_User": ("ann", "session.nobody"),
        "X_Forwarded_For": ("127.0.0.1", "session.nobody"),
        "Publisher_As": ("ann", "session.no_sample_here"),
        "Authorization": ("Bearer ann", "session.no_proof_here"),
        "Cookie": ("session=ann", "session.no_proof_here"),
    }
    for name, (value, code) in heads.items():
        status, said = asked_by(STRANGER, desk, {name: value})
        assert (status, said["code"]) == (403, code), name
    status, said = asked_by(STRANGER, desk, {})
    assert (status, said["code"]) == (403, "session.nobody")
    assert str(STRANGER) in said["detail"]


def asked_by(uid: int, desk: Path, head: dict[str, str]) -> Any:
    """What a process of that user is answered."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.chdir(desk.parent)  # whose parents may be closed to them, here in the tests
            os.setgid(uid)
            os.setuid(uid)
            answer = ask(Path(desk.name), "GET", "/api/v1/posts", **head)
            os.write(writes, json.dumps(answer).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writes)
    with os.fdopen(reads, "rb") as stream:
        said = stream.read()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    return json.loads(said)


def test_a_user_who_only_connects_gets_so_many_connections_and_no_more(desk: Path) -> None:
    with ExitStack() as open_ones:
        lines = [open_ones.enter_context(closing(Line(desk))) for _ in range(MOST + 20)]
        for one in lines:
            one.connect()
            one.sock.settimeout(5)
        last = lines[-1].sock
        assert last.recv(1) == b"", "one too many is let go"
        lines[0].request("GET", "/healthz")  # those that were there before stay
        assert lines[0].getresponse().status == 200


def test_a_second_desk_is_refused_and_takes_nothing_from_the_first(
    desk: Path, served: Installation
) -> None:
    second = served.run("desk")
    assert second.returncode == 7
    assert "open at" in second.stderr
    assert ask(desk, "GET", "/healthz")[0] == 200


def test_a_desk_that_was_killed_leaves_what_was_done_and_opens_again(place: Installation) -> None:
    told = {"text": "Written before the end", "accounts": ["sandbox-x"], "at": "next"}
    head = {"Publisher_As": "ann", "Idempotency_Key": "before-the-end"}
    with opened(place) as process:
        status, first = ask(socket_of(place), "POST", "/api/v1/posts", told, **head)
        assert status == 201, first
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    with opened(place):
        status, again = ask(socket_of(place), "POST", "/api/v1/posts", told, **head)
        assert (status, again["id"]) == (201, first["id"])
        _, queue = ask(socket_of(place), "GET", "/api/v1/posts", Publisher_As="ann")
        assert [one["id"] for one in queue["posts"]].count(first["id"]) == 1


@pytest.mark.parametrize("at", range(4))
def test_killed_while_it_writes_it_has_written_once_or_not_at_all(
    place: Installation, at: int
) -> None:
    told = {"text": f"Written while it ends, {at}", "accounts": ["sandbox-x"], "at": "next"}
    head = {"Publisher_As": "ann", "Idempotency_Key": f"while-it-ends-{at}"}
    with opened(place) as process:
        killer = threading.Timer(0.006 * at, process.kill)
        killer.start()
        answered: list[Any] = []
        with suppress(OSError, http.client.HTTPException):
            answered.append(ask(socket_of(place), "POST", "/api/v1/posts", told, **head))
        killer.join()
        process.wait(30)
    with opened(place):
        status, said = ask(socket_of(place), "POST", "/api/v1/posts", told, **head)
        assert status == 201, said
        assert [one["id"] for _, one in answered] in ([], [said["id"]])
        _, queue = ask(socket_of(place), "GET", "/api/v1/posts?most=100", Publisher_As="ann")
        assert [one["text"] for one in queue["posts"]].count(told["text"]) == 1


def test_what_changes_is_told_as_it_happens(place: Installation) -> None:
    with opened(place) as process:
        line = Line(socket_of(place))
        line.request("GET", "/api/v1/events", headers={"Publisher-As": "ann"})
        stream = line.getresponse()
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.readline() == b": here\n"
        told = {"text": "Heard of", "accounts": ["sandbox-x"], "at": "next"}
        _, written = ask(socket_of(place), "POST", "/api/v1/posts", told, Publisher_As="ann")
        heard = b""
        while b'"topic"' not in heard:
            heard = stream.readline()
        assert json.loads(heard.removeprefix(b"data: ")) == {"topic": "post", "id": written["id"]}
        process.send_signal(signal.SIGTERM)  # an open stream keeps nobody from closing
        assert process.wait(20) == 0
        line.close()
    assert not socket_of(place).exists()


def test_no_database_is_changed_under_an_open_desk(desk: Path, served: Installation) -> None:
    """What it wrote from then on would be in the replaced one."""
    copy = served.folder / "copy.db"
    assert served.run("db", "backup", str(copy), by="gus").returncode == 0
    refused = served.run("db", "restore", str(copy), by="gus")
    assert refused.returncode == 7
    assert f"A desk is open at {desk}" in refused.stderr
    assert not list(served.folder.glob("data/*.replaced-*"))


def test_a_database_of_another_version_is_not_served(place: Installation) -> None:
    import sqlite3

    database = place.folder / "data" / "publisher.db"
    with sqlite3.connect(database) as conn:
        [now] = conn.execute("SELECT version_num FROM alembic_version").fetchone()
        conn.execute("UPDATE alembic_version SET version_num = '0001'")
    refused = place.run("desk")
    with sqlite3.connect(database) as conn:
        conn.execute("UPDATE alembic_version SET version_num = ?", (now,))
    assert refused.returncode == 7
    assert "publisher db upgrade" in refused.stderr


ASKING = """
import sys
from publisher.cli.edge import run

def said(by, *argv):
    assert run([*argv, "--as", by]) in (0, 1, 3), argv

said("ann", "post", "Nothing but the door", "--to", "sandbox-board", "--at", "2027-01-12 10:00")
for argv in (["queue"], ["queue", "--all", "--json"], ["todo"], ["status"], ["accounts"], ["people"],
             ["calendar", "sandbox-x"], ["audit", "trail"],
             ["exception", "list"], ["policy", "changes"], ["config", "changes"]):
    said("gus", *argv)
heavy = ("sqlalchemy", "sqlmodel", "tweepy", "fastapi", "structlog", "requests", "PIL", "publisher.config")
print("heavy:", [name for name in heavy if name in sys.modules])
"""


def test_commands_that_ask_the_desk_load_none_of_what_serves_it(served: Installation) -> None:
    """Pydantic comes with what reads the command line, and is not ours to leave out."""
    ended = subprocess.run(
        [sys.executable, "-c", ASKING],
        cwd=served.folder,
        env=served.env(""),
        check=False,
        text=True,
        capture_output=True,
        timeout=180,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.endswith("heavy: []\n"), ended.stdout[-500:]


def test_a_command_says_when_the_desk_is_not_there(place: Installation) -> None:
    ended = place.run("queue")
    assert ended.returncode == 75
    assert "The desk does not answer at" in ended.stderr
    assert "publisher desk" in ended.stderr
