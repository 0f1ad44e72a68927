"""How large the database is, and how to make it smaller."""

import shutil
from pathlib import Path

from sqlalchemy import text

from publisher.errors import Problem
from publisher.store import Store, Tx, clear_errors

_HERE = text("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
_THERE = text("SELECT pg_database_size(current_database())")
# No row is ever deleted, so these are how many there are, near enough, without counting a million.
_NEWEST = text("SELECT max(rowid) FROM delivery")
_ESTIMATE = text("SELECT reltuples FROM pg_class WHERE oid = CAST('delivery' AS regclass)")


def size(tx: Tx) -> int:
    """Bytes of the whole database, on the disk or about to be."""
    return int(tx.value(_THERE if tx.postgres else _HERE))


def for_each(tx: Tx, size: int) -> int | None:
    """Bytes for each delivery there is; None while there are none, or nobody has counted."""
    there = int(tx.value(_ESTIMATE if tx.postgres else _NEWEST) or 0)
    return size // there if there > 0 else None


def vacuum(store: Store) -> None:
    """Give back what is no longer used. On SQLite nobody writes meanwhile: the caller sees to that.

    Raises Problem where the disk has no room for a second copy.
    """
    if store.sqlite:
        _refuse_cramped(store)
    with clear_errors(), store.engine.connect() as conn:
        if store.sqlite:
            conn.exec_driver_sql("VACUUM")
            conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()
        else:
            conn.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM (ANALYZE)"))


def _refuse_cramped(store: Store) -> None:
    """SQLite writes all of it anew before it lets go of the old one, and into its log as well."""
    file = Path(store.engine.url.database or "")
    needed, free = 2 * file.stat().st_size, shutil.disk_usage(file.parent).free
    if free < needed:
        missing = (needed - free) // 1_000_000 + 1
        raise Problem("room.cramped", folder=str(file.parent), missing=str(missing))
