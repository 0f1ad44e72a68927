"""What is done about somebody else's comments: hide, list, cancel."""

from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.common import As, Json, Reason, clock_of, desk, named, out, show_json, spoken

if TYPE_CHECKING:
    from publisher.client.shapes import Measure

MeasureId = Annotated[str, typer.Argument(metavar="ID")]

group = typer.Typer(no_args_is_help=True, help="Comments of others: hide one, list, cancel.")


@group.command()
def hide(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT")],
    comment: Annotated[str, typer.Argument(metavar="COMMENT", help="The network's own id of it.")],
    reason: Reason,
    as_: As = "",
    json_: Json = False,
) -> None:
    """Hide a comment at once, at any hour, also under a stop. It is reviewed the next business day."""
    said = {"account": account, "comment": comment, "what": "hide", "reason": reason}
    with desk(as_) as door:
        found: Measure = door.post("/measures", said)
    _answer([found], door.zone, one=True, json_=json_)


@group.command("list")
def list_all(
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=10_000, help="So many at most.")
    ] = 100,
    as_: As = "",
    json_: Json = False,
) -> None:
    """What was asked for, the newest first, and what came of it."""
    with desk(as_) as door:
        found: list[Measure] = list(door.listed("/measures", most=limit))
    _answer(found, door.zone, one=False, json_=json_)


@group.command()
def cancel(measure: MeasureId, reason: Reason, as_: As = "", json_: Json = False) -> None:
    """Call it off, as long as nothing of it is on its way."""
    from publisher.client.where import quoted

    with desk(as_) as door:
        found: Measure = door.post(f"/measures/{quoted(measure)}/cancel", {"reason": reason})
    _answer([found], door.zone, one=True, json_=json_)


def _answer(found: "list[Measure]", zone: str, *, one: bool, json_: bool) -> None:
    if json_:
        show_json(found[0] if one else found)
        return
    for each in found:
        of = {name: each[name] for name in ("id", "comment", "account", "why", "reason")}
        state, person = named("state", each["state"]), each["asked_by"]
        what, when = named("measure", each["what"]), clock_of(each["asked_at"], zone)
        out(
            spoken("measures.line", **of, state=state, what=what, person=person, when=when).rstrip()
        )
    if not found:
        out(spoken("measures.nothing"))
