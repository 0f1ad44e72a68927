"""In a restored database: what may have gone out since is doubted, what was decided about is kept back.

Whatever its state was in the backup, a doubted delivery becomes unknown, with an attempt that spans
the lost time, and is looked up by every key it may have had before anything of it is sent (H8).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select

from publisher.acts import act_of
from publisher.content import rendered_json
from publisher.gate import plan
from publisher.gate.accounts import place_of
from publisher.gate.cases import Facts, gather
from publisher.lifecycle import OPEN, REVIVABLE, UNSENT
from publisher.networks import Absent, Found, Intent, Network
from publisher.networks.registry import about
from publisher.release import parts
from publisher.store import Tx, bound, ledger, past
from publisher.store import tables as t
from publisher.store.ids import new_id
from publisher.store.ledger import Line
from publisher.store.past import Past
from publisher.store.rows import DeliveryRow, MeasureRow, as_it_will_be
from publisher.store.tables import core
from publisher.store.witness import Decision
from publisher.words import as_text, code_of, every, part, word

_DELIVERY = core(t.Delivery)
_ATTEMPT = core(t.Attempt)
_ACCOUNT = core(t.Account)

AT_ONCE = 100  # rows per transaction (H21)
APART = timedelta(seconds=1)  # between two look-ups of an account: no network is asked in a burst
GUESSES = 3  # revisions that are looked for when nobody knows how often it was edited
LATELY = timedelta(days=30)  # for how long a person may have revived what did not go out
RESTORED = "restored"  # the outcome of an attempt that nobody here knows to have been made

VERB = {"claimed": "doubt", "sending": "doubt", "unknown": "look", "accepted": "look"}

# Why something waits for a person although its time has come or will.
CONFIRM = as_text("reason.due_in_stop")
DUE = as_text("reason.due_before_adoption")
MAY_BE_OUT = as_text("reason.may_be_out")
HELD = "reason.decisions_lost"
# How versions that kept no codes began the same.
_FORMERLY = (
    "it came due during the stop;",
    "what was decided about it was lost with an older copy",
)


def ours(paused: str) -> bool:
    """Does the machine keep it back, so that a person's next word about its time is the answer?"""
    codes = {code_of(CONFIRM), code_of(DUE), HELD}
    return code_of(paused) in codes or paused.startswith(_FORMERLY)


def doubt(tx: Tx) -> int:
    """Go through the next deliveries of a restored database; how many were looked at."""
    lost = past.kept(tx)
    if lost is None or lost.at is None:
        return 0
    rows = tx.all(_candidates(lost))
    about = lost.about()
    decided = {r.id: [*about.get(r.id, ()), *about.get(r.post_id, ())] for r in rows}
    doubted = [row for row in rows if _may_be_out(tx, row, lost, decided[row.id])]
    ids = {row.id for row in doubted}
    _keep_back(tx, [row for row in rows if decided[row.id] and row.id not in ids], decided)
    _lose(tx, doubted, lost, decided)
    past.keep(tx, replace(lost, at=rows[-1].id if len(rows) == AT_ONCE else None))
    return len(rows)


def _candidates(lost: Past) -> Any:
    """By id, so that every row is met once however long this takes."""
    revived = _DELIVERY.c.state.in_(REVIVABLE) & (
        (_DELIVERY.c.settled_at >= lost.since - LATELY)
        | _DELIVERY.c.post_id.in_({one.post for one in lost.decisions})
    )
    return (
        select(_DELIVERY)
        .where(
            _DELIVERY.c.id > (lost.at or ""),
            _DELIVERY.c.state.in_(OPEN) | revived,
            or_(t.TRANSMITS, _DELIVERY.c.target != ""),
        )
        .order_by(_DELIVERY.c.id)
        .limit(AT_ONCE)
    )


def _may_be_out(tx: Tx, row: DeliveryRow, lost: Past, decided: Sequence[Decision]) -> bool:
    """Not what surely stayed where it was: asked for later, and nobody decided anything about it."""
    if not lost.sent:
        return False
    if row.state in REVIVABLE:
        return bool(decided) or not lost.known
    ahead = row.requested_at > tx.now and row.release_at > tx.now
    return not (row.state == "waiting" and ahead and lost.known and not decided)


