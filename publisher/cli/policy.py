"""The policy: check the folder, take it into force, trace clauses to rules."""

from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.common import (
    As,
    Json,
    bold,
    configuration,
    desk,
    mine,
    out,
    show_json,
    spoken,
)
from publisher.errors import Do, Problem

if TYPE_CHECKING:
    from publisher.client.shapes import Proposal, Proposed

group = typer.Typer(
    no_args_is_help=True, help="The policy: check, activate, look at changes, trace."
)


@group.command()
def check() -> None:
    """Everything that is wrong with the policy folder, at once, by line. Exit 4."""
    from publisher.cli.config import questions
    from publisher.config import fits
    from publisher.desk import sound

    config = configuration()
    _, found = sound.policy(config)
    sound.together(config, found)
    out(spoken("policies.sound", calendars=len(found.calendars), sets=len(found.sets())))
    out(*questions(fits.questions(config, found)))


@group.command()
def activate(
    second: Annotated[
        int, typer.Option("--second", help="Say the second yes to this version.")
    ] = 0,
    as_: As = "",
) -> None:
    """Take the folder into force. What loosens waits for a second person."""
    path = "/policy/proposals"
    with desk(as_) as door:
        found: Proposed = door.post(f"{path}/{second}/confirm" if second else path, {})
    version = found["version"]
    if found["in_force"]:
        out(spoken("policies.now_in_force", version=version))
    else:
        second_yes = Do("confirm policy", {"version": str(version)})
        out(spoken("policies.second_asked", second_yes, version=version))


@group.command()
def changes(
    number: Annotated[
        int, typer.Argument(metavar="VERSION", help="Only this one.", show_default=False)
    ] = 0,
    as_: As = "",
    json_: Json = False,
) -> None:
    """What a proposed version changes of the one in force, line by line: look before you say yes."""
    with desk(as_) as door:
        found: list[Proposal] = list(door.listed("/policy/proposals", version=number))
        home = door.zone
    if json_:
        show_json(found)
        return
    for one in found:
        proposed = {"person": one["proposed_by"], "at": one["proposed_at"], "zone": home}
        version = str(one["id"])
        yes = Do("confirm policy", {"how": "seen", "version": version})
        out(spoken("policies.proposes", version=bold(version), **proposed))
        out(*one["diff"], spoken("policies.say_yes", yes))
    if not found:
        out(spoken("policies.none_proposed"))


@group.command()
def trace(json_: Json = False) -> None:
    """Clause by clause: which rules make it executable, or why only a person can. Exit 1 on a gap."""
    from publisher.policy import bundle
    from publisher.policy import trace as tracing
    from publisher.words import say_part

    found = tracing.trace(bundle.load(bundle.read_folder(configuration().policy)))
    if json_:
        show_json(
            {
                "clauses": [{**vars(row), "rules": dict(row.rules)} for row in found.rows],
                "failures": [say_part(one, mine()) for one in found.failures],
            }
        )
    else:
        for row in found.rows:
            modes = {mode: spoken(f"mode.{mode}") for _, mode in row.rules}
            by = ", ".join(f"{rule} ({modes[mode]})" for rule, mode in row.rules)
            by = by or row.mechanism or row.human
            out(f"{row.clause:<5} {row.strength:<13} {by}")
    if found.failures:
        raise Problem("problem.flaws", flaws=list(found.failures))
