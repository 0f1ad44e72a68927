"""Posts of one account keep their distance, from the last one sent and from those planned."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from publisher.policy import Case, Effect, Finding, Rule


def next_ok(case: Case, params: Mapping[str, Any]) -> datetime:
    gap = timedelta(seconds=params["gap_seconds"])
    at = case.at if case.last_sent_at is None else max(case.at, case.last_sent_at + gap)
    for slot in _planned(case):
        if slot - gap < at < slot + gap:
            at = slot + gap
    return at


def _planned(case: Case) -> tuple[datetime, ...]:
    """At sending only what was sent counts: two planned too close must not block each other."""
    return case.slots if case.stage == "submit" else ()


def check(case: Case, params: Mapping[str, Any]) -> Finding | None:
    until = next_ok(case, params)
    args = {"minutes": round(params["gap_seconds"] / 60)}
    return Finding(Effect.HOLD, args, until) if until > case.at else None


RULE = Rule(
    id="pacing",
    clauses=("P1",),
    against=("ac582025",),
    strength="shall",
    stages=("submit", "send"),
    check=check,
    next_ok=next_ok,
    liftable=True,
)
