"""The walk of a claimed delivery: judge and intend, send, settle.

`intend` writes what will be sent and commits; `send` makes exactly one irreversible request with no
session in sight; `settle` turns its outcome into one move. They never share a `try`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from publisher import clock
from publisher.acts import act_of
from publisher.clock import rfc3339
from publisher.content import rendered_from_json, rendered_json
from publisher.gate import Judged, backoff, judge, stored
from publisher.gate.accounts import place_of
from publisher.gate.subject import CredentialOf
from publisher.networks import Intent, MeasureIntent, Measuring, Network, Outcome, Unknown
from publisher.networks.place import place, said
from publisher.policy import Case, Effect, Finding, live
from publisher.policy.calendar import BeyondHorizon, Window
from publisher.release import attempts, parts
from publisher.release.claim import read
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.bound import DELIVERY, tried
from publisher.store.ledger import Move
from publisher.store.notices import ask, change, look, tell, where
from publisher.store.rows import AccountRow, AttemptRow, DeliveryRow, MeasureRow, parts_out
from publisher.store.seals import newest
from publisher.store.tables import core
from publisher.words import as_text

_ATTEMPT = core(t.Attempt)

MARGIN = timedelta(seconds=5)  # between the last first byte and the end of the lease


@dataclass(frozen=True)
class Limits:
    """How long a claim lasts, and how long one send may take in all."""

    lease: timedelta
    send: timedelta


@dataclass(frozen=True)
class Ready:
    """An intent that is recorded and may be sent: what settle needs to find it again."""

    delivery: str  # or a measure; then `post` is that, too
    post: str
    fence: int
    attempt: str
    account_row: AccountRow
    intent: Intent | MeasureIntent


@dataclass(frozen=True)
class Judgement:
    """What became of the claimed: ready to be sent, in need of preparing or of who-am-I, or held."""

    ready: Sequence[Ready] = ()
    prepare: Sequence[tuple[DeliveryRow, AccountRow, Intent]] = ()
    whoami: Sequence[tuple[DeliveryRow | MeasureRow, AccountRow]] = ()
    seq: int = 0  # the newest ledger row, and its hash: what the mark file must hold before a send
    head: str = ""


@dataclass(frozen=True)
class Gate:
    """What judging needs besides the database: credentials, and whether an intent needs preparing."""

    credential_of: CredentialOf
    needs_preparing: Callable[[AccountRow, Intent], bool]
    limits: Limits
    asked: set[tuple[str, int]] = field(
        default_factory=set
    )  # (delivery, fence) who-am-I was asked for


def intend(tx: Tx, ids: Sequence[str], gate: Gate) -> Judgement:
    """Judge claimed deliveries now; record an intent for each that passes and is prepared.

    The judgement, the decision and the move to `sending` are one transaction under the epoch lock:
    a stop or an edit either came before and was judged, or comes after and finds `sending` (H2, H10).
    """
    tx.lock_epoch()
    rows = [row for row in read(tx, ids) if row.state == "claimed"]
    first = _unproven(tx, rows)
    ready, prepare, whoami, held = [], [], [], []
    for judged in judge(tx, rows, gate.credential_of):
        pinned, account_row = first.get(judged.row.unproven), judged.facts.account_row
        asked = (judged.row.id, judged.row.fence) in gate.asked
        if lacks_whoami(judged) and account_row is not None and not asked:
            whoami.append((judged.row, account_row))
        elif pinned is not None and (reason := _not_to_repeat(judged, pinned)):
            held.append(_ask_person(tx, judged, reason))
        elif not parts.goes_on(judged.row, judged.facts.case.rendered):
            held.append(_hold(tx, judged))
        elif judged.verdict.sends:
            intent = intent_of(tx, judged, pinned, gate.limits)
            assert account_row is not None
            if intent.not_after <= tx.now:
                held.append(_hold(tx, judged))
            elif gate.needs_preparing(account_row, intent):
                prepare.append((judged.row, account_row, intent))
            else:
                ready.append((judged, intent))
        else:
            held.append(_hold(tx, judged))
    for action, moves in _grouped(held).items():
        ledger.move_all(tx, action, moves)
    recorded = _record(tx, ready, gate.limits)
    seq, head = newest(tx, tx.last_seq) if recorded else (0, "")
    return Judgement(recorded, prepare, whoami, seq, head)


def send(adapter: Network, intent: Intent | MeasureIntent) -> Outcome:
    """Exactly one irreversible request. Whatever is raised here happened after it may have left."""
    try:
        if isinstance(intent, Intent):
            return adapter.send(intent)
        assert isinstance(adapter, Measuring)
        return adapter.measure(intent)
    except Exception as error:  # noqa: BLE001  # an adapter's bug must not be taken for "not sent"
        return Unknown(as_text("reason.adapter_failed", error=type(error).__name__))


def lacks_whoami(judged: Judged) -> bool:
    """Is who-am-I all that holds it?"""
    worse = [f for f in judged.verdict.findings if f.effect >= Effect.APPROVE]
    return [f.rule for f in worse] == ["whoami"] and worse[0].effect == Effect.HOLD


def _not_to_repeat(judged: Judged, pinned: AttemptRow) -> str:
    """Only the stored bytes of an unproven attempt may be repeated, and only where they went."""
    row, case = judged.facts.account_row, judged.facts.case
    if row is not None and pinned.place != place_of(row):
        places = {"there": said(pinned.place), "here": said(place_of(row))}
        return as_text("reason.tried_elsewhere", account=row.id, **places)
    rendered, _ = parts.next_part(judged.row, case.rendered)
    same = (
        pinned.request["fingerprint"] == case.fingerprint
        and pinned.request["rendered"] == rendered_json(rendered)
        and pinned.key == parts.key(judged.row)
    )
    if same and (judged.verdict.sends or _soon(judged)):
        return ""
    return as_text("reason.not_to_repeat")


def _soon(judged: Judged) -> bool:
    """Held only by the clock, and not for too long: that is no refusal."""
    verdict = judged.verdict
    return verdict.until is not None and verdict.until < judged.row.expires_at


def _ask_person(tx: Tx, judged: Judged, reason: str) -> tuple[str, Move[DeliveryRow]]:
    row = judged.row
    ask(tx, row, reason, f"unproven:{row.id}:{row.fence}")
    findings = [stored(f) for f in judged.verdict.findings]
    return "doubt", Move(row, {"wake_at": None, "reason": reason, "findings": findings})


def _hold(tx: Tx, judged: Judged) -> tuple[str, Move[DeliveryRow]]:
    row, verdict = judged.row, judged.verdict
    if parts_out(row) and not row.unproven:
        return parts.held(tx, judged)
    findings = [stored(f) for f in verdict.findings]
    values = {
        "verdict": verdict.effect.name,
        "findings": findings,
        "fingerprint": judged.facts.case.fingerprint,
        "wake_at": None,
        "holds": row.holds + 1,
    }
    payload = {"findings": findings, "policy": tx.policy.version}
    if verdict.effect == Effect.BLOCK:
        once, can = f"blocked:{row.id}:{row.fence}", (look(row), *change(row))
        tell(tx, once, "author", "blocked", *can, where=where(row))
        return "block", Move(row, {**values, "settled_at": tx.now}, payload)
    at = verdict.until
    if at is None or at <= tx.now:
        held = [f for f in verdict.findings if f.effect >= Effect.APPROVE]
        waits = any(f.event and f.rule != "whoami" for f in held)  # who-am-I is asked again
        at = row.expires_at if waits else tx.now + backoff(row.holds)
    wake = min(at, row.expires_at)
    if tx.now < wake == row.expires_at:
        tell(
            tx,
            f"held:{row.id}:{row.fence}",
            "approver",
            "held_over",
            look(row),
            where=where(row),
            due=row.release_at,
            end=row.expires_at,
            zone=row.requested_zone,
        )
    return "hold", Move(row, {**values, "wake_at": wake}, payload)


def _grouped(
    held: Sequence[tuple[str, Move[DeliveryRow]]],
) -> Mapping[str, list[Move[DeliveryRow]]]:
    groups: dict[str, list[Move[DeliveryRow]]] = {}
    for action, move in held:
        groups.setdefault(action, []).append(move)
    return groups


def intent_of(tx: Tx, judged: Judged, pinned: AttemptRow | None, limits: Limits) -> Intent:
    """What would be sent now; of an unproven attempt, `pinned`, its key and its bytes."""
    row, case = judged.row, judged.facts.case
    assert case.account is not None
    rendered, thread = parts.next_part(row, case.rendered)
    if pinned:
        rendered, thread = rendered_from_json(pinned.request["rendered"]), pinned.request
    kept = row.notes if row.place == place(case.account) else {}  # drafts of another place
    notes = {**kept, "repeated": True} if pinned else dict(kept)
    return Intent(
        key=pinned.key if pinned else parts.key(row),
        account=case.account,
        act=row.act,
        rendered=rendered,
        started_at=pinned.started_at if pinned else tx.now,
        not_after=_not_after(tx, judged, limits),
        deadline=clock.monotonic() + limits.send.total_seconds(),
        notes=notes,
        target=row.target,
        before=judged.facts.before,
        thread=tuple(thread.get("thread", ())),
        more=thread.get("more", 0),
    )


def _not_after(tx: Tx, judged: Judged, limits: Limits) -> datetime:
    """The window binds the first byte: closing time, expiries and the lease, whatever is first (H4)."""
    case = judged.facts.case
    bounds = [tx.now + limits.send, tx.now + limits.lease - MARGIN]
    if not act_of(case).transmits:
        return min(bounds)
    bounds.append(judged.row.expires_at)
    if leaves := live(case):
        return min(*bounds, leaves[0].expires_at)
    if window := _window(case):
        bounds.append(window.close)
    return min([*bounds, *_approved_until(case)])


def _window(case: Case) -> Window | None:
    """The open window now; None beyond the calendar's data, when its rule is not enforced."""
    try:
        return case.calendar.window(case.at) if case.calendar else None
    except BeyondHorizon:
        return None


