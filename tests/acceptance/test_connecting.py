"""Accounts that are connected by real commands over a real daemon, desk and sandbox; no secret anywhere."""

import fcntl
import os
import pty
import re
import signal
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from installation import PUBLISHER, Installation, installed
from test_desk_process import opened

CANARY = "canary-7f3a9e-consumer-secret"
TOKENS = {
    "sandbox-facebook": ["sandbox-sandbox-facebook"],
    "sandbox-board": ["sandbox-sandbox-board", "sandbox-board"],
    "sandbox-blog": ["sandbox-blog", "sandbox-sandbox-blog"],
    "sandbox-mastodon": ["sandbox-sandbox-mastodon"],
}
SECRETS = [CANARY, *(f"sandbox-{name}" for name in (*TOKENS, "sandbox-x"))]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Desk and sandbox run; config.toml says of no account where its credentials are."""
    made = installed(tmp_path_factory.mktemp("connecting"))
    file = made.folder / "config.toml"
    table = re.compile(r"^\[accounts\.[a-z-]+\.credentials\].*\n(?:\w+ = .*\n)+", re.MULTILINE)
    text = table.sub("", file.read_text())
    assert text.count("credentials]") == 1  # that of the example
    file.write_text(text)
    ended = made.run("db", "upgrade")
    assert ended.returncode == 0, ended.stderr
    with ExitStack() as running:
        running.enter_context(process(made, "sandbox", "--port", str(made.port)))
        running.enter_context(opened(made))
        yield made


@contextmanager
def process(place: Installation, *argv: str) -> Iterator[subprocess.Popen[bytes]]:
    log = (place.folder / f"{argv[0]}.log").open("ab")
    made = subprocess.Popen(
        [*PUBLISHER, *argv], cwd=place.folder, env=place.env(""), stdout=log, stderr=log
    )
    try:
        yield made
    finally:
        made.send_signal(signal.SIGTERM)
        made.wait(90)
        log.close()


@contextmanager
def daemon(place: Installation) -> Iterator[subprocess.Popen[bytes]]:
    with process(place, "daemon") as made:
        waits_for((place.folder / "data" / "daemon.sock").exists)
        yield made


def waits_for(so: Any, seconds: float = 90) -> None:
    ends = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < ends
        time.sleep(0.05)


def connect(place: Installation, account: str, by: str = "gus") -> subprocess.CompletedProcess[Any]:
    typed = "".join(f"{one}\n" for one in TOKENS[account])
    return place.run("accounts", "connect", account, by=by, input=typed)


def sandbox(place: Installation, path: str, **body: Any) -> None:
    answer = requests.post(f"http://127.0.0.1:{place.port}/_sandbox/{path}", json=body, timeout=60)
    assert answer.ok, answer.text


def command_lines() -> str:
    """Of every process, as anybody on the machine sees them."""
    found = []
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(one.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
        except OSError:
            continue
    return "\n".join(found)


def test_without_a_daemon_it_is_said_and_nothing_is_lost(place: Installation) -> None:
    ended = connect(place, "sandbox-board")
    assert ended.returncode == 75, ended.stderr
    assert "daemon does not answer" in ended.stderr


def test_every_network_is_connected_and_a_post_goes_out_with_it(place: Installation) -> None:
    sandbox(place, "settings", facebook_token_days=10)
    with daemon(place):
        for account in TOKENS:
            ended = connect(place, account)
            assert ended.returncode == 0, ended.stderr
            assert f"{account} is connected" in ended.stdout
        assert "ends" in connect(place, "sandbox-facebook").stdout
        assert connect(place, "sandbox-board", by="ann").returncode == 5
        written = place.run("post", "Hello from all of us", "--to", "sandbox-board", "--at", "now")
        found = re.search(r"publisher approve (\S+) --seen (\S+)", written.stdout)
        assert found is not None, written.stdout + written.stderr
        approved = place.run("approve", found[1], "--seen", found[2], by="bo")
        assert approved.returncode == 0, approved.stderr
        assert place.becomes(found[1], "published")
        looked = place.run("doctor")
        assert "in the vault" in looked.stdout
        assert "sandbox-facebook: The network says that this ends" in looked.stdout
        assert "says that this ends" in place.run("accounts").stdout
        assert "the credentials of sandbox-facebook end" in place.run("status").stdout


def test_x_is_connected_by_its_number_and_what_is_typed_stands_in_no_list_of_processes(
    place: Installation,
) -> None:
    base = f"http://127.0.0.1:{place.port}/x"
    with daemon(place):
        typing = subprocess.Popen(
            [*PUBLISHER, "accounts", "connect", "x"],
            cwd=place.folder,
            env=place.env("gus"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert typing.stdin is not None
        assert typing.stdout is not None
        typing.stdin.write(f"sandbox\n{CANARY}\n\n")
        typing.stdin.flush()
        address = typing.stdout.readline().strip()
        assert address.startswith(f"{base}/oauth/authorize?oauth_token=")
        shown = command_lines()
        assert "accounts connect x" in shown
        assert not [secret for secret in SECRETS if secret in shown]
        page = requests.get(address, params={"as": "sandbox-x"}, timeout=60).text
        number = re.search(r"PIN: <b>(\d+)</b>", page)
        assert number is not None, page
        said, _ = typing.communicate(f"{number[1]}\n", timeout=90)
        assert typing.returncode == 0
        assert "sandbox-x is connected" in said
        [mine] = [one for one in place.json("accounts") if one["id"] == "sandbox-x"]
        assert (mine["credentials"], mine["broken"]) == ("vault", None)


def test_at_a_terminal_a_secret_is_not_shown_while_it_is_typed(place: Installation) -> None:
    ours, theirs = pty.openpty()
    with daemon(place):
        typing = subprocess.Popen(
            [*PUBLISHER, "accounts", "connect", "sandbox-board"],
            cwd=place.folder,
            env=place.env("gus"),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(theirs, termios.TIOCSCTTY, 0),  # noqa: PLW1509  # one call
        )
        os.close(theirs)
        shown = b""
        for one in TOKENS["sandbox-board"]:
            shown = read_to(ours, shown, b"> ")
            os.write(ours, f"{one}\n".encode())
        shown = read_to(ours, shown, b"is connected")
        assert typing.wait(60) == 0
        os.close(ours)
    assert b"sandbox-sandbox-board" not in shown
    assert b"api_key" in shown


def read_to(terminal: int, shown: bytes, sign: bytes) -> bytes:
    """What is on the screen once the sign stands there anew."""
    before = len(shown)
    while sign not in shown[before:]:
        shown += os.read(terminal, 4096)
    return shown


def test_a_daemon_that_is_killed_while_a_network_is_asked_has_kept_nothing_and_one_tries_again(
    place: Installation,
) -> None:
    hang = {"fault": "hang", "network": "discourse", "on": "any", "seconds": 60}
    with daemon(place) as running:
        sandbox(place, "faults", **hang)
        typing = subprocess.Popen(
            [*PUBLISHER, "accounts", "connect", "sandbox-board"],
            cwd=place.folder,
            env=place.env("gus"),
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert typing.stdin is not None
        typing.stdin.write("".join(f"{one}\n" for one in TOKENS["sandbox-board"]))
        typing.stdin.close()
        waits_for(lambda: hits(place) == 1)
        running.kill()
        running.wait(30)
        assert typing.wait(90) == 75
        assert typing.stderr is not None
        assert "Try again" in typing.stderr.read()
        typing.stderr.close()
    (place.folder / "data" / "daemon.sock").unlink(missing_ok=True)
    with daemon(place):
        assert connect(place, "sandbox-board").returncode == 0


def hits(place: Installation) -> int:
    found = requests.get(f"http://127.0.0.1:{place.port}/_sandbox/faults", timeout=60).json()
    return sum(one["hits"] for one in found["faults"])


def test_a_rotation_that_is_killed_anywhere_leaves_everything_readable(place: Installation) -> None:
    for wait in (0.6, 1.2, 1.8, 2.4):
        rotating = subprocess.Popen(
            [*PUBLISHER, "keys", "rotate"],
            cwd=place.folder,
            env=place.env(""),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            rotating.wait(wait)
        except subprocess.TimeoutExpired:
            rotating.kill()
        rotating.wait(30)
    with daemon(place):
        ended = place.run("accounts", "verify", by="gus")
        assert ended.returncode == 0, ended.stdout + ended.stderr
        done = place.run("keys", "rotate")
        assert done.returncode == 0, done.stderr
        assert place.run("accounts", "verify", by="gus").returncode == 0


def test_no_secret_stands_anywhere_but_sealed(place: Installation) -> None:
    with daemon(place):
        answers = [
            place.run("accounts", "--json").stdout,
            place.run("status", "--json").stdout,
            place.run("audit", "export", by="fay").stdout,
            place.run("doctor").stdout,
        ]
        copy = place.run("db", "backup", "copy.db", by="gus")
        assert copy.returncode == 0, copy.stderr
    assert "connect account" in answers[2]
    [keys] = place.folder.glob("witness/*/vault.keys")
    values = [*SECRETS, *keys.read_text().split()[1::2]]
    files = [one for one in place.folder.rglob("*") if one.is_file() and one != keys]
    assert len(files) > 10
    texts = {"answers": "\n".join(answers).encode(), **{str(f): f.read_bytes() for f in files}}
    found = {
        (name, value)
        for name, text in texts.items()
        for value in values
        if value.encode() in text and "published.jsonl" not in name
    }
    assert found == set()
    assert place.run("audit", "verify").returncode == 0
