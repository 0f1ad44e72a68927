"""The shape of each file of the policy folder. Unknown keys are refused."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from publisher.documents import Strict
from publisher.policy.params import YEARS, whole
from publisher.policy.stricter import FEWER, LESS, MORE, MORE_OF

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Gap = Annotated[timedelta, whole("minutes", 0, 7 * 24 * 60)]
Lateness = Annotated[timedelta, whole("minutes", 1, 24 * 60)]
Before = Annotated[timedelta, whole("minutes", 1)]


class Weekly(Strict):
    monday: tuple[str, ...] = ()
    tuesday: tuple[str, ...] = ()
    wednesday: tuple[str, ...] = ()
    thursday: tuple[str, ...] = ()
    friday: tuple[str, ...] = ()
    saturday: tuple[str, ...] = ()
    sunday: tuple[str, ...] = ()


class CalendarTable(Strict):
    zone: str
    always: bool = False
    holidays: str = ""
    observed: bool = True
    closures: tuple[str, ...] = ()
    weekly: Weekly = Weekly()
    special: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    half_days: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class CalendarsFile(Strict):
    calendars: dict[str, CalendarTable]


class Wordings(Strict):
    """One wording for each kind of post, and one shorter fallback for all of them."""

    standard: Text
    release: Text | None = None
    urgent: Text | None = None
    fallback: Text | None = None


class WordingSet(Strict):
    """`domains`: where the company's news releases are; left out, the website's own host."""

    website: Text
    domains: tuple[Text, ...] = ()
    families: dict[str, dict[str, Wordings]]


class DisclaimersFile(Strict):
    sets: dict[str, WordingSet]


class ApprovalFile(Strict):
    """How many people besides author and last editor say yes, and for how long a yes counts.

    How long before a release people are reminded of one that is missing.
    """

    count: Annotated[int, Field(ge=1, le=2), MORE] = 1
    valid_days: Annotated[timedelta, whole("days", 1, 365), LESS] = timedelta(days=30)
    remind_minutes_before: Annotated[tuple[Before, ...], MORE_OF] = (
        timedelta(minutes=60),
        timedelta(minutes=30),
    )


class Pace(Strict):
    gap_minutes: Gap | None = None
    lateness_minutes: Lateness | None = None


class PacingFile(Strict):
    lateness_minutes: Lateness = timedelta(minutes=15)
    networks: dict[str, Pace] = Field(default_factory=dict)
    accounts: dict[str, Pace] = Field(default_factory=dict)


class ExceptionsFile(Strict):
    """How long each kind of out-of-hours exception lasts, and what it may be for."""

    urgent_hours: Annotated[timedelta, whole("hours", 1, 4), LESS] = timedelta(hours=4)
    planned_after_minutes: Annotated[timedelta, whole("minutes", 1, 30), LESS] = timedelta(
        minutes=30
    )
    incident_hours: Annotated[timedelta, whole("hours", 1, 12), LESS] = timedelta(hours=12)
    categories: Annotated[tuple[Text, ...], Field(min_length=1), FEWER]


class RetentionFile(Strict):
    """How long the particulars of what is done are kept, counted from when a post was last touched.

    Shorter is looser: what is gone does not come back, and nobody can be asked about it any more.
    """

    particulars_days: Annotated[timedelta, whole("days", 90), MORE] = YEARS


class EmbargoTable(Strict):
    words: Annotated[tuple[Text, ...], Field(min_length=1)]
    until: datetime


class RulesFile(Strict):
    """`rules.ID`, as the rule itself declares it in its `Params`."""

    rules: dict[str, dict[str, Any]] = Field(default_factory=dict)
    embargoes: tuple[EmbargoTable, ...] = ()


class ClauseTable(Strict):
    """`sha256` is the fingerprint of `text`; a clause without a rule says what or who keeps it."""

    id: Text
    strength: Text
    text: Text
    sha256: Text
    mechanism: str = ""
    human: str = ""


class ClausesFile(Strict):
    clauses: tuple[ClauseTable, ...]
