"""Never before the time that was asked for, by the zone data of today (H9)."""

from datetime import datetime

from publisher.clock import read_again
from publisher.policy import Case, Effect, Finding, Rule
from publisher.policy.params import Table


def next_ok(case: Case, _params: Table) -> datetime:
    typed = read_again(case.asked_wall, case.asked_zone) if case.asked_zone else None
    return max(case.at, case.requested_at, typed or case.requested_at)


def check(case: Case, params: Table) -> Finding | None:
    until = next_ok(case, params)
    return Finding(Effect.HOLD, until=until) if until > case.at else None


RULE = Rule(
    id="not_before",
    clauses=("P1",),
    against=("ac582025",),
    strength="shall",
    stages=("submit", "send"),
    params=Table,
    check=check,
    next_ok=next_ok,
    firm=True,
)
