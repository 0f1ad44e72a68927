"""A rule as a stranger would add it by docs/adding-a-rule.md: one of everything that a parameter can be."""

from datetime import datetime, timedelta
from typing import Annotated

import pytest

from publisher import words
from publisher.policy import Case, Effect, Finding, Rule, rules
from publisher.policy.detect.normal import normal
from publisher.policy.detect.visible import visible
from publisher.policy.params import Hours, Patterns, Table, Words
from publisher.policy.stricter import FEWER, MORE, MORE_OF


class Params(Table):
    """What sounds like a promise, what may be said all the same, and how long it rests."""

    words: Annotated[Words, MORE_OF] = ()
    patterns: Annotated[Patterns, MORE_OF] = ()
    harmless: Annotated[Words, FEWER] = ("not guaranteed", "no promise")
    rest_hours: Annotated[Hours, MORE] = timedelta(hours=2)
    most: int = 0  # no mark: nobody thought of which way is stricter


def _promise(text: str, params: Params) -> str:
    seen = normal(text)
    if any(normal(word) in seen for word in params.harmless):
        return ""
    word = next((word for word in params.words if normal(word) in seen), "")
    found = (pattern.search(text) for pattern in params.patterns)
    return word or next((match[0] for match in found if match), "")


def next_ok(case: Case, params: Params) -> datetime:
    promise = _promise(visible(case.rendered), params)
    return max(case.at, case.last_human_at + params.rest_hours) if promise else case.at


def check(case: Case, params: Params) -> Finding | None:
    until, said = next_ok(case, params), _promise(visible(case.rendered), params)
    return Finding(Effect.HOLD, {"word": said}, until) if until > case.at else None


RULE = Rule(
    id="promises",
    clauses=("2.2",),
    against=("73c0c180",),
    strength="shall",
    stages=("submit", "send"),
    params=Params,
    check=check,
    next_ok=next_ok,
)

SENTENCES = {
    "en": {"promises.default": "“{word}” promises something. It rests until {until}."},
    "ja": {"promises.default": "「{word}」は約束と受け取られます。{until} まで保留します。"},
}


def add(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the registry's line and the two files of words would do."""
    known = words.sentences
    monkeypatch.setattr(rules, "RULES", (*rules.RULES, RULE))
    monkeypatch.setattr(words, "sentences", lambda lang: {**known(lang), **SENTENCES.get(lang, {})})
