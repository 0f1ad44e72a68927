"""WordPress, the parts that need no network: what is sent, and what an answer proves."""

import html
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.content import Account, Content, Media
from publisher.networks import (
    Absent,
    Accepted,
    CannotTell,
    Intent,
    Published,
    Refused,
    Tools,
    Unknown,
)
from publisher.networks.text.longform import essence, first_line, key_name
from publisher.networks.wire.http import Answer
from publisher.networks.wordpress.adapter import WordPress
from publisher.networks.wordpress.blocks import article, literal
from publisher.networks.wordpress.blogpost import before, fields, judged, settled, usable
from publisher.networks.wordpress.slug import is_of, slug_of

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NOTICE = "Not necessarily an official announcement."
ACCOUNT = Account("blog", "wordpress", "office", "standard", "en", "3", "https://blog.example.com")
IMAGE = Media("a" * 64, "image/png", 10, 20, 'A "red" <square>')
PICTURE = {
    "id": 7,
    "url": "https://blog.example.com/1-1024x683.png?a=1&b=2",
    "size": "large",
    "file": "https://blog.example.com/1.png",
}


def render(text, notice=NOTICE, **more):
    return WordPress.render(Content(text, **more), ACCOUNT, notice)


def an_intent(act="publish", **more):
    base = Intent(
        key="0190f5fe7c007a0080000123456789abr1",
        account=ACCOUNT,
        act=act,
        rendered=render("Spring fair & more", title="Fair <2026>"),
        started_at=NOW,
        not_after=NOW + timedelta(minutes=5),
        deadline=1.0,
        notes={"post_id": 12},
        target="" if act == "publish" else "12",
    )
    return replace(base, **more)


def shown(intent, **more):
    """The post as WordPress shows it to its author after the intent was carried out."""
    sent = fields(intent)
    words = {name: {"raw": sent[name]} for name in ("title", "content")}
    return {"id": 12, "status": "publish", "link": "https://blog/12", **words, **more}


def answered(post, status=200):
    class Given(Answer):
        def json(self):
            return post

    return Given(status, {}, b"")


def paragraphs(*inner):
    return "\n\n".join(f"<!-- wp:paragraph -->\n<p>{p}</p>\n<!-- /wp:paragraph -->" for p in inner)


def visible(markup):
    """What a reader sees of our own markup, line by line."""
    lines = re.sub(r"<br>", "\n", re.sub(r"<!--.*?-->\n?", "", markup))
    return html.unescape(re.sub(r"<[^>]*>", "", lines))


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("One\n\nTwo", ["One", "Two"]),
        ("One\nTwo", ["One<br>Two"]),
        ("\n\n One \n \n\nTwo\n", ["One ", "Two"]),
        ("<b>1 & 2</b>", ["&#060;b&#062;1 &#038; 2&#060;/b&#062;"]),
        ("[gallery] &amp;", ["&#091;gallery&#093; &#038;amp;"]),
        ("a  b\n   c\td", ["a \xa0b<br>\xa0\xa0\xa0c \xa0\xa0\xa0d"]),
        ("\u3000段落", ["\u3000段落"]),
    ],
)
def test_text_becomes_paragraphs_in_which_nothing_acts_as_markup(text, inner):
    inner = [each.rstrip() for each in inner]
    assert article(render(text, ""), {}) == paragraphs(*inner)


def test_no_text_is_no_paragraph():
    assert article(render("", ""), {}) == ""


# What WordPress would replace: quotes, dashes, dots, signs, smileys, its own name, shortcodes.
REPLACED = [
    '"',
    "'",
    "--",
    " - ",
    "...",
    "``",
    "2x4",
    "(tm)",
    ":-)",
    ";)",
    "8O",
    ":mrgreen:",
    "Wordpress",
    "[gallery]",
    "&hellip;",
    "<!--more-->",
    "\\n",
]


@pytest.mark.parametrize("words", REPLACED)
def test_what_wordpress_would_replace_does_not_stand_there_as_it_looks_for_it(words):
    made = literal(f" {words} ")
    assert f" {words} " not in made
    assert html.unescape(made) == f" {words} "


