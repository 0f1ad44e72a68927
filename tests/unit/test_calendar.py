"""Open windows on the wall clock of the account, whatever that clock does."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st
from policy_cases import NOON, OFFICE, WEEK, tokyo

from publisher.clock import local
from publisher.documents import why_unfit
from publisher.policy.calendar import (
    BeyondHorizon,
    Calendar,
    Closed,
    Hours,
    Window,
    closure,
    hours,
)
from publisher.policy.holidays import from_csv, from_library
from publisher.words import say_part

ZONES = (
    "Asia/Tokyo",
    "UTC",
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Asia/Kathmandu",
)
EVERY_DAY = range(7)
MOMENT = timedelta(milliseconds=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def refused(read: Callable[..., Any], *given: Any) -> str:
    with pytest.raises(ValueError) as found:  # noqa: PT011  # what it says is asked below
        read(*given)
    return say_part(why_unfit(found.value), "en")


def daily(zone: str, *spans: str, **more: object) -> Calendar:
    read = tuple(hours(span) for span in spans)
    return Calendar("c", zone, dict.fromkeys(EVERY_DAY, read), **more)  # type: ignore[arg-type]


@pytest.mark.clause("U4b", kind="allow")
def test_a_window_includes_its_opening_and_excludes_its_closing() -> None:
    opens, closes = tokyo("2026-11-24 09:00"), tokyo("2026-11-24 17:30")
    assert OFFICE.window(opens) == Window(opens, closes)
    assert OFFICE.window(closes - MOMENT) == Window(opens, closes)
    assert OFFICE.window(closes) is None
    assert OFFICE.window(opens - MOMENT) is None
    assert [OFFICE.is_open(at) for at in (opens - MOMENT, opens, closes - MOMENT, closes)] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.clause("U4a", kind="deny")
@pytest.mark.parametrize(
    ("at", "why"),
    [
        ("2026-11-24 12:00", Closed("open", "")),
        ("2026-11-24 08:59", Closed("hours", "09:00-17:30")),
        ("2026-11-23 12:00", Closed("holiday", "勤労感謝の日")),
        ("2026-11-22 12:00", Closed("weekend", "")),
        ("2026-12-31 12:00", Closed("closure", "12-29..01-03")),
        ("2027-01-03 12:00", Closed("closure", "12-29..01-03")),
        ("2027-01-04 12:00", Closed("open", "")),
        ("2026-12-25 11:00", Closed("open", "")),
        ("2026-12-25 13:00", Closed("hours", "09:00-12:00")),
        ("2026-12-28 13:00", Closed("hours", "09:00-11:00")),
        ("2026-12-27 09:30", Closed("weekend", "")),
        ("2026-12-30 12:00", Closed("open", "")),
        ("2026-12-30 16:00", Closed("hours", "10:00-15:00")),
        ("2026-11-28 12:00", Closed("open", "")),
        ("2026-11-27 12:00", Closed("special", "")),
    ],
)
def test_the_strongest_layer_decides_and_is_named(at: str, why: Closed) -> None:
    layered = replace(
        OFFICE,
        half_days={
            "12-25": (("09:00", "12:00"),),
            "12-27": (("09:00", "12:00"),),
            "12-28": (("09:00", "12:00"),),
            "2026-12-28": (("09:00", "11:00"),),
        },
        special={
            date(2026, 12, 30): (("10:00", "15:00"),),
            date(2026, 11, 28): (("10:00", "15:00"),),
            date(2026, 11, 27): (),
        },
    )
    assert layered.closed_because(tokyo(at)) == why
    assert layered.is_open(tokyo(at)) == (why.kind == "open")


@pytest.mark.clause("U4a", kind="deny")
@pytest.mark.parametrize(
    "day", ["2026-05-06", "2026-09-22", "2027-03-22", "2019-04-30", "2019-05-02", "2020-07-24"]
)
def test_substitute_and_sandwiched_days_are_law_in_japan(day: str) -> None:
    office = replace(OFFICE, holidays=from_library("JP", observed=True))
    assert office.closed_because(tokyo(f"{day} 12:00")).kind == "holiday"


def test_substitute_days_can_be_left_out_where_they_are_custom() -> None:
    day = date(2026, 7, 3)
    assert from_library("US", observed=True).get(day)
    assert from_library("US", observed=False).get(day) is None
    assert from_library("DE-BY", observed=True).get(date(2026, 1, 6))
    assert from_library("DE", observed=True).get(date(2026, 1, 6)) is None


def test_a_day_observed_in_the_year_before_is_found_in_its_own_year() -> None:
    assert from_library("US", observed=True).get(date(2027, 12, 31))


@pytest.mark.parametrize("code", ["XX", "JPN0", "US-ZZ", "JP-13", ""])
def test_unknown_holidays_are_refused(code: str) -> None:
    assert "no" in refused(partial(from_library, observed=True), code)


@pytest.mark.clause("SYS", kind="deny")
@pytest.mark.parametrize(
    "at", [utc("2037-12-31 15:00"), utc("2040-01-04 03:00"), utc("2100-01-04 03:00")]
)
@pytest.mark.parametrize(
    "calendar", [OFFICE, replace(OFFICE, always=True)], ids=["office", "always"]
)
def test_beyond_its_data_a_calendar_does_not_guess(calendar: Calendar, at: datetime) -> None:
    for ask in (calendar.is_open, calendar.window, calendar.closed_because):
        with pytest.raises(BeyondHorizon):
            ask(at)
    assert calendar.next_open(at) is None
    assert calendar.windows(at, at + timedelta(days=9)) == []


def test_the_last_day_of_the_data_is_known_and_nothing_after_it() -> None:
    short = replace(OFFICE, horizon=date(2026, 11, 24), closures=())
    assert short.next_open(NOON) == NOON
    assert short.next_open(tokyo("2026-11-24 17:30")) is None
    assert not short.is_open(tokyo("2026-11-24 23:59"))


def test_the_official_csv_is_read_in_both_encodings_and_ends_with_its_last_year() -> None:
    text = "国民の祝日・休日月日,国民の祝日・休日名称\n2026/11/23,勤労感謝の日\n2027/1/1,元日\n"
    for encoding in ("cp932", "utf-8", "utf-8-sig"):
        days, ends = from_csv(text.encode(encoding), "h.csv")
        assert days[date(2026, 11, 23)] == "勤労感謝の日"
        assert ends == date(2027, 12, 31)
    assert from_csv(b"2026/1/1\n\n", "h.csv")[0] == {date(2026, 1, 1): "holiday"}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (None, "no file"),
        (b"", "no holidays in it"),
        (b"date,name\n", "no holidays in it"),
        (
            "2026/1l/3,文化の日\n2026/11/23,勤労感謝の日\n".encode(),
            'h.csv:1: "2026/1l/3" is no date',
        ),
        ("2026-01-01,元日\n2026/11/23,勤労感謝の日\n".encode(), "h.csv:1"),
        ("元日,2026/1/1\n".encode(), "h.csv:1"),
        (b"2026/1/1,a\n2026/13/1,b\n", "h.csv:2"),
        (b"\x81\xff\xff", "neither UTF-8 nor CP932"),
    ],
)
def test_a_broken_csv_says_where(raw: bytes | None, said: str) -> None:
    assert said in refused(from_csv, raw, "h.csv")


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("12-29..01-03", ["2026-12-29", "2027-01-03", "2030-01-01"], ["2026-12-28", "2027-01-04"]),
        ("08-13..08-15", ["2026-08-13", "2027-08-15"], ["2026-08-16", "2026-08-12"]),
        ("05-01", ["2026-05-01", "2031-05-01"], ["2026-05-02"]),
        ("2026-12-29..2027-01-03", ["2027-01-01"], ["2027-12-30", "2026-12-28"]),
        ("2026-05-01", ["2026-05-01"], ["2027-05-01"]),
        ("02-29", ["2028-02-29"], ["2027-02-28", "2027-03-01"]),
    ],
)
def test_closures_repeat_every_year_unless_they_name_one(
    text: str, inside: list[str], outside: list[str]
) -> None:
    read = closure(text)
    assert all(read.covers(date.fromisoformat(day)) for day in inside)
    assert not any(read.covers(date.fromisoformat(day)) for day in outside)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12-32",
        "13-01",
        "02-30",
        "12-29..",
        "..",
        "2026-12-29..01-03",
        "2026-02-29",
        "1-1",
        "2027-01-03..2026-12-29",
        "12-29...01-03",
    ],
)
def test_a_closure_that_is_none_is_refused(text: str) -> None:
    assert re.search(r"no day|mixes|ends before", refused(closure, text))


@pytest.mark.parametrize(
    "text", ["", "9:00-17:30", "09:00", "24:00-01:00", "09:60-10:00", "09:00-24:01", "09:00-09:00"]
)
def test_hours_that_are_none_are_refused(text: str) -> None:
    assert re.search(r"window|empty|time of day", refused(hours, text))


def test_windows_that_touch_are_one_across_midnight_too() -> None:
    split = daily("Asia/Tokyo", "09:00-12:00", "12:00-17:30", "22:00-24:00", "00:00-02:00")
    assert split.windows(tokyo("2026-11-24 08:00"), tokyo("2026-11-25 08:00")) == [
        Window(tokyo("2026-11-24 09:00"), tokyo("2026-11-24 17:30")),
        Window(tokyo("2026-11-24 22:00"), tokyo("2026-11-25 02:00")),
    ]
    night = Window(tokyo("2026-11-24 22:00"), tokyo("2026-11-25 02:00"))
    assert (
        split.window(tokyo("2026-11-24 23:00")) == split.window(tokyo("2026-11-25 01:00")) == night
    )


def test_a_window_past_midnight_belongs_to_the_day_on_which_it_opens() -> None:
    friday = Calendar("c", "Asia/Tokyo", {4: (("22:00", "02:00"),)})
    assert friday.is_open(tokyo("2026-11-28 01:59"))
    assert not friday.is_open(tokyo("2026-11-28 02:00"))
    assert not friday.is_open(tokyo("2026-11-27 01:00"))
    assert friday.next_open(tokyo("2026-11-28 02:00")) == tokyo("2026-12-04 22:00")


def test_windows_are_clipped_to_what_was_asked() -> None:
    start, end = tokyo("2026-11-24 10:00"), tokyo("2026-11-24 11:00")
    assert OFFICE.windows(start, end) == [Window(start, end)]
    assert OFFICE.windows(end, start) == []
    assert replace(OFFICE, always=True).windows(start, end) == [Window(start, end)]


def test_an_always_open_calendar_never_waits() -> None:
    board = Calendar("always", "Asia/Tokyo", always=True)
    midnight = tokyo("2027-01-01 00:00")
    assert board.is_open(midnight)
    assert board.next_open(midnight) == midnight
    assert board.closed_because(midnight).kind == "open"
    assert board.closure_between(NOON, midnight) is None
    window = board.window(midnight)
    assert window is not None
    assert window.close == tokyo("2038-01-01 00:00")


@pytest.mark.clause("U4b", kind="deny")
@pytest.mark.parametrize(
    ("zone", "span", "day", "expected"),
    [
        # forward: 02:00 to 03:00 does not exist
        ("America/New_York", "02:30-05:00", "2027-03-14", "07:00 09:00"),
        ("America/New_York", "00:00-02:30", "2027-03-14", "05:00 07:00"),
        ("America/New_York", "02:10-02:50", "2027-03-14", ""),
        ("America/New_York", "01:00-04:00", "2027-03-14", "06:00 08:00"),
        # back: 01:00 to 02:00 exists twice
        ("America/New_York", "01:30-05:00", "2027-11-07", "05:30 10:00"),
        ("America/New_York", "00:00-01:30", "2027-11-07", "04:00 06:30"),
        ("Australia/Lord_Howe", "01:45-03:00", "2027-04-04", "2027-04-03 14:45 2027-04-03 16:30"),
    ],
)
def test_when_the_clocks_change_the_window_opens_early_and_closes_late(
    zone: str, span: str, day: str, expected: str
) -> None:
    words = expected.split()
    if len(words) == 2:
        words = [day, words[0], day, words[1]]
    wanted = [Window(utc(" ".join(words[:2])), utc(" ".join(words[2:])))] if words else []
    only = Calendar("c", zone, special={date.fromisoformat(day): (hours(span),)})
    start = utc(f"{day} 00:00") - timedelta(days=1)
    assert only.windows(start, start + timedelta(days=3)) == wanted
    assert only.next_open(start) == (wanted[0].open if wanted else None)


def test_a_day_that_was_skipped_has_no_windows() -> None:
    apia = daily("Pacific/Apia", "09:00-17:00")
    found = apia.windows(utc("2011-12-29 00:00"), utc("2012-01-01 12:00"))
    days = [local(window.open, apia.zone).date().day for window in found]
    assert days == [28, 29, 31, 1]


_CLOCKS = st.integers(0, 95).map(lambda n: f"{n // 4:02}:{n % 4 * 15:02}")
_SPANS = st.tuples(_CLOCKS, _CLOCKS).filter(lambda span: span[0] != span[1])
_WEEKS = st.dictionaries(st.integers(0, 6), st.lists(_SPANS, min_size=1, max_size=3).map(tuple))
_STARTS = st.sampled_from(
    [
        "2027-03-12",
        "2027-11-05",
        "2027-04-02",
        "2027-10-01",
        "2011-12-28",
        "2027-02-05",
        "2026-12-28",
    ]
).map(utc)


@settings(max_examples=40, deadline=None, database=None)
@over(zone=st.sampled_from(ZONES), weekly=_WEEKS, start=_STARTS, minute=st.integers(0, 4 * 1440))
def test_next_open_is_open_and_nothing_before_it_is(
    zone: str, weekly: Mapping[int, Hours], start: datetime, minute: int
) -> None:
    calendar = Calendar("c", zone, weekly, closures=(closure("12-29..01-03"),))
    at = start + timedelta(minutes=minute)
    found = calendar.next_open(at)
    if found is None:
        assert not weekly
        return
    assert calendar.is_open(found)
    assert found == at or not calendar.is_open(found - timedelta(microseconds=1))
    steps = min(int((found - at) / timedelta(minutes=15)), 300)
    assert not any(calendar.is_open(at + timedelta(minutes=15) * n) for n in range(steps))
    window = calendar.window(found)
    assert window is not None
    assert window.open <= found < window.close
    assert not calendar.is_open(window.close) or window.close - at > timedelta(days=7)


@settings(max_examples=25, deadline=None, database=None)
@over(zone=st.sampled_from(ZONES), weekly=_WEEKS, start=_STARTS)
def test_windows_are_apart_sorted_and_exactly_what_is_open(
    zone: str, weekly: Mapping[int, Hours], start: datetime
) -> None:
    calendar = Calendar("c", zone, weekly)
    found = calendar.windows(start, start + timedelta(days=5))
    assert all(w.open < w.close for w in found)
    assert all(a.close < b.open for a, b in pairwise(found))
    for n in range(0, 5 * 96, 3):
        at = start + timedelta(minutes=15 * n)
        assert calendar.is_open(at) == any(w.open <= at < w.close for w in found)


def test_by_day_the_wall_clock_itself_says_what_is_open() -> None:
    """Away from clock changes a window is what its hours say, in every zone."""
    for zone in ZONES:
        calendar = Calendar("c", zone, WEEK)
        for n in range(0, 7 * 24 * 4, 5):
            at = utc("2027-06-07 00:00") + timedelta(minutes=15 * n)
            wall = local(at, zone)
            inside = wall.weekday() < 5 and "09:00" <= wall.strftime("%H:%M") < "17:30"
            assert calendar.is_open(at) == inside


def test_the_first_closure_between_two_instants_is_named_and_a_weekend_is_none() -> None:
    assert OFFICE.closure_between(tokyo("2026-11-20 18:00"), NOON) == date(2026, 11, 23)
    assert OFFICE.closure_between(tokyo("2026-11-27 18:00"), tokyo("2026-11-30 09:00")) is None
    assert OFFICE.closure_between(NOON, tokyo("2027-01-04 09:00")) == date(2026, 12, 29)
