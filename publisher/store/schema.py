"""Brings a database to the newest schema, and says whether it is there."""

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import Connection, inspect, text

from publisher.store import Store, clear_errors

NEWEST = "0024"  # the newest revision in migrations/versions; a test compares
MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(store: Store, revision: str = "head") -> None:
    """Run every missing migration, all in one transaction."""
    with clear_errors(), store.engine.connect() as conn:
        if store.sqlite:
            conn.exec_driver_sql("BEGIN IMMEDIATE")
        command.upgrade(_alembic(conn), revision)
        conn.commit()


def current(store: Store) -> str | None:
    """The revision that the database is at; None for an empty one."""
    with clear_errors(), store.engine.connect() as conn:
        if not inspect(conn).has_table("alembic_version"):
            return None
        return conn.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _alembic(conn: Connection) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = conn
    return config
