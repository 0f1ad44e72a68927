"""What is kept because it may be needed, whatever the policy says."""

from typing import Literal

from publisher.errors import Do
from publisher.read.view import Act, Instant, View
from publisher.roles import authorize
from publisher.store import Tx
from publisher.store.holds import in_force


class Hold(View):
    """A legal hold that is in force."""

    number: int
    """Its number."""
    kind: Literal["post", "account", "person"]
    """What it is about …"""
    name: str
    """… by name."""
    reason: str
    """Why."""
    by: str
    """Who put it there."""
    at: Instant
    """Since when."""
    lift_asked_by: str | None
    """Who asked for it to be lifted; somebody else says yes."""
    lift_reason: str | None
    """Why."""
    acts: tuple[Act, ...]
    """What lifts it (as of a finding)."""


def holds(tx: Tx) -> list[Hold]:
    """Every hold in force, the oldest first."""
    authorize(tx.actor, "audit")
    return [
        Hold(
            number=row.id,
            kind=row.kind,
            name=row.name,
            reason=row.reason,
            by=row.by,
            at=row.at,
            lift_asked_by=row.lift_by or None,
            lift_reason=row.lift_reason or None,
            acts=(Do("lift hold", {"hold": str(row.id)}).json(),),
        )
        for row in in_force(tx)
    ]
