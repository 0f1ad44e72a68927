"""What is public cannot be taken back completely: a last moment to think after a change."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from publisher.policy import Case, Effect, Finding, Rule


def next_ok(case: Case, params: Mapping[str, Any]) -> datetime:
    return max(case.at, case.last_human_at + timedelta(seconds=params["seconds"]))


def check(case: Case, params: Mapping[str, Any]) -> Finding | None:
    until = next_ok(case, params)
    return Finding(Effect.HOLD, until=until) if until > case.at else None


RULE = Rule(
    id="undo",
    clauses=("2.4",),
    against=("ed2b0cce",),
    strength="shall",
    stages=("submit", "send"),
    check=check,
    next_ok=next_ok,
    liftable=True,
    params={"seconds": 60},
    stricter={"seconds": "more"},
)
