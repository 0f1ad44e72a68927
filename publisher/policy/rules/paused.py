"""Somebody wants this one to wait."""

from publisher.policy import Case, Effect, Finding, Rule
from publisher.policy.params import Table


def check(case: Case, _params: Table) -> Finding | None:
    return Finding(Effect.HOLD, {"why": case.paused}, event="unpause") if case.paused else None


RULE = Rule(
    id="paused",
    clauses=("2.4",),
    against=("ed2b0cce",),
    strength="shall",
    stages=("submit", "send"),
    params=Table,
    check=check,
)
