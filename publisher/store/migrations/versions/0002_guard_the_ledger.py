"""Refuse to change what was recorded; start the epoch.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

GUARDED = ("ledger", "seal")
NUMBER = {"ledger": "seq", "seal": "n"}


def upgrade() -> None:
    op.execute("INSERT INTO epoch (id, value) VALUES (1, 1)")
    if op.get_bind().dialect.name == "sqlite":
        for table in GUARDED:
            _guard_sqlite(table, NUMBER[table])
    else:
        _guard_postgres()


def downgrade() -> None:
    raise RuntimeError("The ledger's guards are not taken away. Restore a backup instead.")


def _guard_sqlite(table: str, number: str) -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    # INSERT OR REPLACE deletes without firing DELETE triggers unless a pragma is set on that
    # very connection; looking for the row beforehand refuses it on every connection.
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {number} = NEW.{number}) "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def _guard_postgres() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in GUARDED:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