def _keep_back(
    tx: Tx, rows: Sequence[DeliveryRow], decided: Mapping[str, Sequence[Decision]]
) -> None:
    for row in rows:
        if not act_of(row).transmits or row.state in REVIVABLE:
            continue  # a takedown may go at any hour; the others need a person in any case
        why = said(decided[row.id])
        if row.state == "waiting":
            plan(tx, [row], paused=why)
            continue
        line = Line("keep back", row.id, {"why": why}, row.post_id)
        ledger.change(tx, (bound.DELIVERY, row.id), line, paused=why)


def said(decisions: Sequence[Decision]) -> str:
    """Why it is kept back: `… (cancel by ann); confirm, move or cancel it`."""
    return as_text(HELD, decisions=named(decisions))


def named(decisions: Sequence[Decision]) -> dict[str, Any]:
    """What people decided, each once, as a value of a sentence: `cancel by ann and stop by bo`."""
    acts = dict.fromkeys((one.verb, one.by) for one in decisions)
    return every(part("reason.decided", verb=word("verb", verb), person=by) for verb, by in acts)


def _lose(
    tx: Tx, rows: Sequence[DeliveryRow], lost: Past, decided: Mapping[str, Sequence[Decision]]
) -> None:
    requests = _requests(tx, rows)
    accounts = {row.id: row for row in tx.all(select(_ACCOUNT))}
    turns = _turns(tx)
    for row in rows:
        turn = turns.get(row.account, tx.now)
        turns[row.account] = turn + APART
        request, started = requests[row.id]
        account = accounts[row.account]
        made = t.Attempt(
            id=new_id(tx.now),
            delivery_id=row.id,
            account=row.account,
            place=row.place or place_of(account),
            fence=row.fence,
            key=f"{row.id}r{row.revision}",
            revision=row.revision,
            request=request,
            notes={**row.notes, **_doubts(row, account.network, lost, decided[row.id])},
            started_at=min(started or lost.since, lost.since),
            not_after=tx.now,
            ended_at=tx.now,
            outcome=RESTORED,
        )
        tx.add(made)
        _doubted(tx, row, made, decided[row.id], wake_at=turn)


def _doubted(
    tx: Tx, row: DeliveryRow, made: t.Attempt, decided: Sequence[Decision], **more: Any
) -> None:
    """It is looked up at its turn; what somebody decided of it keeps it back afterwards."""
    kept = {"paused": said(decided)} if act_of(row).transmits and decided else {}
    ledger.move(
        tx,
        row,
        VERB.get(row.state, "lose"),
        payload={"why": "the database was restored", "attempt": made.id, **kept},
        unproven=made.id,
        tried=bound.tried(row, made.model_dump()),
        lookups=0,
        reason=MAY_BE_OUT,
        settled_at=None,
        place=made.place,
        **kept,
        **more,
    )


def _doubts(row: DeliveryRow, name: str, lost: Past, decided: Sequence[Decision]) -> dict[str, Any]:
    """`keys`: every one it may have had. `changed`: it may have gone out in other words. `certain`:
    nothing else can have happened to it, so that "not there" is proof where the network has keys.
    """
    edits = sum(1 for one in decided if one.verb == "edit") if lost.known else GUESSES
    keys = [f"{row.id}r{row.revision + n}" for n in range(edits + 1)]
    by_key = about(name).repeatable and act_of(row).makes_post
    return {"keys": keys if by_key else keys[:1], "changed": edits > 0, "certain": lost.known}


