"""Somebody who wrote none of it since it was last approved has said yes to exactly this."""

from publisher.policy import Case, Effect, Finding, Rule, live
from publisher.policy.params import Table


def check(case: Case, _params: Table) -> Finding | None:
    if case.returned:
        return Finding(Effect.HOLD, {"reason": case.returned}, event="edit", sentence="returned")
    people = {a.person for a in case.approvals if a.at <= case.at < a.expires_at} - case.own
    missing = case.needed - len(people)
    if missing <= 0 or _granted(case):
        return None
    args = {"missing": missing, "own": ", ".join(sorted(case.own))}
    return Finding(Effect.APPROVE, args, event="approval")


def _granted(case: Case) -> bool:
    """The grant of an exception is the approval, except in incident mode."""
    return any(leave.kind != "incident" for leave in live(case))


RULE = Rule(
    id="approval",
    clauses=("1.1", "1.2"),
    against=("ce3d5bf1", "dad7e8f0"),
    strength="shall",
    stages=("submit", "send"),
    params=Table,
    check=check,
)
