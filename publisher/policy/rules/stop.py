"""The emergency stop: everything, everything except notices under an exception, or one account."""

from publisher.policy import Case, Effect, Finding, Rule, Stop, live
from publisher.policy.params import Table


def _stops(stop: Stop, case: Case) -> bool:
    if stop.scope == "except notices":
        return not live(case)
    return stop.scope == "everything" or (
        case.account is not None and stop.scope == case.account.id
    )


def check(case: Case, _params: Table) -> Finding | None:
    for stop in case.stops:
        if _stops(stop, case):
            args = {"by": stop.by, "at": stop.at, "reason": stop.reason}
            return Finding(Effect.HOLD, args, event="resume")
    return None


RULE = Rule(
    id="stop",
    clauses=("2.4",),
    against=("ed2b0cce",),
    strength="shall",
    stages=("submit", "send"),
    params=Table,
    check=check,
    firm=True,
)
