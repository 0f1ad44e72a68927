"""Whom the files belong to: what is the service's own, and who may write what says who may do what."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.cli import edge
from publisher.config import Config, owner, read
from publisher.errors import BadConfig

ROOT = Path(__file__).parents[2]
STRANGER = 64_999  # a uid that is nobody's
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give files away")


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Config]:
    """The shipped configuration in a folder of its own, where something was kept before."""
    mask = os.umask(0o022)
    shutil.copy(ROOT / "config.toml", tmp_path)
    shutil.copytree(ROOT / "policy", tmp_path / "policy")
    found = read(tmp_path / "config.toml", {})
    for folder in (found.data / "media", found.witness / "one"):
        folder.mkdir(parents=True)
    (found.data / "media" / "picture").write_bytes(b"one")
    (found.witness / "one" / "mark").write_bytes(b"")
    owner.keep(found)
    yield found
    os.umask(mask)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def refused(config: Config) -> str:
    with pytest.raises(BadConfig) as error:
        owner.keep(config)
    return str(error.value)


def test_what_was_open_to_others_is_taken_from_them_once(config: Config) -> None:
    picture = config.data / "media" / "picture"
    mark = config.witness / "one" / "mark"
    picture.chmod(0o640)
    mark.chmod(0o660)
    config.data.chmod(0o755)
    assert {config.data, picture, mark} == set(owner.keep(config))
    assert (mode(config.data), mode(picture), mode(mark)) == (0o700, 0o600, 0o600)
    assert owner.keep(config) == []


def test_what_is_made_from_then_on_is_the_users_alone(config: Config) -> None:
    os.umask(0o022)
    owner.keep(config)
    made = config.data / "made"
    made.write_text("now")
    assert mode(made) == 0o600


def test_a_link_is_not_followed(config: Config, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("of somebody")
    elsewhere.chmod(0o644)
    (config.data / "link").symlink_to(elsewhere)
    assert owner.keep(config) == []
    assert mode(elsewhere) == 0o644


@as_root
@pytest.mark.parametrize("what", ["data", "witness", "data/publisher.db-wal", "data/media/picture"])
def test_what_belongs_to_another_user_is_refused_by_path_with_what_to_type(
    config: Config, what: str
) -> None:
    path = config.folder / what
    path.touch()
    os.chown(path, STRANGER, -1)
    config.data.chmod(
        0o755
    )  # as it was left by a version that shared it: then pictures are looked at
    said = refused(config)
    assert f"{path} (" in said
    assert f"belongs to {STRANGER}, and this runs as root" in said
    assert f"chown -R root {config.folder / what.partition('/')[0]}" in said


@as_root
def test_root_makes_no_folder_among_another_users(config: Config, tmp_path: Path) -> None:
    os.chown(tmp_path, STRANGER, -1)
    config.witness.rename(tmp_path / "aside")
    assert f"belongs to {STRANGER}" in refused(config)


@pytest.mark.parametrize("right", [0o020, 0o002])
@pytest.mark.parametrize("what", ["config.toml", "policy", "policy/rules.toml", ""])
def test_what_says_who_may_do_what_is_written_by_its_owner_alone(
    config: Config, what: str, right: int
) -> None:
    path = config.folder / what
    if os.geteuid() == 0:
        os.chown(path, -1, STRANGER)  # a group of several
    before = mode(path)
    path.chmod(before | right)
    try:
        assert f"{path} can be written by others" in refused(config)
        path.chmod(before)
        assert owner.keep(config) == []
    finally:
        path.chmod(before)


@as_root
def test_a_group_that_is_the_owners_own_is_nobody_else(config: Config) -> None:
    os.chown(config.file, 0, 0)
    config.file.chmod(0o664)
    assert owner.keep(config) == []


@as_root
def test_config_of_another_user_is_refused(config: Config) -> None:
    os.chown(config.file, STRANGER, -1)
    assert f"belongs to {STRANGER}" in refused(config)
    assert "chown root" in refused(config)


def test_the_doctor_and_the_check_say_the_same(
    config: Config, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PUBLISHER_CONFIG", str(config.file))
    config.file.chmod(0o666)
    config.data.chmod(0o750)
    assert edge.run(["doctor"]) == 1
    said = capsys.readouterr().out
    assert f"{config.file} can be written by others (0666)" in said
    assert f"chmod go= {config.data}" in said
    assert edge.run(["config", "check"]) == 4
    assert f"chmod go-w {config.file}" in capsys.readouterr().err


def test_the_key_of_the_certificate_is_the_users_alone_too(config: Config) -> None:
    desk = '[desk]\ncertificate = "desk.pem"\nkey = "desk.key"'
    config.file.write_text(config.file.read_text().replace("[desk]", desk, 1))
    for name in ("desk.pem", "desk.key"):
        (config.folder / name).touch()
        (config.folder / name).chmod(0o644)
    assert owner.keep(read(config.file, {})) == [config.folder / "desk.key"]
    assert mode(config.folder / "desk.pem") == 0o644


def test_a_key_behind_a_link_is_looked_at_where_it_lies(config: Config) -> None:
    desk = '[desk]\ncertificate = "desk.pem"\nkey = "desk.key"'
    config.file.write_text(config.file.read_text().replace("[desk]", desk, 1))
    for name in ("desk.pem", "renewed.key"):
        (config.folder / name).touch()
        (config.folder / name).chmod(0o644)
    (config.folder / "desk.key").symlink_to("renewed.key")
    assert owner.keep(read(config.file, {})) == [config.folder / "renewed.key"]
    assert mode(config.folder / "renewed.key") == 0o600
