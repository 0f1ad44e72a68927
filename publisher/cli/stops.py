"""The emergency stop, and what follows when it is lifted."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.acts import commands, problem, then
from publisher.cli.common import (
    As,
    Json,
    Reason,
    data,
    desk,
    is_down,
    mine,
    opened,
    out,
    own,
    person,
    say,
    show_json,
    spoken,
)
from publisher.errors import BadConfig, Do, NotPermitted, Problem

if TYPE_CHECKING:
    from publisher.client.shapes import Lifted, Stop

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
    how = {"account": account, "except_notices": except_notices, "reason": reason}
    try:
        with desk(as_) as door:
            made: Stop = door.post("/stops", how)
    except Problem as error:
        if not is_down(error):
            raise
        _beside(error, reason, of_all=not account and not except_notices)
    else:
        out(then(spoken("stops.stopped", stop=made["name"]), made["acts"]))


def _beside(error: Problem, reason: str, *, of_all: bool) -> None:
    """Without the desk, by whoever holds the machine. Raises what kept the desk from it for others."""
    from publisher import beside

    if not of_all:
        say(spoken("stops.all_or_nothing"))
        raise error
    try:
        recorded = beside.stop(data(), reason)
    except NotPermitted as refused:
        say(refused.said(mine()))
        raise error from None
    except BadConfig:  # a client elsewhere has no config.toml, and so no daemon beside it
        raise error from None
    say(problem(error, mine()))
    out(spoken("stops.beside" if recorded else "stops.beside_later", Do("resume")))


def resume(account: Account = "", as_: As = "", json_: Json = False) -> None:
    """Lift a stop. Nothing is released by that: what came due is asked for, post by post."""
    with desk(as_) as door:
        found: Lifted = door.post("/stops/resume", {"account": account})
    if not json_:
        out(spoken("stops.lifted", stops=found["lifted"]))
        out(*(spoken("stops.left", stop=one["name"]) for one in found["left"]))
    _after(found["came_due"], as_, json_=json_)


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
    lang, due = mine(), [f"{row.post_id}/{row.account}" for row in found.due]
    if json_:
        _after(
            due,
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
    _after(due, as_, json_=False)


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


def _after(names: Sequence[str], as_: str, *, json_: bool, **more: Any) -> None:
    if json_:
        show_json({"lifted": True, "came_due": names, **more})
        return
    if names and sys.stdin.isatty() and sys.stdout.isatty():
        for name in names:
            _decide(name, as_)
    elif names:
        out(spoken("stops.came_due"))
        out(*(f"  {commands(_ways_on(name))}" for name in names))


def _ways_on(name: str) -> list[dict[str, str]]:
    post, _, account = name.partition("/")
    of = {"post": post, "account": account}
    return [Do(act, of).json() for act in ("confirm", "reschedule", "cancel")]


def _decide(name: str, as_: str) -> None:
    from publisher.client.door import of_post

    chosen = typer.prompt(spoken("typed.decide", where=name), default="l")
    path, account = of_post(name)
    verb = {"s": "confirm", "m": "reschedule", "c": "cancel"}.get(chosen)
    said = {"account": account}
    if verb == "reschedule":
        said["at"] = typer.prompt(spoken("stops.move_to"), default="next")
    try:
        if verb:
            with desk(as_) as door:
                door.post(f"{path}/{verb}", said)
    except Problem as error:
        out(f"  {problem(error, mine())}")
