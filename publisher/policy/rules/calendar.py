"""Business days and business hours, in principle: otherwise it waits for the next opening."""

from datetime import datetime

from publisher.policy import Case, Effect, Finding, Rule
from publisher.policy.calendar import BeyondHorizon
from publisher.policy.params import Table


def check(case: Case, _params: Table) -> Finding | None:
    if case.calendar is None:
        return Finding(Effect.HOLD, sentence="missing", event="policy", liftable=False)
    try:
        why = case.calendar.closed_because(case.at)
    except BeyondHorizon:
        ends = {"calendar": case.calendar.name, "ends": case.calendar.horizon.isoformat()}
        return Finding(Effect.HOLD, ends, event="policy", sentence="beyond", liftable=False)
    if why.kind == "open":
        return None
    opens = case.calendar.next_open(case.at)
    event = "" if opens else "policy"
    return Finding(Effect.HOLD, {"name": why.name}, opens, event, sentence=why.kind)


def next_ok(case: Case, _params: Table) -> datetime | None:
    return case.calendar.next_open(case.at) if case.calendar else None


RULE = Rule(
    id="calendar",
    clauses=("U4a", "U4b"),
    against=("d3598d6a", "a9788f35"),
    strength="in principle",
    stages=("submit", "send"),
    params=Table,
    check=check,
    next_ok=next_ok,
    liftable=True,
)
