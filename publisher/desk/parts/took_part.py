"""Who had a part in an out-of-hours permission: its review takes somebody else."""

from sqlalchemy import select

from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.rows import GrantRow
from publisher.store.tables import core

_DELIVERY = core(t.Delivery)
_USE = core(t.ExceptionUse)
_REVISION = core(t.Revision)
_APPROVAL = core(t.Approval)


def took_part(tx: Tx, row: GrantRow) -> frozenset[str]:
    """Who asked and granted, and who wrote or approved what it was for or what went out under it."""
    used = tx.all(
        select(_DELIVERY.c.post_id)
        .join(_USE, _USE.c.delivery_id == _DELIVERY.c.id)
        .where(_USE.c.exception_id == row.id)
    )
    posts = {one.post_id for one in used} | ({row.post_id} if row.post_id else set())
    wrote = tx.all(select(_REVISION.c.written_by).where(_REVISION.c.post_id.in_(posts)))
    said = tx.all(
        select(_APPROVAL.c.person).where(
            _APPROVAL.c.post_id.in_(posts), _APPROVAL.c.decision == "approve"
        )
    )
    people = {row.requested_by, row.granted_by, *(one[0] for one in (*wrote, *said))}
    return frozenset(people - {""})
