"""The rules, one file each, in the order in which their findings are shown: for people first."""

from collections.abc import Mapping

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

RULES: tuple[Rule, ...] = (
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

BY_ID: Mapping[str, Rule] = {rule.id: rule for rule in RULES}

# Rules that no policy file may weaken.
FIRM = frozenset({
    "account", "history", "whoami", "disclaimer", "stop", "twin", "exception", "not_before", "embargo",
    "release",
})  # fmt: skip
