"""config.toml: check it, show what is in force."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    sqlite_file,
)
from publisher.errors import BadConfig, Problem
from publisher.words import part, word

if TYPE_CHECKING:
    from publisher.client.shapes import Change, Confirmed
    from publisher.config import Config

group = typer.Typer(no_args_is_help=True, help="config.toml: check, show, confirm changes.")


@group.command()
def check() -> None:
    """Everything that is wrong with config.toml, and with what it names of the policy. Exit 4."""
    from publisher import config
    from publisher.config import fits, owner
    from publisher.desk import sound

    found = config.read(config.find(Path.cwd()), os.environ)
    if flaws := owner.written(found):
        raise BadConfig(flaws)
    _, policy = sound.policy(found)
    sound.together(found, policy, sound.told_nowhere(found, os.environ))
    out(spoken("config.sound", accounts=len(found.accounts), people=len(found.people)))
    out(*questions(fits.questions(found, policy)), *questions(sound.questions(found, os.environ)))
    out(*_beside_the_register(found))


def questions(asked: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """What is allowed and yet perhaps not meant, for a person to look at."""
    from publisher.words import say_part

    yield from (f"? {say_part(one, mine())}" for one in asked)


def _beside_the_register(found: "Config") -> list[str]:
    """What the next start would ask a second person for; nothing where there is no register yet."""
    from publisher import app
    from publisher.cli.acts import told
    from publisher.desk.parts.pending import ahead, stuck

    file = sqlite_file(found)
    if file is not None and not file.exists():
        return []
    made = app.build(found)
    try:
        with made.store.read() as tx:
            waiting = [*((one, ()) for one in ahead(tx, found)), *stuck(tx)]
            return [told(said, [act.json() for act in acts], mine()) for said, acts in waiting]
    except Problem:  # no tables yet, or a server that does not answer: the file is sound
        return []
    finally:
        made.store.close()


@group.command()
def changes(as_: As = "", json_: Json = False) -> None:
    """What config.toml asks for and a second person has to confirm."""
    with desk(as_) as door:
        found: list[Change] = list(door.listed("/config/changes"))
    if json_:
        show_json(found)
        return
    for one in found:
        about = {"kind": word("kind", one["kind"]), "name": one["name"], "change": one["change"]}
        out(spoken("changes.asked", id=bold(str(one["id"])), **about))
        may = one["confirm"] or part("changes.nobody")
        out(f"  {one['about']}", f"  {spoken('changes.may_confirm', people=may)}")
    if not found:
        out(spoken("changes.none_asked"))


@group.command()
def confirm(
    number: Annotated[int, typer.Argument(metavar="N", help="As publisher config changes says.")],
    as_: As = "",
) -> None:
    """A policy owner's yes to a change that loosens something. Not for one's own rights or accounts."""
    with desk(as_) as door:
        found: Confirmed = door.post(f"/config/changes/{number}/confirm", {})
    about = {"kind": word("kind", found["kind"]), "name": found["name"]}
    out(spoken("changes.in_force", **about, change=found["change"]))


@group.command()
def show(json_: Json = False) -> None:
    """What is in force; secrets as references, never as values."""
    from publisher import config

    found = config.show(configuration())
    if json_:
        show_json(found)
        return
    out(*_lines(found, ""))


def _lines(found: Mapping[str, Any], above: str) -> Iterator[str]:
    """`accounts.x.lang = en`, one setting a line."""
    for key, value in found.items():
        if isinstance(value, Mapping):
            yield from _lines(value, f"{above}{key}.")
        else:
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            yield f"{above}{key} = {'' if shown is None else shown}"
