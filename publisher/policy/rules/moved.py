"""A post that planning moved far, over a closure or past "today" may speak of another day."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from publisher import clock
from publisher.policy import Case, Effect, Finding, Rule
from publisher.policy.detect.daywords import day_word

EVENT = "author's yes"


def check(case: Case, params: Mapping[str, Any]) -> Finding | None:
    if case.confirmed_at is not None:
        return None
    asked, goes = case.requested_at, case.release_at or case.at
    args = {"asked": asked, "goes": goes}
    if goes - asked > timedelta(hours=params["max_hours"]):
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
    check=check,
    params={"max_hours": 24},
    stricter={"max_hours": "less"},
)
