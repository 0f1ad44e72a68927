"""Somebody wants this one to wait."""

from collections.abc import Mapping
from typing import Any

from publisher.policy import Case, Effect, Finding, Rule


def check(case: Case, _params: Mapping[str, Any]) -> Finding | None:
    return Finding(Effect.HOLD, {"why": case.paused}, event="unpause") if case.paused else None


RULE = Rule(
    id="paused",
    clauses=("2.4",),
    against=("ed2b0cce",),
    strength="shall",
    stages=("submit", "send"),
    check=check,
)
