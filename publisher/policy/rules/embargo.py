"""What is confidential until a moment stays so until that moment; no exception lifts it."""

from datetime import datetime

from publisher.policy import Case, Effect, Finding, Rule
from publisher.policy.params import Table


def check(case: Case, _params: Table) -> Finding | None:
    until = case.embargo_until
    return Finding(Effect.HOLD, until=until) if until is not None and case.at < until else None


def next_ok(case: Case, _params: Table) -> datetime:
    return max(case.at, case.embargo_until or case.at)


RULE = Rule(
    id="embargo",
    clauses=("2.3",),
    against=("ea980b3f",),
    strength="shall",
    stages=("submit", "send"),
    params=Table,
    check=check,
    next_ok=next_ok,
    firm=True,
)
