"""What we published last where an edit goes: the bytes of its newest try."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from publisher.acts import act_of
from publisher.content import Rendered, rendered_from_json
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.rows import DeliveryRow
from publisher.store.tables import core

_DELIVERY = core(t.Delivery)
_ATTEMPT = core(t.Attempt)


def public(tx: Tx, rows: Sequence[DeliveryRow]) -> Mapping[str, Rendered]:
    """By delivery id, for those of `rows` that are edits; nothing for one whose past is not known."""
    edits = [row for row in rows if act_of(row).replaces]
    if not edits:
        return {}
    settled = tx.all(
        select(_DELIVERY.c.id, _DELIVERY.c.post_id, _DELIVERY.c.account)
        .where(
            _DELIVERY.c.post_id.in_({row.post_id for row in edits}),
            _DELIVERY.c.state == "published",
            t.TRANSMITS,
        )
        .order_by(_DELIVERY.c.settled_at, _DELIVERY.c.id)
    )
    newest = {(one.post_id, one.account): one.id for one in settled}
    tries = tx.all(
        select(_ATTEMPT.c.delivery_id, _ATTEMPT.c.request)
        .where(_ATTEMPT.c.delivery_id.in_(set(newest.values())))
        .order_by(_ATTEMPT.c.fence, _ATTEMPT.c.id)
    )
    sent = {one.delivery_id: one.request["rendered"] for one in tries}
    found = {row.id: sent.get(newest.get((row.post_id, row.account))) for row in edits}
    return {name: rendered_from_json(one) for name, one in found.items() if one is not None}
