"""What stands still by a person's or the machine's word."""

from publisher.desk.parts import seen, stopped
from publisher.read.view import Act, Instant, View
from publisher.roles import authorize
from publisher.store import Tx
from publisher.words import ENGLISH, read, say_part


class Stop(View):
    """A stop that is in force."""

    scope: str
    """`everything`, `except notices`, or an account."""
    name: str
    """The same in words."""
    by: str
    """Who; `publisher` for the machine."""
    at: Instant
    """Since when."""
    reason: str
    """Why."""
    acts: tuple[Act, ...]
    """What lifts it (as of a finding)."""


def stops(tx: Tx, lang: str = ENGLISH) -> list[Stop]:
    """Every stop in force, the oldest first."""
    authorize(tx.actor, "read")
    return [
        Stop(
            scope=row.scope,
            name=_name(row.scope, lang),
            by=row.by,
            at=row.at,
            reason=read(row.reason, lang),
            acts=(stopped.lifting(row.scope).json(),),
        )
        for row in stopped.in_force(tx)
        if row.scope in stopped.WIDE or seen.there(tx, row.scope)
    ]


def _name(scope: str, lang: str) -> str:
    said = stopped.scope_said(scope)
    return said if isinstance(said, str) else say_part(said, lang)
