"""Which paragraphs readers see: of plain lines, of HTML, and of what a board makes of Markdown."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.policy.detect.shown import LONGEST, paragraphs

NOTICE = "※必ずしも当社の公式発表・見解ではありません"

OPEN = [  # what is never closed hides all that follows
    "```\ncode",
    "~~~",
    "<!-- ",
    "<pre>",
    "<details>\n\ntext",
    "<style>",
    "<script>",
    "<textarea>",
    '<div title="',
    "text <s>",
    "text <b>",
    "<p>",
    "<p hidden>",
    "<div/>",
    "<? php",
    "<![CDATA[",
    "<!DOCTYPE",
    "[details]\nfoo",
    '[details="A [b"]',
    "$$\nx",
    "text\n   $$ ",
    "\\[\nx",
    "$$\n\n$$\n\n$$",
    "[quote]",
    '[quote="me, post:1"]',
    "[hide]",
    "[Spoiler]",
    "[code]",
    "[poll type=regular]",
    "x [spoiler]",
    "[mine]\n\n[/mine]\n\n[mine]",
    "<!-- --!> <details> -->",
    "<!--> <details> -->",
]
CLOSED = [
    "Hello",
    "```\ncode\n```",
    "<!-- a -->",
    "<details>\n\ntext\n\n</details>",
    "[quote]\na\n[/quote]",
    "[details=x]\nfoo\n[/details]",
    "[a]: ",
    "[a]: http://e.org",
    "[a]:",
    "| a |\n|--|\n| b |",
    "$$\nx\n$$",
    "\\[\nx\n\\]",
    "a $$ b",
    "- a",
    "1. a",
    "    code",
    "~~a",
    "**a",
    "# a",
    "> a",
    "a\n---",
    "`[details]`",
    "\\[details]",
    "[details](http://e.org)",
    "a <!-- b",
    "5 < 6 & 7",
    "a <br> b",
    "[mine]",
    "</p></div>",
    "---",
]
HIDING = [
    "~~{}~~",
    "`{}`",
    "<!-- {} -->",
    "> {}",
    "    {}",
    "![{}](a)",
    '[x](http://a "{}")',
    "# {}",
    "- {}",
    "```\n{}\n```",
    "<details>\n\n{}\n\n</details>",
    "[spoiler]{}[/spoiler]",
    "[s]{}[/s]",
    "[details]\n{}\n[/details]",
    "<p hidden>{}</p>",
    '<span style="display:none">{}</span>',
    "<div>{}</div>",
    "<del>{}</del>",
    "a\n{}",
    "{}\n---",
    "We write: {}",
    "| {} |\n|---|",
    "[{}]: x",
    '<p><a class="x">{}</a></p>',
    "<small>{}</small>",
    "<mark hidden>{}</mark>",
    "<in-x>{}</in-x>",
]


@pytest.mark.clause("U1a", kind="deny")
@pytest.mark.parametrize("text", OPEN)
def test_what_is_left_open_hides_all_that_follows(text):
    assert NOTICE not in paragraphs(f"{text}\n\n{NOTICE}", "markdown")


@pytest.mark.clause("U1a", kind="allow")
@pytest.mark.parametrize("text", CLOSED)
def test_what_is_closed_hides_nothing(text):
    assert NOTICE in paragraphs(f"{text}\n\n{NOTICE}\n\nBye", "markdown")


@pytest.mark.clause("U1a", kind="deny")
@pytest.mark.parametrize("form", HIDING)
def test_a_notice_in_something_else_is_no_paragraph(form):
    assert NOTICE not in paragraphs(f"a\n\n{form.format(NOTICE)}\n\nb", "markdown")


@pytest.mark.parametrize(
    "form", ["**{}**", "<p>{}</p>", "[{}](http://e.org)", "{}  ", "\n\n{}\n\n"]
)
def test_a_notice_may_be_bold_or_a_link(form):
    assert NOTICE in paragraphs(f"a\n\n{form.format(NOTICE)}\n\nb", "markdown")


@pytest.mark.parametrize(
    ("html", "seen"),
    [
        ("<p>a<br />\nb &amp; &#091;c&#x5d;</p>", ("a\n\nb & [c]",)),
        ("<figure><img src='x'/></figure><p>a</p>", ("a",)),
        ("<p>a</p><div><p>b</p></div><p>c</p>", ("a", "c")),
        ("<p>a<p>b</p>", ()),
        ("<p><img src='x' alt='a'>a</p>", ("a",)),
        ('<p><a href="x" rel="nofollow">a</a></p>', ("a",)),
        ("<p onclick=''>a</p><p><a href='x'>b</p><p>c</p>", ()),
        ("<p>a</p><!-- <p>b</p> --><p>c</p><!-- <p>d</p>", ("a", "c")),
        ("<p>a</p><b title='<p>b</p>", ("a",)),
        ("", ()),
    ],
)
def test_of_a_page_the_plain_paragraphs_at_the_top_level_are_seen(html, seen):
    assert paragraphs(html, "html") == seen


def test_of_plain_lines_whatever_stands_between_blank_ones_is_seen():
    assert paragraphs("a\nb\n \nc\r\n\r\n\r\nd\n", "plain") == ("a\nb", "c", "d")


def test_a_text_too_long_to_be_read_shows_nothing():
    assert paragraphs("a\n\n" * LONGEST, "plain") == ()


def test_a_markup_that_nobody_knows_is_an_error():
    with pytest.raises(ValueError, match="wiki"):
        paragraphs("a", "wiki")


PIECES = st.one_of(
    st.text(max_size=12), st.sampled_from([*OPEN, *CLOSED, NOTICE, "\n\n", "<", "[", "`", ">"])
)


@pytest.mark.clause("U1a", kind="deny")
@settings(deadline=None)
@given(
    st.lists(PIECES, max_size=6),
    st.sampled_from(["\n", "\n\n", " ", ""]),
    st.sampled_from(["markdown", "html"]),
)
def test_no_text_is_too_odd_to_be_read(pieces, between, markup):
    source = between.join(pieces)
    assert all(isinstance(one, str) for one in paragraphs(source, markup))
