"""Every sentence, in every language: complete, filled, and no surface's own."""

import ast
import re
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter

import pytest

from publisher.words import Text, languages, moment, say, sentences

AT = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
RULE_FILES = sorted(Path(__file__).parents[2].glob("publisher/policy/rules/*.py"))


def _forms(text: Text) -> list[str]:
    return [text] if isinstance(text, str) else list(text.values())


def _values(text: Text) -> set[str]:
    return {
        name
        for form in _forms(text)
        for _, name, _, _ in Formatter().parse(form)
        if name is not None
    }


@pytest.mark.parametrize("lang", sorted(languages() - {"en"}))
def test_every_language_says_everything_with_the_same_values(lang: str) -> None:
    english, other = sentences("en"), sentences(lang)
    assert english.keys() == other.keys()
    assert {code: _values(text) for code, text in english.items()} == {
        code: _values(text) for code, text in other.items()
    }


@pytest.mark.parametrize("lang", sorted(languages()))
def test_each_sentence_is_said_with_its_values(lang: str) -> None:
    for code, text in sentences(lang).items():
        args = {name: f"<{name}>" for name in _values(text)} | {"count": 2}
        said = say(code, args, lang)
        assert all(f"<{name}>" in said for name in _values(text) - {"count"}), code


@pytest.mark.parametrize("lang", sorted(languages()))
def test_no_sentence_names_a_command_or_an_option(lang: str) -> None:
    for code, text in sentences(lang).items():
        for form in _forms(text):
            assert not re.search(r"\bpublisher [a-z]|(?<!\w)--\w", form), code


def test_a_rule_says_only_what_there_are_words_for() -> None:
    whole, begun = set(), set()
    for file in RULE_FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "sentence":
                names = [n.value for n in ast.walk(node.value) if isinstance(n, ast.Constant)]
                put_together = any(isinstance(n, ast.JoinedStr) for n in ast.walk(node.value))
                (begun if put_together else whole).update(f"{file.stem}.{name}" for name in names)
    assert whole
    assert whole <= sentences("en").keys()
    assert all(any(code.startswith(one) for code in sentences("en")) for one in begun)


def test_a_language_that_there_is_not_is_said_in_english() -> None:
    assert say("embargo.default", {"until": AT}, "fr", zone="Asia/Tokyo") == (
        "Under embargo until Tue 2026-11-24 09:00 (Asia/Tokyo)."
    )


def test_times_are_shown_as_the_language_shows_them() -> None:
    assert moment(AT, "ja", "Asia/Tokyo") == "火 2026-11-24 09:00 (Asia/Tokyo)"
    late = AT.replace(second=5)
    assert moment(late, "en", "Europe/Berlin") == "Tue 2026-11-24 01:00:05 (Europe/Berlin)"


def test_a_sentence_that_is_gone_is_an_error_unless_another_stands_in() -> None:
    with pytest.raises(KeyError):
        say("calendar.gone", {}, "en")
    assert say("calendar.gone", {"rule": "calendar"}, "en", instead="finding.silent") == (
        "The rule “calendar” holds this."
    )
