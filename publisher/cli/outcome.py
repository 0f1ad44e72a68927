"""What became of it: resolve an unclear outcome, take down what is public."""

from typing import Annotated

import typer

from publisher.cli.common import As, Json, PostName, Reason, writing
from publisher.cli.post import answer
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
    from publisher.desk import overwrite as over
    from publisher.desk import resolve as desk

    if overwrite and (published or not_published or done):
        raise Usage("typed.overwrite_alone")
    with writing(as_) as tx:
        if overwrite:
            over.overwrite(tx, name, reason)
        else:
            desk.resolve(
                tx, name, url=published, not_published=not_published, done=done, why=reason
            )
    answer(name, as_, json_=json_)


def continue_(name: PostName, as_: As = "", json_: Json = False) -> None:
    """Send the rest of a thread that stopped between its posts. It is approved anew."""
    from publisher.desk import threads

    with writing(as_) as tx:
        threads.go_on(tx, name)
    answer(name, as_, json_=json_, exact=True)


def retract(name: PostName, reason: Reason, as_: As = "", json_: Json = False) -> None:
    """Take it down everywhere it is (or may be) public, at any hour; what waits is cancelled."""
    from publisher.desk import takedown

    with writing(as_) as tx:
        takedown.retract(tx, name, reason)
    answer(name, as_, json_=json_)
