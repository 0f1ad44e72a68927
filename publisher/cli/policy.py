"""The policy: check the folder, take it into force, trace clauses to rules."""

from typing import Annotated

import typer

from publisher.cli.acts import command
from publisher.cli.common import (
    As,
    Json,
    bold,
    clock_of,
    configuration,
    out,
    reading,
    show_json,
    writing,
)
from publisher.errors import Problem

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
    out(
        f"The policy is sound: {len(found.calendars)} calendars, {len(found.sets())} sets of notices."
    )
    out(*questions(fits.questions(config, found)))


@group.command()
def activate(
    second: Annotated[
        int, typer.Option("--second", help="Say the second yes to this version.")
    ] = 0,
    as_: As = "",
) -> None:
    """Take the folder into force. What loosens waits for a second person."""
    from publisher.desk import policies, sound

    if second:
        with writing(as_) as tx:
            policies.second(tx, second)
        out(f"Policy version {second} is in force.")
        return
    files, _ = sound.policy(configuration())
    with writing(as_) as tx:
        number, at_once = policies.activate(tx, files)
    out(
        f"Policy version {number} is in force."
        if at_once
        else f"Policy version {number} loosens something and waits for a second person: "
        f"{command({'act': 'confirm policy', 'version': str(number)})}"
    )


@group.command()
def changes(
    number: Annotated[
        int, typer.Argument(metavar="VERSION", help="Only this one.", show_default=False)
    ] = 0,
    as_: As = "",
    json_: Json = False,
) -> None:
    """What a proposed version changes of the one in force, line by line: look before you say yes."""
    from publisher.read import changes as waiting

    with reading(as_) as tx:
        found = waiting.proposals(tx, number)
        home = tx.zone()
    if json_:
        show_json(found)
        return
    for one in found:
        when = clock_of(one.proposed_at, home)
        out(
            f"{bold(str(one.id))}  {one.proposed_by} proposes, {when}:",
            *one.diff,
            f"Say yes: publisher policy activate --second {one.id}",
        )
    if not found:
        out("Nothing is proposed.")


@group.command()
def trace(json_: Json = False) -> None:
    """Clause by clause: which rules make it executable, or why only a person can. Exit 1 on a gap."""
    from publisher.policy import bundle
    from publisher.policy import trace as tracing

    found = tracing.trace(bundle.load(bundle.read_folder(configuration().policy)))
    if json_:
        show_json(
            {
                "clauses": [{**vars(row), "rules": dict(row.rules)} for row in found.rows],
                "failures": list(found.failures),
            }
        )
    else:
        for row in found.rows:
            by = ", ".join(f"{rule} ({mode})" for rule, mode in row.rules)
            by = by or row.mechanism or row.human
            out(f"{row.clause:<5} {row.strength:<13} {by}")
    if found.failures:
        raise Problem("\n".join(found.failures))
