"""WordPress, the parts that need no network: what is sent, and what an answer proves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

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
from publisher.networks.blogpost import article, fields, judged, settled, usable
from publisher.networks.http import Answer
from publisher.networks.longform import essence, first_line, key_name
from publisher.networks.wordpress import WordPress

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NOTICE = "Not necessarily an official announcement."
ACCOUNT = Account("blog", "wordpress", "office", "standard", "en", "3", "https://blog.example.com")
IMAGE = Media("a" * 64, "image/png", 10, 20, 'A "red" <square>')
ADDRESSES = {IMAGE.sha256: "https://blog.example.com/1.png?a=1&b=2"}


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


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One\n\nTwo", "<p>One</p>\n<p>Two</p>"),
        ("One\nTwo", "<p>One<br />\nTwo</p>"),
        ("\n\n One \n \n\nTwo\n", "<p>One</p>\n<p>Two</p>"),
        ("<script>1 & 2</script>", "<p>&lt;script&gt;1 &amp; 2&lt;/script&gt;</p>"),
        ("[gallery] &amp;", "<p>&#091;gallery&#093; &amp;amp;</p>"),
        ("", ""),
    ],
)
def test_text_becomes_paragraphs_in_which_nothing_acts_as_markup(text, html):
    assert article(render(text, ""), {}) == html


def test_the_link_becomes_an_anchor_and_the_notice_comes_last():
    rendered = render("Fair", link="https://example.com/?a=1&b=2", media=(IMAGE,))
    address = "https://example.com/?a=1&amp;b=2"
    alt = "A &quot;red&quot; &lt;square&gt;"
    source = "https://blog.example.com/1.png?a=1&amp;b=2"
    assert article(rendered, ADDRESSES).splitlines() == [
        "<p>Fair</p>",
        f'<p><a href="{address}">{address}</a></p>',
        f'<figure><img src="{source}" alt="{alt}" width="10" height="20" /></figure>',
        f"<p>{NOTICE}</p>",
    ]


def test_an_image_without_an_address_is_never_left_out_in_silence():
    with pytest.raises(KeyError):
        article(render("Fair", media=(IMAGE,)), {})


@pytest.mark.clause("U1a", kind="allow")
def test_the_notice_is_in_the_html_once_also_when_typed_by_hand():
    assert article(render(f"Fair\n\n{NOTICE}"), {}).count(NOTICE) == 1


@pytest.mark.hazard("H14")
def test_a_publish_sends_title_content_and_status_together_and_no_date():
    sent = fields(an_intent())
    assert sent["status"] == "publish"
    assert sent["title"] == "Fair &lt;2026&gt;"
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


def test_only_a_publish_and_the_images_of_an_edit_are_prepared():
    assert not adapter(NOW).needs_preparing(an_intent("edit"))
    assert not adapter(NOW).needs_preparing(an_intent("retract"))
    pictured = an_intent("edit", rendered=render("Fair", media=(IMAGE,)))
    assert adapter(NOW).needs_preparing(pictured)
    uploaded = {"media": {IMAGE.sha256: {"id": 1, "url": "https://blog/1.png"}}}
    assert not adapter(NOW).needs_preparing(replace(pictured, notes=uploaded))