def _requests(tx: Tx, rows: Sequence[DeliveryRow]) -> dict[str, tuple[dict[str, Any], Any]]:
    """What would have been sent, and since when: as it was tried before, else as it stands."""
    ahead = UNSENT | {"partly_published"}  # the next try would have been another
    ids = [row.id for row in rows if row.unproven or row.state not in ahead]
    tried = (
        tx.all(select(_ATTEMPT).where(_ATTEMPT.c.delivery_id.in_(ids)).order_by(_ATTEMPT.c.id))
        if ids
        else []
    )
    now = {row.id: row.revision for row in rows}
    found = {
        one.delivery_id: (dict(one.request), one.started_at)
        for one in tried
        if one.revision == now[one.delivery_id]
    }
    fresh = [row for row in rows if row.id not in found]
    for facts in gather(tx, fresh, "submit") if fresh else ():
        found[facts.row.id] = (_request(facts), None)
    return found


def _request(facts: Facts) -> dict[str, Any]:
    rendered, thread = parts.next_part(facts.row, facts.case.rendered)
    return {
        "rendered": rendered_json(rendered),
        "act": facts.row.act,
        "target": facts.row.target,
        "fingerprint": facts.case.fingerprint,
        **thread,
    }


def _turns(tx: Tx) -> dict[str, datetime]:
    """When the next look-up of each account may be, after those that are planned already."""
    planned = (_DELIVERY.c.state == "unknown") & (_DELIVERY.c.wake_at > tx.now)
    rows = tx.all(
        select(_DELIVERY.c.account, func.max(_DELIVERY.c.wake_at).label("last"))
        .where(planned)
        .group_by(_DELIVERY.c.account)
    )
    return {row.account: row.last + APART for row in rows}


# ---- the look-up, and what "not there" means then


def look(adapter: Network, intent: Intent) -> Found:
    """Ask by every key it may have had; only "not there" under all of them is "not there"."""
    answers = []
    for key in intent.notes.get("keys") or [intent.key]:
        answer = adapter.find(replace(intent, key=key))
        if not isinstance(answer, Absent):
            return answer
        answers.append(answer)
    return answers[0]


def doubts(tx: Tx, row: DeliveryRow | MeasureRow) -> Mapping[str, Any] | None:
    """Of what was doubted because its database was restored: what is not certain."""
    if not row.unproven:
        return None
    attempt = tx.first(select(_ATTEMPT).where(_ATTEMPT.c.id == row.unproven))
    if attempt is None or attempt.outcome != RESTORED:
        return None
    notes: Mapping[str, Any] = attempt.notes
    return notes


def further(tx: Tx, row: DeliveryRow, changes: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """A part of a thread was there: then the next may be, too, and is looked for before anything goes.

    So it is whoever found that part, and though all of it is to go: a takedown waits for the last one.
    """
    before = tx.first(select(_ATTEMPT).where(_ATTEMPT.c.id == row.unproven))
    assert before is not None
    [facts] = gather(tx, [as_it_will_be(row, changes)], "submit")
    if not parts.goes_on(facts.row, facts.case.rendered):
        over = {"wake_at": None, "settled_at": tx.now, "reason": as_text("reason.other_words")}
        return "part", {**changes, **over}
    made = t.Attempt(
        **{name: getattr(before, name) for name in t.Attempt.model_fields}
        | {"id": new_id(tx.now), "request": _request(facts)}
    )
    tx.add(made)
    looked = {
        "unproven": made.id,
        "tried": bound.tried(row, made.model_dump()),
        "place": made.place,
    }
    again = {"wake_at": tx.now, "settled_at": None, "lookups": 0, "reason": MAY_BE_OUT}
    # What would not follow by itself does not, either, if it turns out not to be there.
    kept = {"paused": row.paused or DUE} if changes["settled_at"] else {}
    return "look", {**changes, **looked, **again, **kept}


def take_back(tx: Tx, row: DeliveryRow, reason: str, notes: Mapping[str, Any]) -> None:
    """It was not there: as before the restore, through the gate again. What came due asks a person."""
    due = act_of(row).transmits and row.release_at <= tx.now
    kept = row.paused or (DUE if due else "")
    ledger.move(
        tx,
        row,
        "repeat",
        payload={"reason": reason},
        wake_at=tx.now,
        unproven="",
        notes={**row.notes, **notes},
        reason="",
        lookups=0,
    )
    fresh = tx.all(select(_DELIVERY).where(_DELIVERY.c.id == row.id))
    plan(tx, fresh, paused=kept)
