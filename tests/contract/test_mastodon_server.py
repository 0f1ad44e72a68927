"""What only Mastodon does: it forgets our key, counts in its own way, and hands words back as HTML."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cast import IMAGES, NOW, TOOLS
from dialects import Entry, mastodon
from scripted import reply

from publisher.content import Content
from publisher.networks import Absent, CannotTell, Later, Published, Refused, Unknown, WhoAmIFailed
from publisher.networks.mastodon import text
from publisher.networks.registry import about, network
from publisher.networks.wire.reasons import because

pytestmark = pytest.mark.only("mastodon")
FIRST, SECOND = IMAGES
LINK = (
    '<a href="https://example.com/a/b?c=1&amp;d=2"><span class="invisible">https://</span>'
    '<span class="ellipsis">example.com/a</span><span class="invisible">/b?c=1&amp;d=2</span></a>'
)
MENTION = '<span class="h-card"><a href="https://far.example/@them">@<span>them</span></a></span>'
UNTIL = "2026-11-24T08:00:00Z"


@pytest.fixture
def later(dialect, account):
    """The adapter, so long after the first try."""

    def made(**after):
        tools = replace(TOOLS, now=lambda: NOW + timedelta(**after))
        return network("mastodon")(account, dialect.secrets, tools)

    return made


# ---- the key


def test_every_post_carries_its_key_and_says_what_preferences_would_fill_in(
    dialect, server, adapter, an_intent
):
    server.play(dialect.published)
    intent = an_intent()
    adapter.send(intent)
    assert server.seen[0].headers["idempotency-key"] == intent.key
    said = server.seen[0].json
    assert (said["visibility"], said["sensitive"], said["language"]) == ("public", False, "en")


@pytest.mark.hazard("H3")
def test_what_is_not_listed_is_absent_only_while_the_key_holds(dialect, server, later, an_intent):
    server.play(*dialect.absent)
    assert isinstance(later(minutes=50).find(an_intent()), Absent)
    found = later(minutes=56).find(an_intent())
    assert isinstance(found, CannotTell)
    assert found.lasting
    assert isinstance(later(minutes=-56).find(an_intent()), CannotTell), "their clock, or ours"


@pytest.mark.hazard("H3")
def test_what_is_listed_is_found_long_after(dialect, server, later, an_intent):
    server.play(*dialect.present(an_intent()))
    assert isinstance(later(hours=5).find(an_intent()), Published)


@pytest.mark.hazard("H3")
def test_nothing_is_sent_again_when_the_key_is_forgotten(dialect, server, later, an_intent):
    server.play(dialect.published)
    again = an_intent(notes={"repeated": True}, not_after=NOW + timedelta(hours=2))
    assert isinstance(later(minutes=56).send(again), Unknown)
    assert server.seen == []
    assert isinstance(later(minutes=50).send(again), Published)


def test_an_edit_has_no_key_and_may_come_at_any_time(dialect, server, later, an_intent):
    edit = an_intent(act="edit", target=dialect.target, not_after=NOW + timedelta(hours=9))
    server.play(*dialect.edited(edit))
    assert isinstance(later(hours=5).send(edit), Published)
    assert "idempotency-key" not in server.seen[0].headers


# ---- its texts


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ("", 0),
        ("日本語", 3),
        ("https://example.com/" + "a" * 100, 23),
        ("https://a.jp", 23),
        ("See HTTPS://Example.com/a, and http://b.jp.", 4 + 23 + 6 + 23 + 1),
        ("example.com/and/no/more", 23),
        ("example.com", 11),  # without a protocol no link
        ("ftp://example.com/", 18),
        ("@us@social.example", 3),
        ("With @us.and-them@social.example!", 18),
        ("@us and us@example.com", 22),
        ("https://example.com/@us@social.example", 23),
        ("👨‍👩‍👧‍👦🇯🇵👍🏽", 3),
        ("e\u0301\u0323", 1),
        ("が", 1),
    ],
)
def test_it_counts_as_the_server_counts(said, counts, dialect):
    assert text.length(said, 500, 23) == counts


def test_a_site_sets_its_own_lengths(dialect, account):
    large = replace(account, limits={"characters": 5000, "url": 30})
    content = Content(text="a" * 600, link="https://example.com/" + "b" * 50)
    rendered = network("mastodon").render(content, large, "")
    assert (rendered.length, rendered.limit) == (632, 5000)
    assert network("mastodon").render(content, account, "").limit == 500


@pytest.mark.parametrize(
    "shown_as",
    [
        (
            "See https://example.com/a/b?c=1&d=2",
            f"<p>See {LINK}</p>",
        ),
        (
            "With @them@far.example #fair",
            f"<p>With {MENTION} <a href='/tags/fair'>#<span>fair</span></a></p>",
        ),
        ("one\ntwo\n\nthree", "<p>one<br/>two</p><p>three</p>"),
    ],
)
def test_a_post_is_known_by_what_readers_see(shown_as, dialect, server, adapter, an_intent):
    said, content = shown_as
    intent = an_intent(said)
    shown = mastodon.status("", mastodon.IDS[0], created_at="2026-11-23T09:00:01.000Z")
    rest = mastodon.html(intent.rendered.text.removeprefix(said).strip())
    server.play(reply(200, [{**shown, "content": content + rest}]))
    assert isinstance(adapter.find(intent), Published)


def test_a_full_page_that_does_not_say_where_the_next_is_tells_nothing(
    dialect, server, adapter, an_intent
):
    others = [Entry(str(n), "Our offices move to Kobe", NOW) for n in range(40)]
    server.play(mastodon.page(others))
    assert isinstance(adapter.find(an_intent("冬の花火大会は土曜日です")), CannotTell)
    old = Entry("1", "Our offices move to Kobe", NOW - timedelta(hours=2))
    server.play(mastodon.page([*others, old]))
    assert isinstance(adapter.find(an_intent("冬の花火大会は土曜日です")), Absent)
    assert len(server.seen) == 1


# ---- images


def test_an_image_that_is_still_processed_is_waited_for(dialect, server, adapter, an_intent):
    intent = an_intent(images=2)
    server.play(reply(200, {"id": "1"}), reply(202, {"id": "2", "url": None}))
    notes = adapter.prepare(intent)
    assert notes["media_ids"] == {FIRST: "1", SECOND: "2"}
    held = replace(intent, notes=notes)
    assert adapter.needs_preparing(held)
    server.play(reply(206))
    outcome = adapter.prepare(held)
    assert isinstance(outcome, Later)
    assert outcome.own
    server.play(reply(200, {"id": "2"}))
    ready = replace(held, notes={**notes, **adapter.prepare(held)})
    assert server.seen[0].path == "/api/v1/media/2"
    assert not adapter.needs_preparing(ready)
    assert not [error for seen in server.seen for error in dialect.broken_contract(seen)]
    server.play(dialect.published)
    adapter.send(ready)
    assert server.seen[0].json["media_ids"] == ["1", "2"]


def test_an_image_that_cannot_be_processed_is_refused(dialect, server, adapter, an_intent):
    held = an_intent(
        images=1, notes={"media_ids": {FIRST: "1"}, "media_until": UNTIL, "processing": ["1"]}
    )
    server.play(reply(422, {"error": "Error processing thumbnail"}))
    assert isinstance(adapter.prepare(held), Refused)


def test_an_image_that_was_cleared_away_meanwhile_is_uploaded_again(server, adapter, an_intent):
    there = {"media_ids": {FIRST: "1"}, "processing": ["1"]}
    held = an_intent(images=1, notes={**there, "media_until": UNTIL})
    server.play(reply(404, {"error": "Record not found"}))
    gone = replace(held, notes={**held.notes, **adapter.prepare(held)})
    late = an_intent(images=1, notes={**there, "media_until": "2020-01-01T00:00:00Z"})
    for one in (gone, late):
        server.play(reply(200, {"id": "2"}))
        assert adapter.prepare(one)["media_ids"] == {FIRST: "2"}


def test_more_images_than_the_site_takes_are_not_even_uploaded(dialect, server, account, an_intent):
    few = network("mastodon")(replace(account, limits={"images": 1}), dialect.secrets, TOOLS)
    server.play(reply(200, {"id": "1"}))
    outcome = few.prepare(an_intent(images=2))
    assert isinstance(outcome, Refused)
    assert outcome.reason == because("most_images", most=1)
    assert server.seen == []


# ---- edits and takedowns


@pytest.fixture
def edit(dialect, an_intent):
    before = an_intent("At nine", images=1).rendered
    notes = {"media_ids": {FIRST: "1000"}, "media_until": UNTIL, "processing": []}
    return an_intent(
        "At ten", images=1, act="edit", target=dialect.target, before=before, notes=notes
    )


def test_a_warning_that_somebody_put_before_it_stops_an_edit(dialect, server, adapter, edit):
    said = mastodon.status(edit.before.text, images=1)
    server.play(reply(200, {**said, "spoiler_text": "Old news"}))
    outcome = adapter.prepare(edit)
    assert isinstance(outcome, Refused)
    assert "Old news" in outcome.reason
    server.play(reply(200, said))
    assert isinstance(adapter.prepare(edit), dict)


def test_an_edit_is_public_only_with_its_own_images(dialect, server, adapter, edit):
    for images, number, found in ((1, "1000", Published), (1, "7", Absent), (0, "", Absent)):
        said = mastodon.status(edit.rendered.text, images=images)
        attached = [{**one, "id": number} for one in said["media_attachments"]]
        server.play(reply(200, {**said, "media_attachments": attached}))
        assert isinstance(adapter.find(edit), found)


def test_an_edit_keeps_its_images_by_naming_them(dialect, server, adapter, edit):
    server.play(reply(200, mastodon.status(edit.rendered.text, images=1)))
    assert isinstance(adapter.send(edit), Published)
    assert server.seen[0].json["media_ids"] == ["1000"]
    assert not dialect.broken_contract(server.seen[0])


def test_a_takedown_takes_the_images_with_it(dialect, server, adapter, an_intent):
    server.play(*dialect.retracted)
    adapter.send(an_intent(act="retract", target=dialect.target))
    assert server.seen[0].query == {"delete_media": "true"}
    assert not dialect.broken_contract(server.seen[0])


def test_what_is_there_and_not_ours_is_not_called_gone(dialect, server, adapter, an_intent):
    server.play(mastodon.GONE, *dialect.still_there)
    outcome = adapter.send(an_intent(act="retract", target=dialect.target))
    assert isinstance(outcome, Unknown)


# ---- who we are, and what the site takes


def test_a_suspended_account_is_not_recognised(dialect, server, adapter):
    server.play(reply(403, {"error": "Your login is currently disabled"}))
    with pytest.raises(WhoAmIFailed, match="login is currently disabled") as caught:
        adapter.whoami()
    assert caught.value.credentials


@pytest.mark.parametrize(
    "case",
    [
        ({}, {"scopes": ["read", "write", "profile"]}, []),
        ({}, {"scopes": ["read:statuses", "write:statuses", "write:media"]}, []),
        ({}, {"scopes": ["read"]}, ["publish", "upload"]),
        ({"limited": True}, {}, ["be seen by everybody"]),
        ({}, {"scopes": None}, []),
        ({}, {"scopes": "read write"}, []),
        ({}, {"scopes": 5}, []),
        ({}, {"scopes": [{"read": 1}, ["write"]]}, []),
    ],
)
def test_what_the_account_may_not_do_is_said_where_the_server_tells(case, dialect, server, adapter):
    me, app, lacks = case
    server.play(reply(200, {"id": "14715", **me}), reply(200, app))
    assert adapter.rights() == dict.fromkeys(lacks, False)


def test_a_server_is_asked_what_it_takes(dialect, server, adapter):
    statuses = {
        "max_characters": 5000,
        "characters_reserved_per_url": 25,
        "max_media_attachments": "4",
    }
    media = {"image_size_limit": 10_485_760, "image_matrix_limit": 16_777_216}
    said = {"configuration": {"statuses": statuses, "media_attachments": media}}
    server.play(reply(200, said))
    assert adapter.limits() == {"characters": 5000, "url": 25, "image_bytes": 10_485_760}
    assert not dialect.broken_contract(server.seen[0])
    assert set(adapter.limits()) <= set(about("mastodon").site_limits)
    for odd in ({"configuration": None}, {"configuration": {"statuses": [5]}}, [5], "odd"):
        server.play(reply(200, odd))
        assert adapter.limits() == {}
