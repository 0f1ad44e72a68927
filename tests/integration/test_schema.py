"""The migrations lead to exactly the tables that the program declares, on both databases."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select
from world import World, number_of

from publisher.store import schema
from publisher.store.tables import METADATA, Attempt, core


def test_the_migrations_make_what_the_tables_say(world: World) -> None:
    with world.app.store.engine.connect() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_the_newest_revision_is_the_one_the_program_asks_for(lite: World) -> None:
    newest = ScriptDirectory(str(schema.MIGRATIONS)).get_current_head()
    assert newest == schema.NEWEST == schema.current(lite.app.store)


def test_upgrading_what_is_up_to_date_changes_nothing(world: World) -> None:
    schema.upgrade(world.app.store)
    assert schema.current(world.app.store) == schema.NEWEST


def test_what_was_sent_before_it_was_remembered_went_where_its_account_is(world: World) -> None:
    sent = world.approved("The fair opens", "blog")
    world.settle()
    waits = world.approved("The fair closes", "blog", at="2026-12-02 12:00")
    with world.app.store.engine.connect() as conn:
        if world.app.store.sqlite:
            conn.exec_driver_sql("BEGIN IMMEDIATE")
        command.downgrade(schema._alembic(conn), "0008")
        conn.commit()
    schema.upgrade(world.app.store)
    there = f"wordpress 127.0.0.1:9/blog {number_of('blog')}"
    assert [world.delivery(post, "blog").place for post in (sent, waits)] == [there, ""]
    with world.app.store.read() as tx:
        assert [row[0] for row in tx.all(select(core(Attempt).c.place))] == [there]
