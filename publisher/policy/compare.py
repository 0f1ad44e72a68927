"""Does a new policy only tighten? Then one person may activate it; loosening takes two."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from publisher.policy import Embargo
from publisher.policy.bundle import Policy
from publisher.policy.calendar import Calendar, Hours, minutes
from publisher.policy.models import MODES

_FROM = date(2020, 1, 1)  # before this nothing can go out any more

# Which direction of a rule's parameter is the stricter one.
_MORE_IS_STRICTER: Mapping[tuple[str, str], bool] = {
    ("undo", "seconds"): True,
    ("whoami", "max_age_hours"): False,
    ("moved", "max_hours"): False,
}


def tightens(old: Policy, new: Policy) -> bool:
    """True only if nothing that `old` would have held or refused could go out under `new`.

    Different wordings of the disclaimer or of the clauses never count as tightening: people have
    to read them.
    """
    return old.ladders == new.ladders and old.clauses == new.clauses and all(_checks(old, new))


def _checks(old: Policy, new: Policy) -> Iterator[bool]:
    yield old.calendars.keys() >= new.calendars.keys()
    yield all(_narrower(old.calendars[name], new.calendars[name]) for name in new.calendars)
    yield all(_mode(new, rule) >= _mode(old, rule) for rule in {*old.modes, *new.modes})
    yield all(_params(old.params, new.params))
    yield new.approval.count >= old.approval.count
    yield new.approval.valid_for <= old.approval.valid_for
    yield set(new.reminders) >= set(old.reminders)
    yield _leave(new) <= _leave(old) and all(
        after <= before for before, after in zip(_lives(old), _lives(new), strict=True)
    )
    yield old.pacing.keys() <= new.pacing.keys()
    longest = max(old.pacing.values(), default=timedelta())  # a new account had some network's gap
    yield all(gap >= old.pacing.get(name, longest) for name, gap in new.pacing.items())
    yield new.lateness <= old.lateness and old.lateness_of == new.lateness_of
    yield all(any(_covers(later, one) for later in new.embargoes) for one in old.embargoes)


def _mode(policy: Policy, rule: str) -> int:
    return MODES.index(policy.modes.get(rule, "enforce"))


def _params(old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Any]) -> Iterator[bool]:
    for (rule, key), more in _MORE_IS_STRICTER.items():
        before, after = old[rule][key], new[rule][key]
        yield after >= before if more else after <= before


def _leave(policy: Policy) -> set[str]:
    return set(policy.exceptions.categories)


def _lives(policy: Policy) -> tuple[timedelta, timedelta, timedelta]:
    kinds = policy.exceptions
    return kinds.urgent_for, kinds.planned_after, kinds.incident_for


def _covers(new: Embargo, old: Embargo) -> bool:
    return set(new.words) >= set(old.words) and new.until >= old.until


def _narrower(old: Calendar, new: Calendar) -> bool:
    """On every day that the new one covers, its hours lie within the old one's."""
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
        day += timedelta(days=1)
    return True


def _within(inner: Hours, outer: Hours) -> bool:
    return all(any(a <= c and d <= b for a, b in map(_span, outer)) for c, d in map(_span, inner))


def _span(hours: tuple[str, str]) -> tuple[int, int]:
    opens, closes = minutes(hours[0]), minutes(hours[1])
    return opens, closes + (24 * 60 if closes <= opens else 0)
