"""What the policy keeps for a time only: the particulars of posts that have long been finished.

The payloads that are still there are the list of what may have to go: they are walked, the oldest first,
some at a time, when nothing is due. A whole post is forgotten at once, never one that waits for anything,
that was touched since, or that a hold is about; and nothing at all in a restored database.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from publisher.policy.params import YEARS
from publisher.roles import MACHINE
from publisher.store import NoPolicy, Store, Tx, holds, ledger, past
from publisher.store import tables as t
from publisher.store.tables import core

_LEDGER = core(t.LedgerRow)
_PAYLOAD = core(t.Payload)
_POST = core(t.Post)
_DELIVERY = core(t.Delivery)
_ATTEMPT = core(t.Attempt)

AT_ONCE = 200  # payloads that are looked at together
POSTS = 20  # that are forgotten in one transaction
AGAIN = timedelta(hours=6)  # after the walk has come to what is still kept


def forget_some(store: Store, after: int) -> int | None:
    """Forget some of what is to be, behind this row; the row to go on behind, None at the end."""
    with store.read() as tx:
        posts, last = _due(tx, after)
    some = posts[:POSTS]
    if some:
        with store.write(MACHINE) as tx:
            tx.lock_epoch()  # whoever puts something on hold has done so, or waits
            _forget(tx, some)
    return after if len(posts) > POSTS else last


def _due(tx: Tx, after: int) -> tuple[list[str], int | None]:
    before = _before(tx)
    if before is None:
        return [], None
    there = (
        select(_PAYLOAD.c.seq, _LEDGER.c.post_id, _LEDGER.c.at)
        .join(_LEDGER, _LEDGER.c.seq == _PAYLOAD.c.seq)
        .where(_PAYLOAD.c.seq > after)
        .order_by(_PAYLOAD.c.seq)
        .limit(AT_ONCE)
    )
    rows = tx.all(there)
    old = [row for row in rows if row.at <= before]
    more = len(rows) == len(old) == AT_ONCE
    posts = _finished(tx, {row.post_id for row in old} - {""}, before)
    return posts, rows[-1].seq if more else None


def _before(tx: Tx) -> datetime | None:
    """What was touched last before this may go; None where nothing may."""
    try:
        kept = tx.policy.retention.particulars_days
    except NoPolicy:
        return None
    if kept >= YEARS or past.kept(tx) is not None or not holds.all_there(tx):
        return None
    return tx.now - kept


def _finished(tx: Tx, posts: Collection[str], before: datetime) -> list[str]:
    """Those of `posts` that wait for nothing, were not touched since, and are on no hold."""
    if not posts:
        return []
    done = select(_POST.c.id).where(_POST.c.id.in_(posts), _POST.c.state != "draft")
    open_ = select(_DELIVERY.c.post_id).where(t.UNFINISHED, _DELIVERY.c.post_id.in_(posts))
    touched = (
        select(_LEDGER.c.post_id)
        .where(_LEDGER.c.post_id.in_(posts))
        .group_by(_LEDGER.c.post_id)
        .having(func.max(_LEDGER.c.at) > before)
    )
    kept = {row.post_id for rows in (tx.all(open_), tx.all(touched)) for row in rows}
    return sorted({row.id for row in tx.all(done)} - kept - holds.held(tx, posts))


def _forget(tx: Tx, posts: Collection[str]) -> None:
    before = _before(tx)
    still = _finished(tx, posts, before) if before else []
    if not still:
        return
    newest = (
        select(_LEDGER.c.post_id, func.max(_LEDGER.c.seq).label("seq"))
        .where(_LEDGER.c.post_id.in_(still))
        .group_by(_LEDGER.c.post_id)
    )
    ledger.forget(tx, {row.post_id: row.seq for row in tx.all(newest)})
    going = select(_DELIVERY.c.id).where(_DELIVERY.c.post_id.in_(still))
    tx.run(update(_ATTEMPT).where(_ATTEMPT.c.delivery_id.in_(going)).values(reason=""))
