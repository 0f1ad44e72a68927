"""The migrations lead to exactly the tables that the program declares, on both databases."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select, text
from world import ANN, CY, World, number_of

from publisher.desk import compose, takedown
from publisher.store import schema
from publisher.store.compare import differences
from publisher.store.findable import DERIVED
from publisher.store.tables import METADATA, Attempt, Delivery, core


def test_the_migrations_make_what_the_tables_say(world: World) -> None:
    """All but the words of posts, which each database keeps in its own way."""
    opts = {
        "compare_type": True,
        "include_name": lambda name, *_: not str(name).startswith("findable_words"),
    }
    with world.app.store.engine.connect() as conn:
        context = MigrationContext.configure(conn, opts=opts)
        assert compare_metadata(context, [METADATA, DERIVED]) == []


def test_the_newest_revision_is_the_one_the_program_asks_for(lite: World) -> None:
    newest = ScriptDirectory(str(schema.MIGRATIONS)).get_current_head()
    assert newest == schema.NEWEST == schema.current(lite.app.store)


def test_upgrading_what_is_up_to_date_changes_nothing(world: World) -> None:
    schema.upgrade(world.app.store)
    assert schema.current(world.app.store) == schema.NEWEST


def test_an_index_of_sqlite_says_the_very_words_that_queries_say(lite: World) -> None:
    """Else it is not used: a set of states, or an act, that changes takes a migration."""
    with lite.app.store.engine.connect() as conn:
        made = conn.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'index'"))
        there = {row.name: row.sql for row in made}
    wanted = {
        index.name: str(index.dialect_options["sqlite"]["where"])
        for index in core(Delivery).indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }
    assert len(wanted) > 5
    assert [name for name, words in wanted.items() if not there[name].endswith(words)] == []


def test_what_an_act_is_is_filled_in_and_the_history_vouches_for_it_as_before(world: World) -> None:
    post = world.approved("The fair opens", "blog")
    world.settle()
    with world.app.store.write(ANN) as tx:
        compose.edit(tx, post, {"text": "The fair opens at noon"})
    with world.app.store.write(CY) as tx:
        takedown.retract(tx, post, "It was wrong")
    waits = world.approved("The fair closes", "blog", at="2026-12-02 12:00")
    _downgrade(world, "0010")
    schema.upgrade(world.app.store)
    assert _acts(world) == {
        ("publish", True, True),
        ("edit", True, True),
        ("retract", False, False),
    }
    assert differences(world.app.store) == []
    world.settle()
    assert world.state(post, "blog", "retract") == "published"
    world.clock.forward(hours=26)
    world.settle()
    assert world.state(waits, "blog") == "published"
    assert differences(world.app.store) == []


def test_what_is_dropped_leaves_the_history_vouching_for_the_rest(world: World) -> None:
    sent = world.approved("The fair opens", "blog")
    world.settle()
    waits = world.approved("The fair closes", "blog", at="2026-12-02 12:00")
    _downgrade(world, "0011")
    with world.app.store.engine.connect() as conn:
        assert set(conn.scalars(text("SELECT reminded FROM delivery"))) == {0}
        assert conn.scalar(text("SELECT count(*) FROM daemon")) == 0
    schema.upgrade(world.app.store)
    assert differences(world.app.store) == []
    assert world.state(sent, "blog") == "published"
    world.clock.forward(hours=26)
    world.settle()
    assert world.state(waits, "blog") == "published"
    assert differences(world.app.store) == []


@pytest.mark.parametrize("column", ["slot", "transmits"])
def test_what_an_act_is_cannot_be_changed_unseen(world: World, column: str) -> None:
    waits = world.approved("The fair closes", "blog", at="2026-12-02 12:00")
    world.approved("The fair opens", "x")
    world.settle()
    with world.app.store.engine.begin() as conn:
        conn.execute(text(f"UPDATE delivery SET {column} = NOT {column}"))
    assert len(differences(world.app.store)) == 2
    world.clock.forward(hours=26)
    world.settle()
    assert world.state(waits, "blog") == "waiting"
    assert len(world.net.sent) == 1


def _acts(world: World) -> set[tuple[str, bool, bool]]:
    delivery = core(Delivery).c
    with world.app.store.read() as tx:
        found = tx.all(select(delivery.act, delivery.slot, delivery.transmits))
    return {(row.act, row.slot, row.transmits) for row in found}


def _downgrade(world: World, revision: str) -> None:
    with world.app.store.engine.connect() as conn:
        if world.app.store.sqlite:
            conn.exec_driver_sql("BEGIN IMMEDIATE")
        command.downgrade(schema._alembic(conn), revision)
        conn.commit()


def test_what_was_sent_before_it_was_remembered_went_where_its_account_is(world: World) -> None:
    sent = world.approved("The fair opens", "blog")
    world.settle()
    waits = world.approved("The fair closes", "blog", at="2026-12-02 12:00")
    _downgrade(world, "0008")
    schema.upgrade(world.app.store)
    there = f"wordpress 127.0.0.1:9/blog {number_of('blog')}"
    assert [world.delivery(post, "blog").place for post in (sent, waits)] == [there, ""]
    with world.app.store.read() as tx:
        assert [row[0] for row in tx.all(select(core(Attempt).c.place))] == [there]
