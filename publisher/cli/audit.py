"""The history: read it, verify it, take it away."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from publisher.cli.common import As, Json, line, opened, out, person, reading, show_json
from publisher.errors import Conflict, Problem

group = typer.Typer(no_args_is_help=True, help="The history: trail, verify, export.")


@group.command()
def trail(
    name: Annotated[str, typer.Argument(metavar="POST")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000)] = 100,
    as_: As = "",
    json_: Json = False,
) -> None:
    """The newest entries, of one post or of everything."""
    from publisher.cli.shown import ACTS
    from publisher.clock import shown
    from publisher.desk.history import entry
    from publisher.desk.parts import find
    from publisher.store import ledger
    from publisher.words import ENGLISH, read

    with reading(as_) as tx:
        post = find.target(tx, name).post.id if name else ""
        rows = ledger.trail(tx, post, limit)
        home = tx.zone()
    if json_:
        show_json([entry(row) for row in rows])
        return
    for row in rows:
        who = row.actor if row.os_user == row.actor else f"{row.actor} ({row.os_user})"
        place = f"{row.post_id}/{row.account}{ACTS[row.act]}" if row.account else ""
        what = place or row.subject
        why = read((json.loads(row.body) if row.body else {}).get("reason", ""), ENGLISH, zone=home)
        line = f"{row.verb:<18} {what}  {moved(row.before, row.after)}".rstrip()
        out(f"{row.seq:>6}  {shown(row.at, home)}  {who:<20} {line}{f': {why}' if why else ''}")


def moved(before: str, after: str) -> str:
    """From one state to another, or the one that it came to or stays in."""
    return f"{before} → {after}" if before and before != after else after


@group.command()
def verify(as_: As = "", json_: Json = False) -> None:
    """Walk the whole chain; names the first bad row. Exit 1 when something does not fit."""
    from publisher.desk import history

    made = opened()
    try:
        found = history.verify(made.store, person(made, as_), made.config.witness)
    finally:
        made.store.close()
    if json_:
        show_json({**vars(found), "problems": list(found.problems), "breaks": list(found.breaks)})
    elif not found.problems:
        out(f"The history holds: {found.rows} entries, {found.checkpoints} signed checkpoints, "
            f"{found.unsealed} not sealed yet.")  # fmt: skip
    if found.breaks and not json_:
        out("Broken off by a restore:", *(f"  {one}" for one in found.breaks))
    if found.problems:
        raise Problem("The history does not hold:\n" + "\n".join(found.problems))


@group.command()
def export(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Else standard output.")
    ] = None,
    as_: As = "",
) -> None:
    """Every entry with its payload, one JSON object a line, for reading without us."""
    from publisher.desk import history

    made = opened()
    try:
        lines = map(_line, history.entries(made.store, person(made, as_)))
        if file is None:
            for one in lines:
                line(one)
        else:
            _export_to(file, lines)
    finally:
        made.store.close()


def _line(entry: dict[str, Any]) -> str:
    return json.dumps(entry, ensure_ascii=False)


def _export_to(file: Path, lines: Iterator[str]) -> None:
    """A new file that only its owner may read: it holds what is not public yet."""
    try:
        fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict(
            f"{file} exists already; nothing was written. Choose another name."
        ) from None
    except OSError as error:
        raise Problem(f"{file} cannot be written: {error.strerror}.") from None
    try:
        with os.fdopen(fd, "w", encoding="utf-8") as stream:
            stream.writelines(f"{one}\n" for one in lines)
    except OSError as error:
        file.unlink(missing_ok=True)
        raise Problem(f"{file} cannot be written: {error.strerror}.") from None
