"""The history vouches for what is about to be sent: nobody wrote it into the database by hand."""

from publisher.errors import Do
from publisher.policy import Case, Effect, Finding, Rule
from publisher.policy.params import Table


def check(case: Case, _params: Table) -> Finding | None:
    return Finding(Effect.HOLD, {"what": case.unvouched}) if case.unvouched else None


RULE = Rule(
    id="history",
    clauses=("P1",),
    against=("ac582025",),
    strength="shall",
    stages=("submit", "send"),
    params=Table,
    check=check,
    takedowns=True,
    acts={"default": (Do("audit"),)},
    firm=True,
)
