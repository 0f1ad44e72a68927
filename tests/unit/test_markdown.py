"""Plain text on a board: whatever was typed is shown as it was typed."""

import re
from html import unescape

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from publisher.networks.text.markdown import escaped

# All that a board's parser does and CommonMark does not: the worst it may make of a plain text.
BOARD = MarkdownIt("commonmark", {"breaks": True, "typographer": True}).enable(
    ["table", "strikethrough", "replacements", "smartquotes"]
)
# What Discourse itself makes of a run of text: signs while escapes still stand apart, then pictures.
SIGNS = re.compile(
    r"(?:^|(?<=\s))(?:<-{1,2}>?|-{1,2}>)(?=\s|$)|\((?:tm|pa)\)", re.MULTILINE | re.IGNORECASE
)
PICTURES = re.compile(r"(?:^|(?<=[\s(]))\^_{1,2}\^(?=\s|$)", re.MULTILINE)


def _replacing(pattern):
    def rule(state):
        for token in state.tokens:
            for inline in token.children or ():
                if inline.type == "text":
                    inline.content = pattern.sub("\N{WHITE SQUARE}", inline.content)

    return rule


BOARD.core.ruler.after("linkify", "signs", _replacing(SIGNS))
BOARD.core.ruler.push("pictures", _replacing(PICTURES))
SAMPLES = [
    "Winter hours\n-----\nfrom nine",
    "10*20*30",
    "    four blanks",
    "1986. A great year",
    "7) seven",
    "C:\\temp\\_new",
    "#tag",
    "# heading",
    "> quote",
    "<b>bold</b>",
    "&amp; AT&T &#65;",
    "@mention_me_ hi",
    "- one\n- two\n+ three",
    "a | b\n---|---\nc | d",
    "|a\n:--",
    "|a|\n|-|",
    "===",
    "a\n===",
    "***",
    "- - -",
    "```\ncode\n```",
    "~~~",
    "`code`",
    "~~gone~~",
    "[a]: http://e.org",
    "[a](b) ![c](d)",
    "[details]\na",
    "snake_case _it_ __bold__ *x*",
    '"quoted" it\'s 5\'10"',
    "(c) (R) (tm) +-5 a--b --- ... ?? !! ,,",
    "\tTabbed\n  Two",
    "　全角の字下げ",
    "line one\nline two\n\nnext",
    "back\\\nslash\\",
    "5 < 6 > 4",
    "a\\*b",
    "<!-- comment -->",
    "<details>\n\nx",
    "<https://e.org>",
    "mail@example.org",
    "$5 and $6 ^_^",
    "| x",
    "a\n:--",
    "※必ずしも当社の公式発表・見解ではありません",
    "+81-3-1234-5678",
    "-5 degrees",
    "2026-12-01",
    "12:30:45",
    "Tokyo -> Osaka --> Kobe <-> Nara <-- Kyoto",
    "-> next\n--> and so on",
    "\"->\" '-->' *->* (->)",
    "see (PA) and (pa)",
    "thank you ^_^\n^__^ (^_^)",
    "[notice]",
    "[\n  1\n]",
]


def shown(text):
    """What readers see of it: text with its line breaks; anything but paragraphs is an error."""
    page = BOARD.render(escaped(text))
    bare = re.sub(r"<!-- -->|</?a( href=\"[^\"]*\")?>", "", page)
    bare = bare.replace("<br />\n", "\n")
    assert not re.search(r"<(?!/?p>)", bare), page
    paragraphs = [unescape(p) for p in re.findall(r"<p>(.*?)</p>", bare, re.DOTALL)]
    return "\n\n".join(paragraphs)


def meant(text):
    lines = [re.sub(r"^\s+", _tabs, line.rstrip()) for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines).strip("\n"))


def _tabs(indent):
    return indent[0].replace("\t", "    ")


def same(text):
    def unified(said):
        # An indentation is made of blanks that do not break; a parser may strip what is not seen.
        return said.replace("\xa0", " ")

    return unified(shown(text)) == unified(meant(text))


@pytest.mark.parametrize("text", SAMPLES)
def test_a_plain_text_is_shown_as_it_was_typed(text):
    assert same(text), (escaped(text), shown(text))


LETTERS = st.characters(
    codec="utf-8", categories=("L", "N", "P", "S", "Zs"), include_characters="\n\t"
)
MARKS = st.text("*_`~<>[]()#+-=|\\:;!.&\"'$^{}@/1a \t\n", max_size=40)


@settings(deadline=None)
@given(st.one_of(st.text(LETTERS, max_size=60), MARKS))
@example("a\n\n    b")
def test_no_plain_text_becomes_anything_else(text):
    assert same(text), (escaped(text), shown(text))


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("https://e.org/a_b?c=1&d=2", "https://e.org/a_b?c=1&d=2"),
        ("See https://e.org/a.", "See <https://e.org/a>."),
        ("詳しくはhttps://e.org/aをご覧ください", "詳しくは<https://e.org/a>をご覧ください"),
        ("https://e.org/_a_", "<https://e.org/_a_>"),
        ("https://e.org/?a=1&copy;", "<https://e.org/?a=1&copy>;"),
        ("@ann_b thanks", "@ann_b thanks"),
        ("see xn--r8jz45g.jp/a_b", "see xn--r8jz45g.jp/a_b"),
        ("one\ntwo", "one\ntwo"),
        (":smile: 10:30:45 :)", ":<!-- -->smile: 10:30:45 :<!-- -->)"),
    ],
)
def test_addresses_mentions_and_lines_stay_what_they_are(text, source):
    assert escaped(text) == source


@pytest.mark.parametrize("text", ["[notice]", "[", "a\n[\nb", "[ ]"])
def test_no_bracket_begins_a_formula(text):
    # Where a board knows formulas, a line of `\\[` begins one, and `\\[…\\]` is one.
    for line in escaped(text).split("\n"):
        assert line != "\\["
        assert not (line.startswith("\\[") and line.endswith("\\]"))


def test_an_address_stays_a_link_to_the_same_place():
    page = BOARD.render(escaped("詳しくはhttps://e.org/_a_をご覧ください"))
    assert '<a href="https://e.org/_a_">https://e.org/_a_</a>' in page
