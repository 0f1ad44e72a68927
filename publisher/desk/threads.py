"""A thread that stopped between its parts, and a person who goes on with it."""

from publisher.desk.parts.continuing import anew, hindrances
from publisher.desk.parts.deliveries import states_said
from publisher.desk.parts.find import permitted
from publisher.errors import Conflict, Do
from publisher.gate import Plan, plan
from publisher.store import Tx


def go_on(tx: Tx, name: str) -> list[Plan]:
    """Send the rest, after the last part that is public: asked for now, and approved anew.

    Raises Conflict when nothing of it stopped, or it cannot be gone on with; HeldByPolicy.
    """
    found = permitted(tx, name, "continue")
    rows = [row for row in found.deliveries if row.state == "partly_published"]
    if not rows:
        look, states = Do("read", {"post": found.post.id}), states_said(found.deliveries)
        raise Conflict("threads.nothing_stopped", look, post=found.post.id, states=states)
    for why in hindrances(tx, rows).values():
        raise why
    return [one for row in rows for one in plan(tx, [row], "continue", **anew(tx, row))]