WORDS = st.lists(st.characters(exclude_categories=("C", "Z")) | st.sampled_from(REPLACED))


@given(WORDS.map("".join).map(str.strip))
def test_whatever_the_text_a_reader_sees_it_and_the_look_up_knows_it(text):
    assert visible(literal(text)) == text
    made = article(render(text, ""), {})
    assert visible(made).strip("\n").replace("\xa0", " ") == text.replace("\xa0", " ")
    assert essence(made) == essence(literal(text))


def link(address, words=None):
    return f'<a href="{html.escape(address)}">{literal(words or address)}</a>'


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("https://example.com", link("https://example.com")),
        ("See https://example.com/a(b).", f"See {link('https://example.com/a(b)')}."),
        ("(https://example.com/a?b=1&c=2)", f"({link('https://example.com/a?b=1&c=2')})"),
        ("詳しくはhttps://example.com/aをご覧", f"詳しくは{link('https://example.com/a')}をご覧"),
        ("https://例え.jp/news", link("https://例え.jp/news")),
        ("HTTP://Example.COM/A", link("HTTP://Example.COM/A")),
        ("no-link.example.com, ftp://a.b", "no-link.example.com, ftp&#058;//a.b"),
    ],
)
def test_addresses_in_text_are_links_that_show_themselves(text, inner):
    assert article(render(text, ""), {}) == paragraphs(inner)


def test_a_link_is_a_link_as_a_whole_whatever_it_holds():
    address = "https://example.com/ニュース/12"
    assert article(render("Fair", "", link=address), {}) == paragraphs("Fair", link(address))


def test_addresses_in_the_notice_are_links_too():
    notice = "Official: https://www.example.com/"
    made = article(render("Fair", notice), {})
    assert made == paragraphs("Fair", f"Official: {link('https://www.example.com/')}")


def test_an_image_has_the_class_and_size_that_themes_expect_and_the_notice_comes_last():
    rendered = render("Fair", media=(IMAGE,))
    alt = "A &quot;red&quot; &lt;square&gt;"
    source = "https://blog.example.com/1-1024x683.png?a=1&amp;b=2"
    image = f'<img src="{source}" alt="{alt}" class="wp-image-7"/>'
    assert article(rendered, {IMAGE.sha256: PICTURE}).splitlines() == [
        *paragraphs("Fair").splitlines(),
        "",
        '<!-- wp:image {"id":7,"sizeSlug":"large","linkDestination":"none"} -->',
        f'<figure class="wp-block-image size-large">{image}</figure>',
        "<!-- /wp:image -->",
        "",
        *paragraphs(NOTICE).splitlines(),
    ]


def test_an_image_without_an_address_is_never_left_out_in_silence():
    with pytest.raises(KeyError):
        article(render("Fair", media=(IMAGE,)), {})


@pytest.mark.hazard("H14")
def test_a_publish_sends_title_content_and_status_together_and_no_date():
    sent = fields(an_intent())
    assert sent["status"] == "publish"
    assert sent["title"] == literal("Fair <2026>")
    assert set(sent) == {"title", "content", "status"}


@pytest.mark.hazard("H18")
def test_an_edit_leaves_the_status_alone_so_that_it_revives_nothing():
    assert set(fields(an_intent("edit"))) == {"title", "content"}


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Hello", "Hello"),
        ("\n\n  Hello   world \nmore", "Hello world"),
        ("word " * 30, "word " * 11 + "word…"),
        ("longer " * 30, "longer " * 7 + "longer…"),
        ("あ" * 100, "あ" * 59 + "…"),
        ("", ""),
    ],
)
def test_the_beginning_of_the_text_stands_in_for_a_missing_title(text, title):
    assert render(text).title == title
    assert len(title) <= 60


def test_a_title_of_the_authors_is_left_as_it_is():
    assert render("Text", title="T" * 200).title == "T" * 200
    assert first_line("short", 60) == "short"


