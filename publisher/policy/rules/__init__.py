"""The rules, one file each, in the order in which their findings are shown."""

from publisher.policy import Rule

RULES: tuple[Rule, ...] = ()

# Rules that no policy may weaken.
FIRM = frozenset({"account", "whoami", "disclaimer", "stop", "exception", "not_before"})

BY_ID = {rule.id: rule for rule in RULES}
