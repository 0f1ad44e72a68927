"""The migrations are one chain, and the program asks for its end."""

from alembic.script import ScriptDirectory

from publisher.store import schema


def test_the_migrations_are_one_chain_whose_end_the_program_asks_for() -> None:
    found = ScriptDirectory(str(schema.MIGRATIONS))
    chain = [one.revision for one in found.walk_revisions()]
    files = [path.name for path in (schema.MIGRATIONS / "versions").glob("[0-9]*.py")]
    assert sorted(chain) == sorted(name[:4] for name in files)
    assert found.get_heads() == [schema.NEWEST] == chain[:1]