@pytest.mark.hazard("H1")
def test_a_key_is_never_cut_so_that_two_keys_never_share_an_address():
    whole = "0190f5fe7c007a0080000123456789abr12"
    assert key_name(whole) == f"pub-{whole}"
    long = [key_name("x" * 200 + end) for end in ("1", "2")]
    assert len({*long, key_name("x/y"), key_name("x_y")}) == 4
    assert all(len(name) <= 50 for name in long)


def test_what_wordpress_makes_of_a_text_has_the_same_essence():
    ours = "<p>It&#x27;s 1 &lt; 2<br />\nnext</p>"
    assert essence(ours) == essence("<p>It's 1 &lt; 2<br>next</p>\n")
    assert essence(ours) != essence("<p>It's 1 &lt; 3<br>next</p>")


@pytest.mark.parametrize(
    ("act", "status", "outcome"),
    [
        ("publish", "publish", Published),
        ("publish", "pending", Accepted),
        ("publish", "future", Unknown),
        ("publish", "draft", type(None)),
        ("publish", "trash", type(None)),
        ("publish", "private", type(None)),
        ("publish", None, type(None)),
        ("edit", "publish", Published),
        ("edit", "trash", Refused),
        ("edit", "draft", Refused),
        ("edit", "future", Unknown),
    ],
)
def test_an_answer_means_what_its_status_says(act, status, outcome):
    intent = an_intent(act)
    assert type(settled(intent, answered(shown(intent, status=status)))) is outcome


def test_what_has_a_password_is_not_called_public():
    intent = an_intent()
    locked = shown(intent, password="open sesame")
    assert isinstance(settled(intent, answered(locked)), Unknown)
    assert isinstance(judged(intent, locked), CannotTell)
    assert isinstance(usable(intent, {**locked, "status": "draft"}), Refused)


@pytest.mark.parametrize(
    "more", [{"status": "trash"}, {"status": "private"}, {"password": "open sesame"}]
)
def test_what_readers_cannot_see_is_not_edited(more):
    intent = an_intent("edit")
    assert isinstance(before(intent, [shown(intent, **more)], NOW), Refused)
    assert isinstance(before(intent, [], NOW), Refused)
    assert before(intent, [shown(intent)], NOW) == LOOKED


def test_an_answer_about_another_post_proves_nothing():
    intent = an_intent()
    assert settled(intent, answered(shown(intent, id=13))) is None


@pytest.mark.hazard("H14")
@pytest.mark.parametrize(
    ("act", "status", "found"),
    [
        ("publish", "publish", Published),
        ("publish", "draft", Absent),
        ("publish", "pending", Accepted),
        ("publish", "trash", CannotTell),
        ("publish", "private", CannotTell),
        ("publish", "future", CannotTell),
        ("edit", "publish", Published),
        ("edit", "trash", CannotTell),
        ("edit", "draft", CannotTell),
    ],
)
def test_a_look_up_means_what_the_posts_status_says(act, status, found):
    intent = an_intent(act)
    assert type(judged(intent, shown(intent, status=status))) is found


def test_a_draft_that_is_found_goes_back_through_the_gate_with_its_number():
    found = judged(an_intent(notes={}), shown(an_intent(), status="draft"))
    assert found.notes == {"post_id": 12}


@pytest.mark.hazard("H1")
@pytest.mark.parametrize("part", ["title", "content"])
def test_a_post_under_our_key_that_says_something_else_is_for_a_person(part):
    intent = an_intent()
    other = shown(intent, **{part: {"raw": "Something else"}})
    found = judged(intent, other)
    assert isinstance(found, CannotTell)
    assert found.lookalikes[0][:2] == ("12", "https://blog/12")
    assert isinstance(usable(intent, other), Refused)


def test_an_edit_that_is_not_there_yet_is_absent():
    intent = an_intent("edit")
    assert isinstance(judged(intent, shown(intent, content={"raw": "before"})), Absent)


@pytest.mark.hazard("H6")
def test_a_post_of_another_delivery_is_neither_found_nor_published_into():
    intent = an_intent(taken=frozenset({"12"}))
    assert isinstance(judged(intent, shown(intent)), CannotTell)
    assert isinstance(usable(intent, shown(intent, status="draft")), Refused)


