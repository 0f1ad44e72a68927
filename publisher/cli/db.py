"""The database: upgrade, backup, restore."""

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
