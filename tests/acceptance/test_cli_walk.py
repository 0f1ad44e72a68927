"""The real command, from a bare folder to a public post: daemon, sandbox and several people."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests
from installation import PUBLISHER, ROOT, Installation, installed


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return installed(tmp_path_factory.mktemp("installation"))


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
