"""The credentials belong to the very account in the register, not to one with the same name."""

from datetime import datetime, timedelta
from typing import Annotated

from publisher.policy import Case, Effect, Finding, Rule, WhoAmI
from publisher.policy.params import Hours, Table
from publisher.policy.stricter import LESS

EVENT = "who-am-I"
FRESH = timedelta(minutes=1)  # so long an answer that names somebody else counts as just given


class Params(Table):
    """How old the network's answer may be."""

    max_age_hours: Annotated[Hours, LESS] = timedelta(hours=24)


def check(case: Case, params: Params) -> Finding | None:
    if case.account is None:
        return None
    seen, args = case.whoami, {"account": case.account.id}
    doubt = _doubt(seen, case.at, params.max_age_hours)
    if seen is None or doubt:
        return Finding(Effect.HOLD, args, event=EVENT, sentence=doubt)
    if not seen.user_id or seen.user_id != case.account.remote_user_id:
        # From memory nothing is refused for good: it may have been put right since.
        effect = Effect.BLOCK if case.at - seen.at <= FRESH else Effect.HOLD
        return Finding(effect, {**args, "id": seen.user_id}, event=EVENT, sentence="other")
    return None


def _doubt(seen: WhoAmI | None, at: datetime, longest: timedelta) -> str:
    """Why the network's answer says nothing about now; "" when it does."""
    if seen is None:
        return "unasked"
    if not seen.same_credential:
        return "swapped"
    if not seen.same_place:
        return "moved"
    return "stale" if at - seen.at > longest else ""


RULE = Rule(
    id="whoami",
    clauses=("D2",),
    against=("d18654b0",),
    strength="shall",
    stages=("send",),
    params=Params,
    check=check,
    takedowns=True,
    firm=True,
)
