"""What is confidential until a moment stays so until that moment; no exception lifts it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from publisher.policy import Case, Effect, Finding, Rule


def check(case: Case, _params: Mapping[str, Any]) -> Finding | None:
    until = case.embargo_until
    return Finding(Effect.HOLD, until=until) if until is not None and case.at < until else None


def next_ok(case: Case, _params: Mapping[str, Any]) -> datetime:
    return max(case.at, case.embargo_until or case.at)


RULE = Rule(
    id="embargo",
    clauses=("2.3",),
    against=("ea980b3f",),
    strength="shall",
    stages=("submit", "send"),
    check=check,
    next_ok=next_ok,
)
