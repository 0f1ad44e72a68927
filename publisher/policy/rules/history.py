"""The history vouches for what is about to be sent: nobody wrote it into the database by hand."""

from collections.abc import Mapping
from typing import Any

from publisher.errors import Do
from publisher.policy import Case, Effect, Finding, Rule


def check(case: Case, _params: Mapping[str, Any]) -> Finding | None:
    return Finding(Effect.HOLD, {"what": case.unvouched}) if case.unvouched else None


RULE = Rule(
    id="history",
    clauses=("P1",),
    against=("ac582025",),
    strength="shall",
    stages=("submit", "send"),
    check=check,
    takedowns=True,
    acts={"default": (Do("audit"),)},
)
