"""Where the desk is, and what this machine keeps to be known by there."""

import json
import stat
from pathlib import Path

import pytest

from publisher.client import stored, where
from publisher.client.stored import Stored
from publisher.client.where import Socket, Web
from publisher.errors import NotPermitted, Problem, Usage

HOME = "https://desk.example.org"
OTHER = "https://other.example.org"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "config.toml").touch()
    return {"HOME": str(tmp_path / "home")}


def keep(env: dict[str, str], url: str = HOME, secret: str = "pub_ses_1") -> None:
    stored.keep(Stored(url, "ann", secret), env)


def test_what_is_kept_is_for_nobody_else_to_read(env: dict[str, str]) -> None:
    keep(env)
    file = stored.file_of(env)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [one.name for one in file.parent.iterdir()] == [file.name]
    assert "pub_ses_1" not in repr(stored.read(env))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_what_others_could_have_read_is_not_used(env: dict[str, str], mode: int) -> None:
    keep(env)
    stored.file_of(env).chmod(mode)
    with pytest.raises(NotPermitted, match="Others can read"):
        stored.read(env)


@pytest.mark.parametrize("text", ["", "[1]", "{}]", '[{"url": "https://a"}]', "null"])
def test_what_cannot_be_read_is_said(env: dict[str, str], text: str) -> None:
    keep(env)
    stored.file_of(env).write_text(text)
    with pytest.raises(Problem, match="cannot be read"):
        stored.read(env)


def test_of_each_desk_the_newest_is_kept_and_the_newest_of_all_is_used(env: dict[str, str]) -> None:
    keep(env, HOME, "old")
    keep(env, OTHER, "other")
    keep(env, HOME, "new")
    assert [(one.url, one.secret) for one in stored.read(env)] == [(HOME, "new"), (OTHER, "other")]
    assert where.find(env, Path("/nowhere")) == Web(HOME, "new")
    stored.forget(HOME, env)
    assert where.find(env, Path("/nowhere")) == Web(OTHER, "other")
    assert len(json.loads(stored.file_of(env).read_text())) == 1


def test_what_the_environment_says_goes_before_what_is_kept_and_that_before_config_toml(
    env: dict[str, str], tmp_path: Path
) -> None:
    here = Socket(tmp_path / "run" / "desk.sock")
    assert where.find(env, tmp_path) == here
    keep(env)
    assert where.find(env, tmp_path) == Web(HOME, "pub_ses_1")
    there = {**env, "PUBLISHER_SOCKET": "/run/desk.sock"}
    assert where.find(there, tmp_path) == Socket(Path("/run/desk.sock"))
    web = {**there, "PUBLISHER_URL": f"{OTHER}/", "PUBLISHER_TOKEN": "pub_tok_1"}
    assert where.find(web, tmp_path) == Web(OTHER, "pub_tok_1")
    assert where.local(env, tmp_path) == here, "to confirm, the kernel has to say who is there"


def test_at_an_address_without_a_token_the_sign_in_of_that_address_is_shown_and_no_other(
    env: dict[str, str], tmp_path: Path
) -> None:
    keep(env)
    assert where.find({**env, "PUBLISHER_URL": HOME}, tmp_path) == Web(HOME, "pub_ses_1")
    with pytest.raises(NotPermitted, match="no sign-in for https://other"):
        where.find({**env, "PUBLISHER_URL": OTHER}, tmp_path)


def test_nothing_says_where_it_is(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        where.find({"HOME": str(tmp_path)}, tmp_path)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("https://desk.example.org", "https://desk.example.org"),
        ("https://desk.example.org/", "https://desk.example.org"),
        ("https://Desk.Example.org:8443", "https://desk.example.org:8443"),
        ("http://localhost:8910", "http://localhost:8910"),
        ("http://127.0.0.1:8910", "http://127.0.0.1:8910"),
        ("http://[::1]:8910", "http://[::1]:8910"),
    ],
)
def test_an_address_is_kept_in_one_form(typed: str, found: str) -> None:
    assert where.address(typed) == found


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("http://desk.example.org", "read on the way"),
        ("http://127.0.0.1.example.org", "read on the way"),
        ("http://localhost.example.org", "read on the way"),
        ("desk.example.org", "no address"),
        ("ftp://desk.example.org", "no address"),
        ("https://", "no address"),
        ("https://desk.example.org/desk", "no address"),
        ("https://ann:secret@desk.example.org", "no address"),
        ("https://desk.example.org:port", "no address"),
        ("https://[::1", "no address"),
    ],
)
def test_any_other_is_refused(typed: str, said: str) -> None:
    with pytest.raises(Usage, match=said):
        where.address(typed)
