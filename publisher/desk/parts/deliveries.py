"""Rows that wait: made, taken back from the releaser, and those that an act is possible on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from publisher import clock
from publisher.acts import ActName, act_of, named
from publisher.content import Account
from publisher.desk.parts.find import Target, maybe_public
from publisher.errors import Conflict, Do, Usage
from publisher.lifecycle import IN_DOUBT
from publisher.roles import said
from publisher.spoken import Asked, parse_when
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.bound import DELIVERY as DELIVERED
from publisher.store.ids import new_id
from publisher.store.ledger import Line
from publisher.store.rows import DeliveryRow, begun, between_parts
from publisher.store.tables import core
from publisher.words import as_text, every, part

_DELIVERY = core(t.Delivery)


def asked_for(tx: Tx, account: Account, at: str, when: datetime | None = None) -> Asked:
    """The asked time on the account's own clock; "next" is its next opening. Raises Usage.

    `when`: it was asked for then, not now.
    """
    said_at = when or tx.now
    calendar = tx.policy.calendars.get(account.calendar)
    zone = calendar.zone if calendar else "UTC"
    if at.strip() == "next":
        found = calendar.next_open(said_at) if calendar else None
        if found is None:
            raise Usage("compose.no_opening", field="at", account=account.id)
        return Asked(found, clock.local(found, zone).strftime("%Y-%m-%d %H:%M"), zone)
    return parse_when(at, zone, said_at)


def asked_anew(tx: Tx, asked: Asked) -> dict[str, Any]:
    """The columns of what a person asks for again, at another time: nothing holds that was said before."""
    return {
        "requested_at": asked.at,
        "requested_wall": asked.wall,
        "requested_zone": asked.zone,
        "release_at": asked.at,
        "confirmed_at": None,
        "human_at": tx.now,
        "settled_at": None,
        "reason": "",
    }


def delivery(tx: Tx, found: Target, account: Account, act: ActName = "publish") -> t.Delivery:
    asked = found.revision.asked[account.id]
    at = max(clock.from_rfc3339(asked["at"]), tx.now)
    return t.Delivery(
        id=new_id(tx.now),
        post_id=found.post.id,
        account=account.id,
        **named(act),
        state="waiting",
        revision=found.post.revision,
        requested_at=at,
        requested_wall=asked["wall"],
        requested_zone=asked["zone"],
        release_at=at,
        expires_at=at,
        human_at=tx.now,
        wake_at=None,
    )


def recalled(tx: Tx, rows: Sequence[DeliveryRow]) -> list[DeliveryRow]:
    """Take claimed ones back before anything is sent: fence + 1, so that the releaser sends nothing."""
    tx.lock_epoch()  # before any delivery: the lock order
    claimed = [row for row in rows if row.state == "claimed"]
    for row in claimed:
        ledger.move(tx, row, "recall", fence=row.fence + 1, wake_at=tx.now)
    return fresh(tx, [row.id for row in rows]) if claimed else list(rows)


def fresh(tx: Tx, ids: Sequence[str]) -> list[DeliveryRow]:
    return list(tx.all(select(_DELIVERY).where(_DELIVERY.c.id.in_(ids)).order_by(_DELIVERY.c.id)))


def possible(
    found: Target, states: Sequence[str], action: str, *, rest: bool = False
) -> list[DeliveryRow]:
    """The rows in `states` that nothing is public of; with `rest`, also threads that wait between parts."""
    rows = [r for r in found.deliveries if r.state in {*states, "claimed"} and not act_of(r).undoes]
    kept = [r for r in rows if begun(r) and not (rest and between_parts(r))]
    for row in kept if found.account or len(found.deliveries) == 1 else ():
        refuse_in_doubt(row)
    rows = [r for r in rows if r not in kept]
    if not rows:
        raise _nothing_waits(found, action)
    return rows


def states_said(rows: Sequence[DeliveryRow]) -> Any:
    return every(
        part("compose.state_there", account=row.account, state=part(f"state.{row.state}"))
        for row in rows
    )


def _nothing_waits(found: Target, action: str) -> Conflict:
    """What it is instead, and what can be done about that."""
    of = {"post": found.post.id}
    values: dict[str, Any] = {**of, "action": said(action)}
    if found.post.state == "draft":
        return Conflict("compose.is_draft", Do("submit", of), **values)
    if not found.deliveries:
        return Conflict("compose.is", state=part(f"state.{found.post.state}"), **values)
    acts = [r for r in found.deliveries if not act_of(r).undoes]
    if any(map(maybe_public, acts)):
        public = Do("edit", of), Do("retract", of)
        return Conflict("compose.is_public", *public, states=states_said(acts), **values)
    return Conflict("compose.nothing_waits", states=states_said(acts), **values)


def refuse_in_doubt(row: DeliveryRow) -> None:
    if row.state in IN_DOUBT or begun(row):
        resolve = Do("resolve", {"post": row.post_id, "account": row.account})
        raise Conflict("compose.in_doubt", resolve, where=f"{row.post_id}/{row.account}")


def keep_from_repeating(tx: Tx, rows: Sequence[DeliveryRow]) -> None:
    """What may be public cannot be cancelled; but should it not be, nobody wants it repeated."""
    for row in (r for r in rows if r.state in IN_DOUBT or begun(r)):
        wish = as_text("reason.wish_to_cancel", person=tx.actor.person)
        line = Line("wish to cancel", row.id, {"state": row.state}, row.post_id)
        ledger.change(tx, (DELIVERED, row.id), line, paused=wish)
