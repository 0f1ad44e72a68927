"""Who has left: nothing of theirs goes out until somebody else has seen it. An end is told a day ahead."""

import json
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from publisher.clock import local, rfc3339
from publisher.errors import Do
from publisher.gate import lock, plan
from publisher.lifecycle import UNSENT
from publisher.release.parts import ends
from publisher.roles import MACHINE
from publisher.store import Store, Tx, bound, ledger, meta
from publisher.store import tables as t
from publisher.store.notices import tell
from publisher.store.people import gone
from publisher.store.rows import DeliveryRow, PersonRow, between_parts
from publisher.store.tables import core
from publisher.words import as_text

_PERSON = core(t.Person)
_POST = core(t.Post)
_DELIVERY = core(t.Delivery)
_NOTICE = core(t.Notification)

SEEN = "leavers"  # of whom it was seen to, and since when they were gone
AT_ONCE = 100
SHOWN = 20  # posts that a notice names


def look(store: Store) -> None:
    """See to whoever has left, or leaves tomorrow; nothing is written while nobody does.

    Only by a clock that is believed: what it holds, and cuts off a thread, does not come back by itself.
    """
    with store.read() as tx:
        some = _left(tx, days=True) or _leaving(tx)
    if some:
        with store.write(MACHINE) as tx:
            see(tx, days=True)


def see(tx: Tx, *, days: bool = False) -> None:
    """Hold what waits of whoever has left, once, and tell who may decide.

    `days`: also of whose day has come; and tell of what ends tomorrow. Without a policy, where nothing
    goes out, later.
    """
    left = _left(tx, days=days) if bound.activation(tx) is not None else []
    for row in left:
        _hold(tx, row)
    if left:
        known = _seen(tx) | {row.name: _since(row) for row in left}
        meta.put(tx, SEEN, json.dumps(known, sort_keys=True))
    for row in _leaving(tx) if days else ():
        for audience in ("admin", "policy owner", row.name):
            once = f"until:{row.name}:{row.until}:{audience}"
            tell(tx, once, audience, "until_tomorrow", name=row.name, day=row.until)


def _left(tx: Tx, *, days: bool) -> list[PersonRow]:
    seen = _seen(tx)
    people = tx.all(select(_PERSON).order_by(_PERSON.c.name))
    left = [one for one in people if one.retired_at is not None or (days and gone(tx, one))]
    return [one for one in left if seen.get(one.name) != _since(one)]


def _seen(tx: Tx) -> dict[str, str]:
    return dict(json.loads(meta.get(tx, SEEN) or "{}"))


def _since(row: PersonRow) -> str:
    return rfc3339(row.retired_at) if row.retired_at else row.until


def _leaving(tx: Tx) -> list[PersonRow]:
    """Whose access ends tomorrow, and nobody was told yet."""
    ending = tx.all(select(_PERSON).where(_PERSON.c.until != "", _PERSON.c.retired_at.is_(None)))
    if not ending:
        return []
    tomorrow = (local(tx.now, tx.zone()).date() + timedelta(days=1)).isoformat()
    mine = {f"until:{row.name}:{row.until}:admin": row for row in ending if row.until == tomorrow}
    told = {row.dedupe for row in tx.all(select(_NOTICE).where(_NOTICE.c.dedupe.in_(mine)))}
    return [row for once, row in mine.items() if once not in told]


def _hold(tx: Tx, person: PersonRow) -> None:
    tx.lock_epoch()  # before any delivery: the lock order
    mine = (_POST.c.author == person.name) & (_DELIVERY.c.paused == "")
    waits = _DELIVERY.c.state.in_(UNSENT) & t.TRANSMITS
    rows = tx.all(
        select(_DELIVERY)
        .join(_POST, _POST.c.id == _DELIVERY.c.post_id)
        .where(mine, waits)
        .order_by(_DELIVERY.c.id)
    )
    for start in range(0, len(rows), AT_ONCE):
        _keep_back(tx, rows[start : start + AT_ONCE], as_text("reason.left", person=person.name))
    if posts := sorted({row.post_id for row in rows}):
        named = {"person": person.name, "count": len(posts), "posts": posts[:SHOWN]}
        hand = Do("hand over", {"person": person.name})
        once = f"left:{person.name}:{_since(person)}"
        tell(tx, once, "duty officer", "left", hand, **named)


def _keep_back(tx: Tx, rows: Sequence[DeliveryRow], why: str) -> None:
    """As a pause does: what the releaser has just taken is taken back, a thread stops where it is."""
    lock(tx, {row.account for row in rows})
    these = select(_DELIVERY).where(_DELIVERY.c.id.in_([row.id for row in rows]))
    for row in tx.all(these.where(_DELIVERY.c.state == "claimed")):
        ledger.move(tx, row, "recall", fence=row.fence + 1, wake_at=tx.now)
    fresh = tx.all(these.where(_DELIVERY.c.state == "waiting"))
    for row in filter(between_parts, fresh):
        ends(tx, row, "cancel", why, why)
    if waiting := [row for row in fresh if not between_parts(row)]:
        plan(tx, waiting, "pause", paused=why)
