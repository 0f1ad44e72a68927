"""Can a thread that stopped between its parts be gone on with? One answer for the desk and for lists."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from publisher.desk.parts.blocked import blocked
from publisher.desk.parts.deliveries import asked_anew, asked_for
from publisher.desk.parts.find import accounts_of
from publisher.errors import Conflict, Problem
from publisher.gate import propose
from publisher.gate.cases import Facts, gather
from publisher.lifecycle import DEAD
from publisher.release.parts import goes_on
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.notices import about, where
from publisher.store.rows import DeliveryRow, as_it_will_be
from publisher.store.tables import core

_DELIVERY = core(t.Delivery)
_POST = core(t.Post)


def anew(tx: Tx, row: DeliveryRow) -> dict[str, Any]:
    """The columns of a thread whose rest a person asks for now."""
    [account] = accounts_of(tx, [row])
    return {**asked_anew(tx, asked_for(tx, account, "now")), "paused": ""}


def hindrances(tx: Tx, rows: Sequence[DeliveryRow]) -> Mapping[str, Problem]:
    """By delivery, why the rest of it cannot be sent; of what can be gone on with, nothing.

    `rows` are public in part. What can be done instead stands with the problem.
    """
    if not rows:
        return {}
    posts = [row.post_id for row in rows]
    written = select(_POST.c.id, _POST.c.revision).where(_POST.c.id.in_(posts))
    revisions = {row.id: row.revision for row in tx.all(written)}
    takedowns = tx.all(select(_DELIVERY).where(t.UNDOES, _DELIVERY.c.post_id.in_(posts)))
    known = gather(tx, [as_it_will_be(row, anew(tx, row)) for row in rows], "submit")
    found = {}
    for row, facts in zip(rows, known, strict=True):
        mine = [one for one in takedowns if where(one) == where(row)]
        why = _taken_down(row, mine) or _other(row, revisions[row.post_id], facts)
        why = why or blocked([propose(tx, facts)], about("retract", row))
        if why is not None:
            found[row.id] = why
    return found


def _taken_down(row: DeliveryRow, takedowns: Sequence[DeliveryRow]) -> Problem | None:
    if any(one.state not in DEAD for one in takedowns):
        return Conflict("threads.taken_down", where=where(row))
    if any(one.attempts for one in takedowns):
        return Conflict("threads.taken_down_in_part", about("retract", row), where=where(row))
    return None


def _other(row: DeliveryRow, revision: int, facts: Facts) -> Problem | None:
    """Would the rest not belong to what is public?"""
    retract = about("retract", row)
    if row.revision < revision:
        return Conflict("threads.edited_since", retract, where=where(row))
    if there := facts.case.elsewhere:
        return Conflict("threads.moved", retract, where=where(row), there=there)
    if not goes_on(row, facts.case.rendered):
        return Conflict("threads.other_words", retract, where=where(row))
    return None
