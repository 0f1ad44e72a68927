"""Measures about somebody else's comment are asked for, and called off."""

from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import select

from publisher.desk.parts import seen
from publisher.desk.parts.find import account_rows
from publisher.errors import Conflict, NotFound, NotPermitted, Usage
from publisher.gate import lock
from publisher.gate.accounts import account_value, place_of
from publisher.gate.measures import ours
from publisher.lifecycle import OPEN, UNSENT
from publisher.measures import MEASURES, MeasureName
from publisher.networks.registry import about
from publisher.roles import authorize
from publisher.store import Tx, bound, ledger
from publisher.store import tables as t
from publisher.store.ids import new_id
from publisher.store.ledger import Line, Move
from publisher.store.notices import tell
from publisher.store.rows import MeasureRow
from publisher.store.tables import core
from publisher.words import as_text, foreign, part

_MEASURE = core(t.Measure)

LASTS = timedelta(days=7)  # after that somebody looks at the comment again


@dataclass(frozen=True)
class NewMeasure:
    """What is to be done about which comment; `comment` is the network's own id of it."""

    account: str
    comment: str
    what: MeasureName
    why: str


def ask(tx: Tx, new: NewMeasure) -> str:
    """Ask for a measure, which goes at once, at any hour; its id.

    What still waits about the same comment is called off: the later word counts.
    """
    authorize(tx.actor, "measure")
    new = replace(new, why=foreign(new.why))
    [row] = account_rows(tx, [new.account])
    account = account_value(row)
    authorize(tx.actor, "measure", [account])
    known = about(account.network)
    if new.what not in known.measures:
        raise Conflict("measures.not_there", network=known.title)
    if not known.comment.fullmatch(new.comment):
        raise Usage("measures.no_comment", field="comment", comment=new.comment)
    if not new.why.strip():
        raise Usage("measures.say_why", field="reason")
    if not MEASURES[new.what].tightens:
        raise NotPermitted("measures.takes_two")
    lock(tx, {row.id})
    if ours(tx, place_of(row), new.comment):
        raise Conflict("measures.ours", comment=new.comment)
    _make_way(tx, place_of(row), new.comment)
    return _asked(tx, new, place_of(row))


def call_off(tx: Tx, measure: str, why: str) -> None:
    """It will not go out; or nobody looks any more for what came of it.

    Raises Conflict while a request of it is on its way, or looked for.
    """
    authorize(tx.actor, "measure")
    why = foreign(why)
    theirs = seen.accounts(tx, _MEASURE.c.account)
    row: MeasureRow | None = tx.first(select(_MEASURE).where(_MEASURE.c.id == measure, theirs))
    if row is None:
        raise NotFound("measures.none", measure=measure)
    account = account_value(account_rows(tx, [row.account])[0])
    authorize(tx.actor, "measure", [account])
    if not why.strip():
        raise Usage("measures.say_why", field="reason")
    lock(tx, {row.account})
    _call_off(tx, row, why)


def _make_way(tx: Tx, place: str, comment: str) -> None:
    same = (_MEASURE.c.place == place) & (_MEASURE.c.target == comment)
    for row in tx.all(select(_MEASURE).where(same, _MEASURE.c.state.in_(OPEN))):
        _call_off(tx, row, as_text("reason.measure_replaced"))


def _call_off(tx: Tx, row: MeasureRow, why: str) -> None:
    if row.state not in UNSENT and (row.state != "unknown" or row.wake_at is not None):
        raise Conflict("measures.under_way", state=part(f"state.{row.state}"))
    if row.unproven and row.state != "unknown":
        raise Conflict("measures.under_way", state=part("state.unknown"))
    if row.state == "claimed":
        back = {"fence": row.fence + 1, "wake_at": tx.now}
        ledger.move_all(tx, "recall", [Move(row, back)], bound.MEASURE)
        row = tx.first(select(_MEASURE).where(_MEASURE.c.id == row.id))
    ended = {"wake_at": None, "settled_at": tx.now, "reason": why}
    ledger.move_all(tx, "cancel", [Move(row, ended, {"why": why})], bound.MEASURE)


def _asked(tx: Tx, new: NewMeasure, place: str) -> str:
    row = t.Measure(
        id=new_id(tx.now),
        account=new.account,
        place=place,
        target=new.comment,
        what=new.what,
        asked_by=tx.actor.person,
        asked_at=tx.now,
        why=new.why,
        wake_at=tx.now,
        expires_at=tx.now + LASTS,
    )
    said = {"what": new.what, "account": new.account, "comment": new.comment, "reason": new.why}
    ledger.put(tx, row, Line("measure", row.id, said, row.id))
    tx.wakes = True
    tell(
        tx,
        f"measure:{row.id}",
        "approver",
        "measure",
        what=part(f"measure.{new.what}"),
        comment=new.comment,
        account=new.account,
        person=tx.actor.person,
        why=new.why,
    )
    return row.id
