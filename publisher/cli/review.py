"""A second person's yes or no."""

from typing import Annotated

import typer

from publisher.cli.common import As, Json, PostName, Reason, writing
from publisher.cli.post import answer


def approve(
    name: PostName,
    seen: Annotated[
        str, typer.Option("--seen", help="The fingerprint you saw (24 characters will do).")
    ],
    as_: As = "",
    json_: Json = False,
) -> None:
    """Say yes to exactly what you saw. Any later change asks again."""
    from publisher.desk import review

    with writing(as_) as tx:
        review.approve(tx, name, seen)
    answer(name, as_, json_=json_, exact=True)


def return_(name: PostName, reason: Reason, as_: As = "", json_: Json = False) -> None:
    """Send it back to its author, with a reason."""
    from publisher.desk import review

    with writing(as_) as tx:
        review.send_back(tx, name, reason)
    answer(name, as_, json_=json_)
