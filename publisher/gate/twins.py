"""Deliveries whose outcome is unclear, where only the account's own list of posts can tell (H6).

A second post with the same words would be taken for the first by its look-up, so it waits.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, select

from publisher.content import Rendered, rendered_from_json
from publisher.networks.registry import REGISTRY, about
from publisher.networks.text.wording import plain
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.tables import core

_DELIVERY = core(t.Delivery)
_ATTEMPT = core(t.Attempt)


def unclear(tx: Tx, accounts: Iterable[Row[Any]]) -> Sequence[Row[Any]]:
    """What is unclear on those of `accounts` whose network only lists: id, post, account, bytes."""
    names = [a.id for a in accounts if a.network in REGISTRY and _lists(a.network)]
    if not names:
        return ()
    return tx.all(
        select(_DELIVERY.c.id, _DELIVERY.c.post_id, _DELIVERY.c.account, _ATTEMPT.c.request)
        .join_from(_DELIVERY, _ATTEMPT, _ATTEMPT.c.id == _DELIVERY.c.unproven)
        .where(t.ATTENTION, _DELIVERY.c.state == "unknown", _DELIVERY.c.account.in_(names))
        .order_by(_DELIVERY.c.id)
    )


def twins(found: Sequence[Row[Any]], delivery: Row[Any], rendered: Rendered) -> tuple[str, ...]:
    """The posts among `found` that say the same on the same account."""
    return tuple(
        one.post_id
        for one in found
        if one.account == delivery.account
        and one.id != delivery.id
        and plain(rendered_from_json(one.request["rendered"]).text) == plain(rendered.text)
    )


def _lists(name: str) -> bool:
    return about(name).dedupe == "listing"
