"""How text is folded and cut for a search: what is found, and what is not."""

import sys
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher import folded


def stands(words: str, text: str) -> bool:
    """Is every phrase of these words found in the text: by its terms, and when looked at?"""
    known = folded.texts([text])
    phrases = folded.phrases(words)
    looked_at = bool(phrases) and all(folded.line(one) in folded.line(known) for one in phrases)
    proposed = all(folded.terms(one) <= folded.terms(known) for one in phrases)
    assert proposed or not looked_at, "an index would have missed it"
    return looked_at


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("umbrella", "Bring an umbrella!"),
        ("UMBRELLA", "bring an umbrella"),
        ("開場", "会場は九時に開場します"),
        ("東京都", "東京都からのお知らせ"),
        (
            "京都",
            "東京都からのお知らせ",
        ),  # two characters in a row: no dictionary says where words end
        ("雨", "明日は雨です"),
        ("ガス", "ｶﾞｽの点検"),  # half-width, with its mark apart
        ("ｶﾞｽ", "ガスの点検"),
        ("が", "「が」"),  # one kana: no term, but it is looked at
        ("２０２６年", "2026年の計画"),
        ("第3回", "第3回の催し"),
        ("café", "Cafe\N{COMBINING ACUTE ACCENT} open"),
        ("straße", "STRASSE closed"),
        ("ﬁn", "fin"),
        ("안녕", "여러분 안녕하세요"),
        ("กรุงเทพ", "ไปกรุงเทพฯ"),
        ("नमस्ते", "नमस्ते दुनिया"),
        ("שלום", "אמר שלום לכל"),
        ("🎉", "We open 🎉 today"),
        ("👩", "👩\N{ZERO WIDTH JOINER}👧 welcome"),
        ("C++", "We teach C++ and more"),
        ("$100", "from $100"),
        ("A/B", "an A-B test"),
        ('"new terminal"', "The new terminal opens"),
        ("“new terminal”", "The new  terminal opens"),
        ("terminal new", "The new terminal opens"),
        ("AND", "salt and pepper"),
        ("example.com/fair", "See https://example.com/fair?day=1"),
        ("don't", "Don’t wait"),
    ],
)
def test_what_is_found(words: str, text: str) -> None:
    assert stands(words, text)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("umbrella", "umbrellas"),  # a word that is written with blanks is found whole
        ("東京都", "東京と京都"),  # both pairs stand there, the word does not
        ("東京", "東。京"),
        ("ガス", "カス"),
        ("cafe", "café"),
        ('"new terminal"', "The terminal is new"),
        ("開場 umbrella", "会場は九時に開場します"),
        ("salt OR pepper", "salt and pepper"),
        ("-rain", "sun and wind"),
        ("fa*", "fair"),
        ("NEAR(a b)", "a b"),
    ],
)
def test_what_is_not_found(words: str, text: str) -> None:
    assert not stands(words, text)


@pytest.mark.parametrize("words", ["", "  ", '"', '""', "...", "-", "\x00", "「」", "\u200b"])
def test_signs_alone_are_nothing_to_look_for(words: str) -> None:
    assert folded.phrases(words) == []


def test_a_phrase_reaches_over_no_end_of_a_text() -> None:
    several = folded.line(folded.texts(["The new", "terminal opens"]))
    [phrase] = folded.phrases('"new terminal"')
    assert folded.line(phrase) not in several
    assert not folded.terms(folded.units("新駅")) <= folded.terms(folded.texts(["新", "駅"]))


def test_of_several_texts_so_many_characters_are_left() -> None:
    assert list(folded.within(["abc", "", "def", "ghi"], 5)) == ["abc", "", "de", ""]


def test_marks_of_accounts_and_people_are_no_words() -> None:
    marks = {folded.mark("account", "fair"), folded.mark("person", "fair")}
    assert len(marks | folded.terms(folded.units("fair account person"))) == 5


def test_however_long_a_word_is_its_term_is_a_number() -> None:
    [term] = folded.terms(folded.units("a" * 100_000))
    assert 0 <= term < 1 << 32


ANY = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("東京都がカﾞ  雨ab.🎉\u0301")
)


@given(ANY, ANY, ANY)
def test_no_index_of_terms_misses_a_phrase_that_stands_there(
    before: str, phrase: str, behind: str
) -> None:
    text = folded.texts([f"{before} {phrase} {behind}"])
    assert folded.terms(folded.units(phrase)) <= folded.terms(text)


@given(ANY)
def test_what_is_folded_once_stays_as_it_is(text: str) -> None:
    once = folded.units(text)
    assert all(unicodedata.is_normalized("NFKC", one) for one in once)
    assert all(a != b for a, b in pairwise(once) if " " in (a, b))


def test_every_character_has_a_kind() -> None:
    kinds = {folded._KINDS[chr(code)] for code in range(0, sys.maxunicode + 1, 7)}
    assert kinds == {"word", "symbol", "ideograph", "dense", "gap", "unseen"}
