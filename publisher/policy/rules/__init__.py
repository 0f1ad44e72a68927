"""The rules, one file each, in the order in which their findings are shown: for people first."""

from typing import Any

from publisher.policy import Rule
from publisher.policy.rules import (
    account,
    approval,
    calendar,
    disclaimer,
    embargo,
    exception,
    history,
    length,
    moved,
    not_before,
    pacing,
    paused,
    release,
    stop,
    twin,
    undo,
    whoami,
)

RULES: tuple[Rule[Any], ...] = (
    account.RULE,
    history.RULE,
    whoami.RULE,
    length.RULE,
    disclaimer.RULE,
    release.RULE,
    approval.RULE,
    exception.RULE,
    moved.RULE,
    paused.RULE,
    stop.RULE,
    twin.RULE,
    embargo.RULE,
    not_before.RULE,
    calendar.RULE,
    undo.RULE,
    pacing.RULE,
)


def named(name: str) -> Rule[Any] | None:
    """The rule of this id."""
    return next((rule for rule in RULES if rule.id == name), None)
