"""Whether the ledger vouches for the rows that a delivery rests on."""

from collections.abc import Mapping

from publisher.gate.subject import Asked, Evidence, Fields, Order, Subject
from publisher.store import bound


def _binds(_found: None, asked: Asked) -> Mapping[str, str]:
    return {
        **bound.bindings(bound.ACCOUNT, asked.accounts.values()),
        **bound.bindings(bound.REVISION, asked.revisions),
        **bound.bindings(bound.POST, asked.posts.values()),
        # A plan sees a delivery as it will be; its move looks whether it was whole before.
        **(bound.bindings(bound.DELIVERY, asked.rows) if asked.stage == "send" else {}),
    }


def _fields(order: Order, of: Subject, asked: Asked) -> Fields:
    """The first thing that was changed outside the history; else ""."""
    row, rests_on = of.row, []
    if row.post_id:
        # Every revision up to this one: who wrote a part may not approve.
        numbers = range(1, row.revision + 1)
        rests_on = [f"post {row.post_id}", *(f"revision {row.post_id}/{n}" for n in numbers)]
    if of.account_row is not None:
        rests_on.append(bound.ACCOUNT.fact(of.account_row))
    if asked.stage == "send":
        rests_on.append(bound.DELIVERY.fact(row))
    return {"unvouched": next((fact for fact in rests_on if fact not in order), "")}


EVIDENCE = Evidence(_fields, binds=_binds, believed=lambda _found, order: order)
