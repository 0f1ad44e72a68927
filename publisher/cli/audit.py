"""The history: read it, verify it, take it away."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.common import (
    As,
    Json,
    clock_of,
    desk,
    line,
    mine,
    named,
    opened,
    out,
    own,
    padded,
    person,
    show_json,
    spoken,
)
from publisher.errors import Conflict, Problem

if TYPE_CHECKING:
    from publisher.client.door import Door
    from publisher.client.shapes import Told
    from publisher.store.audit import Progress, Scope

PAGE = 1000  # entries that the desk lists at once

group = typer.Typer(no_args_is_help=True, help="The history: trail, verify, export.")


@group.command()
def trail(
    name: Annotated[str, typer.Argument(metavar="POST")] = "",
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=100_000, help="So many at most.")
    ] = 100,
    as_: As = "",
    json_: Json = False,
) -> None:
    """The newest entries, of one post or of everything."""
    from publisher.cli import shown
    from publisher.words import read

    with desk(as_) as door:
        found = _newest(door, name, limit)
        home = door.zone
    if json_:
        show_json(found)
        return
    for one in found:
        user, who = one["os_user"], one["actor"]
        who = who if user == who else f"{who} ({user})"
        where = f"{one['post']}/{one['account']}" if one["account"] else ""
        what = (
            shown.place(where, one["act"] or "publish") if where else read(one["subject"], mine())
        )
        came = (
            f"{padded(named('verb', one['verb']), 18)} {what}  {moved(one['before'], one['after'])}"
        )
        why = read((one["payload"] or {}).get("reason", ""), mine())
        came = f"{came.rstrip()}{': ' if why else ''}{why}"
        out(f"{one['seq']:>6}  {clock_of(one['at'], home)}  {who:<20} {came}")


def _newest(door: "Door", post: str, limit: int) -> "list[Told]":
    """The newest entries, a page at a time; the oldest of them first."""
    found: list[Told] = []
    while len(found) < limit:
        before = found[0]["seq"] if found else 0
        most = min(PAGE, limit - len(found))
        page: list[Told] = door.get("/ledger/newest", post=post, most=most, before=before)
        found = page + found
        if len(page) < most:
            break
    return found


def moved(before: str, after: str) -> str:
    """From one state to another, or the one that it came to or stays in."""
    was, now = (named("state", one) if one else "" for one in (before, after))
    return f"{was} → {now}" if was and was != now else now


@group.command()
def verify(
    new: Annotated[
        bool, typer.Option("--new", help="Only what came since all of it held the last time.")
    ] = False,
    as_: As = "",
    json_: Json = False,
) -> None:
    """Walk the whole chain; names the first bad row. Exit 1 when something does not fit."""
    from publisher.desk import history
    from publisher.words import say_part

    made = opened(own())
    try:
        who = person(made, as_)
        with _progress() as progress:
            scope: Scope = "new" if new else "all"
            found = history.verify(made.store, who, made.config.witness, scope, progress)
    finally:
        made.store.close()
    lang = mine()
    flaws, breaks = ([say_part(one, lang) for one in of] for of in (found.flaws, found.breaks))
    if json_:
        show_json(
            {
                "problems": flaws,
                "rows": found.rows,
                "sealed_to": found.sealed_to,
                "unsealed": found.unsealed,
                "checkpoints": found.checkpoints,
                "since": found.since,
                "breaks": breaks,
            }
        )
    elif not flaws:
        counted = {"rows": found.rows, "checkpoints": found.checkpoints, "unsealed": found.unsealed}
        code = "audit.holds_since" if found.since else "audit.holds"
        out(spoken(code, since=found.since, **counted))
    if breaks and not json_:
        out(spoken("audit.breaks"), *(f"  {one}" for one in breaks))
    if flaws:
        raise Problem("audit.does_not_hold", flaws=list(found.flaws))


@contextmanager
def _progress() -> "Iterator[Progress]":
    """A bar for whoever waits at a terminal."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("audit verify", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


@group.command()
def export(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Else standard output.")
    ] = None,
    as_: As = "",
) -> None:
    """Every entry with its payload, one JSON object a line, for reading without us."""
    with desk(as_) as door:
        lines = door.lines("/ledger/export")
        if file is None:
            for one in lines:
                line(one.removesuffix("\n"))
        else:
            _export_to(file, lines)


def _export_to(file: Path, lines: Iterator[str]) -> None:
    """A new file that only its owner may read: it holds what is not public yet.

    It has its name once it is whole.
    """
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    if os.path.lexists(file):
        raise Conflict("backup.exists", file=str(file))
    try:
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(fd, "w", encoding="utf-8") as stream:
                stream.writelines(lines)
            part.rename(file)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise Problem("audit.not_written", file=str(file), why=error.strerror) from None
