"""Business days and business hours, in principle: otherwise it waits for the next opening."""

from datetime import datetime

from publisher.policy import Case, Effect, Finding, Rule
from publisher.policy.calendar import BeyondHorizon
from publisher.policy.params import Table


def check(case: Case, params: Table) -> Finding | None:
    if case.calendar is None:
        return Finding(Effect.HOLD, sentence="missing", event="policy", liftable=False)
    try:
        why = case.calendar.closed_because(case.at)
    except BeyondHorizon:
        ends = {"calendar": case.calendar.name, "ends": case.calendar.horizon.isoformat()}
        return Finding(Effect.HOLD, ends, event="policy", sentence="beyond", liftable=False)
    opens = next_ok(case, params)
    if why.kind == "open" and opens == case.at:
        return None
    event, sentence = "" if opens else "policy", "thread" if why.kind == "open" else why.kind
    return Finding(Effect.HOLD, {"name": why.name}, opens, event, sentence=sentence)


def next_ok(case: Case, _params: Table) -> datetime | None:
    """All parts of a thread go out while it is open."""
    if case.calendar is None:
        return None
    opens = case.calendar.next_open(case.at)
    window = case.calendar.window(opens) if opens and case.takes else None
    if window and opens and window.close < opens + case.takes:
        return case.calendar.next_open(window.close)
    return opens


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
