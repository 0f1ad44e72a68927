"""A stop that no desk took: the file, what it holds back, and what becomes of it."""

import os
from pathlib import Path
from typing import Any

import pytest
from commands import Commands
from sqlalchemy import select
from world import ANN, CY, World

from publisher import beside
from publisher.daemon import asked, halting
from publisher.daemon.line import Line
from publisher.desk import measures, stops, takedown
from publisher.desk.parts import stopped
from publisher.errors import NotPermitted, Problem, TryAgain
from publisher.store import Store
from publisher.store import tables as t
from publisher.store.tables import core
from publisher.words import read

_LEDGER = core(t.LedgerRow)
STRANGER = 64_999  # a uid that is nobody's

pytestmark = pytest.mark.clause("2.4", kind="deny")


def put(world: World, why: str = "the desk is down") -> None:
    beside.put(world.config.data, "root (logged in as hanako)", why)


def heed(world: World) -> None:
    halting.heed(world.app.store, world.config.data)


def resume(world: World) -> None:
    with world.app.store.write(CY) as tx:
        stops.resume(tx)


def standing(world: World) -> list[tuple[str, str, str]]:
    with world.app.store.read() as tx:
        return [(one.scope, one.by, read(one.reason, "en")) for one in stopped.in_force(tx)]


def recorded(world: World) -> list[tuple[str, str]]:
    """The stops of the history, with who the operating system says made each."""
    asked = select(_LEDGER).where(_LEDGER.c.verb == "stop").order_by(_LEDGER.c.seq)
    with world.app.store.read() as tx:
        return [(one.actor, one.os_user) for one in tx.all(asked)]


def there(world: World) -> bool:
    return (world.config.data / "stop").exists()


def test_nothing_leaves_while_it_is_there_though_the_database_knows_of_no_stop(
    world: World,
) -> None:
    post = world.approved("The fair opens", "x")
    world.releaser.halted = lambda: beside.stopped(world.config.data)
    put(world)
    world.settle()
    assert world.net.sent == []
    assert world.state(post) == "waiting"
    (world.config.data / "stop").unlink()
    world.clock.forward(minutes=1)
    world.settle()
    assert world.state(post) == "published", "it was provably not sent"


def test_a_takedown_leaves_all_the_same(world: World) -> None:
    post = world.approved("The fair opens", "x")
    world.settle()
    put(world)
    world.releaser.halted = lambda: beside.stopped(world.config.data)
    with world.app.store.write(ANN) as tx:
        takedown.retract(tx, post, why="wrong date")
    world.settle()
    assert world.net.removed == ["1"]


def test_somebody_elses_comment_is_hidden_all_the_same(world: World) -> None:
    put(world)
    world.releaser.halted = lambda: beside.stopped(world.config.data)
    with world.app.store.write(CY) as tx:
        measures.ask(tx, measures.NewMeasure("page", "7001_7002", "hide", "insults"))
    world.settle()
    assert world.net.hidden == {"7001_7002"}


def test_what_cannot_be_looked_at_is_taken_for_a_stop(tmp_path: Path) -> None:
    assert not beside.stopped(tmp_path)
    (tmp_path / "file").touch()
    assert beside.stopped(tmp_path / "file")


def test_it_becomes_a_stop_of_whoever_put_it_there_once(world: World) -> None:
    put(world)
    heed(world)
    heed(world)
    assert standing(world) == [("everything", "server", "the desk is down")]
    assert recorded(world) == [("server", "root (logged in as hanako)")]
    assert there(world), "it stays until somebody resumes"


def test_one_that_was_made_by_hand_is_its_owners(world: World) -> None:
    (world.config.data / "stop").touch()
    heed(world)
    assert standing(world) == [("everything", "server", "a stop file lies in the data folder")]
    assert recorded(world)[0][1] in ("root", os.environ.get("USER", "root"))


@pytest.mark.parametrize("said", [b"[]", b"null", b'{"by": 1}', b"[" * 9_000, b"\xff"])
def test_whatever_lies_there_stops(world: World, said: bytes) -> None:
    (world.config.data / "stop").write_bytes(said)
    heed(world)
    assert len(standing(world)) == 1


def test_a_folder_of_that_name_stops(world: World) -> None:
    (world.config.data / "stop").mkdir()
    heed(world)
    assert len(standing(world)) == 1


def test_resuming_takes_it_away(world: World) -> None:
    put(world)
    heed(world)
    resume(world)
    assert there(world)
    heed(world)
    assert not there(world)
    assert standing(world) == []


def test_taken_away_by_hand_it_is_no_resume(world: World) -> None:
    post = world.approved("The fair opens", "x")
    put(world)
    heed(world)
    (world.config.data / "stop").unlink()
    heed(world)
    world.settle()
    assert len(standing(world)) == 1
    assert world.state(post) == "waiting"


