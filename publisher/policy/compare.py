"""Does a new policy only tighten? Then one person may activate it; loosening takes two.

Every field of the policy counts: one that no check below knows must be the same in both, and so must a
rule's parameter of which the rule does not say which way is stricter.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

from publisher.policy import Embargo
from publisher.policy.bundle import Policy
from publisher.policy.calendar import Calendar, Hours, minutes
from publisher.policy.models import MODES
from publisher.policy.rules import BY_ID

_FROM = date(2020, 1, 1)  # before this nothing can go out any more


def tightens(old: Policy, new: Policy) -> bool:
    """True only if nothing that `old` would have held or refused could go out under `new`.

    Different wordings of the disclaimer or of the clauses never count as tightening: people have
    to read them.
    """
    return _stricter(old, new, _CHECKS)


Check = Callable[[Any, Any], bool]


def _stricter(old: Any, new: Any, checks: Mapping[str, Check]) -> bool:
    """Does every field hold its check? A field without one has to be the same."""
    return all(
        checks.get(field.name, _same)(getattr(old, field.name), getattr(new, field.name))
        for field in fields(old)
        if field.compare
    )


def _same(old: Any, new: Any) -> bool:
    return bool(old == new)


def _at_least(old: Any, new: Any) -> bool:
    return bool(new >= old)


def _at_most(old: Any, new: Any) -> bool:
    return bool(new <= old)


def _any(_old: Any, _new: Any) -> bool:
    return True


def _calendars(old: Mapping[str, Calendar], new: Mapping[str, Calendar]) -> bool:
    return old.keys() >= new.keys() and all(narrower(old[name], new[name]) for name in new)


def _modes(old: Mapping[str, str], new: Mapping[str, str]) -> bool:
    def rank(modes: Mapping[str, str], rule: str) -> int:
        return MODES.index(modes.get(rule, "enforce"))

    return all(rank(new, rule) >= rank(old, rule) for rule in {*old, *new})


def _params(old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]) -> bool:
    return old.keys() == new.keys() and all(
        old[rule].keys() == new[rule].keys()
        and all(_param(rule, key)(old[rule][key], new[rule][key]) for key in old[rule])
        for rule in old
    )


def _param(rule: str, key: str) -> Check:
    stricter = BY_ID[rule].stricter.get(key) if rule in BY_ID else None
    return {"more": _at_least, "less": _at_most}.get(stricter or "", _same)


def _pacing(old: Mapping[str, timedelta], new: Mapping[str, timedelta]) -> bool:
    longest = max(old.values(), default=timedelta())  # a new account had some network's gap
    return old.keys() <= new.keys() and all(
        gap >= old.get(name, longest) for name, gap in new.items()
    )


def _embargoes(old: tuple[Embargo, ...], new: tuple[Embargo, ...]) -> bool:
    return all(any(_covers(later, one) for later in new) for one in old)


def _domains(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return old.keys() >= new.keys() and all(_subset(old[name], new[name]) for name in new)


def _covers(new: Embargo, old: Embargo) -> bool:
    return set(new.words) >= set(old.words) and new.until >= old.until


def _subset(old: Any, new: Any) -> bool:
    return set(new) <= set(old)


def _superset(old: Any, new: Any) -> bool:
    return set(new) >= set(old)


_APPROVAL: Mapping[str, Check] = {"count": _at_least, "valid_for": _at_most}
_EXCEPTIONS: Mapping[str, Check] = {
    "urgent_for": _at_most,
    "planned_after": _at_most,
    "incident_for": _at_most,
    "categories": _subset,
}
_CHECKS: Mapping[str, Check] = {
    "version": _any,
    "calendars": _calendars,
    "lateness": _at_most,
    "reminders": _superset,
    "pacing": _pacing,
    "approval": lambda old, new: _stricter(old, new, _APPROVAL),
    "exceptions": lambda old, new: _stricter(old, new, _EXCEPTIONS),
    "modes": _modes,
    "params": _params,
    "embargoes": _embargoes,
    "domains": _domains,
}


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
