"""Times as people say them: `9:30`, `tomorrow 10:00`, `next monday 9:30`, `明日 9時半`."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from publisher.clock import FURTHEST, around_gap, candidates, local
from publisher.errors import Usage
from publisher.words import either

_DAYS = {"today": 0, "今日": 0, "本日": 0, "tomorrow": 1, "明日": 1, "明後日": 2}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_YOUBI = "月火水木金土日"
_SAID = re.compile(
    r"(?:(?P<day>today|tomorrow|今日|本日|明日|明後日)"
    r"|(?P<next>next |次の|来週の?)?(?:(?P<weekday>[a-z]{3,9})|(?P<youbi>[月火水木金土日])曜日?)の?)?"
    r"(?P<join> (?:at )?|(?<=[日曜の])| ?(?=$)|^)"
    r"(?:(?P<hour>\d{1,2})(?::(?P<minute>\d{2}) ?(?P<half>am|pm)?|時(?:(?P<fun>\d{1,2})分|(?P<han>半))?))?"
)


def wall_time(text: str, here: datetime) -> datetime | None:
    """The wall time that `text` says when the clock shows `here` (both without a zone); None: not so.

    A weekday is the coming one, today included while the time is still ahead; with `next` never
    today; 来週 is the week that begins on the next Monday. Raises Usage for a day without a time and
    for an hour that no clock shows.
    """
    words = text.casefold()
    found = _SAID.fullmatch(words)
    if not words or found is None:
        return None
    weekday = _weekday(found)
    if weekday is None and found["weekday"]:
        return None
    if found["hour"] is None:
        raise _off("spoken.only_a_day", text)
    clock = _clock(text, found, here)
    if weekday is None:
        return clock + timedelta(days=_DAYS[found["day"]] if found["day"] else 0)
    ahead = (weekday - here.weekday()) % 7
    if (found["next"] or "").startswith("来週"):
        return clock + timedelta(days=7 - here.weekday() + weekday)
    if ahead == 0 and (found["next"] or clock <= here):
        ahead = 7
    return clock + timedelta(days=ahead)


def _weekday(found: re.Match[str]) -> int | None:
    if found["youbi"]:
        return _YOUBI.index(found["youbi"])
    said = found["weekday"]
    return next(
        (at for at, day in enumerate(_WEEKDAYS) if said and day in (said, *_short(said))), None
    )


def _short(said: str) -> tuple[str, ...]:
    """`mon` stands for the day that begins so."""
    return tuple(day for day in _WEEKDAYS if len(said) == 3 and day.startswith(said))


def _clock(text: str, found: re.Match[str], here: datetime) -> datetime:
    hour, minute = int(found["hour"]), int(found["minute"] or found["fun"] or 0)
    minute = 30 if found["han"] else minute
    wrong = hour > 23 or minute > 59 or (found["half"] and not 1 <= hour <= 12)
    if wrong:
        raise _off("spoken.no_such_hour", text)
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] == "pm" else 0)
    return here.replace(hour=hour, minute=minute, second=0, microsecond=0)


@dataclass(frozen=True)
class Asked:
    """A time as a person gave it: the instant, and what they typed in which zone."""

    at: datetime
    wall: str
    zone: str


def parse_when(text: str, zone: str, now: datetime) -> Asked:
    """Read `now`, an ISO time with offset, or a wall time in `zone`.

    A wall time is `2026-12-01 09:30`, or as `spoken.wall_time` reads it. Raises Usage for text that
    is no time, a day without a time, a wall time that does not exist or exists twice (both
    candidates are named), a time in the past, or one beyond every calendar.
    """
    typed = re.sub(r"\s+", " ", text.strip())
    if typed == "now":
        return Asked(now, local(now, zone).strftime("%Y-%m-%d %H:%M:%S"), zone)
    said = wall_time(typed, local(now, zone).replace(tzinfo=None))
    typed = said.strftime("%Y-%m-%d %H:%M") if said else typed
    try:
        read = said or datetime.fromisoformat(typed)
    except ValueError:
        raise _off("spoken.no_time", text, zone=zone) from None
    if re.fullmatch(r"[0-9W-]+", typed):
        raise _off("spoken.only_a_day", typed)
    at = _instant(read, typed, zone)
    if at > FURTHEST:
        raise _off("spoken.too_far", typed)
    if at < now - timedelta(minutes=1):
        raise _off("spoken.passed", typed, now=now, zone=zone)
    return Asked(max(at, now), typed, zone)


def _instant(read: datetime, typed: str, zone: str) -> datetime:
    try:
        if read.tzinfo is not None:
            return read.astimezone(UTC)
        if read.year > FURTHEST.year:
            return read.replace(tzinfo=UTC)
        found = candidates(read, zone)
    except OverflowError:
        raise _off("spoken.beyond", typed) from None
    if len(found) == 1:
        return found[0]
    pair = found or list(around_gap(read, zone))
    meant = either(local(at, zone).isoformat() for at in pair)
    raise _off("spoken.twice" if found else "spoken.never", typed, zone=zone, meant=meant)


def _off(code: str, typed: str, **values: Any) -> Usage:
    return Usage(code, field="at", typed=typed, **values)
