"""The real command, from a bare folder to a public post: daemon, sandbox and several people."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).parents[2]
PUBLISHER = [sys.executable, "-m", "publisher"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Installation:
    """A folder of its own, with the shipped configuration on other ports."""

    folder: Path
    port: int

    def run(
        self, *argv: str | bytes, by: str = "ann", **more: Any
    ) -> subprocess.CompletedProcess[Any]:
        settings = {"capture_output": True, "text": True, "timeout": 180, **more}
        return subprocess.run(
            [*PUBLISHER, *argv], cwd=self.folder, env=self.env(by), check=False, **settings
        )

    def env(self, by: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PUBLISHER_")}
        own = {"PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(self.folder)}
        return {**kept, **own, "PUBLISHER_AS": by}

    def json(self, *argv: str, by: str = "ann") -> Any:
        ended = self.run(*argv, "--json", by=by)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    def state(self, name: str) -> str:
        [row] = self.json("show", name)["deliveries"]
        return str(row["state"])

    def becomes(self, name: str, state: str, seconds: float = 90) -> bool:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if self.state(name) == state:
                return True
        return False


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return installed(tmp_path_factory.mktemp("installation"))


def installed(folder: Path) -> Installation:
    """The shipped configuration and policy in this folder, on a port of its own, with no undo window."""
    port = free_port()
    config = (ROOT / "config.toml").read_text("utf-8")
    config = config.replace("127.0.0.1:8090", f"127.0.0.1:{port}")
    config = config.replace("127.0.0.1:8091", "127.0.0.1:0").replace(":8910", ":0")
    config = re.sub(r"free_space_reserve = \d+", "free_space_reserve = 0", config)
    (folder / "config.toml").write_text(config, "utf-8")
    (folder / "policy").mkdir()
    for file in (ROOT / "policy").iterdir():
        words = file.read_text("utf-8")
        if file.name == "rules.toml":  # no undo window, so that nobody has to wait for its end
            words = words.replace("seconds = 60", "seconds = 0")
        (folder / "policy" / file.name).write_text(words, "utf-8")
    return Installation(folder, port)


@pytest.fixture(scope="module")
def running(place: Installation) -> Iterator[Installation]:
    """`publisher up`, until the end: it exits with 0 on SIGTERM."""
    log = (place.folder / "up.log").open("wb")
    process = subprocess.Popen(
        [*PUBLISHER, "up"], cwd=place.folder, env=place.env(""), stdout=subprocess.PIPE, stderr=log
    )
    assert process.stdout is not None
    said = b""
    for line in process.stdout:
        said += line
        if b"What the networks show" in line:
            break
    assert b"publisher post" in said, (place.folder / "up.log").read_text()
    try:
        yield place
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(90)
        process.stdout.close()
        log.close()
    assert code == 0
    assert "Traceback" not in (place.folder / "up.log").read_text()


def test_a_post_is_written_approved_and_public_once_with_its_notice(running: Installation) -> None:
    written = running.run("post", "Hello from all of us", "--to", "sandbox-board", "--at", "now")
    assert written.returncode == 0, written.stderr
    found = re.search(r"publisher approve (\S+) --seen (\S+)", written.stdout)
    assert found is not None, written.stdout
    post, seen = found.groups()
    assert running.run("approve", post, "--seen", seen, by="ann").returncode == 5
    approved = running.run("approve", post, "--seen", seen, by="bo")
    assert approved.returncode == 0, approved.stderr
    assert running.becomes(post, "published")
    page = requests.get(f"http://127.0.0.1:{running.port}/timeline/discourse", timeout=60)
    assert page.text.count("As of posting time; not necessarily an official announcement") == 1
    assert "Hello from all of us" in page.text
    [tried] = running.json("show", post)["tries"]
    assert tried["outcome"] == "published"


@pytest.mark.clause("U4c", kind="allow")
def test_two_people_send_an_urgent_notice_at_any_hour(running: Installation) -> None:
    asked = running.run(
        "urgent",
        "Our line is down",
        "--to",
        "sandbox-x",
        "--category",
        "outage",
        "--reason",
        "callers get no answer",
    )
    assert asked.returncode == 0, asked.stderr
    [post] = re.findall(r"sends it: publisher urgent (\S+)", asked.stdout)
    assert running.state(post) == "waiting"
    looked = running.run("urgent", post, by="cy")
    assert "Our line is down" in looked.stdout
    [seen] = re.findall(r"--seen (\S+)", looked.stderr)
    sent = running.run("urgent", post, "--seen", seen, by="cy")
    assert sent.returncode == 0, sent.stderr
    assert running.becomes(post, "published")
    assert any(
        "Review the urgent exception" in one["what"] for one in running.json("todo", "--all")
    )


def test_the_history_verifies_while_the_daemon_runs(running: Installation) -> None:
    verified = running.run("audit", "verify", by="fay")
    assert verified.returncode == 0, verified.stderr
    assert running.json("status")["daemon"]["pid"]


def test_every_account_is_recognised_and_the_doctor_is_content(running: Installation) -> None:
    verified = running.run("accounts", "verify", by="gus")
    assert verified.returncode == 0, verified.stdout
    found = running.run("doctor", by="gus")
    assert found.returncode == 0, found.stdout
    assert "fail" not in found.stdout


def test_a_second_daemon_and_a_restore_are_refused_and_name_the_first(
    running: Installation,
) -> None:
    pid = running.json("status")["daemon"]["pid"]
    second = running.run("daemon")
    assert second.returncode == 7
    assert f"process {pid}" in second.stderr
    copy = running.folder / "copy.db"
    assert running.run("db", "backup", str(copy), by="gus").returncode == 0
    assert running.run("db", "restore", str(copy), by="gus").returncode == 7


def test_a_closed_pipe_loses_nothing_and_says_nothing(running: Installation) -> None:
    read, write = os.pipe()
    os.close(read)
    ended = running.run(
        "post",
        "To nobody",
        "--to",
        "sandbox-board",
        "--title",
        "A long enough title",
        capture_output=False,
        stdout=write,
        stderr=subprocess.PIPE,
    )
    os.close(write)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert any(one["text"] == "To nobody" for one in running.json("queue"))


def test_bytes_that_are_no_utf8_are_refused(place: Installation) -> None:
    ended = place.run("post", b"caf\xe9", "--to", "sandbox-board")
    assert ended.returncode == 2
    assert "not valid UTF-8" in ended.stderr


def test_help_answers_quickly_because_it_imports_nothing_heavy() -> None:
    heavy = (
        "sqlmodel",
        "sqlalchemy",
        "requests",
        "tweepy",
        "pydantic",
        "PIL",
        "structlog",
        "holidays",
        "alembic",
        "apprise",
        "apscheduler",
    )
    script = (
        "import sys; from publisher.cli.edge import run; run(['--help']); "
        f"print(*(m for m in {heavy} if m in sys.modules), file=sys.stderr)"
    )
    seen = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert seen.stderr.strip() == ""
    assert "approve" in seen.stdout
