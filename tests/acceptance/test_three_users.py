"""The documented install, on a machine of several people: the service's user, two of comms, a stranger.

They are made and removed here, so it needs root. Where something lies is changed in what the documents
say, and who the service's user is; systemd's part is played by what its units say.
"""

import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from installation import ROOT, free_port
from test_desk_process import ask

from publisher import beside

OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")
BLOCKS = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
PLACES = ("/opt/publisher", "/etc/publisher", "/var/lib/publisher", "/run/publisher-desk")
LETTERS = os.urandom(3).hex()
SERVICE, ANN, BO, STRANGER = (f"pub-{one}-{LETTERS}" for one in ("svc", "ann", "bo", "nn"))


@dataclass
class Machine:
    """Where the documents' paths lie here, and what runs."""

    top: Path
    python: Sequence[str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def here(self, said: str) -> str:
        """Of what the documents say, with the paths of this machine and its service's user."""
        for one in (*PLACES, "/etc/systemd/system"):
            said = said.replace(one, f"{self.top}{one}")
        return re.sub(r"(?<![\w/.-])publisher$", SERVICE, said, flags=re.MULTILINE)

    def at(self, path: str) -> Path:
        return Path(self.here(path))

    @property
    def data(self) -> Path:
        return self.at("/var/lib/publisher/data")

    @property
    def desk(self) -> Path:
        return self.at("/run/publisher-desk/desk.sock")

    def log(self, name: str) -> str:
        return (self.top / f"{name}.log").read_text()


def documented(begins: str) -> str:
    """The block of the documents that begins so."""
    [found] = [said for _, said in BLOCKS.findall(OPERATIONS) if said.startswith(begins)]
    return str(found)


def python_for_all() -> list[str] | None:
    """One that other users may run, and that finds what is installed for this one."""
    site = next(one for one in sys.path if one.endswith("site-packages"))
    major, minor = sys.version_info[:2]
    for one in (sys.executable, f"/usr/bin/python{major}.{minor}"):
        tried = ["env", f"PYTHONPATH={ROOT}:{site}", one]
        with suppress(OSError):
            ended = subprocess.run(
                [*tried, "-c", "import publisher.cli.commands, publisher.service.app"],
                user=64_999,
                group=64_999,
                extra_groups=[],
                cwd="/",
                capture_output=True,
                check=False,
            )
            if ended.returncode == 0:
                return tried
    return None


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    if os.geteuid() != 0:
        pytest.skip("needs root, to make users")
    python = python_for_all()
    if python is None:
        pytest.skip("needs a Python that every user of this machine may run")
    made = Machine(Path(tempfile.mkdtemp(prefix="publisher-")), python)
    made.top.chmod(0o755)
    try:
        for one in (ANN, BO, STRANGER):
            subprocess.run(["useradd", "--no-create-home", one], check=True)
        install(made)
        for name in ("publisher", "publisher-desk"):
            start(made, name)
        yield made
    finally:
        for process in made.running.values():
            process.kill()
            process.wait(30)
        for one in (SERVICE, ANN, BO, STRANGER):
            subprocess.run(["userdel", one], check=False, capture_output=True)
        shutil.rmtree(made.top)


def install(machine: Machine) -> None:
    """Word for word, but for the program itself, which is this one."""
    for folder in ("/opt/publisher/.venv/bin", "/etc/systemd/system", "/var/lib", "/run"):
        Path(f"{machine.top}{folder}").mkdir(parents=True, exist_ok=True)
    for one in ("config.toml", "policy", "contrib"):
        machine.at(f"/opt/publisher/{one}").symlink_to(ROOT / one)
    command = machine.at("/opt/publisher/.venv/bin/publisher")
    command.write_text(f'#!/bin/sh\nexec {" ".join(machine.python)} -m publisher "$@"\n')
    command.chmod(0o755)
    said = documented("useradd") + documented("install -m 0644 /opt/publisher/contrib")
    theirs = ("git clone", "make ", "systemctl ")
    lines = [one for one in said.splitlines() if not one.startswith(theirs)]
    for line in lines:
        subprocess.run(["sh", "-ec", machine.here(line)], check=True, umask=0o022)
    register(machine)


def register(machine: Machine) -> None:
    """In config.toml, as the documents say; two people of this machine, and no hours to wait for."""
    file = machine.at("/etc/publisher/config.toml")
    said = file.read_text("utf-8")
    for line in documented('data = "').splitlines():
        if " = " in line:
            key = line.partition(" = ")[0]
            said = re.sub(rf"(?m)^{key} = .*$", machine.here(line), said, count=1)
    port = free_port()
    said = (
        said.replace("127.0.0.1:8090", f"127.0.0.1:{port}")
        .replace(":8091", ":0")
        .replace(":8910", ":0")
    )
    said = said.replace('"file:data/', f'"file:{machine.data}/')
    said = re.sub(r"free_space_reserve = \d+", "free_space_reserve = 0", said)
    for name, user, role in (("hanako", ANN, "author"), ("taro", BO, "approver")):
        person = f'name = "{name}"\nroles = ["{role}"]\nos_users = ["{user}"]\n'
        said += f"\n[people.{name}]\n{person}"
    file.write_text(said, "utf-8")


def unit(machine: Machine, name: str) -> Mapping[str, str]:
    """What the installed unit says of its service."""
    said = machine.at(f"/etc/systemd/system/{name}.service").read_text("utf-8")
    pairs = (line.split("=", 1) for line in said.splitlines() if re.match(r"[A-Z]\w+=", line))
    return dict(pairs)


def start(machine: Machine, name: str) -> None:
    """As systemd would: the folders of the unit are its user's, with the rights that it says."""
    says = unit(machine, name)
    user = pwd.getpwnam(SERVICE)
    assert says["User"] == "publisher"
    for kind, place in (("State", "/var/lib"), ("Runtime", "/run")):
        for one in says.get(f"{kind}Directory", "").split():
            folder = machine.at(f"{place}/{one}")
            folder.mkdir(exist_ok=True)
            folder.chmod(int(says[f"{kind}DirectoryMode"], 8))
            os.chown(folder, user.pw_uid, user.pw_gid)
    settings = dict(one.split("=", 1) for one in machine.here(says["Environment"]).split())
    with (machine.top / f"{name}.log").open("ab") as log:
        machine.running[name] = subprocess.Popen(
            machine.here(says["ExecStart"]).split(),
            env={"PATH": os.environ["PATH"], **settings},
            cwd=machine.at(says["WorkingDirectory"]),
            user=user.pw_uid,
            group=user.pw_gid,
            extra_groups=[],
            umask=int(says["UMask"], 8),
            stdout=log,
            stderr=log,
        )
    there = machine.data / beside.SOCKET if name == "publisher" else machine.desk
    until(machine, name, there.is_socket)


def until(machine: Machine, name: str, so: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not so():
        assert machine.running[name].poll() is None, machine.log(name)
        assert time.monotonic() < ends, machine.log(name)
        time.sleep(0.05)


def stop(machine: Machine, name: str) -> None:
    process = machine.running.pop(name)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0, machine.log(name)


def as_user(name: str, does: Callable[[], Any]) -> Any:
    """What this user gets, in a process of theirs; an error by the name of its kind."""
    user = pwd.getpwnam(name)
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
            try:
                said = does()
            except Exception as error:  # noqa: BLE001  # whatever it is, it is what they got
                said = type(error).__name__
            os.write(writes, json.dumps(said).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writes)
    with os.fdopen(reads, "rb") as stream:
        said = stream.read()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    return json.loads(said)


def typed(machine: Machine, *argv: str, by: str = "root") -> subprocess.CompletedProcess[str]:
    """A command as somebody of this machine types it."""
    user = pwd.getpwnam(by)
    return subprocess.run(
        [machine.at("/opt/publisher/.venv/bin/publisher"), *argv],
        env={
            "PATH": os.environ["PATH"],
            "PUBLISHER_CONFIG": str(machine.at("/etc/publisher/config.toml")),
        },
        cwd="/",
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_service_owns_what_it_keeps_and_nobody_else_gets_in(machine: Machine) -> None:
    user = pwd.getpwnam(SERVICE)
    witness = machine.at("/var/lib/publisher-witness")
    for top in (machine.at("/var/lib/publisher"), witness):
        for path in (top, *top.rglob("*")):
            is_ = path.lstat()
            assert is_.st_uid == user.pw_uid, path
            assert is_.st_mode & 0o077 == 0, path
    assert list(witness.glob("*/ledger.key"))
    assert machine.desk.parent.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("name", [ANN, STRANGER], ids=["comms", "stranger"])
def test_a_person_with_a_shell_reads_and_writes_nothing_of_it(machine: Machine, name: str) -> None:
    [key] = machine.at("/var/lib/publisher-witness").glob("*/ledger.key")
    kept = [machine.data / "publisher.db", machine.data / "publisher.db-wal", key, machine.data]
    kept += [machine.data / beside.SOCKET, machine.data / "sandbox" / "sandbox-x.access_token"]
    for path in kept:
        assert path.exists(), path
        assert as_user(name, path.read_bytes) == "PermissionError", path
        assert as_user(name, lambda path=path: path.write_bytes(b"")) == "PermissionError", path
    for path in (machine.data / "new", machine.data / "media" / "new", machine.desk.parent / "new"):
        assert as_user(name, path.touch) == "PermissionError", path
    settings = machine.at("/etc/publisher/config.toml")
    for path in (settings, machine.at("/etc/publisher/policy/rules.toml"), settings.parent / "new"):
        assert as_user(name, path.touch) == "PermissionError", path
    assert as_user(name, lambda: "[people.hanako]" in settings.read_text("utf-8")) is True


def test_at_the_desk_one_writes_and_another_approves(machine: Machine) -> None:
    said = ("Hello from all of us", "--to", "sandbox-x", "--at", "next", "--json")
    written = typed(machine, "post", *said, by=ANN)
    assert written.returncode == 0, written.stderr
    post = json.loads(written.stdout)
    yes = ("approve", post["id"], "--seen", post["fingerprint"])
    assert typed(machine, *yes, by=ANN).returncode == 5
    approved = typed(machine, *yes, by=BO)
    assert approved.returncode == 0, approved.stderr
    assert (
        json.loads(typed(machine, "show", post["id"], "--json", by=BO).stdout)["approval"]
        == "approved"
    )


def test_whom_the_register_does_not_know_is_told_so(machine: Machine) -> None:
    ended = typed(machine, "queue", by=STRANGER)
    assert ended.returncode == 5
    assert f'"{STRANGER}" is nobody in the register' in ended.stderr
    status, said = as_user(STRANGER, lambda: ask(machine.desk, "GET", "/api/v1/posts"))
    assert (status, said["code"]) == (403, "session.nobody")


def test_root_is_told_to_be_the_services_user_for_its_files(machine: Machine) -> None:
    """What root left there the service could not use."""
    copy = str(machine.data / "copy.db")
    for argv in (("backup", copy), ("restore", copy), ("upgrade",)):
        ended = typed(machine, "db", *argv)
        assert ended.returncode == 4, ended.stderr
        assert f"belongs to {SERVICE}, and this runs as root. Run it as {SERVICE}" in ended.stderr
    ended = typed(machine, "db", "backup", copy, by=SERVICE)
    assert "nobody in the register" in ended.stderr, (
        "its files are its own; rights are another thing"
    )


def test_whoever_else_types_what_works_on_the_files_is_told_to_be_that_user(
    machine: Machine,
) -> None:
    for argv in (
        ("db", "upgrade"),
        ("audit", "verify"),
        ("adopt", "--reason", "because"),
        ("daemon",),
    ):
        ended = typed(machine, *argv, by=ANN)
        assert ended.returncode == 4, ended.stderr
        assert f"may not even be looked at by {ANN}" in ended.stderr
    for name in (ANN, "root"):
        ended = typed(machine, "doctor", by=name)
        assert ended.returncode == 1, ended.stderr
        assert "as the user that the service runs as" in ended.stdout or SERVICE in ended.stdout
    assert "all of it is" in typed(machine, "doctor", by=SERVICE).stdout


def test_root_has_config_toml_read_again_and_nobody_of_comms_does(machine: Machine) -> None:
    with machine.at("/etc/publisher/config.toml").open("a", encoding="utf-8") as file:
        file.write('\n[people.yuki]\nname = "Yuki"\nroles = ["author"]\nos_users = ["yuki"]\n')
    refused = typed(machine, "reload", by=ANN)
    assert (refused.returncode, "Only root" in refused.stderr) == (5, True)
    ended = typed(machine, "reload")
    assert ended.returncode == 0, ended.stderr
    assert "Read. 1 account or person of the register changed." in ended.stdout
    _, people = as_user(BO, lambda: ask(machine.desk, "GET", "/api/v1/people"))
    assert "yuki" in json.dumps(people), "the desk was not started again"


@contextmanager
def without_a_desk(machine: Machine) -> Iterator[None]:
    stop(machine, "publisher-desk")
    try:
        yield
    finally:
        start(machine, "publisher-desk")


def test_without_a_desk_the_services_user_stops_and_a_person_does_not(machine: Machine) -> None:
    with without_a_desk(machine):
        for name in (ANN, STRANGER):
            refused = typed(machine, "stop", "--reason", "because", by=name)
            assert refused.returncode == 75, refused.stderr
            assert "The desk does not answer" in refused.stderr
            assert "Only root and the service's own user" in refused.stderr
            assert typed(machine, "status", by=name).returncode == 75
        assert typed(machine, "stop", "sandbox-x", "--reason", "x", by=SERVICE).returncode == 75
        stopped = typed(machine, "stop", "--reason", "the desk is down", by=SERVICE)
        assert stopped.returncode == 0, stopped.stderr
        assert "Stopped all the same" in stopped.stdout
        status = typed(machine, "status", "--json", by=SERVICE)
        assert json.loads(status.stdout)["daemon"]["pid"]
        assert "The desk does not answer" in status.stderr
    _, [only] = as_user(ANN, lambda: ask(machine.desk, "GET", "/api/v1/stops"))
    assert (only["scope"], only["by"], only["reason"]) == (
        "everything",
        "server",
        "the desk is down",
    )


def test_a_stop_without_anything_running_is_in_force_at_the_next_start(machine: Machine) -> None:
    with without_a_desk(machine):
        stop(machine, "publisher")
        ended = typed(machine, "stop", "--reason", "nothing runs")
        assert ended.returncode == 0, ended.stderr
        assert "records it as soon as it can" in ended.stdout
        start(machine, "publisher")
        until(machine, "publisher", lambda: "nothing runs" in json.dumps(recorded(machine)))


def recorded(machine: Machine) -> Any:
    """What the history says of stops."""
    import sqlite3

    with sqlite3.connect(machine.data / "publisher.db") as conn:
        asked = "SELECT body FROM payload JOIN ledger USING (seq) WHERE verb = 'stop'"
        return conn.execute(asked).fetchall()
