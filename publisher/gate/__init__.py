"""The one gate: judge at the moment of sending, plan before, propose without a trace.

`judge` reads facts and runs the rules. `plan` also decides when the machine looks next, and
records it. Nothing here touches a network.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from publisher.clock import from_rfc3339, rfc3339
from publisher.content import Account, Content, Rendered
from publisher.gate.cases import Facts, draft_case, gather
from publisher.gate.rendering import render
from publisher.gate.slots import slots
from publisher.gate.subject import CredentialOf
from publisher.policy import Case, Effect, Finding, Step, Verdict, evaluate, rules, when
from publisher.policy.bundle import Policy
from publisher.policy.sentences import reason_part
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.notices import about, change, look, partly_public, tell, where
from publisher.store.rows import DeliveryRow, as_it_will_be, parts_out, running
from publisher.store.tables import core
from publisher.words import as_text

_DELIVERY = core(t.Delivery)
_ACCOUNT = core(t.Account)

SLOTS_AHEAD = 50  # planned times of an account fetched at once while a free one is looked for
BACKOFF = (1, 2, 4, 8, 15)  # minutes until a HOLD with neither instant nor event is looked at again

Moved = tuple[str, dict[str, Any], dict[str, Any]]  # the verb, the columns, what is kept with it


@dataclass(frozen=True)
class Judged:
    """A delivery, what was known of it, and the verdict."""

    facts: Facts
    verdict: Verdict

    @property
    def row(self) -> DeliveryRow:
        """The delivery."""
        return self.facts.row


@dataclass(frozen=True)
class Plan:
    """When a delivery may go, what pushed it there, and what the rules say at that instant.

    `release_at` is the asked time when no instant is known at which it may go (`known` False).
    """

    facts: Facts
    release_at: datetime
    known: bool
    findings: tuple[Finding, ...]
    verdict: Verdict


def judge(tx: Tx, rows: Sequence[DeliveryRow], credential_of: CredentialOf) -> list[Judged]:
    """The verdict on each delivery at `tx.now`, on exactly what would be sent."""
    modes = tx.policy.modes
    return [
        Judged(facts, evaluate(rules.RULES, modes, facts.case))
        for facts in gather(tx, rows, "send", credential_of)
    ]


def rehearse(tx: Tx, rows: Sequence[DeliveryRow], credential_of: CredentialOf) -> list[Judged]:
    """The verdict that each will get at its `release_at`, if nothing changes until then."""
    modes = tx.policy.modes
    return [
        Judged(facts, evaluate(rules.RULES, modes, replace(facts.case, at=facts.row.release_at)))
        for facts in gather(tx, rows, "send", credential_of)
    ]


def propose(tx: Tx, facts: Facts) -> Plan:
    """When would it go, and what do the rules say? Writes nothing.

    What has come due and still waits is tried from now as well: a permission that began meanwhile
    must not be passed over because an older one, or none, was in force at the planned time.
    """
    start = _start(facts.row, tx.now)
    made = _propose(tx, facts, start)
    if facts.case.leaves and start < tx.now and not _goes(made, tx.now):
        again = _propose(tx, facts, tx.now)
        return again if _goes(again, tx.now) else made
    return made


def _goes(made: Plan, now: datetime) -> bool:
    return made.known and made.verdict.sends and made.release_at <= now


def _propose(tx: Tx, facts: Facts, start: datetime) -> Plan:
    policy, case = tx.policy, facts.case
    asked = replace(case, at=start, slots=())
    at, steps = when(rules.RULES, policy.modes, asked)
    if at is not None and case.gap:
        at, steps, asked = _free_slot(tx, facts, asked, at)
    reached = at if at is not None else start
    judged = evaluate(rules.RULES, policy.modes, replace(case, at=reached, release_at=reached))
    if reached < tx.now and not judged.sends:  # a yes that came after its time counts from now
        since = evaluate(rules.RULES, policy.modes, replace(case, at=tx.now, release_at=reached))
        judged = since if since.sends else judged
    pushed = tuple(_pushed(policy, asked, step) for step in steps)
    return Plan(facts, reached, at is not None, pushed + judged.findings, judged)


def plan(tx: Tx, rows: Sequence[DeliveryRow], action: str = "plan", **changes: Any) -> list[Plan]:
    """Plan waiting (or revivable) deliveries again and record it; the daemon is woken.

    `changes` are further columns that `action` sets on every row; they count for the planning.
    A thread that is going out keeps its time: its next part is judged as soon as its network takes it.
    Raises Stale when a row moved meanwhile.
    """
    lock(tx, {row.account for row in rows})
    made = []
    planned = [as_it_will_be(row, changes) if changes else row for row in rows]
    for row, facts in zip(rows, gather(tx, planned, "submit"), strict=True):
        made.append(propose(tx, facts))
        move = _at_once(tx, row, action, changes) if running(row, tx.now) else None
        verb, values, payload = move or _move(tx, made[-1], action, changes)
        ledger.move(tx, row, verb, payload=payload, **values)
    tx.wakes = True
    return made


def lock(tx: Tx, accounts: Collection[str]) -> None:
    """On PostgreSQL: the epoch, then these accounts in order, so that no slot is taken twice (H21).

    FOR NO KEY UPDATE: it must not meet the foreign keys of deliveries that others insert.
    """
    if tx.postgres:
        tx.lock_epoch()
        rows = select(_ACCOUNT.c.id).where(_ACCOUNT.c.id.in_(accounts)).order_by(_ACCOUNT.c.id)
        tx.all(rows.with_for_update(key_share=True))


@dataclass(frozen=True)
class Proposal:
    """What `check` answers for one account: nothing of it is saved."""

    rendered: Rendered
    verdict: Effect
    until: datetime | None
    findings: tuple[Finding, ...]


def proposal(tx: Tx, account: Account, content: Content, asked: datetime) -> Proposal:
    """The verdict on a text at the asked time, without side effects; needs no daemon."""
    policy, rendered = tx.policy, render(content, account, tx.policy)
    case = draft_case(tx, account, content, rendered, asked)
    at, steps = when(rules.RULES, policy.modes, replace(case, at=asked))
    judged = evaluate(
        rules.RULES, policy.modes, replace(case, at=at or asked, release_at=at or asked)
    )
    pushed = tuple(_pushed(policy, replace(case, at=asked), step) for step in steps)
    held = at is None or at > asked
    effect = max(judged.effect, Effect.HOLD if held else Effect.PASS)
    return Proposal(rendered, effect, at if held else judged.until, pushed + judged.findings)


def _start(row: DeliveryRow, now: datetime) -> datetime:
    """Planning counts from the asked time, or from what was planned once that has come due.

    So a retry or a late approval never moves a slot into the past or the future by itself.
    """
    base: datetime = max(row.requested_at, row.confirmed_at or row.requested_at)
    floor: datetime = min(row.release_at, now)
    return max(base, floor)


def _free_slot(
    tx: Tx, facts: Facts, asked: Case, at: datetime
) -> tuple[datetime | None, tuple[Step, ...], Case]:
    """Fetch the account's planned times in stretches until a free one is found in between."""
    gap = asked.gap
    begin = at - gap
    while True:
        end = begin + SLOTS_AHEAD * gap
        taken = asked.slots + slots(tx, facts.row.account, begin, end, facts.row.id)
        asked = replace(asked, slots=taken)
        found, steps = when(rules.RULES, tx.policy.modes, asked)
        if found is None or found + gap <= end:
            return found, steps, asked
        # Where the calendar jumped, nothing in between can matter.
        begin = max(end + timedelta(microseconds=1), found - gap)


