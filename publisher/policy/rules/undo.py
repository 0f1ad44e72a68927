"""What is public cannot be taken back completely: a last moment to think after a change."""

from datetime import datetime, timedelta
from typing import Annotated

from publisher.policy import Case, Effect, Finding, Rule
from publisher.policy.params import Seconds, Table
from publisher.policy.stricter import MORE


class Params(Table):
    """How long it waits after a person's last change."""

    seconds: Annotated[Seconds, MORE] = timedelta(seconds=60)


def next_ok(case: Case, params: Params) -> datetime:
    return max(case.at, case.last_human_at + params.seconds)


def check(case: Case, params: Params) -> Finding | None:
    until = next_ok(case, params)
    return Finding(Effect.HOLD, until=until) if until > case.at else None


RULE = Rule(
    id="undo",
    clauses=("2.4",),
    against=("ed2b0cce",),
    strength="shall",
    stages=("submit", "send"),
    params=Params,
    check=check,
    next_ok=next_ok,
    liftable=True,
)
