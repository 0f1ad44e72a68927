"""Take down what is public."""

from publisher.desk.parts.find import permitted, target
from publisher.desk.parts.takedowns import take_down
from publisher.errors import Conflict, Usage
from publisher.gate import lock
from publisher.roles import authorize
from publisher.store import Tx
from publisher.store.rows import DeliveryRow
from publisher.words import foreign


def retract(tx: Tx, name: str, why: str) -> list[DeliveryRow]:
    """Take down what is (or may be) public, at any hour; what waits there is cancelled (H18).

    One person and a reason; reviewed the next business day. Returns the takedowns made.
    """
    authorize(tx.actor, "retract")
    why = foreign(why)
    accounts = {row.account for row in target(tx, name).deliveries}
    lock(tx, accounts)  # a settle comes before, or after
    found = permitted(tx, name, "retract")
    if not why.strip():
        raise Usage("resolve.say_why", field="reason")
    made = take_down(tx, found, why)
    if not made:
        raise Conflict("resolve.nothing_public", post=found.post.id)
    return made
