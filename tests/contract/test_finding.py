"""Did it become public? Every adapter, by its network's own means."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from cast import NOTICE, NOW
from dialects import Entry
from scripted import drip, hang_up, reply, reset

from publisher.networks import Absent, CannotTell, Credentials, Later, Published

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def test_what_is_there_is_found(dialect, server, adapter, an_intent):
    intent = an_intent()
    server.play(*dialect.present(intent))
    found = adapter.find(intent)
    assert isinstance(found, Published)
    assert found.remote_id == dialect.remote_id
    assert found.url
    assert not [error for seen in server.seen for error in dialect.broken_contract(seen)]
    assert not [seen for seen in server.seen if seen.method != "GET"]


def test_what_is_not_there_is_absent(dialect, server, adapter, an_intent):
    server.play(*dialect.absent)
    assert isinstance(adapter.find(an_intent()), Absent)


def test_a_post_that_shows_up_late_is_found_by_the_next_look(dialect, server, adapter, an_intent):
    intent = an_intent()
    server.play(*dialect.absent)
    assert isinstance(adapter.find(intent), Absent)
    server.play(*dialect.present(intent))
    assert isinstance(adapter.find(intent), Published)


@pytest.mark.parametrize(
    "trouble",
    [
        reply(500),
        reply(404),
        reply(302, b"", {"Location": "/login"}),
        reply(200, b"<html>"),
        reply(200, b"[5]"),
        reply(200, b'{"data": [{}], "meta": {}}'),
        reply(200, b'{"data": 5, "meta": {"result_count": 0}}'),
        hang_up,
        reset,
    ],
    ids=["500", "404", "302", "page", "list", "empty post", "number", "closed", "reset"],
)
def test_a_look_up_that_fails_tells_nothing(trouble, dialect, server, adapter, an_intent):
    server.play(trouble)
    assert isinstance(adapter.find(an_intent()), CannotTell)


def test_a_look_up_ends_at_its_deadline(dialect, server, adapter, an_intent):
    server.play(drip(b"HTTP/1.1 200 OK\r\n\r\n"))
    began = time.monotonic()
    assert isinstance(adapter.find(an_intent(deadline=began + 0.3)), CannotTell)
    assert time.monotonic() - began < 0.9


def test_a_throttled_look_up_is_later(dialect, server, adapter, an_intent):
    server.play(dialect.throttled)
    found = adapter.find(an_intent())
    assert isinstance(found, Later)
    assert found.at == NOW + timedelta(seconds=120)


def test_a_look_up_with_refused_credentials_says_so(dialect, server, adapter, an_intent):
    server.play(dialect.unauthorized)
    assert isinstance(adapter.find(an_intent()), Credentials)


def test_a_removed_post_is_found_to_be_gone(dialect, server, adapter, an_intent):
    server.play(*dialect.gone)
    found = adapter.find(an_intent(act="retract", target=dialect.target))
    assert found == Published(dialect.target)


def test_a_post_still_there_is_not_gone(dialect, server, adapter, an_intent):
    server.play(*dialect.still_there)
    assert isinstance(adapter.find(an_intent(act="retract", target=dialect.target)), Absent)


@pytest.mark.parametrize("trouble", [reply(404, b"<html>"), reply(500), reply(200, b"{}"), hang_up])
def test_an_outage_does_not_make_a_post_gone(trouble, dialect, server, adapter, an_intent):
    server.play(trouble)
    found = adapter.find(an_intent(act="retract", target=dialect.target))
    assert isinstance(found, CannotTell)


# From here on: networks that have nothing but the list of the account's own posts.

listing = pytest.mark.only("listing")


@listing
@pytest.mark.parametrize(
    "moved_and_found",
    [
        (-6 * SECOND, CannotTell),
        (-5 * SECOND, Published),
        (5 * MINUTE + 2 * MINUTE, Published),
        (7 * MINUTE + SECOND, CannotTell),
    ],
    ids=["too early", "their clock is slow", "the last moment", "too late"],
)
def test_only_a_post_dated_within_the_attempt_is_ours(
    moved_and_found, dialect, server, adapter, an_intent
):
    moved, found = moved_and_found
    intent = an_intent()
    entry = Entry(dialect.listing.ids[0], intent.rendered.text, NOW + moved)
    server.play(dialect.listing.page([entry]))
    assert type(adapter.find(intent)) is found


@listing
@pytest.mark.hazard("H6")
def test_of_two_posts_that_are_the_same_neither_is_adopted(dialect, server, adapter, an_intent):
    intent, ids = an_intent(), dialect.listing.ids
    server.play(dialect.listing.page([Entry(i, intent.rendered.text, NOW) for i in ids[:2]]))
    found = adapter.find(intent)
    assert isinstance(found, CannotTell)
    assert [shown[0] for shown in found.lookalikes] == list(ids[:2])


@listing
@pytest.mark.hazard("H6")
def test_a_post_that_belongs_to_another_delivery_is_not_adopted(
    dialect, server, adapter, an_intent
):
    ids = dialect.listing.ids
    intent = an_intent(taken=frozenset(ids[:1]))
    server.play(dialect.listing.page([Entry(ids[0], intent.rendered.text, NOW)]))
    assert isinstance(adapter.find(intent), Absent)
    server.play(dialect.listing.page([Entry(i, intent.rendered.text, NOW) for i in ids[:2]]))
    found = adapter.find(intent)
    assert isinstance(found, Published)
    assert found.remote_id == ids[1]


@listing
@pytest.mark.hazard("H6")
@pytest.mark.parametrize(
    "changed",
    [
        lambda text: text.replace("Spring fair", "Spring Fair!"),
        lambda text: text[: len(text) // 2] + "…",
        lambda text: "Correction: " + text,
    ],
    ids=["reworded", "cut off", "longer"],
)
def test_an_unowned_look_alike_goes_to_a_person(changed, dialect, server, adapter, an_intent):
    intent = an_intent("Spring fair on Saturday from ten at the harbour, all are welcome")
    entry = Entry(dialect.listing.ids[0], changed(intent.rendered.text), NOW)
    server.play(dialect.listing.page([entry]))
    found = adapter.find(intent)
    assert isinstance(found, CannotTell)
    assert found.lookalikes[0][0] == entry.id


@listing
@pytest.mark.hazard("H6")
def test_a_post_with_other_images_is_not_ours(dialect, server, adapter, an_intent):
    intent = an_intent(images=2)
    for images, expected in ((2, Published), (1, CannotTell), (0, CannotTell)):
        entry = Entry(dialect.listing.ids[0], intent.rendered.text, NOW, images)
        server.play(dialect.listing.page([entry]))
        assert type(adapter.find(intent)) is expected


@listing
def test_a_post_about_something_else_is_no_hindrance(dialect, server, adapter, an_intent):
    other = an_intent("Our offices move to Kobe").rendered.text
    server.play(dialect.listing.page([Entry(dialect.listing.ids[0], other, NOW)]))
    assert isinstance(adapter.find(an_intent("冬の花火大会は土曜日です")), Absent)


@listing
@pytest.mark.hazard("H8")
def test_after_a_restore_a_post_of_nobody_may_be_it_in_other_words(
    dialect, server, adapter, an_intent
):
    other = an_intent("Our offices move to Kobe").rendered.text
    server.play(dialect.listing.page([Entry(dialect.listing.ids[0], other, NOW)]))
    intent = an_intent("冬の花火大会は土曜日です")
    changed = replace(intent, notes={**intent.notes, "changed": True})
    found = adapter.find(changed)
    assert isinstance(found, CannotTell)
    assert [one[0] for one in found.lookalikes] == [dialect.listing.ids[0]]


@listing
@pytest.mark.parametrize(
    "text",
    [
        "AT&T <b>&amp;</b> 5 > 3",
        "See https://example.org/a?x=1&y=2 and https://example.org/b/",
        "か\u3099き\u3099く\u3099",  # decomposed
        "  two\n\n\n\nthree \n four ",
        "👨‍👩‍👧‍👦 family",
    ],
)
def test_what_the_network_does_to_a_text_does_not_hide_it(
    text, dialect, server, adapter, an_intent
):
    intent = an_intent(text)
    server.play(dialect.listing.page([Entry(dialect.listing.ids[0], intent.rendered.text, NOW)]))
    assert isinstance(adapter.find(intent), Published)


@listing
@pytest.mark.hazard("H6")
def test_a_list_that_does_not_reach_back_to_the_attempt_tells_nothing(
    dialect, server, adapter, an_intent
):
    server.play(dialect.listing.cut_off([]))
    assert isinstance(adapter.find(an_intent()), CannotTell)
    assert len(server.seen) == 10
    ours = Entry(dialect.listing.ids[0], an_intent().rendered.text, NOW)
    server.play(dialect.listing.cut_off([ours]))
    found = adapter.find(an_intent())
    assert isinstance(found, CannotTell), "there may be another one"
    assert found.lookalikes, "and a person sees this one"


@listing
def test_a_list_is_read_to_its_end(dialect, server, adapter, an_intent):
    intent, ids = an_intent(), dialect.listing.ids
    other = Entry(ids[1], "Our offices move to Kobe", NOW)
    first = dialect.listing.cut_off([other])
    server.play(first, dialect.listing.page([Entry(ids[0], intent.rendered.text, NOW)]))
    assert isinstance(adapter.find(intent), Published)
    assert len(server.seen) == 2
    server.play(first, reply(500))
    assert isinstance(adapter.find(intent), CannotTell)


@listing
@pytest.mark.parametrize(
    "text_and_shown",
    [
        ("https://例え.jp/news", "https://xn--r8jz45g.jp/news"),
        ("Look at 例え.jp/news for details", "Look at http://xn--r8jz45g.jp/news for details"),
        ("Our report: HTTPS://Example.com/Report", "Our report: https://example.com/Report"),
    ],
)
def test_a_host_that_comes_back_in_another_form_is_the_same(
    text_and_shown, dialect, server, adapter, an_intent
):
    text, shown = text_and_shown
    intent = an_intent(text)
    back = intent.rendered.text.replace(text, shown)
    server.play(dialect.listing.page([Entry(dialect.listing.ids[0], back, NOW)]))
    assert isinstance(adapter.find(intent), Published)


@listing
@pytest.mark.hazard("H6")
@pytest.mark.parametrize(
    "back",
    [
        lambda text: text.replace("?a=1&b=2", ""),
        lambda text: text.replace("https://example.com/fair?a=1&b=2", "https://t.co/abc"),
        lambda text: "",
        lambda text: "Something by hand",
    ],
    ids=["no query", "a short link", "nothing", "other words"],
)
def test_a_post_of_only_a_link_is_never_proved_absent_beside_another(
    back, dialect, server, adapter, an_intent
):
    link = "https://example.com/fair?a=1&b=2"
    intent = an_intent(link)
    entry = Entry(dialect.listing.ids[0], back(intent.rendered.text), NOW)
    server.play(dialect.listing.page([entry]))
    found = adapter.find(intent)
    assert isinstance(found, CannotTell)
    assert found.lookalikes[0][0] == entry.id


@listing
def test_a_post_of_only_a_notice_has_nothing_to_be_known_by(dialect, server, adapter, an_intent):
    intent = an_intent(images=1)
    bare = replace(intent.rendered, parts=(replace(intent.rendered.parts[0], text=NOTICE),))
    entry = Entry(dialect.listing.ids[0], NOTICE, NOW, images=1)
    server.play(dialect.listing.page([entry]))
    found = adapter.find(replace(intent, rendered=replace(bare, disclaimer=NOTICE)))
    assert isinstance(found, CannotTell)
    assert found.lookalikes[0][0] == entry.id
