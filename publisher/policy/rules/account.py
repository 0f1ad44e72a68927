"""Only official accounts: in the register, opened under the company's name, not retired."""

from publisher.acts import act_of
from publisher.errors import Do
from publisher.policy import Case, Effect, Finding, Rule
from publisher.policy.params import Table


def check(case: Case, _params: Table) -> Finding | None:
    if case.account is None:
        return Finding(Effect.BLOCK, sentence="unknown")
    if not case.account.active and act_of(case).transmits:  # what is public can still be taken down
        return Finding(Effect.BLOCK, {"account": case.account.id}, sentence="retired")
    if case.elsewhere:  # the same number in a new place is another post
        args = {"account": case.account.id, "there": case.elsewhere}
        return Finding(Effect.HOLD, args, event="resolve", sentence="elsewhere")
    return None


RULE = Rule(
    id="account",
    clauses=("D2",),
    against=("d18654b0",),
    strength="shall",
    stages=("submit", "send"),
    params=Table,
    check=check,
    takedowns=True,
    acts={"elsewhere": (Do("resolve", {"how": "done"}),)},
    firm=True,
)
