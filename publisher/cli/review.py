"""A second person's yes or no."""

from typing import Annotated

import typer

from publisher.cli.common import As, Json, PostName, Reason
from publisher.cli.post import done


def approve(
    name: PostName,
    seen: Annotated[
        str, typer.Option("--seen", help="The fingerprint you saw (24 characters will do).")
    ],
    as_: As = "",
    json_: Json = False,
) -> None:
    """Say yes to exactly what you saw. Any later change asks again."""
    done(name, "approve", as_, json_=json_, exact=True, seen=seen)


def return_(name: PostName, reason: Reason, as_: As = "", json_: Json = False) -> None:
    """Send it back to its author, with a reason."""
    done(name, "return", as_, json_=json_, reason=reason)
