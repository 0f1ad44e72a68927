"""The emergency stop, and what follows when it is lifted."""

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from publisher.cli.acts import commands, problem, then
from publisher.cli.common import (
    As,
    Json,
    Reason,
    mine,
    opened,
    out,
    own,
    person,
    reads,
    show_json,
    spoken,
    writing,
)
from publisher.errors import Do, Problem

Account = Annotated[str, typer.Argument(metavar="ACCOUNT")]


def stop(
    account: Account = "",
    except_notices: Annotated[
        bool, typer.Option("--except-notices", help="Urgent notices under a permission still go.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why; shown to everybody.")] = "",
    as_: As = "",
) -> None:
    """Stop everything, or one account, at once. Anybody may. Takedowns still go."""
    from publisher.desk import stops
    from publisher.read.stops import stops as in_force

    with writing(as_) as tx:
        scope = stops.stop(tx, account, except_notices=except_notices, why=reason)
        [made] = (one for one in in_force(tx, reads(tx.actor)) if one.scope == scope)
    out(then(spoken("stops.stopped", stop=made.name), made.acts))


def resume(account: Account = "", as_: As = "", json_: Json = False) -> None:
    """Lift a stop. Nothing is released by that: what came due is asked for, post by post."""
    from publisher.desk import stops
    from publisher.read.stops import stops as in_force

    with writing(as_) as tx:
        lang = reads(tx.actor)
        before = [one.name for one in in_force(tx, lang)]
        due = stops.resume(tx, account)
        left = [one.name for one in in_force(tx, lang)]
    if not json_:
        out(spoken("stops.lifted", stops=[name for name in before if name not in left]))
        out(*(spoken("stops.left", stop=name) for name in left))
    _after(due, as_, json_=json_)


def adopt(reason: Reason, as_: As = "", json_: Json = False) -> None:
    """This restored or copied database is the one to go on with."""
    from publisher import daemon
    from publisher.words import read

    made = opened(own())
    try:
        who = person(made, as_)
        found = daemon.adopt(made, who, reason)
    finally:
        made.store.close()
    lang = reads(who)
    if json_:
        _after(
            found.due,
            as_,
            json_=True,
            lost=read(found.lost, lang),
            known=found.known,
            decisions=_lines(found.lines, lang),
            stopped=_lines(found.stopped, lang),
            taken_down=list(found.taken_down),
        )
        return
    _say_lost(found, lang)
    out(spoken("stops.lifted_all"))
    _after(found.due, as_, json_=False)


def _lines(said: Sequence[Any], lang: str) -> list[str]:
    """Parts of a sentence, a line for each."""
    from publisher.words import say_part

    return [say_part(one, lang) for one in said]


def _say_lost(found: Any, lang: str) -> None:
    """What nobody must take for granted now."""
    out(spoken("adopting.gone_on", lost=found.lost))
    if not found.known:
        out(spoken("adopting.unknown"))
    if found.lines:
        out(spoken("adopting.decisions"))
        out(*(f"  {line}" for line in _lines(found.lines, lang)))
    if found.taken_down:
        out(spoken("adopting.taken_down", where=list(found.taken_down)))
    if found.stopped:
        out(spoken("adopting.still", Do("resume")))
        out(*(f"  {line}" for line in _lines(found.stopped, lang)))


def _after(due: Sequence[Any], as_: str, *, json_: bool, **more: Any) -> None:
    names = [f"{row.post_id}/{row.account}" for row in due]
    if json_:
        show_json({"lifted": True, "came_due": names, **more})
        return
    if names and sys.stdin.isatty() and sys.stdout.isatty():
        for name in names:
            _decide(name, as_)
    elif names:
        out(spoken("stops.came_due"))
        out(*(f"  {commands(_ways_on(row))}" for row in due))


def _ways_on(row: Any) -> list[dict[str, str]]:
    of = {"post": row.post_id, "account": row.account}
    return [Do(act, of).json() for act in ("confirm", "reschedule", "cancel")]


def _decide(name: str, as_: str) -> None:
    from publisher.desk import schedule

    said = typer.prompt(spoken("typed.decide", where=name), default="l")
    try:
        with writing(as_) as tx:
            if said == "s":
                schedule.confirm(tx, name)
            elif said == "m":
                schedule.reschedule(tx, name, typer.prompt(spoken("stops.move_to"), default="next"))
            elif said == "c":
                schedule.cancel(tx, name)
    except Problem as error:
        out(f"  {problem(error, mine())}")
