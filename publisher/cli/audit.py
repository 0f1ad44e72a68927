"""The history: read it, verify it, take it away."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.acts import then
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
from publisher.errors import Conflict, Problem, Usage
from publisher.words import word

if TYPE_CHECKING:
    from publisher.client.door import Door
    from publisher.client.shapes import Hold, LiftOfHold, Told
    from publisher.store.audit import Progress, Scope

PAGE = 1000  # entries that the desk lists at once

group = typer.Typer(no_args_is_help=True, help="The history: trail, verify, export; holds.")


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
                "forgotten": found.forgotten,
                "breaks": breaks,
            }
        )
    elif not flaws:
        counted = {"rows": found.rows, "checkpoints": found.checkpoints, "unsealed": found.unsealed}
        code = "audit.holds_since" if found.since else "audit.holds"
        out(spoken(code, since=found.since, **counted))
    if found.forgotten and not json_:
        out(spoken("audit.forgotten", count=found.forgotten))
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


Why = Annotated[str, typer.Option("--reason", help="Why; it is recorded.")]


@group.command()
def hold(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A post, an account or a person.")],
    kind: Annotated[
        str, typer.Option("--kind", help="post, account or person: what NAME is.")
    ] = "post",
    reason: Why = "",
    as_: As = "",
    json_: Json = False,
) -> None:
    """Keep all that the history knows of it, whatever the policy says, until two people lift that."""
    if kind not in KINDS:
        raise Usage("typed.one_of", option="--kind", known=list(KINDS), more="")
    with desk(as_) as door:
        made: Hold = door.post("/holds", {"kind": kind, "name": name, "reason": reason})
    show_json(made) if json_ else out(_held(made))


KINDS = ("post", "account", "person")


@group.command()
def holds(as_: As = "", json_: Json = False) -> None:
    """What is kept, and what waits for a second person to let it go."""
    with desk(as_) as door:
        found: list[Hold] = list(door.listed("/holds"))
    if json_:
        show_json(found)
        return
    for one in found:
        out(_held(one))
        if one["lift_asked_by"]:
            asked = {"person": one["lift_asked_by"], "why": one["lift_reason"] or ""}
            out(f"  {then(spoken('holds.lift_asked', **asked), one['acts'])}")
    if not found:
        out(spoken("holds.none"))


def _held(one: "Hold") -> str:
    kind = word("hold", one["kind"])
    of = {"number": str(one["number"]), "name": one["name"], "by": one["by"]}
    return spoken("holds.is", kind=kind, reason=one["reason"], at=one["at"], **of)


@group.command()
def lift(
    number: Annotated[int, typer.Argument(metavar="NUMBER", min=1)], reason: Why = "", as_: As = ""
) -> None:
    """Ask for a hold to be lifted; or, as a second person, say yes to that."""
    with desk(as_) as door:
        done: LiftOfHold = door.post(f"/holds/{number}/lift", {"reason": reason})
    out(spoken("holds.lifted" if done["lifted"] else "holds.second", number=number))