def _approved_until(case: Case) -> Sequence[datetime]:
    """Until when enough people's yes still counts: the last expiry that leaves enough of them."""
    last: dict[str, datetime] = {}
    for one in case.approvals:
        if one.person not in case.own:
            last[one.person] = max(one.expires_at, last.get(one.person, one.expires_at))
    return sorted(last.values(), reverse=True)[case.needed - 1 : case.needed]


def _unproven(tx: Tx, rows: Sequence[DeliveryRow]) -> dict[str, AttemptRow]:
    wanted = [row.unproven for row in rows if row.unproven]
    if not wanted:
        return {}
    return {a.id: a for a in tx.all(select(_ATTEMPT).where(_ATTEMPT.c.id.in_(wanted)))}


def _record(tx: Tx, ready: Sequence[tuple[Judged, Intent]], limits: Limits) -> list[Ready]:
    """The decision and the exact bytes, in the same transaction as the move to `sending`."""
    made, moves, tries = [], [], []
    for judged, intent in ready:
        row, account_row = judged.row, judged.facts.account_row
        assert account_row is not None
        attempt = _attempt(tx, judged, intent)
        tries.append(attempt)
        moves.append(_intent_move(tx, judged, attempt, limits))
        made.append(Ready(row.id, row.post_id, row.fence, attempt["id"], account_row, intent))
    attempts.record(tx, DELIVERY, moves, tries)
    return made


