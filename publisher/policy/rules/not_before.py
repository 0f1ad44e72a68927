"""Never before the time that was asked for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from publisher.policy import Case, Effect, Finding, Rule


def next_ok(case: Case, _params: Mapping[str, Any]) -> datetime:
    return max(case.at, case.requested_at)


def check(case: Case, _params: Mapping[str, Any]) -> Finding | None:
    early = case.at < case.requested_at
    return Finding(Effect.HOLD, until=case.requested_at) if early else None


RULE = Rule(
    id="not_before",
    clauses=("P1",),
    against=("ac582025",),
    strength="shall",
    stages=("submit", "send"),
    check=check,
    next_ok=next_ok,
    sentences={
        "en": {"default": "Asked for {until}."},
        "ja": {"default": "希望日時は {until} です。"},
    },
)
