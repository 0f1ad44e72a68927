"""Patterns in a policy: whatever is taken is quick on every text, and a refusal says what to write."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from publisher.policy.patterns import LONGEST, pattern


@pytest.mark.parametrize(
    ("text", "found", "not_found"),
    [
        (r"\bginga\b", "Project GINGA starts", "gingas"),
        (r"project[\s_-]{0,5}ginga", "Project - Ginga", "project of ginga"),
        (r"colou?rs?", "Colors", "colr"),
        (r"銀河(?:計画|プロジェクト)", "新しい銀河計画", "銀河系"),
        (r"(no\. ?){1,2}1", "No. no. 1", "no 1"),
        (r"[]x]{2}", "x]", "x"),
        (r"100\s?%|guaranteed", "Guaranteed!", "100 of them"),
        (r"\{x\}", "{x}", "x"),
        (r"a??b", "B", "a"),
    ],
)
def test_a_pattern_finds_in_any_case(text: str, found: str, not_found: str) -> None:
    assert pattern(text).search(found)
    assert not pattern(text).search(not_found)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a*", "no_end"),
        (r"\s+x", "no_end"),
        ("a{2,}", "unknown"),
        ("(a|b)*c", "no_end"),
        ("a?" * 20 + "b", "ways"),
        ("(?:a?){30}b", "ways"),
        ("(?:(?:(?:a{1,99}){1,99}){1,99}){1,99}", "ways"),
        (".{0,60}x.{0,60}y", "ways"),
        ("a|b" + "|.{900}x" * 4, "ways"),
        ("a" * (LONGEST + 1), "long"),
        (r"(a)\1", "unknown"),
        ("(?=a)b", "unknown"),
        ("(?i:a)", "unknown"),
        ("(?P<x>a)", "unknown"),
        ("(ab", "unclosed"),
        ("ab)", "wrong"),
        ("[ab", "unknown"),
        ("?a", "wrong"),
        ("x{5,2}", "wrong"),
        ("", "everywhere"),
        ("a?", "everywhere"),
        ("a|", "everywhere"),
        (r"\b", "everywhere"),
        ("\bword\b", "control"),
    ],
)
def test_a_pattern_that_may_be_slow_or_means_nothing_is_refused(text: str, code: str) -> None:
    with pytest.raises(ValueError, match="unfit") as refused:
        pattern(text)
    assert refused.value.type == f"pattern.{code}"


PIECES = st.sampled_from(
    [
        "a",
        "b",
        ".",
        r"\w",
        r"\b",
        "[ab]",
        "[^a]",
        "?",
        "{0,9}",
        "{3}",
        "{1,40}",
        "(",
        "(?:",
        ")",
        "|",
    ]
)
TEXTS = st.lists(PIECES, min_size=1, max_size=14).map("".join)


@settings(max_examples=400, deadline=None, database=None)
@given(TEXTS, st.sampled_from(["a", "b", "ab", "aab"]), st.sampled_from(["", "\0"]))
@example("a?a?a?a?a?aaaaab", "a", "\0")
@example(".{0,40}.{0,40}b", "a", "")
def test_whatever_is_taken_is_quick_on_a_long_text(text: str, pump: str, end: str) -> None:
    try:
        taken = pattern(text)
    except ValueError:
        return
    subject = pump * (2_000 // len(pump)) + end
    began = time.thread_time()
    taken.search(subject)
    assert time.thread_time() - began < 0.5  # at 1,000 steps for each of 2,000 places