def _attempt(tx: Tx, judged: Judged, intent: Intent) -> dict[str, Any]:
    row = judged.row
    request = {
        "rendered": rendered_json(intent.rendered),
        "act": intent.act,
        "target": intent.target,
        "fingerprint": judged.facts.case.fingerprint,
        **parts.next_part(row, judged.facts.case.rendered)[1],
    }
    of = {"delivery_id": row.id, "revision": row.revision}
    return {**of, **attempts.attempt(tx, row, intent, request)}


def _intent_move(
    tx: Tx, judged: Judged, attempt: Mapping[str, Any], limits: Limits
) -> Move[DeliveryRow]:
    row, verdict = judged.row, judged.verdict
    findings = [stored(f) for f in verdict.findings]
    lifted = next((f.lifted_by for f in verdict.findings if f.lifted_by), "")
    leave = next(iter(live(judged.facts.case)), None)
    if leave is not None and not lifted:  # it was the approval, if nothing else
        lifted = leave.id
        used = Finding(
            Effect.PASS,
            {"person": leave.granted_by},
            sentence="used",
            rule="exception",
            clauses=("U4c",),
            lifted_by=leave.id,
        )
        findings.append(stored(used))
    changes = {
        "wake_at": tx.now + limits.lease,
        "attempts": row.attempts + 1,
        "findings": findings,
        "verdict": verdict.effect.name,
        "fingerprint": judged.facts.case.fingerprint,
        "tried": tried(row, attempt),
        "place": attempt["place"],
    }
    decision = {
        "attempt": attempt["id"],
        "key": attempt["key"],
        "bytes": attempt["request"],
        "place": attempt["place"],
        "findings": findings,
        "policy": tx.policy.version,
        "verdict": verdict.effect.name,
        "not_after": rfc3339(attempt["not_after"]),
        "exception": lifted,
    }
    return Move(row, changes, decision)