def _pushed(policy: Policy, asked: Case, step: Step) -> Finding:
    rule = next(r for r in rules.RULES if r.id == step.rule)
    stage = asked.stage if asked.stage in rule.stages else rule.stages[-1]
    found = evaluate((rule,), policy.modes, replace(asked, stage=stage, at=step.start))
    finding = found.findings[0] if found.findings else Finding(Effect.HOLD, rule=step.rule)
    return replace(finding, effect=Effect.HOLD, until=step.end, clauses=rule.clauses)


def _at_once(tx: Tx, row: DeliveryRow, action: str, changes: Mapping[str, Any]) -> Moved:
    """As `_move`: what is public in part is judged now, and not planned for another time.

    Nor does a yes give a last moment to think: half of it is before its readers.
    """
    kept = {"release_at": row.release_at, "human_at": row.human_at}
    values = {**changes, **kept, "wake_at": tx.now}
    return action, values, {"policy": tx.policy.version}


def _move(tx: Tx, made: Plan, action: str, changes: Mapping[str, Any]) -> Moved:
    """What the plan comes to."""
    row, verdict = made.facts.row, made.verdict
    expires = made.release_at + _lateness(tx.policy, made.facts)
    values = {
        **changes,
        "release_at": made.release_at,
        "expires_at": expires,
        "verdict": verdict.effect.name if made.known else Effect.HOLD.name,
        "findings": [stored(f) for f in made.findings],
        "fingerprint": made.facts.case.fingerprint,
        "urgent": bool(made.facts.case.leaves),
        "holds": 0,
    }
    payload = {
        "release_at": rfc3339(made.release_at),
        "findings": values["findings"],
        "policy": tx.policy.version,
        "fingerprint": values["fingerprint"],
        "requested_at": rfc3339(row.requested_at),
    }
    if verdict.effect == Effect.BLOCK and action == "plan" and not row.unproven:
        ended = {**values, "wake_at": None, "settled_at": tx.now}
        return (
            _part(tx, made, ended, payload) if parts_out(row) else _block(tx, row, ended, payload)
        )
    wake = tx.now if row.unproven else wake_for(tx, made, expires)
    return action, {**values, "wake_at": wake}, payload


