"""When the other posts of an account are planned to go."""

from datetime import datetime

from sqlalchemy import bindparam, select

from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.tables import core

_DELIVERY = core(t.Delivery)
_SLOTS = (
    select(_DELIVERY.c.release_at)
    .where(
        _DELIVERY.c.account == bindparam("account"),
        t.LIVE,
        _DELIVERY.c.release_at.between(bindparam("start"), bindparam("end")),
        _DELIVERY.c.id != bindparam("but"),
        t.SLOT,
    )
    .order_by(_DELIVERY.c.release_at)
)


def slots(tx: Tx, account: str, start: datetime, end: datetime, but: str) -> tuple[datetime, ...]:
    """Planned release times of the account's other live deliveries in [start, end], sorted."""
    found = tx.all(_SLOTS, {"account": account, "start": start, "end": end, "but": but})
    return tuple(row[0] for row in found)
