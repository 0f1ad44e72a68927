"""From clause to rule: what keeps each clause of the policy, and where nobody looked again."""

import hashlib
from dataclasses import dataclass
from typing import Any

from publisher.policy import Rule, rules
from publisher.policy.bundle import Policy
from publisher.policy.params import Mode
from publisher.words import Part, part


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
    """Every clause, and what is wrong, as `words.part`s: a gap, a suspect rule, another fingerprint."""

    rows: tuple[Row, ...]
    failures: tuple[Part, ...]


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


def _failures(row: Row) -> list[Part]:
    found = [part("trace.suspect", clause=row.clause, rule=rule) for rule in row.suspect]
    in_force = [rule for rule, mode in row.rules if mode != "off"]
    if not in_force and not row.mechanism.strip() and not row.human.strip():
        off = [rule for rule, _ in row.rules]
        why = part("trace.all_off", rules=off) if off else part("trace.no_rule")
        found.append(part("trace.kept_by_nothing", clause=row.clause, why=why))
    return found


def _loose(policy: Policy) -> list[Part]:
    known = {clause.id for clause in policy.clauses}
    found = [
        part("trace.no_such_clause", clause=clause, rule=rule.id)
        for rule in rules.RULES
        for clause in rule.clauses
        if clause not in known
    ]
    return found + [
        part("trace.other_text", clause=clause.id, sha256=fingerprint(clause.text))
        for clause in policy.clauses
        if clause.sha256 != fingerprint(clause.text)
    ]
