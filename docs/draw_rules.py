"""Draws docs/rules.md from the rules themselves: python docs/draw_rules.py"""

import json
import sys
from datetime import timedelta
from pathlib import Path
from re import Pattern
from typing import Any

from publisher.policy import Rule, rules
from publisher.policy.params import Table
from publisher.policy.stricter import marks

HEAD = """# The rules

Drawn from `publisher/policy/rules/` (`python docs/draw_rules.py`). Every rule also has a `mode`; those that
are *firm* are always enforced. A parameter is shown with its default and with the way that is stricter: that
way one person may change it, any other way takes two.

| rule | clauses | what it keeps | parameters | permission lifts it | firm |
|---|---|---|---|---|---|
"""


def row(rule: Rule[Any]) -> str:
    keeps = (sys.modules[rule.check.__module__].__doc__ or "").strip().splitlines()[0]
    cells = (
        f"`{rule.id}`",
        ", ".join(rule.clauses),
        keeps,
        ", ".join(params(rule)),
        "yes" if rule.liftable else "no",
        "yes" if rule.firm else "",
    )
    return f"| {' | '.join(cells)} |"


def params(rule: Rule[Any]) -> list[str]:
    said = {name: mark.said if mark else "" for name, mark in marks(rule.params).items()}
    return [
        f"`{name} = {written(name, getattr(rule.params(), name))}` ({said[name] or 'takes two'})"
        for name in rule.params.model_fields
        if name not in Table.model_fields
    ]


def written(name: str, value: Any) -> str:
    """As rules.toml has it."""
    if isinstance(value, timedelta):
        return str(value // timedelta(**{name.rpartition("_")[2]: 1}))
    if isinstance(value, tuple):
        return f"[{', '.join(written(name, one) for one in value)}]"
    return f"'{value.pattern}'" if isinstance(value, Pattern) else json.dumps(value)


def page() -> str:
    return HEAD + "".join(f"{row(rule)}\n" for rule in rules.RULES)


if __name__ == "__main__":
    (Path(__file__).parent / "rules.md").write_text(page())
