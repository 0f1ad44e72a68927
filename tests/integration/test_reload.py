"""config.toml is read again by the daemon, when whoever holds the machine says so."""

from collections.abc import Iterator
from copy import copy
from typing import Any

import pytest
from counter import Counter
from sqlalchemy import select
from world import World

from publisher import beside, config, daemon
from publisher.daemon import asked, lock
from publisher.daemon.line import Line
from publisher.errors import BadConfig, Conflict
from publisher.store import tables as t
from publisher.store.tables import core
from publisher.unix import Peer

_LEDGER = core(t.LedgerRow)
_PERSON = core(t.Person)
ROOT = Peer(1, 0, 0, None)


def write(world: World, **changes: str) -> None:
    """config.toml with these words in the place of others."""
    said = world.config.file.read_text()
    for old, new in changes.items():
        assert old in said
        said = said.replace(old, new)
    world.config.file.write_text(said)


def say(world: World, more: str) -> None:
    with world.config.file.open("a") as file:
        file.write(more)


def reload(world: World) -> Any:
    return asked.verbs(world.app, dict, lambda: None)["reload"](ROOT, {})


def person(world: World, name: str) -> Any:
    with world.app.store.read() as tx:
        return tx.first(select(_PERSON).where(_PERSON.c.name == name))


IVO = '[people.ivo]\nname = "Ivo"\nroles = ["author"]\nsample = true\nlang = "ja"\n'


def test_a_new_person_is_asked_for_and_it_is_recorded_who_had_it_read(world: World) -> None:
    say(world, IVO)
    assert reload(world) == {"changed": 1, "restart": []}
    assert person(world, "ivo").roles == [], "until a policy owner has confirmed it"
    with world.app.store.read() as tx:
        row = tx.first(select(_LEDGER).where(_LEDGER.c.verb == "reload"))
    assert (row.actor, row.os_user) == ("server", "root")
    assert "ivo" in world.app.config.people


def test_what_is_read_at_a_start_only_is_named(world: World) -> None:
    write(world, **{"workers = 8": "workers = 9"})
    say(world, "[log]\nformat = 'json'\n")
    assert reload(world) == {"changed": 0, "restart": ["daemon", "log"]}
    assert world.app.config.daemon.workers == 8


def test_a_file_that_is_wrong_changes_nothing(world: World) -> None:
    say(world, IVO + "[people.ivo.more]\n")
    with pytest.raises(BadConfig):
        reload(world)
    assert person(world, "ivo") is None
    assert "ivo" not in world.app.config.people


def test_a_file_that_others_can_write_is_not_read(world: World) -> None:
    say(world, IVO)
    world.config.file.chmod(0o666)
    with pytest.raises(BadConfig, match="can be written by others"):
        reload(world)
    assert person(world, "ivo") is None


def test_the_desk_knows_what_was_read_without_a_start_of_its_own(world: World) -> None:
    """Another process: its configuration is as it was when it started."""
    started = copy(world)
    started.app = copy(world.app)
    desk = Counter(started)
    assert desk.ask("GET", "/posts").headers["content-language"] == "en"
    write(world, **{'[people.ann]\nname = "ann"': '[people.ann]\nlang = "ja"\nname = "ann"'})
    reload(world)
    assert started.app.config.people["ann"].lang == ""
    assert person(world, "ann").lang == "ja", "what they read needs no second person"
    assert desk.ask("GET", "/posts").headers["content-language"] == "ja"


def test_upgrading_beside_a_daemon_reads_no_file(lite: World) -> None:
    held = lock.take(lite.app.store, lite.config.data)
    try:
        say(lite, IVO)
        daemon.prepare(config.read(lite.config.file, {}), beside=True).store.close()
        with pytest.raises(Conflict):
            daemon.prepare(config.read(lite.config.file, {}))
    finally:
        held.release()
    assert person(lite, "ivo") is None


@pytest.fixture
def heard(lite: World) -> Iterator[World]:
    made = Line(lite.config.data, asked.verbs(lite.app, dict, lambda: None))
    yield lite
    made.close()


def test_over_the_line_the_answer_is_the_same(heard: World) -> None:
    say(heard, IVO)
    assert beside.reload(heard.config.data, "en") == {"changed": 1, "restart": []}
    say(heard, "[nobody]\n")
    with pytest.raises(BadConfig, match="nobody"):
        beside.reload(heard.config.data, "en")
