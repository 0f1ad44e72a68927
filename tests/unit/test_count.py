"""Counting as the networks count."""

import pytest

from publisher.networks.text import count

FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("abc", 3),
        ("日本語", 6),
        ("ｱ", 2),  # half-width katakana is not in the light ranges
        ("é", 1),
        ("e\u0301", 1),  # the same letter, decomposed: counted after NFC
        ("\u1100", 2),  # the first code point after the light range
        ("\u10ff", 1),
        ("—“”…", 4 + 1),  # dash and quotes are light, the ellipsis (2026) is heavy
        ("😷", 2),
        (FAMILY, 2),
        ("👍🏽", 2),
        ("🇯🇵", 2),
        ("1️⃣", 2),
        ("https://example.com", 23),
        ("https://example.com/" + "a" * 200, 23),
        ("example.com", 23),  # X links a bare host, too
        ("see https://example.com.", 4 + 23 + 1),
        ("https://example.com/あ", 23 + 2),  # a path ends where Japanese begins
        ("a\r\nb", 4),
        ("a\n\nb", 4),
        ("\ud800", 2),  # half of a pair, as broken input has it
    ],
)
def test_x_weighs_a_text(text, weight):
    assert count.weighted(text) == weight


@pytest.mark.parametrize(
    ("unit", "length"), [("weighted characters", 4), ("characters", 9), ("bytes", 28)]
)
def test_each_unit_has_its_own_idea_of_a_family_and_an_accent(unit, length):
    assert count.length(FAMILY + "aé", unit, 280) == length


def test_an_unknown_unit_is_an_error():
    with pytest.raises(KeyError):
        count.length("a", "words", 10)


@pytest.mark.hazard("H25")
def test_a_text_far_over_the_limit_is_not_parsed_at_all():
    text = "https://example.com あ" * 5_000
    before = count.weighted.cache_info().misses
    assert count.length(text, "weighted characters", 280) > 280
    assert count.weighted.cache_info().misses == before


@pytest.mark.hazard("H25")
def test_the_same_text_is_parsed_once():
    count.weighted.cache_clear()
    for _ in range(3):
        count.weighted("counted once")
    assert count.weighted.cache_info().misses == 1


def test_a_text_within_ten_times_the_limit_is_counted_exactly():
    assert count.length("a" * 2_800, "weighted characters", 280) == 2_800
    assert count.length("あ" * 2_800, "weighted characters", 280) == 5_600
