"""Ten years of days in eight zones: nothing goes out outside a window, and no opening is missed.

The oracle knows nothing of our calendar: it walks minutes in UTC and reads the wall clock through
`zoneinfo`, another implementation with another copy of the zone data.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo, available_timezones

import pytest

from publisher.content import Account, Content, Part, Rendered
from publisher.policy import Case, evaluate, when
from publisher.policy.calendar import Calendar, closure
from publisher.policy.holidays import from_library
from publisher.policy.rules import named

ZONES = {
    "Asia/Tokyo": "JP",
    "America/New_York": "US",
    "Europe/Berlin": "DE-BY",
    "Australia/Lord_Howe": "AU-NSW",  # half an hour of summer time
    "Pacific/Apia": "WS",  # had no 30 December 2011
    "Africa/Cairo": "EG",
    "America/St_Johns": "CA-NL",
    "Asia/Kathmandu": "NP",
}
START, END = date(2007, 1, 1), date(2017, 1, 1)
pytestmark = pytest.mark.skipif(
    "Pacific/Apia" not in available_timezones(), reason="this machine has no zone data of its own"
)
RULES = [named("calendar"), named("not_before")]
NOTICE = "notice"


@cache
def calendar(zone: str) -> Calendar:
    office = (("09:00", "12:00"), ("13:00", "17:30"))
    return Calendar(
        "office",
        zone,
        {**dict.fromkeys(range(5), office), 5: (("00:30", "03:15"),)},  # across clock changes
        holidays=from_library(ZONES[zone], observed=True),
        closures=(closure("12-29..01-03"),),
        half_days={"12-24": (("09:00", "12:00"),)},
    )


def spans(calendar: Calendar, day: date) -> tuple[tuple[str, str], ...]:
    """What the configuration says about a day, read a second time and in another order."""
    if (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3):
        return ()
    if calendar.holidays.get(day):
        return ()
    usual = calendar.weekly.get(day.weekday(), ())
    return (("09:00", "12:00"),) if usual and (day.month, day.day) == (12, 24) else usual


def edges(calendar: Calendar, day: date) -> Iterator[tuple[datetime, datetime]]:
    """The windows of a day, by asking the wall clock minute by minute around each edge."""
    zone = ZoneInfo(calendar.zone)
    for opens, closes in spans(calendar, day):
        first = _instants(day, opens, zone)
        last = _instants(day, closes, zone)
        if first and last:
            yield min(first), max(last)
        else:  # an edge in a gap: walk to where the clock jumps over it
            yield _jump(day, opens, zone, first), _jump(day, closes, zone, last)


def _wall(day: date, text: str) -> datetime:
    return datetime.combine(day, datetime.strptime(text, "%H:%M").time())  # noqa: DTZ007


def _instants(day: date, text: str, zone: ZoneInfo) -> list[datetime]:
    both = [_wall(day, text).replace(tzinfo=zone, fold=f).astimezone(UTC) for f in (0, 1)]
    return [at for at in both if at.astimezone(zone).replace(tzinfo=None) == _wall(day, text)]


def _jump(day: date, text: str, zone: ZoneInfo, known: list[datetime]) -> datetime:
    if known:
        return known[0]
    wall = _wall(day, text)
    at = wall.replace(tzinfo=UTC) - timedelta(hours=28)
    while at.astimezone(zone).replace(tzinfo=None) < wall:
        at += timedelta(minutes=1)
    return at


@cache
def openings(zone: str) -> list[tuple[datetime, datetime]]:
    days = [START + timedelta(days=n) for n in range((END - START).days)]
    office = calendar(zone)
    return sorted(w for day in days for w in edges(office, day) if w[0] < w[1])


@pytest.mark.clause("U4a", kind="deny")
@pytest.mark.clause("U4b", kind="deny")
@pytest.mark.parametrize("zone", ZONES)
def test_in_ten_years_nothing_goes_out_outside_and_no_opening_is_missed(zone: str) -> None:
    office = calendar(zone)
    start = datetime(2007, 1, 1, 12, tzinfo=UTC) - timedelta(days=1)
    end = datetime(2017, 1, 1, tzinfo=UTC)
    expected = openings(zone)
    found = [(w.open, w.close) for w in office.windows(start, end)]
    assert found == [w for w in expected if w[1] <= end and w[0] >= start]
    assert len(found) > 4000

    moment = timedelta(milliseconds=1)
    before = start
    for opens, closes in expected[:-1]:
        # released at the opening, whenever since the last closing it was asked for
        assert office.next_open(before) == opens
        assert office.next_open(opens - moment) == opens
        assert not office.is_open(opens - moment)
        assert office.is_open(opens)
        assert office.is_open(closes - moment)
        assert not office.is_open(closes)
        before = closes


@pytest.mark.clause("U4a", kind="allow")
@pytest.mark.clause("U4b", kind="allow")
@pytest.mark.parametrize("zone", ZONES)
def test_posts_asked_for_at_random_go_out_at_the_first_open_instant(zone: str) -> None:
    """Through the engine: the planned instant passes, the one before it does not."""
    office, chance, expected = calendar(zone), Random(zone), openings(zone)
    usual = _case(office, expected[0][0])
    position = 0
    asked = datetime(2007, 1, 5, tzinfo=UTC)
    while asked < datetime(2016, 12, 20, tzinfo=UTC):
        while expected[position][1] <= asked:
            position += 1
        wanted = max(asked, expected[position][0])
        case = replace(usual, at=asked, requested_at=asked)
        assert when(RULES, {}, case)[0] == wanted
        assert evaluate(RULES, {}, replace(case, at=wanted)).sends
        if wanted > asked:
            early = replace(case, at=wanted - timedelta(microseconds=1))
            assert not evaluate(RULES, {}, early).sends
        asked += timedelta(seconds=chance.randrange(6 * 86400))


def _case(office: Calendar, at: datetime) -> Case:
    account = Account("a", "x", "office", "standard", "en", "1", "http://127.0.0.1:1")
    return Case(
        stage="send",
        at=at,
        account=account,
        act="publish",
        content=Content("Hello"),
        rendered=Rendered("x", (Part(NOTICE),), disclaimer=NOTICE),
        fingerprint="f",
        calendar=office,
        requested_at=at,
        release_at=None,
        last_human_at=at,
        author="alice",
        last_editor="alice",
        needed=1,
        gap=timedelta(),
        params={r.id: r.params() for r in RULES},
    )
