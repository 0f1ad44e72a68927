"""When an account may speak: business days and hours on the wall clock of the account's zone.

Layers of a day, the strongest first: a special day, a closure, a public holiday, a half-day, the
weekly hours. A window belongs to the day on which it opens, also when it runs past midnight.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import NamedTuple, Protocol

from publisher import clock
from publisher.documents import unfit

Hours = tuple[tuple[str, str], ...]
Kind = str

_DAY = timedelta(days=1)
_REACH = 8  # days ahead in which `window` joins windows that touch


class BeyondHorizon(Exception):  # reads as what is the case
    """The calendar's data ends before this day: nobody can say whether it is open."""


class Holidays(Protocol):
    """Public holidays: the name of a day, or None. A dict will do."""

    def get(self, day: date, /) -> str | None: ...


@dataclass(frozen=True)
class Window:
    """Open from `open` (included) to `close` (excluded); aware UTC."""

    open: datetime
    close: datetime


class Closed(NamedTuple):
    """Why a moment is closed. Kind: holiday, closure, weekend, hours, special, or open."""

    kind: Kind
    name: str


@dataclass(frozen=True)
class Closure:
    """Days on which the company is closed, ends included: every year when `first` has no year.

    `first` and `last` are (month, day) or dates; a yearly one may run over New Year.
    """

    first: tuple[int, int] | date
    last: tuple[int, int] | date
    text: str

    def covers(self, day: date) -> bool:
        """Is the company closed on this local day?"""
        if isinstance(self.first, date) and isinstance(self.last, date):
            return self.first <= day <= self.last
        here = (day.month, day.day)
        assert isinstance(self.first, tuple)
        assert isinstance(self.last, tuple)
        if self.first <= self.last:
            return self.first <= here <= self.last
        return here >= self.first or here <= self.last


def closure(text: str) -> Closure:
    """Reads `12-29..01-03`, `08-13` or the same with years, `2026-08-13`; raises what `unfit` makes."""
    first, ranged, last = text.partition("..")
    start, end = one_day(first.strip()), one_day((last if ranged else first).strip())
    if isinstance(start, date) != isinstance(end, date):
        raise unfit("opening.mixed", text=text)
    if isinstance(start, date) and isinstance(end, date) and end < start:
        raise unfit("opening.backwards", text=text)
    return Closure(start, end, text)


def hours(text: str) -> tuple[str, str]:
    """Reads `09:00-17:30`, or `22:00-02:00` for past midnight; raises what `unfit` makes."""
    found = re.fullmatch(r"\s*(\d\d:\d\d)\s*-\s*(\d\d:\d\d)\s*", text)
    if not found or minutes(found[1]) >= 24 * 60 or minutes(found[2]) > 24 * 60:
        raise unfit("opening.no_window", text=text)
    if found[1] == found[2]:
        raise unfit("opening.empty", text=text)
    return found[1], found[2]


def minutes(text: str) -> int:
    """`09:30` as minutes after midnight; raises what `unfit` makes for what no clock shows."""
    hour, _, minute = text.partition(":")
    if int(minute) > 59:
        raise unfit("opening.no_time", text=text)
    return int(hour) * 60 + int(minute)


def one_day(text: str) -> tuple[int, int] | date:
    """Reads `12-29` (every year) or `2026-12-29`; raises what `unfit` makes."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return dated(text)
    if not re.fullmatch(r"\d\d-\d\d", text):
        raise unfit("opening.no_day", text=text)
    day = dated(f"2000-{text}")  # a leap year: 02-29 exists
    return day.month, day.day


def dated(text: str) -> date:
    """Reads `2026-12-29`; raises what `unfit` makes."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise unfit("opening.no_date", text=text) from None


