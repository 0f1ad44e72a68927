"""What became of it: resolve an unclear outcome, take down what is public."""

from typing import Annotated

import typer

from publisher.cli.common import As, Json, PostName, Reason
from publisher.cli.post import done as do
from publisher.errors import Usage


def resolve(
    name: PostName,
    published: Annotated[
        str, typer.Option("--published", metavar="URL", help="It is public, here.")
    ] = "",
    not_published: Annotated[
        bool, typer.Option("--not-published", help="It did not go out.")
    ] = False,
    done: Annotated[
        bool,
        typer.Option(
            "--done", help="The edit or takedown was done by hand, over there: all of it."
        ),
    ] = False,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Let the edit go over what somebody changed over there."),
    ] = False,
    reason: Annotated[str, typer.Option("--reason", help="How you know; it is recorded.")] = "",
    as_: As = "",
    json_: Json = False,
) -> None:
    """Say what could not be found out: is it public or not? You have looked at the account."""
    if overwrite and (published or not_published or done):
        raise Usage("typed.overwrite_alone")
    if overwrite:
        do(name, "overwrite", as_, json_=json_, reason=reason)
        return
    do(
        name,
        "resolve",
        as_,
        json_=json_,
        published=published,
        not_published=not_published,
        done=done,
        reason=reason,
    )


def continue_(name: PostName, as_: As = "", json_: Json = False) -> None:
    """Send the rest of a thread that stopped between its posts. It is approved anew."""
    do(name, "continue", as_, json_=json_, exact=True)


def retract(name: PostName, reason: Reason, as_: As = "", json_: Json = False) -> None:
    """Take it down everywhere it is (or may be) public, at any hour; what waits is cancelled."""
    do(name, "retract", as_, json_=json_, reason=reason)
