"""A thread that stopped between its parts, and a person who goes on with it."""

from publisher.acts import act_of
from publisher.desk.compose import refuse_blocked
from publisher.desk.parts.approving import seen_now
from publisher.desk.parts.deliveries import asked_anew, asked_for, states_said
from publisher.desk.parts.find import Target, accounts_of, permitted
from publisher.errors import Conflict, Do
from publisher.gate import Plan, plan
from publisher.release.follow import taken_down
from publisher.release.parts import goes_on
from publisher.store import Tx
from publisher.store.notices import where
from publisher.store.rows import DeliveryRow


def go_on(tx: Tx, name: str) -> list[Plan]:
    """Send the rest, after the last part that is public: asked for now, and approved anew.

    Raises Conflict when nothing of it stopped, or it cannot be gone on with; HeldByPolicy.
    """
    found = permitted(tx, name, "continue")
    rows = [row for row in found.deliveries if row.state == "partly_published"]
    if not rows:
        look, states = Do("read", {"post": found.post.id}), states_said(found.deliveries)
        raise Conflict("threads.nothing_stopped", look, post=found.post.id, states=states)
    for row in rows:
        _refuse(tx, row, found)
    made = [one for row in rows for one in _again(tx, row)]
    refuse_blocked(made)
    return made


def _refuse(tx: Tx, row: DeliveryRow, found: Target) -> None:
    if taken_down(tx, row.post_id, row.account):
        raise Conflict("threads.taken_down", where=where(row))
    retract = Do("retract", {"post": row.post_id, "account": row.account})
    if any(act_of(r).undoes and r.account == row.account and r.attempts for r in found.every):
        raise Conflict("threads.taken_down_in_part", retract, where=where(row))
    if row.revision < found.post.revision:
        raise Conflict("threads.edited_since", retract, where=where(row))
    [known] = seen_now(tx, [row])
    if not goes_on(row, known.case.rendered):
        raise Conflict("threads.other_words", retract, where=where(row))


def _again(tx: Tx, row: DeliveryRow) -> list[Plan]:
    [account] = accounts_of(tx, [row])
    asked = asked_for(tx, account, "now")
    return plan(tx, [row], "continue", **asked_anew(tx, asked), paused="")
