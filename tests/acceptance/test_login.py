"""From another folder with nothing but an address: signed in, posted, looked, signed out."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from installation import PUBLISHER, ROOT, Installation
from test_desk_over_tcp import listening, opened, over_tcp


class Elsewhere:
    """Somebody's own machine: a folder with nothing in it, and a home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "somewhere"
        self.folder.mkdir()
        self.env = {
            "HOME": str(folder),
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "LOGNAME": "ann",
        }

    def run(self, *argv: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*PUBLISHER, *argv],
            cwd=self.folder,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def login(self, address: str, place: Installation, by: str = "ann") -> str:
        """Signed in, as soon as the code is confirmed on the server; what was said."""
        asking = subprocess.Popen(
            [*PUBLISHER, "login", address],
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert asking.stderr is not None
            found = re.search(r"login --approve (\S+)", asking.stderr.readline())
            assert found is not None
            confirmed = place.run("login", "--approve", found[1], "--yes", by=by)
            assert "from 127.0.0.1" in confirmed.stdout, confirmed.stderr
            said, complaint = asking.communicate(timeout=60)
            assert asking.returncode == 0, complaint
            return said
        finally:
            asking.kill()
            asking.wait(30)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    found = listening(tmp_path_factory.mktemp("place"), 'listen = "127.0.0.1:0"')
    assert found.run("db", "upgrade").returncode == 0
    return found


@pytest.fixture(scope="module")
def address(place: Installation) -> Iterator[str]:
    with opened(place) as said:
        yield said


@pytest.fixture
def elsewhere(tmp_path: Path) -> Elsewhere:
    return Elsewhere(tmp_path)


def test_signed_in_one_posts_and_looks_and_signed_out_one_does_not(
    elsewhere: Elsewhere, place: Installation, address: str
) -> None:
    assert "as ann" in elsewhere.login(address, place)
    posted = elsewhere.run("post", "From elsewhere", "--to", "sandbox-x", "--at", "next")
    assert posted.returncode == 0, posted.stderr
    assert "From elsewhere" in elsewhere.run("queue").stdout
    status = elsewhere.run("status")
    assert status.returncode in (0, 1), status.stderr  # no daemon runs here, and that is said
    assert "waiting" in status.stdout
    assert "127.0.0.1" in elsewhere.run("session").stdout
    assert elsewhere.run("logout").returncode == 0
    assert elsewhere.run("queue").returncode != 0
    assert place.run("session").stdout.strip() == "None."


def test_an_approval_from_elsewhere_takes_a_word_on_the_server(
    elsewhere: Elsewhere, place: Installation, address: str
) -> None:
    written = place.run("post", "To be approved", "--to", "sandbox-x", "--at", "next")
    approve = re.search(r"publisher (approve \S+ --seen \S+)", written.stdout)
    assert approve is not None, written.stdout + written.stderr
    elsewhere.login(address, place, by="bo")
    refused = elsewhere.run(*approve[1].split())
    assert refused.returncode == 5
    code = re.search(r"login --approve (\S+)", refused.stderr)
    assert code is not None, refused.stderr
    assert place.run("login", "--approve", code[1], "--yes", by="ann").returncode == 6
    assert place.run("login", "--approve", code[1], "--yes", by="bo").returncode == 0
    approved = elsewhere.run(*approve[1].split())
    assert approved.returncode == 0, approved.stderr


def test_a_program_is_known_by_its_token_and_approves_nothing(
    elsewhere: Elsewhere, place: Installation, address: str
) -> None:
    made = place.run("token", "create", "nightly", "--scope", "write")
    secret = made.stdout.strip()
    assert re.fullmatch(r"pub_tok_\w+", secret), made.stderr
    there = {"PUBLISHER_URL": address, "PUBLISHER_TOKEN": secret}
    posted = elsewhere.run("post", "By night", "--to", "sandbox-x", "--at", "next", **there)
    assert posted.returncode == 0, posted.stderr
    refused = elsewhere.run("approve", "none", "--seen", "0" * 24, **there)
    assert refused.returncode == 5
    [line] = place.run("token").stdout.splitlines()
    assert place.run("token", "revoke", line.split()[0]).returncode == 0
    assert elsewhere.run("queue", **there).returncode == 5
    assert secret not in (place.folder / "desk.log").read_text()


@pytest.mark.usefixtures("address")
def test_nothing_is_confirmed_that_nobody_asked_for(place: Installation) -> None:
    refused = place.run("login", "--approve", "BCDF-GHJK", "--yes")
    assert refused.returncode == 6
    assert "Nothing waits under this code" in refused.stderr


def test_nothing_is_confirmed_without_a_yes(place: Installation, address: str) -> None:
    _, _, begun = over_tcp(address, "POST", "/api/v1/login", {})
    refused = place.run("login", "--approve", begun["user_code"])  # no terminal to be asked at
    assert refused.returncode == 2
    asked = {"device_code": begun["device_code"]}
    assert over_tcp(address, "POST", "/api/v1/login/poll", asked)[2]["confirmed"] is False


def test_nothing_is_sent_in_the_open(elsewhere: Elsewhere) -> None:
    refused = elsewhere.run("login", "http://desk.example.org")
    assert refused.returncode == 2
    assert "could be read on the way" in refused.stderr
