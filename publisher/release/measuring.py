"""The walk of a measure: what is its own in each step. What any walk has stands in the steps' files."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists, select, text

from publisher import clock
from publisher.clock import rfc3339
from publisher.gate import backoff
from publisher.gate.accounts import account_value
from publisher.gate.measures import JudgedMeasure, judge
from publisher.lifecycle import IN_FLIGHT
from publisher.measures import about
from publisher.networks import (
    Absent,
    Accepted,
    CannotTell,
    Credentials,
    Found,
    Later,
    MeasureIntent,
    Outcome,
    Published,
    Refused,
    Unknown,
)
from publisher.release import attempts, doubt, follow, recover
from publisher.release.claim import EXPIRE_AT_ONCE, taken
from publisher.release.intend import (
    MARGIN,
    Gate,
    Judgement,
    Limits,
    Ready,
)
from publisher.release.lookup import MOST_TRIES
from publisher.release.settle import (
    HELD_BY_NETWORK,
    THROTTLED,
    Decided,
    One,
    Own,
    unsettled,
)
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.bound import MEASURE, tried
from publisher.store.ids import new_id
from publisher.store.ledger import Move
from publisher.store.notices import tell
from publisher.store.rows import AccountRow, AttemptRow, MeasureRow
from publisher.store.seals import newest
from publisher.store.tables import Utc, core
from publisher.words import as_text, part

_MEASURE = core(t.Measure)
_ACCOUNT = core(t.Account)

# Each pass asks these, so they are made once.
_NOW = bindparam("now", type_=Utc)
_HELD_BY_NOBODY = _MEASURE.c.id.not_in(bindparam("live", expanding=True))
_LOOK = (
    select(_MEASURE)
    .where(t.OPEN, _MEASURE.c.state == "unknown", _MEASURE.c.wake_at <= _NOW, _HELD_BY_NOBODY)
    .order_by(_MEASURE.c.wake_at)
    .limit(bindparam("most"))
)
_LATE = (_MEASURE.c.state == "waiting") & (_MEASURE.c.expires_at <= _NOW)
_DIED = _MEASURE.c.state.in_(IN_FLIGHT) & (_MEASURE.c.wake_at <= _NOW) & _HELD_BY_NOBODY
_CHORE = select(exists().where(t.OPEN, _LATE | _DIED))

FEW = 2  # on the wire at once: a storm of comments keeps no post waiting
SHORT_WAIT = timedelta(minutes=5)  # for posts, when a network has had enough of measures

# Only what the account itself lacks keeps it: a measure goes at any hour, and under a stop.
_PICK = text(
    f"""
    SELECT id FROM (
        SELECT m.id, m.wake_at, row_number() OVER (PARTITION BY m.account ORDER BY m.wake_at, m.id) AS place
        FROM measure m JOIN account a ON a.id = m.account
        WHERE {t.OPEN} AND m.state = 'waiting' AND m.wake_at <= :now AND m.expires_at > :now
          AND a.broken_since IS NULL AND (a.not_before IS NULL OR a.not_before <= :now)
    ) AS due
    WHERE place = 1 AND (
        SELECT count(*) FROM measure WHERE {t.OPEN} AND state IN ({t.states(IN_FLIGHT)})) < {FEW}
    ORDER BY wake_at, id
    LIMIT :most
    """  # noqa: S608  # the states are our own names
).bindparams(bindparam("now", type_=Utc))

# Made once: every pass asks which of the claimed are measures.
_READ = (
    select(_MEASURE)
    .where(_MEASURE.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(_MEASURE.c.asked_at)
)

DONE = {"wake_at": None, "unproven": "", "reason": ""}


def claim(tx: Tx, most: int, lease: timedelta, busy: Collection[str]) -> dict[str, int]:
    """Claim at most `most` that are due; their ids and new fences. Nothing of one is prepared."""
    del busy
    if most <= 0:
        return {}
    picked = [row.id for row in tx.all(_PICK, {"now": tx.now, "most": min(most, FEW)})]
    return taken(tx, read(tx, picked), lease, MEASURE)


def read(tx: Tx, ids: Collection[str]) -> list[MeasureRow]:
    """Measures by id, in the order in which they were asked for."""
    return list(tx.all(_READ, {"ids": list(ids)})) if ids else []


def intend(tx: Tx, ids: Sequence[str], gate: Gate) -> Judgement:
    """Judge claimed measures now; record an intent for each that may go."""
    ready, whoami, moves, tries = [], [], [], []
    rows = [row for row in read(tx, ids) if row.state == "claimed"]
    if not rows:
        return Judgement()
    for judged in judge(tx, rows, gate.credential_of):
        row, account = judged.row, judged.account_row
        asked = (row.id, row.fence) in gate.asked
        if judged.answer == "whoami" and account is not None and not asked:
            whoami.append((row, account))
        elif judged.answer != "send" or account is None or row.expires_at <= tx.now:
            _not_now(tx, judged)
        else:
            intent = _intent(tx, row, account, gate.limits)
            request = {"what": row.what, "target": row.target}
            of = {"measure_id": row.id, "revision": 0}
            attempt = {**of, **attempts.attempt(tx, row, intent, request)}
            tries.append(attempt)
            moves.append(_intended(tx, row, attempt, gate.limits))
            ready.append(Ready(row.id, row.id, row.fence, attempt["id"], account, intent))
    attempts.record(tx, MEASURE, moves, tries)
    seq, head = newest(tx, tx.last_seq) if ready else (0, "")
    return Judgement(ready, (), whoami, seq, head)


def expire(tx: Tx) -> int:
    """What could not go for a week is for a person to look at again; how many."""
    late = (_MEASURE.c.state == "waiting") & (_MEASURE.c.expires_at <= tx.now)
    rows = tx.all(select(_MEASURE).where(t.OPEN, late).limit(EXPIRE_AT_ONCE))
    for row in rows:
        if row.unproven:
            reason = as_text("reason.not_repeated_in_time")
            _move(tx, row, "lose", wake_at=None, reason=reason)
            _ask(tx, row, reason)
        else:
            _end(tx, row, "expire", as_text("reason.too_late"))
    return len(rows)


def decide(
    tx: Tx, row: MeasureRow, outcome: Outcome, ready: Ready, look_again: Sequence[float]
) -> Decided:
    """What an outcome means for a measure."""
    match outcome:
        case Published():
            return "take", {**DONE, "settled_at": tx.now}
        case Accepted(reason):
            return unsettled(tx, row, Unknown(reason), ready, look_again)
        case _:
            return unsettled(tx, row, outcome, ready, look_again)


def after(tx: Tx, action: str, moves: Sequence[One]) -> None:
    """What follows from an outcome for the account, and for people.

    Of what posts come to it says nothing: it neither counts towards a pause of its network nor ends one.
    """
    for move, ready, outcome in moves:
        row, reason = move.row, str(move.changes["reason"])
        if isinstance(outcome, Credentials):
            follow.break_account(tx, ready.account_row.id, outcome.reason)
        elif isinstance(outcome, Later) and not outcome.own:
            until = move.changes["wake_at"] or outcome.at or tx.now + THROTTLED
            follow.throttle_account(tx, row, min(until, tx.now + SHORT_WAIT), outcome.reason)
        if action in ("refuse", "expire"):
            _not_taken(tx, row, reason)
        elif action == "doubt" and move.changes["wake_at"] is None:
            _ask(tx, row, reason)


OWN = Own(MEASURE, read, decide, after)


def lookups(tx: Tx, limits: Limits, live: Collection[str], most: int) -> list[Any]:
    """What is due to be looked up: (row, account row, intent), as `recover.lookups` has it.

    Half of those who look stay free for posts.
    """
    most = min(most - FEW, FEW)
    asked = {"now": tx.now, "live": list(live), "most": most}
    rows = tx.all(_LOOK, asked) if most > 0 else ()
    return [_lookup(tx, row, limits) for row in rows]


def found(tx: Tx, row: MeasureRow, answer: Found, look_again: Sequence[float]) -> None:
    """How the comment stands: as was asked, or not, or nobody knows."""
    name = tx.value(select(_ACCOUNT.c.network).where(_ACCOUNT.c.id == row.account))
    steps = follow.delays(name, look_again)
    tx.wakes = True
    match answer:
        case Published():
            _move(tx, row, "take", **DONE, settled_at=tx.now)
        case Refused(reason):
            _end(tx, row, "refuse", reason)
        case Absent(reason):
            _absent(tx, row, reason, steps)
        case Later(reason, at):
            soonest = tx.now + THROTTLED
            _look_later(tx, row, reason, min(max(at or soonest, soonest), row.expires_at))
        case Credentials(reason):
            follow.break_account(tx, row.account, reason)
            _look_later(tx, row, reason, tx.now + HELD_BY_NETWORK)
        case CannotTell(reason, lasting=lasting):
            _again_or_person(tx, row, reason, () if lasting else steps)
        case Accepted(reason):
            _again_or_person(tx, row, reason, steps)


def doubted(tx: Tx) -> None:
    """In a restored database: each open one may have been taken, or called off. It is looked up, and
    what does not stand as was asked is for a person.
    """
    for row in tx.all(select(_MEASURE).where(t.OPEN)):
        made = t.Attempt(
            id=new_id(tx.now),
            measure_id=row.id,
            account=row.account,
            place=row.place,
            fence=row.fence,
            key=row.id,
            revision=0,
            request={"what": row.what, "target": row.target},
            started_at=tx.now,
            not_after=tx.now,
            ended_at=tx.now,
            outcome=doubt.RESTORED,
        )
        tx.add(made)
        _move(
            tx,
            row,
            doubt.VERB.get(row.state, "lose"),
            wake_at=tx.now,
            unproven=made.id,
            tried=tried(row, made.model_dump()),
            lookups=0,
            reason=doubt.MAY_BE_OUT,
        )


def due(tx: Tx, live: Collection[str]) -> bool:
    """Is there one that is too late, or whose lease is dead?"""
    return bool(tx.value(_CHORE, {"now": tx.now, "live": list(live)}))


def _intent(tx: Tx, row: MeasureRow, account: AccountRow, limits: Limits) -> MeasureIntent:
    bounds = (tx.now + limits.send, tx.now + limits.lease - MARGIN, row.expires_at)
    return MeasureIntent(
        key=row.id,
        account=account_value(account),
        what=row.what,
        target=row.target,
        not_after=min(bounds),
        deadline=clock.monotonic() + limits.send.total_seconds(),
    )


def _intended(
    tx: Tx, row: MeasureRow, attempt: Mapping[str, Any], limits: Limits
) -> Move[MeasureRow]:
    changes = {
        "wake_at": tx.now + limits.lease,
        "attempts": row.attempts + 1,
        "tried": tried(row, attempt),
    }
    decision = {
        "attempt": attempt["id"],
        "key": attempt["key"],
        "bytes": attempt["request"],
        "place": attempt["place"],
        "not_after": rfc3339(attempt["not_after"]),
    }
    return Move(row, changes, decision)


def _not_now(tx: Tx, judged: JudgedMeasure) -> None:
    """Held, and tried again; what may never go is refused, or asked about where a try is unproven."""
    row, reason = judged.row, judged.reason
    if judged.answer != "refuse":
        at = min(tx.now + backoff(row.holds), row.expires_at)
        _move(tx, row, "hold", wake_at=at, holds=row.holds + 1, reason=reason)
    elif row.unproven:
        _move(tx, row, "doubt", wake_at=None, reason=reason)
        _ask(tx, row, reason)
    else:
        _end(tx, row, "refuse", reason)


def _lookup(tx: Tx, row: MeasureRow, limits: Limits) -> Any:
    attempt, account, no = recover.tried_where(tx, row, MEASURE)
    return row, account, no or _rebuilt(row, account, attempt, limits)


def _rebuilt(
    row: MeasureRow, account: AccountRow, attempt: AttemptRow, limits: Limits
) -> MeasureIntent:
    return MeasureIntent(
        key=attempt.key,
        account=account_value(account),
        what=row.what,
        target=row.target,
        not_after=attempt.not_after,
        deadline=clock.monotonic() + limits.send.total_seconds(),
    )


def _absent(tx: Tx, row: MeasureRow, reason: str, steps: Sequence[float]) -> None:
    """It does not stand as was asked: asked again, where that does no harm."""
    if doubt.doubts(tx, row) is not None:  # who knows what was decided about it since
        _again_or_person(tx, row, reason, ())
    elif row.lookups + 1 < len(steps):
        _again_or_person(tx, row, reason, steps)
    elif row.expires_at <= tx.now:
        _end(tx, row, "deny", as_text("reason.absent", why=reason))
    elif about(row.what).repeatable and row.attempts < MOST_TRIES:
        _move(tx, row, "repeat", wake_at=tx.now, reason=reason)
    else:
        _again_or_person(tx, row, as_text("reason.no_safe_repeat", why=reason), ())


def _again_or_person(tx: Tx, row: MeasureRow, reason: str, steps: Sequence[float]) -> None:
    if row.lookups + 1 < len(steps):
        step = max(steps[row.lookups + 1] - steps[row.lookups], 0)
        _look_later(tx, row, reason, tx.now + timedelta(seconds=step))
    else:
        _move(tx, row, "look", wake_at=None, reason=reason, lookups=row.lookups + 1)
        _ask(tx, row, reason)


def _look_later(tx: Tx, row: MeasureRow, reason: str, at: datetime) -> None:
    _move(tx, row, "look", wake_at=at, reason=reason, lookups=row.lookups + 1)


def _move(tx: Tx, row: MeasureRow, action: str, **changes: Any) -> None:
    payload = {"reason": changes["reason"]} if changes.get("reason") else {}
    ledger.move_all(tx, action, [Move(row, changes, payload)], MEASURE)


def _end(tx: Tx, row: MeasureRow, action: str, reason: str) -> None:
    _move(tx, row, action, wake_at=None, unproven="", reason=reason, settled_at=tx.now)
    _not_taken(tx, row, reason)


def _not_taken(tx: Tx, row: MeasureRow, reason: str) -> None:
    _tell(tx, row, row.asked_by, "measure_not_taken", reason)


def _ask(tx: Tx, row: MeasureRow, reason: str) -> None:
    _tell(tx, row, "duty officer", "measure_unknown", reason)


def _tell(tx: Tx, row: MeasureRow, who: str, code: str, reason: str) -> None:
    once = f"{code}:{row.id}:{row.fence}:{row.lookups}"
    what = part(f"measure.{row.what}")
    tell(tx, once, who, code, what=what, comment=row.target, account=row.account, reason=reason)
