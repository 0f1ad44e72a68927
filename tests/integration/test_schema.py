"""The migrations lead to exactly the tables that the program declares, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from world import World

from publisher.store import schema
from publisher.store.tables import METADATA


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
