"""Discourse, the parts that need no network: titles, Markdown, and the three looks for a topic."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from publisher.content import Account, Content, Media
from publisher.networks import Absent, Accepted, CannotTell, Intent, Published
from publisher.networks.discourse import search, topic
from publisher.networks.discourse.adapter import Discourse
from publisher.networks.wire.http import Answer

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NOTICE = "As of posting time; not necessarily an official announcement."
ACCOUNT = Account(
    "board", "discourse", "always", "standard", "en", "5", "https://board.example.com"
)
IMAGE = Media("a" * 64, "image/png", 10, 20, "A [red]\nsquare|10x10")


def render(text, notice=NOTICE, **more):
    return Discourse.render(Content(text, **more), ACCOUNT, notice)


def an_intent(text="Spring fair & more", **more):
    base = Intent(
        key="0190f5fe7c007a0080000123456789abr1",
        account=ACCOUNT,
        act="publish",
        rendered=render(text),
        started_at=NOW,
        not_after=NOW + timedelta(minutes=5),
        deadline=1.0,
    )
    return replace(base, **more)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Hello", "Hello"),
        ("Hello\nto all of you out there", "Hello to all of you out there"),
        ("A line that is long enough\nmore", "A line that is long enough"),
        ("word " * 40, "word " * 19 + "word…"),
    ],
)
def test_a_title_is_made_of_what_was_written_and_long_enough_where_that_is(text, title):
    assert render(text).title == title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("## Winter *hours* of `all` shops\n\nWe open at ten.", "Winter hours of all shops"),
        (
            "![A shop](https://e.org/a.png)\n\nWinter hours of all shops",
            "Winter hours of all shops",
        ),
        (
            "<div align=center>\n\n[Winter hours](https://e.org) are here\n</div>",
            "Winter hours are here",
        ),
        ("```\nsome code\n```\n\n1. Winter hours of shops", "Winter hours of shops"),
        ("<!-- nothing\n\nto be seen", ""),
    ],
)
def test_a_title_of_a_marked_text_holds_its_words_and_no_marks(text, title):
    assert topic.title_of(Content(text, markup="markdown"), ACCOUNT) == title


def test_a_title_is_never_made_out_of_the_notice():
    for text, notice in (("Hello", NOTICE), ("こんにちは", "※発信時点の情報です。必ずしも…")):
        assert render(text, notice).title == text


def test_a_title_of_the_authors_is_left_as_it_is():
    assert render("Hello", title="Hi").title == "Hi"
    assert render("Hello", "").title == "Hello"


def test_a_text_marked_as_markdown_is_sent_as_it_stands_and_a_plain_one_escaped():
    text = "# One\n\n*two*"
    marked = render(text, link="https://example.com/", markup="markdown")
    assert topic.raw(marked, {}) == f"{text}\n\nhttps://example.com/\n\n{NOTICE}"
    plain = render(text, link="https://example.com/")
    assert plain.text == marked.text
    assert topic.raw(plain, {}).startswith("\\# One\n\n\\*two\\*\n\nhttps://example.com/\n")
    assert plain.length == len(topic.raw(plain, {}))


def test_a_notice_is_never_markup_whatever_the_text_is():
    assert topic.raw(render("*a*", "1. Not *official*", markup="markdown"), {}).endswith(
        "*a*\n\n1\\. Not \\*official\\*"
    )


def test_images_stand_before_the_notice_and_keep_their_alternative_text():
    rendered = render("Fair", media=(IMAGE,))
    assert topic.raw(rendered, {IMAGE.sha256: "upload://abc.png"}).split("\n\n") == [
        "Fair",
        "![A \\[red\\] square&#124;10x10](upload://abc.png)",
        NOTICE,
    ]
    with pytest.raises(KeyError):
        topic.raw(rendered, {})


def test_the_markdown_of_images_counts():
    bare, pictured = render("Fair"), render("Fair", media=(IMAGE,))
    assert bare.length == len(bare.text)
    assert pictured.length > bare.length + len(IMAGE.alt)


def test_what_the_board_does_to_images_and_blanks_makes_no_difference():
    intent = an_intent("Fair", rendered=render("Fair", media=(IMAGE,)))
    kept = f"Fair\r\n\r\n![A \\[red\\] square|690x388](upload://abc.png)\n{NOTICE}"
    assert topic.is_ours(intent, kept)
    assert not topic.is_ours(intent, kept.replace("Fair", "Unfair"))


@pytest.mark.parametrize(
    ("location", "number"),
    [
        ("https://board.example.com/t/a-slug/12.json", 12),
        ("/t/12.json", 12),
        ("/forum/t/2026/12", 12),
        ("/t/a-slug/12/3?page=1", 12),
        ("/login", None),
        ("", None),
    ],
)
def test_a_redirect_names_the_topic_and_is_not_followed(location, number):
    assert topic.topic_number(location) == number


def test_the_external_id_is_one_that_discourse_takes():
    assert topic.external_id(an_intent()) == "pub-0190f5fe7c007a0080000123456789abr1"
    assert len(topic.external_id(an_intent(key="k" * 90))) <= 50


# The three looks.


def post(number, text, at=NOW, **more):
    made = at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    mine = {"user_id": 5, "post_number": 1, "topic_id": number + 1000}
    return {"id": number, "raw": text, "created_at": made, **mine, **more}


def board(pages=(), pending=(), topics=None, named=404, asked=None):
    """A board that answers from these values; `pages` are its posts, three to a page."""
    asked = [] if asked is None else asked

    def read(intent, path, **params):
        asked.append(path)
        if path.startswith("/t/external_id/"):
            return Answer(named, {"Location": "/t/x/1007.json"}, b'{"errors": ["none"]}')
        if path.endswith("/pending.json"):
            return given({"pending_posts": list(pending)})
        if path == "/posts.json":
            before = int(params.get("before", 10**9))
            return given({"latest_posts": [p for p in pages if p["id"] <= before][:3]})
        if path.startswith("/t/"):
            return given((topics or {}).get(path, {"id": 1}))
        return given(next((p for p in pages if path == f"/posts/{p['id']}.json"), {}))

    return search.Board(
        read=read,
        unread=lambda result: CannotTell("unreadable"),
        url=lambda post: f"https://board.example.com/t/{post['topic_id']}",
        username="us",
        user_id="5",
    )


def given(value):
    class Given(Answer):
        def json(self):
            return value

    return Given(200, {}, b"")


def old(number):
    return post(number, "Long ago", NOW - timedelta(days=1))


def test_a_topic_under_our_key_with_our_words_is_published():
    intent = an_intent()
    first = post(7, intent.rendered.text)
    topics = {"/t/1007.json": {"post_stream": {"posts": [first]}}}
    found = search.find(board([first], topics=topics, named=301), intent)
    assert found == Published("7", "https://board.example.com/t/1007")


@pytest.mark.hazard("H1")
def test_a_topic_under_our_key_with_other_words_or_another_owner_is_for_a_person():
    intent = an_intent()
    for text, taken in (("Other", frozenset()), (intent.rendered.text, frozenset({"7"}))):
        first = post(7, text)
        topics = {"/t/1007.json": {"post_stream": {"posts": [first]}}}
        found = search.find(board([first], topics=topics, named=301), replace(intent, taken=taken))
        assert isinstance(found, CannotTell)
        assert found.lookalikes[0][0] == "7"


@pytest.mark.hazard("H27")
def test_no_topic_under_our_key_may_mean_that_moderators_have_it():
    intent, asked = an_intent(), []
    held = [{"raw_text": "Another"}, {"raw_text": intent.rendered.text}]
    assert isinstance(search.find(board(pending=held, asked=asked), intent), Accepted)
    assert asked[1] == "/posts/us/pending.json"


@pytest.mark.hazard("H27")
def test_a_queued_post_that_moderators_changed_is_for_a_person():
    intent = an_intent("Spring fair with music and food in the park")
    held = [{"raw_text": intent.rendered.text.replace("music", "songs")}]
    found = search.find(board(pending=held), intent)
    assert isinstance(found, CannotTell)
    assert "songs" in found.lookalikes[0][2]


@pytest.mark.hazard("H8")
def test_after_a_restore_what_moderators_hold_may_be_it_in_other_words():
    intent = replace(an_intent("Spring fair"), notes={"changed": True})
    found = search.find(board(pending=[{"raw_text": "All said anew"}]), intent)
    assert isinstance(found, CannotTell)
    assert found.lookalikes == (("", "", "All said anew"),)
    assert isinstance(search.find(board([old(8)]), intent), Absent)


@pytest.mark.hazard("H27")
@pytest.mark.parametrize("delay", [timedelta(0), timedelta(days=2)])
def test_a_topic_that_moderators_let_through_has_lost_our_key_and_is_found(delay):
    intent = an_intent()
    pages = [post(9, intent.rendered.text, NOW + delay), old(8)]
    assert search.find(board(pages), intent).remote_id == "9"


@pytest.mark.hazard("H6")
@pytest.mark.parametrize(
    "more",
    [
        {"user_id": 6},
        {"post_number": 2},
        {"id": 77},
        {"topic_id": 55},
        {"at": NOW - timedelta(minutes=3)},
    ],
    ids=["of another user", "a reply", "owned", "with a key", "from before"],
)
def test_the_same_words_elsewhere_are_not_ours(more):
    intent = an_intent(taken=frozenset({"77"}))
    pages = [{**post(9, intent.rendered.text, more.pop("at", NOW)), **more}, old(8)]
    topics = {"/t/55.json": {"id": 55, "external_id": "pub-other"}}
    assert isinstance(search.find(board(pages, topics=topics), intent), Absent)


def test_a_keyless_topic_that_moderators_changed_is_for_a_person():
    intent = an_intent("Spring fair with music and food in the park")
    pages = [post(9, intent.rendered.text.replace("music", "songs")), old(8)]
    assert isinstance(search.find(board(pages), intent), CannotTell)


def test_the_latest_posts_are_read_back_to_the_try_over_gaps_and_no_further():
    intent, asked = an_intent(), []
    pages = [post(n, "Busy day", user_id=6) for n in (400, 399, 398, 397, 200, 199)] + [
        old(90),
        old(5),
    ]
    assert isinstance(search.find(board(pages, asked=asked), intent), Absent)
    assert asked.count("/posts.json") == 3


def test_an_unfinished_reading_of_the_latest_posts_tells_nothing():
    pages = [post(n, "Busy day", user_id=6) for n in range(900, 100, -1)]
    assert isinstance(search.find(board(pages), an_intent()), CannotTell)


@pytest.mark.parametrize("value", [None, [None], [{}], [{"id": "x"}], [{"id": 1, "created_at": 5}]])
def test_a_listing_that_cannot_be_understood_tells_nothing(value):
    assert topic.latest({"latest_posts": value}) is None


def test_a_429_names_its_wait_in_the_header_or_in_the_body():
    header = Answer(429, {"Retry-After": "30"}, b'{"extras": {"wait_seconds": 9}}')
    body = Answer(429, {}, b'{"extras": {"wait_seconds": 9}}')
    assert topic.wait_until(header, NOW) == NOW + timedelta(seconds=30)
    assert topic.wait_until(body, NOW) == NOW + timedelta(seconds=9)
    assert topic.wait_until(Answer(429, {}, b""), NOW) is None
