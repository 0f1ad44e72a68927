"""Posts of one account keep their distance, from the last one sent and from those planned."""

from datetime import datetime, timedelta

from publisher.policy import Case, Effect, Finding, Rule
from publisher.policy.params import Table


def next_ok(case: Case, _params: Table) -> datetime:
    gap = case.gap
    at = case.at if case.last_sent_at is None else max(case.at, case.last_sent_at + gap)
    for slot in _planned(case):
        if slot - gap < at < slot + gap:
            at = slot + gap
    return at


def _planned(case: Case) -> tuple[datetime, ...]:
    """At sending only what was sent counts: two planned too close must not block each other."""
    return case.slots if case.stage == "submit" else ()


def check(case: Case, params: Table) -> Finding | None:
    until = next_ok(case, params)
    args = {"minutes": round(case.gap / timedelta(minutes=1))}
    return Finding(Effect.HOLD, args, until) if until > case.at else None


RULE = Rule(
    id="pacing",
    clauses=("P1",),
    against=("ac582025",),
    strength="shall",
    stages=("submit", "send"),
    params=Table,
    check=check,
    next_ok=next_ok,
    liftable=True,
)
