"""A post that planning moved far, over a closure or past "today" may speak of another day."""

from datetime import date, datetime, timedelta
from typing import Annotated

from publisher import clock
from publisher.policy import Case, Effect, Finding, Rule
from publisher.policy.detect.daywords import day_word
from publisher.policy.params import Hours, Table
from publisher.policy.stricter import LESS

EVENT = "author's yes"


class Params(Table):
    """How far it may be moved without the author's yes."""

    max_hours: Annotated[Hours, LESS] = timedelta(hours=24)


def check(case: Case, params: Params) -> Finding | None:
    if case.confirmed_at is not None:
        return None
    asked, goes = case.requested_at, case.release_at or case.at
    args = {"asked": asked, "goes": goes}
    if goes - asked > params.max_hours:
        return Finding(Effect.HOLD, args, event=EVENT, sentence="far")
    word = day_word(f"{case.content.title}\n{case.content.text}")
    if word and _day(case, asked) != _day(case, max(goes, case.at)):
        return Finding(Effect.HOLD, {**args, "word": word}, event=EVENT, sentence="another day")
    over = case.calendar.closure_between(asked, goes) if case.calendar and goes > asked else None
    if over is None:
        return None
    return Finding(
        Effect.HOLD, {**args, "day": over.isoformat()}, event=EVENT, sentence="over a closure"
    )


def _day(case: Case, at: datetime) -> date:
    """The date on the account's own clock."""
    return clock.local(at, case.calendar.zone if case.calendar else "UTC").date()


RULE = Rule(
    id="moved",
    clauses=("2.2",),
    against=("73c0c180",),
    strength="shall",
    stages=("submit", "send"),
    params=Params,
    check=check,
)
