"""What a reader cannot see is refused; what scripts and emoji need is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher import invisible
from publisher.desk.door import (
    LINK,
    TEXT,
    TITLE,
    Piece,
    checked_link,
    checked_text,
    description,
    variant,
)
from publisher.errors import Usage

SEEN = {
    "Japanese": "　本日は、株式会社「例」・第１回〜ｶﾅ！①㈱〒☎♪",
    "half-width": "ﾌﾟﾛｼﾞｪｸﾄ",
    "an ideograph with its variant": "葛\U000e0100城市、辻\U000e0101",
    "Latin with marks": "Crème brûlée, Åse – “quoted” … №5 €10 ½ ™",
    "decomposed": "e\u0301 か\u3099",
    "emoji": "⚡️ ☎️ ❤️ 1️⃣ #️⃣ ©️ ‼️ ™️ 〰️ 〽️ ㊗️ 😀",
    "joined emoji": "👩‍👩‍👧‍👦 👩🏽‍💻 🏳️‍🌈 🏴‍☠️ ❤️‍🔥 🧑‍⚕️ 🙋🏻‍♀️",
    "flags": "🇯🇵 \U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "newer emoji than this Python": "\U0001faea \U0001fac8",
    "Hindi": "क्‍ष क्‌ष",
    "Bengali ra before ya": "র‍্যাম",
    "Mongolian": "ᠮᠣᠩᠭᠣᠯ᠎ᠠ",
    "Sinhala": "ශ්‍රී",
    "Persian": "می‌خواهم نامه‌ای",
    "Persian endings behind digits, quotes and Latin": "۱۰‌ها «کتاب»‌ها PDF‌ها",
    "Korean": "안녕하세요",
    "Thai": "สวัสดี",
    "Hebrew and Arabic": "שלום مرحبا",
    "mathematics": "∩︀ 2⁴ ≤ √16",
    "no-break space": "10 km",
    "tabs and lines": "one\ttwo\nthree",
}

UNSEEN = {
    "zero width space": "a\u200bb",
    "word joiner": "a\u2060b",
    "soft hyphen": "a\u00adb",
    "byte order mark inside": "a\ufeffb",
    "joiner between letters": "a\u200db",
    "non-joiner between letters": "a\u200cb",
    "joiner at the start": "\u200da",
    "joiner after an emoji, before a letter": "😀\u200da",
    "variation selector after a letter": "a\ufe0fb",
    "ideographic selector after a letter": "a\U000e0100b",
    "ideographic selector after kana": "か\U000e0100b",
    "place of an object": "a\ufffcb",
    "joiner after a sign, before a virama": "।\u200d\u09cd",
    "selector at the start": "\ufe0fa",
    "two selectors": "⚡\ufe0f\ufe0f",
    "Hangul filler": "a\u3164b",
    "half-width Hangul filler": "a\uffa0b",
    "Hangul initial filler": "a\u115fb",
    "blank braille": "a\u2800b",
    "combining grapheme joiner": "a\u034fb",
    "tags": "a\U000e0061\U000e0062",
    "tags after another flag": "\U0001f3f4\U000e0075\U000e0073\U000e007f",
    "private use": "a\ue000b",
    "private use, further": "a\U000f0000b",
    "noncharacter": "a\ufdd0b",
    "last of a plane": "a\U0002fffeb",
    "unassigned": "a\u0378b",
    "right-to-left override": "a\u202eb",
    "left-to-right mark": "a\u200eb",
    "isolate": "a\u2066b",
    "invisible times": "a\u2062b",
    "annotation": "a\ufff9b",
    "Mongolian vowel separator": "a\u180eb",
    "Khmer inherent vowel": "a\u17b4b",
    "bell": "a\x07b",
    "surrogate": "a\ud800b",
}


@pytest.mark.parametrize("text", SEEN.values(), ids=SEEN)
def test_what_a_reader_sees_is_taken(text: str) -> None:
    assert invisible.first(text) is None
    assert checked_text(text)


@pytest.mark.parametrize("text", UNSEEN.values(), ids=UNSEEN)
@pytest.mark.clause("2.2", kind="deny")
def test_what_no_reader_sees_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(Usage, match=r"character \d"):
        checked_text(text)


@given(st.text(st.characters(categories=["L", "N", "P", "Zs"], max_codepoint=0x2FFF)))
def test_ordinary_letters_never_stand_in_the_way(text: str) -> None:
    blank = set("\u115f\u1160\u17b4\u17b5\u2800")
    assert (invisible.first(text) is None) == (not blank & set(text))


@given(st.text(), st.text())
def test_what_is_refused_alone_is_refused_within(before: str, after: str) -> None:
    assert invisible.first(f"{before}\u3164{after}") is not None


def test_marks_that_are_stacked_over_other_lines_are_refused() -> None:
    assert checked_text("a" + "\u0301" * 12)
    assert checked_text("ཧྐྵྨླྺྼྻྂ")
    for mark in ("\u0301", "\u0316\u0301", "\u0e47", "\u20dd", "\u0488"):
        for count in (13, 49_000):
            with pytest.raises(Usage, match="stacks more than 12 marks on one letter"):
                checked_text("a" + mark * count)


def test_what_only_looks_like_a_line_end_becomes_one() -> None:
    assert checked_text("\ufeffone\u2028two\r\nthree\x0bfour") == "one\ntwo\nthree\nfour"


@pytest.mark.clause("2.2", kind="deny")
@pytest.mark.parametrize("host", ["exаmple.com", "аррӏе.com", "gοοgle.com"])
def test_a_look_alike_host_within_a_text_is_refused(host: str) -> None:
    with pytest.raises(Usage, match="A link in the text leads to"):
        checked_text(f"詳しくはhttps://{host}/newsをご覧ください")


@pytest.mark.clause("2.2", kind="deny")
@pytest.mark.parametrize("host", ["exаmple.com/a", "www.аррӏе.com", "Gοοgle.com", "аррӏе.co.jp"])
def test_a_look_alike_host_without_a_protocol_is_refused_too(host: str) -> None:
    for text in (f"See {host} for more", f"({host})", host):
        with pytest.raises(Usage, match="A link in the text leads to"):
            checked_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "詳細はexample.comへ",
        "ดูที่example.comได้",
        "자세한 내용은example.com에서",
        "пример.рф, bücher.example и привет.com",
        "т.е. 5 млн.USD",
        "на сайте example.com.",
        "Привет.Hello",
        "mail ann@exаmple и b.",
    ],
)
def test_what_runs_into_a_host_without_a_blank_is_no_look_alike(text: str) -> None:
    assert checked_text(text) == text


def test_honest_addresses_within_a_text_are_taken() -> None:
    text = "Смотрите https://example.com, https://пример.рф и https://例え.jpを。https://... https://[::1"
    assert checked_text(text) == text


LINKS = [
    "https://example.com/news/2026-12?a=b#c",
    "HTTPS://Example.com/Report",
    "https://例え.jp/ニュース",
    "https://xn--r8jz45g.jp/news",
    "https://example.com:8443/%E2%80%AE",
    "https://bücher.example/",
    "https://пример.испытание/",
    "https://сор.рф/",
    "https://xn--80ak6aa92e.com/",
    "https://東京ー大阪・京都.jp/",
    "https://my_site.example.com./",
    "http://[2001:db8::1]/",
    "https://123.example.com/",
    "https://192.0.2.7:8443/a",
    "https://ＮＴＴ東日本.example/",
    "http://example.com/a@b",
]


@pytest.mark.parametrize("link", LINKS)
def test_an_honest_address_is_taken_as_it_is(link: str) -> None:
    assert checked_link(link) == link


@pytest.mark.parametrize("form", [" {}", "{}\n", "<{}>", "\u3000<{}> "])
def test_what_is_pasted_along_with_an_address_is_left_out(form: str) -> None:
    assert checked_link(form.format("https://example.com/a")) == "https://example.com/a"


@pytest.mark.parametrize(
    ("link", "says"),
    [
        ("example.com/news", "https:// in front"),
        ("javascript:alert(1)", "https:// in front"),
        ("https://example.com/\u202egnp.exe", "U+202E"),
        ("https://example.com/a\u200bb", "U+200B"),
        ("https://example.com/\u3164", "U+3164"),
        ("https://user:pw@example.com/", "leads to example.com"),
        ("https://example.co.jp@evil.example/", "leads to evil.example"),
        ("https://evil.example\\@example.co.jp/", "backslash"),
        ("https://example.com/a b", "blank"),
        ("https://example.com/a\tb", "blank"),
        ("https://", "no host"),
        ("https://./", "no host"),
        ("https://example.com:99999/", "can be read"),
        ("https://[::1/", "can be read"),
        ("https://аpple.com/", "mixes the letters of several scripts"),
        ("https://gοοgle.com/", "mixes the letters of several scripts"),
        ("https://例еxample.jp/", "mixes the letters of several scripts"),
        ("https://аррӏе.com/", "looks like Latin letters and is Cyrillic"),
        ("https://example.com\u2044evil.example/", "holds “⁄”"),
        ("https://exam\u2010ple.com/", "holds “‐”"),
        ("https://%65xample.com/", "holds “%”"),
        ("https://a..example.com/", "nothing in it"),
        ("https://2130706433/", "another address"),
        ("https://２１３０７０６４３３/", "another address"),
        ("https://0x7f.1/", "another address"),
        ("https://1.2.3/", "another address"),
        ("https://0177.0.0.1/", "another address"),
        ("https://example.com/news。", "write %E3%80%82 instead"),
        ("https://example.com/Inc.", "write %2E instead"),
        ("https://example.com/" + "a" * 2000, "2,000"),
    ],
)
@pytest.mark.clause("2.2", kind="deny")
def test_an_address_that_leads_elsewhere_than_it_seems_is_refused(link: str, says: str) -> None:
    with pytest.raises(Usage) as raised:
        checked_link(link)
    assert says in str(raised.value)


@pytest.mark.parametrize("piece", [TEXT, TITLE, variant("x"), description(2)])
def test_a_refusal_names_the_piece_and_its_field(piece: Piece) -> None:
    refused = piece.link().off("text.mixed", host="exаmple.com", scripts=["cyrillic", "latin"])
    assert refused.field == piece.field
    assert str(refused).startswith("A link in the ")
    assert "のリンクの行き先 exаmple.com " in refused.said("ja")
    assert str(piece.off("text.empty")).startswith("The ")


def test_a_link_is_named_as_one() -> None:
    assert str(LINK.off("text.blank")).startswith("The link holds a blank")
