"""Times as people say them, on the account's clock."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publisher.errors import Usage
from publisher.spoken import parse_when, wall_time

HERE = datetime.fromisoformat("2026-12-02 08:15:30")  # a Wednesday


@pytest.mark.parametrize(
    ("said", "wall"),
    [
        ("9:30", "2026-12-02 09:30"),
        ("7:30", "2026-12-02 07:30"),
        ("9:30 pm", "2026-12-02 21:30"),
        ("12:05am", "2026-12-02 00:05"),
        ("today 14:00", "2026-12-02 14:00"),
        ("Tomorrow 10:00", "2026-12-03 10:00"),
        ("tomorrow at 10:00", "2026-12-03 10:00"),
        ("monday 9:30", "2026-12-07 09:30"),
        ("mon 9:30", "2026-12-07 09:30"),
        ("wednesday 9:30", "2026-12-02 09:30"),
        ("wednesday 8:00", "2026-12-09 08:00"),
        ("next wednesday 9:30", "2026-12-09 09:30"),
        ("next monday 9:30", "2026-12-07 09:30"),
        ("next thu 9:30", "2026-12-03 09:30"),
        ("今日 9:30", "2026-12-02 09:30"),
        ("明日10:00", "2026-12-03 10:00"),
        ("明日 10時", "2026-12-03 10:00"),
        ("明後日10時半", "2026-12-04 10:30"),
        ("月曜 9:30", "2026-12-07 09:30"),
        ("月曜日の9時30分", "2026-12-07 09:30"),
        ("次の水曜日 9:30", "2026-12-09 09:30"),
        ("来週の火曜 9:30", "2026-12-08 09:30"),
        ("来週木曜日9:30", "2026-12-10 09:30"),
    ],
)
def test_a_spoken_time_is_one_on_the_wall(said: str, wall: str) -> None:
    found = wall_time(said, HERE)
    assert found is not None
    assert f"{found:%Y-%m-%d %H:%M}" == wall


@pytest.mark.parametrize(
    "said",
    [
        "",
        "soon",
        "2026-12-01 09:30",
        "2026-12-01",
        "next",
        "now",
        "noon 9:30",
        "someday 9:30",
        "9",
        "monday9:30",
        "mo 9:30",
        "tomorrow-ish",
        "9:3",
        "009:30",
        "tomorrow tomorrow 9:30",
    ],
)
def test_anything_else_is_not_read_as_one(said: str) -> None:
    assert wall_time(said, HERE) is None


@pytest.mark.parametrize(
    "said", ["tomorrow", "next monday", "明日", "金曜日", "2026-12-04", "20261204"]
)
def test_a_day_without_a_time_is_asked_for_one(said: str) -> None:
    with pytest.raises(Usage, match="a day without a time"):
        parse_when(said, "Asia/Tokyo", datetime(2026, 12, 1, 23, 15, tzinfo=UTC))


@pytest.mark.parametrize(
    "said", ["25:00", "9:60", "tomorrow 24:00", "13:00 pm", "0:30am", "明日 25時"]
)
def test_an_hour_that_no_clock_shows_is_refused(said: str) -> None:
    with pytest.raises(Usage, match="no clock shows"):
        wall_time(said, HERE)


def test_what_is_kept_is_the_day_and_not_the_word() -> None:
    """Read again a day later, `tomorrow` would be another day."""
    asked = parse_when("tomorrow  9:30", "Asia/Tokyo", datetime(2026, 12, 1, 23, 15, tzinfo=UTC))
    assert asked.wall == "2026-12-03 09:30"
    assert asked.at == datetime(2026, 12, 3, 0, 30, tzinfo=UTC)


def test_a_time_that_has_passed_today_is_not_taken_for_tomorrow() -> None:
    with pytest.raises(Usage, match="has passed"):
        parse_when("7:30", "Asia/Tokyo", datetime(2026, 12, 1, 23, 15, tzinfo=UTC))


def test_a_spoken_time_in_the_gap_is_answered_as_a_typed_one() -> None:
    with pytest.raises(Usage, match="does not exist"):
        parse_when("tomorrow 2:30", "America/New_York", datetime(2027, 3, 13, 15, 0, tzinfo=UTC))


def test_every_time_that_the_readme_offers_is_read():
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    [offered] = re.findall(r"with `--at`: (.*?)\.\n", readme, re.DOTALL)
    said = [one for one in re.findall(r"`([^`]+)`", offered) if one != "next"]
    assert len(said) > 8
    now = datetime(2026, 11, 23, 21, 25, tzinfo=UTC)
    assert all(parse_when(one, "Asia/Tokyo", now).at >= now for one in said)