@pytest.mark.hazard("H14")
@pytest.mark.parametrize("status", ["trash", "private", "pending", "future"])
def test_a_draft_that_somebody_moved_is_left_as_it_is(status):
    intent = an_intent()
    assert isinstance(usable(intent, shown(intent, status=status)), Refused)
    assert usable(intent, shown(intent, status="draft")) == 12


def adapter(now):
    return WordPress(
        ACCOUNT, {"username": "us", "password": "p"}, Tools(lambda: now, lambda: 0.0, bytes)
    )


@pytest.mark.hazard("H14")
def test_a_look_at_the_draft_counts_for_two_minutes():
    notes = {"post_id": 12, "draft_seen": "2026-11-23T09:00:00Z"}
    intent = an_intent(notes=notes)
    assert not adapter(NOW).needs_preparing(intent)
    assert not adapter(NOW + timedelta(seconds=119)).needs_preparing(intent)
    assert adapter(NOW + timedelta(seconds=120)).needs_preparing(intent)
    assert adapter(NOW - timedelta(seconds=120)).needs_preparing(intent)
    assert adapter(NOW).needs_preparing(an_intent())


LOOKED = {"looked": "2026-11-23T09:00:00Z"}


def test_a_publish_and_a_look_and_the_images_of_an_edit_are_prepared():
    assert adapter(NOW).needs_preparing(an_intent("edit"))
    assert not adapter(NOW).needs_preparing(an_intent("edit", notes=LOOKED))
    assert not adapter(NOW).needs_preparing(an_intent("retract"))
    pictured = an_intent("edit", rendered=render("Fair", media=(IMAGE,)), notes=LOOKED)
    assert adapter(NOW).needs_preparing(pictured)
    uploaded = {**LOOKED, "media": {IMAGE.sha256: PICTURE}}
    assert not adapter(NOW).needs_preparing(replace(pictured, notes=uploaded))
    assert adapter(NOW).needs_preparing(an_intent("edit", notes=uploaded))  # one too many there
    assert adapter(NOW).needs_preparing(
        an_intent("edit", notes={**LOOKED, "dropped": {"post_id": 3}})
    )


KEY = "pub-0190f5fe7c007a0080000123456789ab"


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Spring fair & more", f"spring-fair-more-{KEY}"),
        ("It’s Über-naïve", f"its-uber-naive-{KEY}"),
        ("春の見本市", f"%e6%98%a5%e3%81%ae%e8%a6%8b%e6%9c%ac%e5%b8%82-{KEY}"),
        ("がぎぐ", f"%e3%81%8c%e3%81%8e%e3%81%90-{KEY}"),
        ("!!! 🎉", KEY),
        ("", KEY),
    ],
)
def test_the_address_is_readable_and_ends_with_the_key(title, slug):
    intent = an_intent(rendered=render("", "", title=title), notes={})
    assert slug_of(intent) == slug
    assert is_of(intent, slug)
    assert is_of(intent, f"{slug}__trashed")
    assert not is_of(replace(intent, key="0190f5fe7c007a0080000123456789acr1"), slug)


@given(st.text(max_size=300))
def test_an_address_is_never_too_long_and_always_found_again(title):
    intent = an_intent(rendered=render("", "", title=title), notes={})
    slug = slug_of(intent)
    assert len(slug) <= 190
    assert re.fullmatch(r"[a-z0-9%-]+", slug)
    assert is_of(intent, slug)


def test_an_address_stays_when_the_title_is_edited():
    intent = an_intent(notes={"slug": f"before-{KEY}"}, key="0190f5fe7c007a0080000123456789abr2")
    assert slug_of(intent) == f"before-{KEY}"
    assert is_of(intent, f"before-{KEY}")


@pytest.mark.parametrize("whole", ["👩\u200d💻", "👍🏽", "❤\ufe0f", "か\u309a", "1\ufe0f\u20e3"])
def test_a_title_is_cut_between_what_a_reader_sees_and_not_within(whole):
    for many in range(3, 11):
        made = first_line("あ" * many + whole * 9, 10).removesuffix("…")
        assert made == "あ" * min(many, 9) + whole * made.count(whole)