@dataclass(frozen=True)
class Calendar:
    """The business days and hours of one kind of account. All instants are aware UTC.

    `weekly`: weekday (Monday 0) to hours. `half_days` by "12-28" or "2026-12-28": they shorten
    what would be a working day. `special` days replace everything else. `horizon` is the last
    local date that the data covers. `always`: open at any hour, up to the horizon.
    """

    name: str
    zone: str
    weekly: Mapping[int, Hours] = field(default_factory=dict)
    holidays: Holidays = field(default_factory=dict[date, str])
    closures: tuple[Closure, ...] = ()
    special: Mapping[date, Hours] = field(default_factory=dict)
    half_days: Mapping[str, Hours] = field(default_factory=dict)
    always: bool = False
    horizon: date = clock.ZONE_DATA_ENDS

    def is_open(self, at: datetime) -> bool:
        """May it go out at this instant? Raises BeyondHorizon."""
        day = self._covered(at)
        return self.always or any(
            w.open <= at < w.close for near in (day - _DAY, day, day + _DAY) for w in self._on(near)
        )

    def window(self, at: datetime) -> Window | None:
        """The window around `at`, joined with those that touch it up to eight days ahead.

        None when closed. Raises BeyondHorizon.
        """
        if not self.is_open(at):
            return None
        if self.always:
            return Window(at, self._end)
        day = self._covered(at)
        near = [w for n in range(-2, _REACH) for w in self._on(day + n * _DAY)]
        return next((w for w in _merged(near) if w.open <= at < w.close), None)

    def next_open(self, at: datetime) -> datetime | None:
        """The earliest open instant >= `at`; None when there is none before the horizon."""
        day = clock.local(at, self.zone).date()
        if day > self.horizon:
            return None
        if self.always:
            return at
        for near in self._days(day - _DAY, self.horizon):
            found = [max(w.open, at) for w in self._on(near) if w.close > at]
            if found:
                return min(found)
        return None

    def windows(self, start: datetime, end: datetime) -> list[Window]:
        """Every window in [start, end): merged, sorted, clipped; nothing beyond the horizon."""
        if end <= start:
            return []
        if self.always:
            last = min(end, self._end)
            return [Window(start, last)] if start < last else []
        first = clock.local(start, self.zone).date() - _DAY
        last_day = min(clock.local(end, self.zone).date() + _DAY, self.horizon)
        found = _merged([w for day in self._days(first, last_day) for w in self._on(day)])
        return [
            Window(max(w.open, start), min(w.close, end))
            for w in found
            if w.close > start and w.open < end
        ]

    def closed_because(self, at: datetime) -> Closed:
        """Why `at` is closed, by the layer that decided. Raises BeyondHorizon."""
        if self.is_open(at):
            return Closed("open", "")
        hours_of_day, why = self._layer(self._covered(at))
        if why.kind in ("holiday", "closure", "weekend"):
            return why
        shown = ", ".join(f"{first}-{last}" for first, last in hours_of_day)
        return Closed("hours", shown) if shown else Closed("special", "")

    def hours_on(self, day: date) -> Hours:
        """The wall-clock hours of a local day, as the strongest layer says."""
        return self._layer(day)[0]

    def closed_on(self, day: date) -> bool:
        """Is this local day a holiday or a company closure (no plain weekend)?"""
        return self._layer(day)[1].kind in ("holiday", "closure")

    def closure_between(self, a: datetime, b: datetime) -> date | None:
        """The first holiday or company closure (no plain weekend) from `a` to `b`, local dates."""
        if self.always:
            return None
        first, last = (clock.local(at, self.zone).date() for at in (a, b))
        for day in self._days(first, min(last, self.horizon)):
            if self.closed_on(day):
                return day
        return None

    def _covered(self, at: datetime) -> date:
        day = clock.local(at, self.zone).date()
        if day > self.horizon:
            raise BeyondHorizon(f"{self.name} reaches to {self.horizon}, not to {day}")
        return day

    @cached_property
    def _known(self) -> dict[date, tuple[Window, ...]]:
        return {}

    @cached_property
    def _end(self) -> datetime:
        midnight = datetime.combine(self.horizon + _DAY, datetime.min.time())
        return clock.earliest(midnight, self.zone)

    def _on(self, day: date) -> tuple[Window, ...]:
        found = self._known.get(day)
        if found is None:
            spans = () if day > self.horizon else self._layer(day)[0]
            found = tuple(w for span in spans if (w := self._instants(day, span)))
            self._known[day] = found
        return found

    def _instants(self, day: date, span: tuple[str, str]) -> Window | None:
        """Wall clock to UTC: in an overlap the earlier opening and the later closing."""
        midnight = datetime.combine(day, datetime.min.time())
        first, last = (timedelta(minutes=minutes(text)) for text in span)
        last += _DAY if last <= first else timedelta()
        opens = clock.earliest(midnight + first, self.zone)
        closes = clock.latest(midnight + last, self.zone)
        return Window(opens, closes) if opens < closes else None

    def _layer(self, day: date) -> tuple[Hours, Closed]:
        if day in self.special:
            return self.special[day], Closed("special", "")
        for closed in self.closures:
            if closed.covers(day):
                return (), Closed("closure", closed.text)
        if name := self.holidays.get(day):
            return (), Closed("holiday", name)
        usual = self.weekly.get(day.weekday(), ())
        if not usual:
            return (), Closed("weekend", "")
        half = self.half_days.get(day.isoformat(), self.half_days.get(day.isoformat()[5:]))
        return (usual if half is None else half), Closed("hours", "")

    @staticmethod
    def _days(first: date, last: date) -> Iterator[date]:
        while first <= last:
            yield first
            first += _DAY


def _merged(found: list[Window]) -> list[Window]:
    merged: list[Window] = []
    for one in sorted(found, key=lambda w: w.open):
        if merged and one.open <= merged[-1].close:
            merged[-1] = replace(merged[-1], close=max(merged[-1].close, one.close))
        else:
            merged.append(one)
    return merged
