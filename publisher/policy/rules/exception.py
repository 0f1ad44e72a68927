"""Out-of-hours permission takes two people; an urgent notice goes out under one or not at all."""

from publisher.errors import Do
from publisher.policy import Case, Effect, Finding, Rule, is_live, live
from publisher.policy.params import Table


def check(case: Case, _params: Table) -> Finding | None:
    counting = live(case)
    if counting:
        incident = all(leave.kind == "incident" for leave in counting)
        if incident and case.content.kind == "urgent" and not case.category:
            return Finding(Effect.HOLD, event="exception", sentence="category")
        return None
    own = next((leave.granted_by for leave in case.leaves if is_live(leave, case.at)), None)
    if own is not None:
        return Finding(Effect.HOLD, {"person": own}, event="exception", sentence="own")
    if case.content.kind == "urgent":
        return Finding(Effect.HOLD, event="exception", sentence="none")
    return None


RULE = Rule(
    id="exception",
    clauses=("U4c",),
    against=("072b3052",),
    strength="shall",
    stages=("submit", "send"),
    params=Table,
    check=check,
    acts={"category": (Do("request exception", {"kind": "urgent"}),)},
    firm=True,
)
