"""From clause to rule: what keeps each clause of the policy, and where nobody looked again."""

import hashlib
from dataclasses import dataclass
from typing import Any

from publisher.policy import Rule, rules
from publisher.policy.bundle import Policy
from publisher.policy.params import Mode


@dataclass(frozen=True)
class Row:
    """One clause. `rules` with their modes; `suspect`: rules written against another text."""

    clause: str
    strength: str
    text: str
    rules: tuple[tuple[str, Mode], ...]
    suspect: tuple[str, ...]
    mechanism: str
    human: str


@dataclass(frozen=True)
class Trace:
    """Every clause, and what is wrong: a gap, a suspect rule, a fingerprint that does not fit."""

    rows: tuple[Row, ...]
    failures: tuple[str, ...]


def fingerprint(text: str) -> str:
    """sha256 (hex) of a clause's text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def trace(policy: Policy) -> Trace:
    """The policy's clauses and the rules that implement them."""
    rows = tuple(
        Row(
            clause=clause.id,
            strength=clause.strength,
            text=clause.text,
            rules=tuple((r.id, policy.modes[r.id]) for r in _of(clause.id)),
            suspect=tuple(r.id for r in _of(clause.id) if _suspect(r, clause.id, policy)),
            mechanism=clause.mechanism,
            human=clause.human,
        )
        for clause in policy.clauses
    )
    failures = [problem for row in rows for problem in _failures(row)]
    return Trace(rows, (*failures, *_loose(policy)))


def _of(clause: str) -> list[Rule[Any]]:
    return [rule for rule in rules.RULES if clause in rule.clauses]


def _suspect(rule: Rule[Any], clause: str, policy: Policy) -> bool:
    text = next(c.text for c in policy.clauses if c.id == clause)
    against = dict(zip(rule.clauses, rule.against, strict=False)).get(clause, "")
    return not against or not fingerprint(text).startswith(against)


def _failures(row: Row) -> list[str]:
    found = [
        f"{row.clause}: its text is not the one that the rule “{rule}” was written against. "
        "Read both again, then renew the rule's fingerprint."
        for rule in row.suspect
    ]
    in_force = [rule for rule, mode in row.rules if mode != "off"]
    if not in_force and not row.mechanism.strip() and not row.human.strip():
        off = f" ({', '.join(rule for rule, _ in row.rules)}: off)" if row.rules else ""
        found.append(
            f"{row.clause}: no rule keeps it{off}. Name the mechanism, or say why only a person "
            "can judge it."
        )
    return found


def _loose(policy: Policy) -> list[str]:
    known = {clause.id for clause in policy.clauses}
    found = [
        f"{clause}: the rule “{rule.id}” names it, and clauses.toml does not have it."
        for rule in rules.RULES
        for clause in rule.clauses
        if clause not in known
    ]
    found += [
        f"{clause.id}: sha256 is of another text; it is {fingerprint(clause.text)}."
        for clause in policy.clauses
        if clause.sha256 != fingerprint(clause.text)
    ]
    return found
