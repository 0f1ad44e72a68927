"""What a part of the policy has to be to let out no more than before, where that takes more than a mark."""

from collections.abc import Mapping
from datetime import date, timedelta

from publisher.policy.calendar import Calendar, Hours, minutes
from publisher.policy.stricter import FEWER, Stricter

_FROM = date(2020, 1, 1)  # before this nothing can go out any more


def _calendars(old: Mapping[str, Calendar], new: Mapping[str, Calendar]) -> bool:
    return old.keys() >= new.keys() and all(narrower(old[name], new[name]) for name in new)


def _gaps(old: Mapping[str, timedelta], new: Mapping[str, timedelta]) -> bool:
    longest = max(old.values(), default=timedelta())  # a new account had some network's gap
    return old.keys() <= new.keys() and all(
        gap >= old.get(name, longest) for name, gap in new.items()
    )


def _lists(old: Mapping[str, tuple[str, ...]], new: Mapping[str, tuple[str, ...]]) -> bool:
    return old.keys() >= new.keys() and all(FEWER.holds(old[name], new[name]) for name in new)


def narrower(old: Calendar, new: Calendar) -> bool:
    """On every day that the new one covers, its hours lie within the old one's.

    A holiday or closure that is taken away loosens too, though its day stays without hours: a post
    that is moved over it would no longer ask its author.
    """
    if old == new:
        return True
    if old.zone != new.zone or old.horizon < new.horizon:
        return False
    if old.always or new.always:
        return old.always
    day = _FROM
    while day <= new.horizon:
        if not _within(new.hours_on(day), old.hours_on(day)):
            return False
        if old.closed_on(day) and not new.closed_on(day):
            return False
        day += timedelta(days=1)
    return True


def _within(inner: Hours, outer: Hours) -> bool:
    return all(any(a <= c and d <= b for a, b in map(_span, outer)) for c, d in map(_span, inner))


def _span(hours: tuple[str, str]) -> tuple[int, int]:
    opens, closes = minutes(hours[0]), minutes(hours[1])
    return opens, closes + (24 * 60 if closes <= opens else 0)


NARROWER = Stricter(_calendars)
FURTHER = Stricter(_gaps)
INSIDE = Stricter(_lists)
