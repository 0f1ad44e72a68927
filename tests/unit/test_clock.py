"""What people may type as a time, and what becomes of it."""

from datetime import UTC, datetime, timedelta

import pytest

from publisher.clock import (
    FURTHEST,
    around_gap,
    candidates,
    earliest,
    from_rfc3339,
    latest,
    local,
    read_again,
    rfc3339,
    zone_exists,
)
from publisher.errors import Usage
from publisher.spoken import parse_when

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
TOKYO, NEW_YORK = "Asia/Tokyo", "America/New_York"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "zone", "at"),
    [
        ("2026-12-01 09:30", TOKYO, "2026-12-01 00:30"),
        ("  2026-12-01   09:30 ", TOKYO, "2026-12-01 00:30"),
        ("2026-12-01T09:30", TOKYO, "2026-12-01 00:30"),
        ("2026-12-01T09:30:00+09:00", NEW_YORK, "2026-12-01 00:30"),
        ("2026-12-01T00:30:00Z", NEW_YORK, "2026-12-01 00:30"),
        ("2027-07-01 09:00", NEW_YORK, "2027-07-01 13:00"),
        ("2026-12-01 09:00", NEW_YORK, "2026-12-01 14:00"),
        ("now", TOKYO, "2026-11-23 03:00"),
    ],
)
def test_a_time_is_read_on_the_clock_of_its_zone(typed: str, zone: str, at: str) -> None:
    asked = parse_when(typed, zone, NOW)
    assert (asked.at, asked.zone) == (utc(at), zone)


def test_now_remembers_what_the_clock_showed() -> None:
    assert parse_when("now", TOKYO, NOW).wall == "2026-11-23 12:00:00"


@pytest.mark.parametrize("seconds", [0, 1, 60])
def test_this_very_minute_means_now(seconds: int) -> None:
    typed = rfc3339(NOW - timedelta(seconds=seconds))
    assert parse_when(typed, TOKYO, NOW).at == NOW


@pytest.mark.clause("U4b", kind="deny")
@pytest.mark.parametrize(
    ("typed", "zone", "said"),
    [
        ("2027-03-14 02:30", NEW_YORK, ["does not exist", "01:30:00-05:00", "03:30:00-04:00"]),
        ("2027-11-07 01:30", NEW_YORK, ["exists twice", "01:30:00-04:00", "01:30:00-05:00"]),
        ("2027-04-04 01:45", "Australia/Lord_Howe", ["twice", "01:45:00+11:00", "01:45:00+10:30"]),
        ("2027-10-03 02:15", "Australia/Lord_Howe", ["does not exist", "01:45", "02:45"]),
        ("2026-11-23 11:58", TOKYO, ["has passed", "2026-11-23 12:00"]),
        ("1999-01-01 09:00", TOKYO, ["has passed"]),
        ("0001-01-01 00:00", TOKYO, ["not a time that a calendar knows"]),
        ("2100-01-02 00:00", TOKYO, ["further ahead"]),
        ("9999-12-31 23:59", TOKYO, ["further ahead"]),
        ("9999-12-31T23:59:59-12:00", TOKYO, ["not a time that a calendar knows"]),
        ("", TOKYO, ["is not a time"]),
        ("tomorrow", TOKYO, ["a day without a time"]),
        ("2026-02-30 09:00", TOKYO, ["is not a time"]),
        ("2026-12-01 25:00", TOKYO, ["is not a time"]),
        ("\x00", TOKYO, ["is not a time"]),
        ("９時", TOKYO, ["has passed"]),
    ],
)
def test_a_time_that_cannot_be_meant_is_refused_with_what_to_write(
    typed: str, zone: str, said: list[str]
) -> None:
    with pytest.raises(Usage) as refused:
        parse_when(typed, zone, NOW)
    for words in said:
        assert words in str(refused.value)


@pytest.mark.clause("U4b", kind="allow")
def test_one_of_the_two_times_typed_with_its_offset_is_taken() -> None:
    assert parse_when("2027-11-07T01:30:00-05:00", NEW_YORK, NOW).at == utc("2027-11-07 06:30")


@pytest.mark.parametrize(
    ("wall", "zone", "count"),
    [
        ("2026-11-23 09:00", TOKYO, 1),
        ("2027-03-14 02:30", NEW_YORK, 0),
        ("2027-11-07 01:30", NEW_YORK, 2),
        ("2011-12-30 12:00", "Pacific/Apia", 0),
        ("2014-10-26 01:30", "Europe/Moscow", 2),
    ],
)
def test_a_wall_time_happens_once_never_or_twice(wall: str, zone: str, count: int) -> None:
    read = datetime.fromisoformat(wall)
    found = candidates(read, zone)
    assert len(found) == count
    assert found == sorted(found)
    assert all(local(at, zone).replace(tzinfo=None) == read for at in found)


@pytest.mark.parametrize(
    ("wall", "zone", "first", "last"),
    [
        ("2026-11-23 09:00", TOKYO, "2026-11-23 00:00", "2026-11-23 00:00"),
        ("2027-11-07 01:30", NEW_YORK, "2027-11-07 05:30", "2027-11-07 06:30"),
        ("2027-03-14 02:30", NEW_YORK, "2027-03-14 07:00", "2027-03-14 07:00"),
        ("2027-03-14 02:00", NEW_YORK, "2027-03-14 07:00", "2027-03-14 07:00"),
        ("2027-10-03 02:10", "Australia/Lord_Howe", "2027-10-02 15:30", "2027-10-02 15:30"),
        ("2011-12-30 09:00", "Pacific/Apia", "2011-12-30 10:00", "2011-12-30 10:00"),
    ],
)
def test_a_window_edge_in_a_gap_is_the_moment_of_the_change(
    wall: str, zone: str, first: str, last: str
) -> None:
    read = datetime.fromisoformat(wall)
    assert (earliest(read, zone), latest(read, zone)) == (utc(first), utc(last))


def test_around_a_gap_stand_the_two_readings() -> None:
    before, after = around_gap(datetime(2027, 3, 14, 2, 30), NEW_YORK)  # noqa: DTZ001
    assert (before, after) == (utc("2027-03-14 06:30"), utc("2027-03-14 07:30"))


@pytest.mark.parametrize(
    ("wall", "zone", "at"),
    [
        ("2026-12-01 09:30", TOKYO, "2026-12-01 00:30"),
        ("2027-11-07 01:30", NEW_YORK, "2027-11-07 05:30"),
        ("2027-03-14 02:30", NEW_YORK, "2027-03-14 07:00"),
        ("2026-12-01T09:30:00Z", TOKYO, None),
        ("next", TOKYO, None),
        ("", TOKYO, None),
        ("0001-01-01", TOKYO, None),
    ],
)
def test_a_typed_time_can_be_read_again(wall: str, zone: str, at: str | None) -> None:
    assert read_again(wall, zone) == (utc(at) if at else None)


def test_stored_times_come_back_and_need_an_offset() -> None:
    assert from_rfc3339(rfc3339(NOW)) == NOW
    assert rfc3339(NOW) == "2026-11-23T03:00:00Z"
    with pytest.raises(ValueError, match="no offset"):
        from_rfc3339("2026-11-23T03:00:00")


def test_zones_are_known_by_their_iana_names() -> None:
    assert zone_exists(TOKYO)
    assert not zone_exists("Asia/Tokio")
    assert FURTHEST.year == 2100
