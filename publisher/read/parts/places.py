"""Where a page of posts begins: in which order, and behind which post."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import exists, or_, select, tuple_

from publisher.clock import from_rfc3339, rfc3339
from publisher.desk.parts import seen
from publisher.errors import Usage
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.tables import core

_POST = core(t.Post)
_DELIVERY = core(t.Delivery)

Place = tuple[datetime, str]
Found = tuple[
    list[str], Place | None
]  # names of posts, and the last one's place if more may follow


def page(tx: Tx, order: str, at: str, most: int) -> tuple[list[str], str | None]:
    """Up to `most` posts by name, and where the next page begins.

    `order`: `open` or `all`; `at`: as the page before said, or "". Raises Usage.
    """
    names: list[str] = []
    order, begun, place = _read(at) if at else (order, tx.now, None)
    while order and len(names) < most:
        found, place = _ORDERS[order](tx, begun, place, most - len(names))
        names += found
        order = order if place else _THEN[order]
    return names, _written(order, begun, place) if order else None


def _written(order: str, begun: datetime, place: Place | None) -> str:
    said = [order, rfc3339(begun), *((rfc3339(place[0]), place[1]) if place else ())]
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def _read(at: str) -> tuple[str, datetime, Place | None]:
    try:
        order, since, *last = json.loads(base64.urlsafe_b64decode(at + "=" * (-len(at) % 4)))
        begun = from_rfc3339(since)
        place = (from_rfc3339(last[0]), str(last[1])) if last else None
        known = order in _ORDERS and (place is None or place[1].isprintable())
    except (ArithmeticError, ValueError, TypeError, IndexError, RecursionError):
        known = False
    if not known:
        raise Usage("look.no_place", field="at")
    return order, begun, place


def _open(tx: Tx, begun: datetime, after: Place | None, most: int) -> Found:
    """By the earliest of their open deliveries, without looking at all of those.

    `begun`: when the first page was read. What was done since was open on it.
    """
    place = tuple_(_DELIVERY.c.release_at, _DELIVERY.c.id)
    many = 4 * most
    each = (
        select(_DELIVERY.c.post_id, _DELIVERY.c.release_at, _DELIVERY.c.id)
        .where(t.UNFINISHED, seen.accounts(tx, _DELIVERY.c.account))
        .order_by(_DELIVERY.c.release_at, _DELIVERY.c.id)
        .limit(many)
    )
    found: dict[str, Place] = {}
    last, more = after, True
    while more and len(found) < most:
        rows = tx.all(each.where(place > last) if last else each)
        shown = _shown(tx, {row.post_id for row in rows}, begun, after)
        for row in rows:
            if row.post_id not in shown:
                found.setdefault(row.post_id, (row.release_at, row.id))
        more = len(rows) == many
        last = (rows[-1].release_at, rows[-1].id) if rows else None
    names = list(found)[:most]
    return names, found[names[-1]] if names and (more or len(found) > most) else None


def _shown(tx: Tx, names: set[str], begun: datetime, before: Place | None) -> set[str]:
    """Those that an earlier page showed, by an earlier delivery of theirs."""
    if before is None:
        return set()
    place = tuple_(_DELIVERY.c.release_at, _DELIVERY.c.id)
    mine, theirs = _DELIVERY.c.post_id.in_(names), seen.accounts(tx, _DELIVERY.c.account)
    open_then = or_(t.UNFINISHED, _DELIVERY.c.settled_at > begun)
    earlier = select(_DELIVERY.c.post_id).where(open_then, mine, theirs, place <= before)
    return {row.post_id for row in tx.all(earlier)}


def _all(tx: Tx, begun: datetime, after: Place | None, most: int) -> Found:
    """Whatever was handed in, in that order: an id begins with when its delivery was made.

    A post stands where its first delivery does, so that each page is read by itself.
    """
    earlier = _DELIVERY.alias()
    of_the_same = (earlier.c.post_id == _DELIVERY.c.post_id) & (earlier.c.id < _DELIVERY.c.id)
    of_the_same &= seen.accounts(tx, earlier.c.account)
    each = select(_DELIVERY.c.post_id, _DELIVERY.c.id).where(~exists().where(of_the_same))
    each = each.where(seen.accounts(tx, _DELIVERY.c.account))
    each = each.where(_DELIVERY.c.id > (after[1] if after else ""))
    rows = tx.all(each.order_by(_DELIVERY.c.id).limit(most))
    return [row.post_id for row in rows], (begun, rows[-1].id) if len(rows) == most else None


def _drafts(tx: Tx, _begun: datetime, after: Place | None, most: int) -> Found:
    place = tuple_(_POST.c.created_at, _POST.c.id)
    theirs = seen.posts(tx, _POST.c.id)
    each = select(_POST.c.created_at, _POST.c.id).where(t.DRAFT, theirs).order_by(*place)
    rows = tx.all((each.where(place > after) if after else each).limit(most))
    last = (rows[-1].created_at, rows[-1].id) if len(rows) == most else None
    return [row.id for row in rows], last


_ORDERS: Mapping[str, Callable[[Tx, datetime, Place | None, int], Found]] = {
    "open": _open,
    "all": _all,
    "drafts": _drafts,
}
_THEN: Mapping[str, Any] = {"open": "drafts", "all": "drafts", "drafts": ""}
