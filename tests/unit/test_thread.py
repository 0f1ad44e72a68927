"""A long text in parts: nothing is lost, each part fits, and nothing is cut that belongs together."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.networks.text.count import weighted
from publisher.networks.text.thread import MOST, parts

NOTICE = "Not necessarily an official announcement or view."
LIMIT = 280
WORDS = st.sampled_from(
    [
        "fair",
        "opens.",
        "Really?",
        "東京の展示会は、月曜日に始まります。",
        "「開場」は九時",
        "https://example.com/a/rather/long/path?with=a&query=1",
        "https://example.com/ニュース",
        "#展示会の始まり",
        "@example_jp",
        "👩‍👩‍👧‍👦",
        "🇯🇵日本",
        "葛\U000e0100飾区",
        "か\u3099き",
        "e\u0301te\u0301",
    ]
)
GAPS = st.sampled_from([" ", "\n", "\n\n", ""])
TEXTS = st.lists(st.tuples(WORDS, GAPS), min_size=30, max_size=120).map(
    lambda pairs: "".join(word + gap for word, gap in pairs).strip()
)


def split(text: str, notice: str = NOTICE) -> tuple[str, ...]:
    return parts(text, notice, LIMIT, weighted)


def words(made: tuple[str, ...], notice: str = NOTICE) -> list[str]:
    """Of each part what its author wrote; the notice stands in the first one only."""
    if notice:
        assert made[0].endswith(f"\n\n{notice}")
        assert not any(notice in part for part in made[1:])
        made = (made[0].removesuffix(f"\n\n{notice}"), *made[1:])
    for number, part in enumerate(made, start=1):
        assert part.endswith(f" ({number}/{len(made)})")
    return [part.rpartition(" ")[0] for part in made]


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_the_parts_say_together_what_the_text_says_each_within_the_limit(text: str) -> None:
    made = split(text)
    assert made == split(text)
    assert bare("".join(words(made))) == bare(text)
    if len(made) < MOST:
        assert all(weighted(part) <= LIMIT for part in made)
    assert all(part == part.strip() and part for part in words(made))


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_no_link_name_or_character_is_cut(text: str) -> None:
    whole = [
        *re.findall(r"https://[!-~]+", text),
        *re.findall(r"[#@]\w+", text),
        *re.findall("👩‍👩‍👧‍👦|🇯🇵|葛\U000e0100|か\u3099", text),
    ]
    said = words(split(text))
    for one in set(whole):
        assert sum(part.count(one) for part in said) == text.count(one)


def test_it_is_cut_between_paragraphs_sentences_and_words() -> None:
    first, second = "The fair opens. " * 11, "Come and see us. " * 12
    assert words(split(f"{first.strip()}\n\n{second.strip()}"))[0] == first.strip()
    assert all(part.endswith(".") for part in words(split(first + second)))
    assert all(part.endswith("word") for part in words(split("word " * 200)))


def test_a_script_without_blanks_is_cut_between_its_characters_but_begins_no_line_with_a_stop() -> (
    None
):
    text = "東京の展示会についてのお知らせ、" * 40
    assert all(not part.startswith(("、", "。")) for part in words(split(text)))
    assert all(part.endswith("、") for part in words(split(text)))


def test_the_numbers_have_their_room() -> None:
    made = split("word " * 700)
    assert 10 <= len(made) <= MOST
    assert max(map(weighted, made)) <= LIMIT


@pytest.mark.parametrize("text", [f"{'a' * 300} and more " + "word " * 60, "日" * 4000])
def test_what_cannot_be_cut_or_takes_too_many_parts_is_too_long_in_one_of_them(text: str) -> None:
    made = split(text)
    assert len(made) <= MOST
    assert max(map(weighted, made)) > LIMIT
