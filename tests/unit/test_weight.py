"""What a text weighs on X, and what X makes a link of."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.networks.text import autolink, weight
from publisher.sandbox import x_counting

FAMILY = "👨‍👩‍👧‍👦"
WITH_VS16 = "⚡⭐⛄☔⌚❗⚽☕♿⚓⛔⌛⚪⚫⚾⛅⛪⛲⛳⛵⛺⛽⬛⬜⭕♈♓🀄🈚🈯"
WORST = (
    "a.",
    "a-.",
    "a_.",
    "a.comあ",
    "zz.あ",
    "あ.",
    "。",
    "x.com/(",
    "x.com/((",
    "x.com/?!",
    "http://",
    "http://a.",
    "(",
    "👨\u200d",
    "🇯",
    "\u0316\u0301",
    "a.xn--a",
    "@a.com",
    "_a.com",
    "?",
)


def found(text):
    return [text[link.start : link.start + link.size] for link in autolink.links(text)]


@pytest.mark.parametrize("sign", list(WITH_VS16))
def test_an_emoji_that_a_phone_types_with_a_variation_selector_is_one(sign):
    assert weight.weigh(f"{sign}\ufe0f") == 2


@pytest.mark.parametrize(
    ("text", "weighs"),
    [
        ("©", 1),
        ("©️", 2),
        ("☀", 2),
        ("☀️", 2),
        ("☀\ufe0e", 4),  # asked to be shown as text
        ("1️⃣", 2),
        ("1⃣", 2),
        ("👍🏽", 2),
        ("☝🏽", 2),
        ("☝️🏽", 2),
        ("🕵️‍♂️", 2),
        ("🏃🏽‍♀️", 2),
        ("👩‍💻", 2),
        ("👩🏿‍⚕️", 2),
        ("👩‍❤️‍💋‍👩", 2),
        (FAMILY, 2),
        (FAMILY * 3, 6),
        ("🏳️‍🌈", 2),
        ("🏴‍☠️", 2),
        ("🏴󠁧󠁢󠁳󠁣󠁴󠁿", 2),
        ("🇯🇵🇺🇸", 4),
        ("🇯🇯", 4),  # no such flag
        ("🇯🇵🇯", 4),
        ("🧑‍💻", 5),  # newer than the table: its parts and the joiner
    ],
)
def test_an_emoji_of_several_code_points_is_one_where_x_knows_it(text, weighs):
    assert weight.weigh(text) == weighs


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("新製品はexample.comで。", ["example.com"]),
        ("example.comを見て", ["example.com"]),
        (
            "זה כאן: example.com\u200f או http://example.co.il/א",
            ["example.com", "http://example.co.il/"],
        ),
        ("\u202bexample.com\u202c", ["example.com"]),
        ("http://日本語.jp と 日本語.jp", ["http://日本語.jp"]),
        ("info@example.com", []),
        ("#example.com @example.com $example.com", []),
        ("name.al+lastname@foo.com", []),
        ("file.tar.bz2 main.py", ["main.py"]),  # a country's, whatever the author meant
        ("1.com/a(b)c) (see example.com/x)", ["1.com/a(b)c", "example.com/x"]),
        ("http://example.com/?q=1&r=, and", ["http://example.com/?q=1&r="]),
        ("http://example.com:8080/x", ["http://example.com:8080/x"]),
        ("example.com?q=1", ["example.com"]),
        ("foo.example.com-", []),
        ("-example.com", []),
        ("_example.com/", []),
        ("a_b.example.com", ["b.example.com"]),
        ("http://a_b.example.com", ["http://a_b.example.com"]),
        ("http://t.co/abc!?x", ["http://t.co/abc"]),
        ("EXAMPLE.COM Http://Example.Com/A", ["EXAMPLE.COM", "Http://Example.Com/A"]),
        ("éa.com", ["a.com"]),  # the very first character stands before the link
        (" éa.com", ["éa.com"]),
        ("ssl.vermögensberatung", ["ssl.vermögensberatung"]),
        ("http://" + "あ" * 80 + ".com", []),  # too long a label
        ("http://example.com/" + "a" * 4200, []),
    ],
)
def test_a_link_is_what_x_makes_one_of(text, links):
    assert found(text) == links


@given(st.text())
def test_any_text_has_a_weight_between_a_link_and_two_for_each_character(text):
    whole = weight.normal(text)
    assert 0 <= weight.weigh(text) <= 2 * len(whole) + weight.LINK * whole.count(".")


@given(st.text(alphabet="a.:/-_@あ(?) ", max_size=40))
def test_links_lie_in_the_text_one_after_the_other(text):
    at = 0
    for link in autolink.links(text):
        assert at <= link.start < link.start + link.size <= len(text)
        at = link.start + link.size


@given(st.text(alphabet="abé日\u0301\u3099 ", max_size=60))
def test_the_normal_form_is_unicodes(text):
    assert weight.normal(text) == unicodedata.normalize("NFC", text)


@pytest.mark.hazard("H25")
@pytest.mark.parametrize("unit", WORST)
def test_the_worst_input_takes_time_in_proportion_to_its_length(unit):
    """Ten times the text costs about ten times the processor's time, and never a hundred times."""
    assert spent(unit * 3_000) < 40 * max(spent(unit * 300), 0.0005)


def spent(text):
    """Seconds of processor time to weigh `text`, the least of three."""
    took = []
    for _ in range(3):
        began = time.process_time()
        weight.weigh(text)
        took.append(time.process_time() - began)
    return min(took)


@given(
    st.lists(
        st.sampled_from(
            [
                "New today: ",
                "本日発表。",
                "https://example.com/news/1",
                "example.com",
                " ",
                "、",
                "☕️",
                "👍🏽",
                "🇯🇵",
                "(https://example.com/a)",
                "“quoted”",
                "e\u0301",
                "\n",
                "#news ",
            ]
        ),
        max_size=12,
    )
)
def test_the_sandbox_which_counts_for_itself_comes_to_the_same(pieces):
    text = weight.normal(" ".join(pieces))
    assert x_counting.weighted_length(text) == weight.weigh(text)
