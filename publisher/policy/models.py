"""The shape of each file of the policy folder. Unknown keys are refused."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from publisher.documents import Strict
from publisher.policy import Mode

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Minutes = Annotated[int, Field(ge=0, le=7 * 24 * 60)]
Some = Annotated[int, Field(ge=1)]


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
    count: Annotated[int, Field(ge=1, le=2)] = 1
    valid_days: Annotated[int, Field(ge=1, le=365)] = 30
    remind_minutes_before: tuple[Some, ...] = (60, 30)


class Pace(Strict):
    gap_minutes: Minutes | None = None
    lateness_minutes: Annotated[int, Field(ge=1, le=24 * 60)] | None = None


class PacingFile(Strict):
    lateness_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 15
    networks: dict[str, Pace] = Field(default_factory=dict)
    accounts: dict[str, Pace] = Field(default_factory=dict)


class ExceptionsFile(Strict):
    urgent_hours: Annotated[int, Field(ge=1, le=4)] = 4
    planned_after_minutes: Annotated[int, Field(ge=1, le=30)] = 30
    incident_hours: Annotated[int, Field(ge=1, le=12)] = 12
    categories: Annotated[tuple[Text, ...], Field(min_length=1)]


class EmbargoTable(Strict):
    words: Annotated[tuple[Text, ...], Field(min_length=1)]
    until: datetime


class RulesFile(Strict):
    """`rules.ID.mode`, and beside it the parameters that the rule itself declares."""

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


MODES: tuple[Mode, ...] = ("off", "audit", "warn", "enforce")