def _block(tx: Tx, row: DeliveryRow, ended: dict[str, Any], payload: dict[str, Any]) -> Moved:
    once, can = f"blocked:{row.id}:{row.fence}", (look(row), *change(row))
    tell(tx, once, "author", "blocked_now", *can, where=where(row))
    return "block", ended, payload


def _part(tx: Tx, made: Plan, ended: dict[str, Any], payload: dict[str, Any]) -> Moved:
    """The rest of a thread waited for its time, and the policy says no to it."""
    row = made.facts.row
    worst = max(made.verdict.findings, key=lambda one: one.effect)
    reason = as_text("reason.held_between", why=reason_part(worst, row.requested_zone))
    partly_public(tx, row, reason, about("retract", row))
    return "part", {**ended, "reason": reason}, {**payload, "reason": reason}


def wake_for(tx: Tx, made: Plan, expires: datetime) -> datetime:
    """When to look at a waiting delivery next: its release, a reminder, or its expiry (H11)."""
    if made.known and made.verdict.sends:
        return made.release_at
    times = [made.release_at - before for before in tx.policy.approval.remind_minutes_before]
    times += [made.release_at, expires]
    return min((at for at in times if at > tx.now), default=expires)


def _lateness(policy: Policy, facts: Facts) -> timedelta:
    if facts.row.lateness is not None:
        return timedelta(seconds=facts.row.lateness)
    account = facts.case.account
    return policy.lateness_for(account) if account else policy.lateness


def backoff(holds: int) -> timedelta:
    """How long a HOLD with neither instant nor event waits for its next look."""
    return timedelta(minutes=BACKOFF[min(holds, len(BACKOFF) - 1)])


def stored(finding: Finding) -> dict[str, Any]:
    """A finding as it is kept with its delivery and in the ledger."""
    return {
        "rule": finding.rule,
        "clauses": list(finding.clauses),
        "effect": finding.effect.name,
        "args": {k: rfc3339(v) if isinstance(v, datetime) else v for k, v in finding.args.items()},
        "until": rfc3339(finding.until) if finding.until else None,
        "event": finding.event,
        "sentence": finding.sentence,
        "lifted_by": finding.lifted_by,
    }


def restored(data: Mapping[str, Any]) -> Finding:
    """The finding that `stored` described."""
    return Finding(
        effect=Effect[data["effect"]],
        args=data["args"],
        event=data["event"],
        until=from_rfc3339(data["until"]) if data["until"] else None,
        sentence=data["sentence"],
        rule=data["rule"],
        clauses=tuple(data["clauses"]),
        lifted_by=data["lifted_by"],
    )