def test_the_next_one_is_another_stop(world: World) -> None:
    put(world)
    heed(world)
    resume(world)
    heed(world)
    put(world, "again")
    heed(world)
    assert standing(world) == [("everything", "server", "again")]
    assert len(recorded(world)) == 2


def test_beside_a_persons_stop_it_is_recorded_and_lifted_with_that(world: World) -> None:
    with world.app.store.write(ANN) as tx:
        stops.stop(tx, why="something is wrong")
    put(world)
    heed(world)
    assert [by for _, by, _ in standing(world)] == ["ann"]
    assert [by for by, _ in recorded(world)] == ["ann", "server"]
    resume(world)
    heed(world)
    assert not there(world)


def test_one_that_took_its_place_since_is_not_taken_away_with_it(world: World) -> None:
    put(world)
    first = beside.look(world.config.data)
    assert first is not None
    put(world, "another")
    beside.take_away(world.config.data, first)
    left = beside.look(world.config.data)
    assert left is not None
    assert left.why == "another"


def test_while_the_database_is_locked_it_stays_and_is_recorded_afterwards(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(lite)
    with monkeypatch.context() as patch:

        def locked(*_: object) -> None:
            raise TryAgain("store.busy")

        patch.setattr(Store, "write", locked)
        with pytest.raises(TryAgain):
            heed(lite)
    assert there(lite)
    assert standing(lite) == []
    heed(lite)
    assert len(standing(lite)) == 1


def test_without_a_daemon_it_is_left_for_the_next_one(lite: World) -> None:
    assert beside.stop(lite.config.data, "the desk is down") is False
    heed(lite)
    [(_, _, why)] = standing(lite)
    assert why == "the desk is down"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be another user")
def test_a_stranger_leaves_none(lite: World) -> None:
    lite.config.data.chmod(0o700)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.chdir(
                lite.config.data.parent
            )  # whose parents may be closed to them, here in the tests
            os.setuid(STRANGER)
            beside.stop(Path("data"), "because")
        except NotPermitted as error:
            code = 0 if "Only root" in str(error) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert not there(lite)


def test_without_a_data_folder_nothing_is_said_to_be_stopped(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="Nothing was stopped"):
        beside.stop(tmp_path / "none", "because")


@pytest.fixture
def cli(lite: World, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Commands where no desk answers, typed by the service's own user."""
    made = Commands(lite, monkeypatch)

    def closed(_where: object) -> Any:
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr("publisher.client.door.connection", closed)
    return made


def test_the_command_stops_all_where_no_desk_answers(cli: Commands) -> None:
    said = cli("stop", "--reason", "the desk is down", by=None)
    assert said.code == 0
    assert "nothing but takedowns goes out" in said.out
    assert "The desk does not answer" in said.err
    assert there(cli.world)


@pytest.mark.parametrize("only", ["x", "--except-notices"])
def test_less_than_all_is_not_stopped_without_the_desk(cli: Commands, only: str) -> None:
    said = cli("stop", only, "--reason", "the desk is down", by=None)
    assert said.code == 75
    assert "only everything can be stopped" in said.err
    assert not there(cli.world)


def test_what_the_desk_refuses_is_not_done_beside_it(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = Commands(lite, monkeypatch)("stop", by="ann")
    assert said.code == 2
    assert not there(lite)


@pytest.mark.parametrize("argv", [("stop", "--reason", "because"), ("status",)])
def test_a_client_without_a_config_toml_says_that_the_desk_does_not_answer(
    cli: Commands, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, argv: tuple[str, ...]
) -> None:
    monkeypatch.delenv("PUBLISHER_CONFIG")
    monkeypatch.setenv("PUBLISHER_SOCKET", str(tmp_path / "desk.sock"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    said = cli(*argv, by=None)
    assert said.code == 75
    assert "The desk does not answer" in said.err


def test_status_without_a_desk_is_the_daemons(cli: Commands) -> None:
    assert cli("status", by=None).code == 75, "no daemon answers either"
    found = {
        "findings": [],
        "daemon": {"pid": 7, "host": "here", "since": "2026-12-01T01:00:00Z"},
        "counts": {"waiting": 1},
        "next": None,
        "bytes": 8_000_000,
        "bytes_each": None,
        "zone": "Asia/Tokyo",
        "version": "1",
    }
    line = Line(cli.world.config.data, asked.verbs(cli.world.app, lambda: found, lambda: None))
    try:
        said = cli("status", by=None)
    finally:
        line.close()
    assert said.code == 0
    assert "Daemon: process 7 on here, since Tue 2026-12-01 10:00" in said.out
    assert "The desk does not answer" in said.err
