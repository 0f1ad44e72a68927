"""The same words are not on their way already, with an unclear outcome (H6)."""

from publisher.policy import Case, Effect, Finding, Rule
from publisher.policy.params import Table


def check(case: Case, _params: Table) -> Finding | None:
    if not case.twins:
        return None
    return Finding(Effect.HOLD, {"other": case.twins[0]}, event="look-up")


RULE = Rule(
    id="twin",
    clauses=("2.2",),
    against=("73c0c180",),
    strength="shall",
    stages=("send",),
    params=Table,
    check=check,
    firm=True,
)
