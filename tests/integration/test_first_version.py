"""A database that the first version made, with its own program: upgraded, verified and released from.

`first_version.sql` is a dump of it: one post went out, one is approved for noon of the next day, and one
waits for a yes. There was no signature yet, and the witness held nothing but the mark.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from world import Clock, World, config_text

from publisher.app import build
from publisher.config import load
from publisher.daemon.prepare import _alone
from publisher.store import audit, schema
from publisher.store.compare import differences

HERE = Path(__file__).parent
INSTALLATION = "01a22f1d9e80762e8ba28aa718f13547"
MARK = (
    f'["{INSTALLATION}",19,"c0643c52c46ca0e76b23e9811f4d73b029c5f8bb5e2fbb09253126b7ea7df03e",'
    '"080f9abb7324a9701710fda8581e41fc2c1859f1478bcf56ed9df976e4694bc1"]'
)
SENT, APPROVED, ASKED = "dd3qfwjadz", "8kph9a7qhd", "kmj5c2n5kb"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a server has when the new version is installed on it."""
    made = tmp_path / "server"
    (made / "data").mkdir(parents=True, mode=0o700)
    (made / "witness" / INSTALLATION).mkdir(parents=True, mode=0o700)
    (made / "witness" / INSTALLATION / "mark").write_text(MARK)
    (made / "config.toml").write_text(config_text())
    database = sqlite3.connect(made / "data" / "publisher.db")
    database.executescript((HERE / "first_version.sql").read_text("utf-8"))
    database.execute("PRAGMA journal_mode=WAL")
    database.close()
    return made


@pytest.fixture
def upgraded(folder: Path, tmp_path: Path) -> Iterator[World]:
    """As the start of the daemon leaves it."""
    config = load((folder / "config.toml").read_text(), folder / "config.toml", {})
    made = build(config, now=Clock(), env={"SECRET": "canary-secret-value"})
    _alone(made)
    made.store.close()
    world = World(tmp_path / "world", None, founded=folder)
    next(world.net.numbers)  # the network gave that one to what went out before
    try:
        yield world
    finally:
        world.close()


def test_it_is_brought_to_this_version_after_a_backup_and_all_of_it_is_vouched_for(
    upgraded: World, folder: Path
) -> None:
    assert schema.current(upgraded.app.store) == schema.NEWEST
    [backup] = (folder / "data").glob("before-upgrade-*.db")
    before = sqlite3.connect(backup)
    assert before.execute("SELECT version_num FROM alembic_version").fetchall() == [("0002",)]
    before.close()
    assert differences(upgraded.app.store) == []
    assert audit.verify(upgraded.app.store, upgraded.mark.path.parent).problems == ()


def test_what_waited_is_asked_about_again_and_goes_out_once_and_what_was_sent_stays(
    upgraded: World,
) -> None:
    """A yes of the first version named no place where the account is: it cannot count for one."""
    upgraded.settle()
    upgraded.clock.forward(hours=26)
    upgraded.settle()
    assert upgraded.net.sent == []
    upgraded.approve(APPROVED)
    upgraded.settle()
    assert upgraded.state(APPROVED, "blog") == "published"
    assert len(upgraded.net.sent) == 1
    upgraded.approve(ASKED)
    upgraded.settle()
    assert upgraded.state(ASKED, "x") == "published"
    assert (upgraded.state(SENT, "blog"), len(upgraded.net.sent)) == ("published", 2)
    assert differences(upgraded.app.store) == []
    assert audit.verify(upgraded.app.store, upgraded.mark.path.parent).problems == ()


def test_a_row_of_the_first_version_that_is_changed_after_the_upgrade_is_found(
    upgraded: World,
) -> None:
    with upgraded.app.store.engine.begin() as conn:
        conn.exec_driver_sql(f"UPDATE delivery SET account = 'x' WHERE post_id = '{APPROVED}'")
    assert len(differences(upgraded.app.store)) == 1
    upgraded.clock.forward(hours=26)
    upgraded.settle()
    assert upgraded.net.sent == []
