"""The one place that knows time zones. Inside the program time is aware UTC.

`now` is read once per transaction and passed down; nothing else reads the clock.
pytz is used here and nowhere else: its `localize(is_dst=None)` refuses wall times that do not
exist or exist twice, instead of silently picking one. Its tables end in 2037.
"""

import re
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import pytz

Now = Callable[[], datetime]

ZONE_DATA_VERSION: str = pytz.OLSON_VERSION  # type: ignore[attr-defined]  # absent from the stubs
ZONE_DATA_ENDS = date(2037, 12, 31)  # pytz carries explicit transitions only; after them it guesses
FURTHEST = datetime(2100, 1, 1, tzinfo=UTC)  # no holiday table reaches further


def utc_now() -> datetime:
    """The wall clock, aware UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds on a clock that nobody can set; stops while the machine sleeps."""
    return time.monotonic()


def since_boot() -> float:
    """Seconds on CLOCK_BOOTTIME: like monotonic, but it counts sleep as well."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def rfc3339(at: datetime) -> str:
    """`2026-11-23T09:00:00Z`, with microseconds only when there are any (RFC 3339)."""
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return f"{utc.isoformat()[:-6]}Z"


def from_rfc3339(text: str) -> datetime:
    """The inverse of `rfc3339`; raises ValueError for a time without an offset."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    return at.astimezone(UTC)


@lru_cache(maxsize=256)
def _zone(name: str) -> pytz.tzinfo.BaseTzInfo:
    return pytz.timezone(name)


def zone_exists(name: str) -> bool:
    """True for an IANA zone name such as `Asia/Tokyo`."""
    try:
        _zone(name)
    except pytz.UnknownTimeZoneError:
        return False
    return True


def zone_names() -> list[str]:
    """Every IANA zone name, for messages that suggest the nearest."""
    return list(pytz.all_timezones)


def local(at: datetime, zone: str) -> datetime:
    """An instant as the wall clock of `zone` shows it (aware)."""
    return at.astimezone(_zone(zone))


def shown(at: datetime, zone: str) -> str:
    """For people: `Tue 2026-11-24 09:00 (Asia/Tokyo)`, with seconds where there are any."""
    there = local(at, zone)
    seconds = ":%S" if there.second else ""
    return f"{there.strftime(f'%a %Y-%m-%d %H:%M{seconds}')} ({zone})"


def candidates(wall: datetime, zone: str) -> list[datetime]:
    """The instants (UTC, sorted) at which the clock of `zone` shows the naive time `wall`.

    One, normally; none in a gap (clocks go forward), two in an overlap (clocks go back).
    """
    found = set()
    for is_dst in (True, False):
        at = _zone(zone).localize(wall, is_dst=is_dst).astimezone(UTC)
        if local(at, zone).replace(tzinfo=None) == wall:
            found.add(at)
    return sorted(found)


def around_gap(wall: datetime, zone: str) -> tuple[datetime, datetime]:
    """For a wall time that never was: the same reading by the clock before and after the change."""
    both = sorted(_zone(zone).localize(wall, is_dst=d).astimezone(UTC) for d in (True, False))
    return both[0], both[-1]


def earliest(wall: datetime, zone: str) -> datetime:
    """The first instant (UTC) at which the clock of `zone` shows `wall`, or has jumped past it."""
    return _placed(wall, zone, first=True)


def latest(wall: datetime, zone: str) -> datetime:
    """The last instant (UTC) at which the clock of `zone` shows `wall`, or has jumped past it."""
    return _placed(wall, zone, first=False)


def _placed(wall: datetime, zone: str, *, first: bool) -> datetime:
    try:
        return _zone(zone).localize(wall, is_dst=None).astimezone(UTC)
    except pytz.AmbiguousTimeError:
        return candidates(wall, zone)[0 if first else -1]
    except pytz.NonExistentTimeError:
        return _change_at(wall, zone)


def _change_at(wall: datetime, zone: str) -> datetime:
    """The instant at which the clock jumps over `wall`, to the second."""
    before, after = around_gap(wall, zone)
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if local(middle, zone).replace(tzinfo=None) < wall:
            before = middle
        else:
            after = middle
    return after


@lru_cache(maxsize=1024)
def read_again(wall: str, zone: str) -> datetime | None:
    """The instant of `Asked.wall` by the zone data of today, which may have changed since.

    None when it was typed with an offset, or is no time: then no zone data can move it.
    """
    try:
        read = datetime.fromisoformat(re.sub(r"\s+", " ", wall.strip()))
        return earliest(read, zone) if read.tzinfo is None else None
    except (ValueError, OverflowError):
        return None
