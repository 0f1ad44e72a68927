"""The database: upgrade, backup, restore, index and room."""

from pathlib import Path
from typing import Annotated

import typer

from publisher.cli.common import As, opened, out, own, person, spoken
from publisher.errors import Do, Problem

group = typer.Typer(no_args_is_help=True, help="The database: upgrade, backup, restore.")

File = Annotated[Path, typer.Argument(metavar="FILE")]


@group.command()
def upgrade() -> None:
    """Make the database, or bring it to this version; safe to repeat."""
    from publisher import daemon

    daemon.prepare(own(), beside=True).store.close()
    out(spoken("backup.up_to_date"))


@group.command()
def reindex() -> None:
    """Make the index by which posts are found anew, while everything runs."""
    from publisher.store import findable

    made = opened(own())
    try:
        findable.forget(made.store)
        while findable.read_some(made.store):
            pass
    finally:
        made.store.close()
    out(spoken("search.made_anew"))


@group.command()
def vacuum() -> None:
    """Give back the room of what is gone. With SQLite daemon and desk must be stopped."""
    from publisher.daemon import lock
    from publisher.daemon.children import refuse_desk
    from publisher.store import room

    made = opened(own())
    try:
        with made.store.read() as tx:
            before = room.size(tx)
        if made.store.sqlite:
            held = lock.take(made.store, made.config.data)
            try:
                refuse_desk(made.config)
                room.vacuum(made.store)
            finally:
                held.release()
        else:
            room.vacuum(made.store)
        with made.store.read() as tx:
            after = room.size(tx)
    finally:
        made.store.close()
    out(spoken("room.vacuumed", before=_megabytes(before), after=_megabytes(after)))


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.1f}"


@group.command()
def backup(file: File, as_: As = "") -> None:
    """A consistent copy, while everything runs."""
    from publisher.desk import history

    made = opened(own())
    try:
        history.copy(made.store, person(made, as_), file)
    finally:
        made.store.close()
    out(spoken("backup.made", file=str(file)))


@group.command()
def restore(file: File) -> None:
    """Put a backup in place. It starts stopped, and what may have gone out is looked up first."""
    from publisher import app
    from publisher.daemon import lock
    from publisher.daemon.children import refuse_desk
    from publisher.store import backup as backups

    made = app.build(own())
    if not made.store.sqlite:
        raise Problem("backup.postgres")
    held = lock.take(made.store, made.config.data)
    try:
        refuse_desk(made.config)
        aside = backups.restore(made.store, file)
    finally:
        held.release()
    adopt = Do("operate", {"how": "adopt"})
    out(spoken("backup.restored", aside=str(aside)), spoken("backup.then", adopt))
