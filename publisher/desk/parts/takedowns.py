"""Takedowns are made: of what is public; what waits is cancelled, what is unclear is looked up."""

from collections.abc import Sequence

from sqlalchemy import select

from publisher.acts import act_of, named
from publisher.desk.parts.deliveries import recalled
from publisher.desk.parts.find import Target, maybe_public
from publisher.errors import Do
from publisher.gate import Plan, plan
from publisher.lifecycle import CHANGEABLE, DEAD, IN_DOUBT, UNCLEAR
from publisher.release.parts import short
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.ids import new_id
from publisher.store.notices import about, tell, where
from publisher.store.rows import DeliveryRow, parts_out
from publisher.store.tables import core
from publisher.words import as_text

_DELIVERY = core(t.Delivery)


def take_down(tx: Tx, found: Target, why: str) -> list[DeliveryRow]:
    """Make a takedown for each account where it is (or may be) public, and none is under way."""
    _cancel_what_waits(tx, found)
    _look_before(tx, found)
    open_already = {r.account for r in found.deliveries if act_of(r).undoes and r.state not in DEAD}
    rows = [
        r
        for r in found.deliveries
        if act_of(r).makes_post and r.account not in open_already and maybe_public(r)
    ]
    if not rows:
        return []
    for row in rows:
        ledger.record(tx, "retract", row.id, {"reason": why}, post=row.post_id)
    made = [_takedown(tx, row, why) for row in rows]
    tx.add(*made)
    ledger.record_created(tx, made, {"act": "retract", "reason": why})
    look = Do("read", {"how": "history", "post": found.post.id})
    tell(
        tx,
        f"taken down:{made[0].id}",
        "approver",
        "taken_down",
        look,
        post=found.post.id,
        person=tx.actor.person,
        why=why,
    )
    fresh = tx.all(select(_DELIVERY).where(_DELIVERY.c.id.in_([d.id for d in made])))
    _tell_by_hand(tx, plan(tx, fresh))
    return list(tx.all(select(_DELIVERY).where(_DELIVERY.c.id.in_([d.id for d in made]))))


def _tell_by_hand(tx: Tx, made: Sequence[Plan]) -> None:
    """What is public where its account no longer is takes a person: our credentials stay here."""
    for row, there in ((one.facts.row, one.facts.case.elsewhere) for one in made):
        if there:
            done = about("resolve", row, how="done")
            tell(
                tx,
                f"by hand:{row.id}",
                "duty officer",
                "take_down_by_hand",
                done,
                where=where(row),
                there=there,
                account=row.account,
            )


def _cancel_what_waits(tx: Tx, found: Target) -> None:
    rows: Sequence[DeliveryRow] = [
        r
        for r in found.deliveries
        if not act_of(r).undoes and not r.unproven and r.state in CHANGEABLE
    ]
    for row in recalled(tx, rows):
        why = as_text("reason.taken_down")
        verb = short(row, "cancel")
        ledger.move(
            tx, row, verb, payload={"why": why}, wake_at=None, settled_at=tx.now, reason=why
        )


def _look_before(tx: Tx, found: Target) -> None:
    """What may be public is looked up (again) and not repeated: the takedown waits for the answer."""
    doubtful = [r for r in found.deliveries if not act_of(r).undoes and r.unproven]
    for row in recalled(tx, doubtful):
        action = {"waiting": "lose", "unknown": "look"}.get(row.state)
        if action and (action == "lose" or row.wake_at is None):
            why = as_text("reason.to_be_taken_down")
            ledger.move(tx, row, action, payload={"why": why}, wake_at=tx.now, reason=why)


def _takedown(tx: Tx, row: DeliveryRow, why: str) -> t.Delivery:
    """Of a thread the last part goes first: no part answers one that is gone.

    While a request of it is unclear it waits for the answer, which may be one part more.
    """
    public = () if row.state in IN_DOUBT | UNCLEAR else parts_out(row) or (row.remote_id or "",)
    *left, target = public or ("",)
    media = {"media": row.notes["media"]} if "media" in row.notes else {}
    return t.Delivery(
        id=new_id(tx.now),
        post_id=row.post_id,
        account=row.account,
        **named("retract"),
        state="waiting",
        revision=row.revision,
        requested_at=tx.now,
        requested_zone="UTC",
        requested_wall=tx.now.strftime("%Y-%m-%d %H:%M:%S"),
        release_at=tx.now,
        expires_at=tx.now,
        human_at=tx.now,
        target=target,
        place=row.place,
        lateness=30 * 86_400,
        reason=why,
        wake_at=None,
        notes={**media, "left": left} if left else media,
    )
