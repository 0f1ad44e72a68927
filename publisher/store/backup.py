"""Backup and restore of a SQLite database: whole or not at all."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from publisher.clock import rfc3339
from publisher.errors import Conflict, NotFound, Problem
from publisher.store import Store


def backup(store: Store, target: Path) -> Path:
    """A consistent copy while everything runs; checked, durable, mode 0600. Raises Conflict."""
    source = _file(store)
    if target.exists():
        raise Conflict("backup.exists", file=str(target))
    part = target.with_name(target.name + ".part")
    try:
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.close(fd)
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(part)) as copy:
            live.backup(copy)
        check(part)
        for beside in ("-wal", "-shm"):  # which reading it left there, empty
            part.with_name(part.name + beside).unlink(missing_ok=True)
        _sync(part)
        part.rename(target)
        _sync(target.parent)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise Problem("backup.failed", file=str(target), error=str(error)) from None
    return target


def restore(store: Store, source: Path) -> Path:
    """Put a backup in the database's place; what was there is kept beside it, and named here.

    The caller makes sure that no daemon runs. Raises NotFound, Problem for a damaged backup.
    """
    target = _file(store)
    if not source.is_file():
        raise NotFound("backup.none", file=str(source))
    check(source)
    store.close()
    stamp = rfc3339(store.now()).replace(":", "")
    aside = target.with_name(f"{target.name}.replaced-{stamp}")
    part = target.with_name(target.name + ".part")
    try:
        shutil.copyfile(source, part)
        part.chmod(0o600)
        _sync(part)
        _put(part, target, aside)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Problem("backup.not_put", error=str(error)) from None
    return aside


def _put(part: Path, target: Path, aside: Path) -> None:
    """The database's name always leads to a whole one: a new, empty one must never be started.

    The old log must be gone before, or it would be applied to what takes the database's place.
    """
    if target.exists():
        aside.hardlink_to(target)
    for end in ("-wal", "-shm"):
        old = target.with_name(target.name + end)
        if old.exists():
            old.rename(aside.with_name(aside.name + end))
    part.rename(target)
    _sync(target.parent)


def check(file: Path) -> None:
    """Raises Problem unless the file is a whole Publisher database."""
    try:
        address = f"{file.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as conn:
            said = conn.execute("PRAGMA integrity_check").fetchone()[0]
            conn.execute("SELECT count(*) FROM ledger").fetchone()
    except sqlite3.Error as error:
        raise Problem("backup.not_whole", file=str(file), error=str(error)) from None
    if said != "ok":
        raise Problem("backup.damaged", file=str(file), error=str(said))


def _file(store: Store) -> Path:
    if not store.sqlite:
        raise Problem("backup.postgres")
    return Path(str(store.engine.url.database))


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
