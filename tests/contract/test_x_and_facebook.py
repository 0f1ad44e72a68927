"""What only X, or only Facebook, does."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from cast import IMAGES, NOTICE, NOW, TOOLS
from dialects import Entry
from dialects import facebook as facebook_says
from dialects import x as x_says
from scripted import Seen, Server, reply

from publisher.clock import rfc3339
from publisher.content import Account, Content, Media
from publisher.networks import (
    CannotTell,
    Credentials,
    Intent,
    Later,
    Published,
    Refused,
    Unknown,
)
from publisher.networks.facebook.adapter import Facebook
from publisher.networks.wire.reasons import because
from publisher.networks.x.adapter import X

IMAGE = Media(sha256="a" * 64, mime="image/png", width=10, height=10, alt="Two people at a stand")
LINK = "https://example.com/fair"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def account(network: str, server: Server | None = None) -> Account:
    user = {"x": x_says, "facebook": facebook_says}[network].DIALECT.remote_user_id
    url = server.url if server else ""
    return Account("us", network, "office", "x", "en", user, url, sandbox=server is not None)


@pytest.fixture
def x(server: Server) -> X:
    return X(account("x", server), x_says.DIALECT.secrets, TOOLS)


@pytest.fixture
def facebook(server: Server) -> Facebook:
    return Facebook(account("facebook", server), facebook_says.DIALECT.secrets, TOOLS)


def intent(adapter: X | Facebook, *media: Media, **given: object) -> Intent:
    owner = adapter._account
    rendered = adapter.render(Content(text="Fair", media=media, link=LINK), owner, NOTICE)
    made = Intent(
        key="k",
        account=owner,
        act="publish",
        rendered=rendered,
        started_at=NOW,
        not_after=NOW + timedelta(minutes=5),
        deadline=time.monotonic() + 30,
    )
    return replace(made, **given)


def paths(server: Server) -> list[str]:
    return [seen.path for seen in server.seen]


def test_x_is_asked_through_tweepy_and_signed_for_the_host_that_is_asked(x, server):
    server.play(x_says.DIALECT.published)
    x.send(intent(x))
    seen: Seen = server.seen[0]
    assert "Tweepy" in seen.headers["user-agent"]
    assert seen.headers["authorization"].startswith("OAuth oauth_")
    assert seen.json == {"text": f"Fair\n\n{LINK}\n\n{NOTICE}"}


def test_x_gets_each_image_with_its_alt_text_and_the_post_names_it(x, server):
    server.play(*x_says.uploaded(0))
    notes = x.prepare(intent(x, IMAGE))
    upload, described = server.seen
    assert upload.form["media"] == ("image", "image/png", IMAGES[IMAGE.sha256])
    assert described.json == {
        "id": "1000",
        "metadata": {"alt_text": {"text": "Two people at a stand"}},
    }
    server.play(x_says.DIALECT.published)
    x.send(intent(x, IMAGE, notes=notes))
    assert server.seen[0].json["media"] == {"media_ids": ["1000"]}


def test_x_uploads_only_what_an_earlier_try_did_not(x, server):
    other = replace(IMAGE, sha256="b" * 64, alt="")
    known = {"media_ids": {IMAGE.sha256: "7"}, "media_until": rfc3339(NOW + timedelta(hours=1))}
    server.play(*x_says.uploaded(0))
    notes = x.prepare(intent(x, IMAGE, other, notes=known))
    assert notes == {**known, "media_ids": {IMAGE.sha256: "7", other.sha256: "1000"}}
    assert paths(server) == ["/2/media/upload"]  # no alt text, so nothing to describe


def test_a_part_of_a_thread_answers_the_one_before_it(x, server):
    server.play(x_says.DIALECT.published)
    part = intent(x, thread=("7", "8"), more=1)
    assert isinstance(x.send(part), Published)
    [seen] = server.seen
    assert seen.json["reply"] == {"in_reply_to_tweet_id": "8"}
    assert not x_says.DIALECT.broken_contract(seen)


@pytest.mark.hazard("H6")
@pytest.mark.parametrize(
    ("thread", "stands_in", "found"),
    [
        (("7", "8"), "7", Published),
        (("7", "8"), "", CannotTell),
        (("7", "8"), "6", CannotTell),
        ((), "", Published),
        ((), "7", CannotTell),
    ],
)
def test_a_part_is_known_by_its_words_and_the_thread_in_which_it_stands(
    x, server, thread, stands_in, found
):
    part = intent(x, thread=thread)
    shown = Entry(x_says.IDS[0], part.rendered.text, NOW, thread=stands_in)
    server.play(x_says.page([shown]))
    assert isinstance(x.find(part), found)


def test_the_images_of_a_thread_stand_in_its_first_post_and_the_notice_too(x):
    words = Content(text="The fair opens. " * 30, media=(IMAGE,), link=LINK, thread=True)
    made = x.render(words, x._account, NOTICE)
    assert [len(part.media) for part in made.parts] == [1, *[0] * (len(made.parts) - 1)]
    assert [NOTICE in part.text for part in made.parts] == [True, *[False] * (len(made.parts) - 1)]
    assert made.parts[-1].text.endswith(f"{LINK} ({len(made.parts)}/{len(made.parts)})")
    assert made.length <= made.limit
    assert len(x.render(replace(words, thread=False), x._account, NOTICE).parts) == 1


@pytest.mark.hazard("H4")
def test_x_does_not_post_with_media_ids_that_have_expired(x, server):
    server.play(x_says.DIALECT.published)
    stale = {"media_ids": {IMAGE.sha256: "7"}, "media_until": rfc3339(NOW)}
    late = intent(x, IMAGE, notes=stale)
    assert x.needs_preparing(late)
    assert isinstance(x.send(late), Later)
    assert not server.seen


def test_an_alt_text_that_x_does_not_take_stops_the_post(x, server):
    server.play(x_says.uploaded(0)[0], reply(500))
    assert isinstance(x.prepare(intent(x, IMAGE)), Later)


def test_a_post_on_the_real_networks_has_its_public_address():
    secrets = {**x_says.DIALECT.secrets, **facebook_says.DIALECT.secrets}
    named = replace(account("x"), options={"username": "us_official"})
    assert X(named, secrets, TOOLS)._url("1") == "https://x.com/us_official/status/1"
    assert X(account("x"), secrets, TOOLS)._url("1") == "https://x.com/i/status/1"
    page = Facebook(account("facebook"), secrets, TOOLS)
    assert page._url("5") == "https://www.facebook.com/100200300_5"
    assert page._api.base == "https://graph.facebook.com/v26.0"


def test_facebook_shows_a_link_as_a_card_or_beside_images_in_the_text(facebook, server):
    server.play(facebook_says.DIALECT.published)
    facebook.send(intent(facebook))
    assert server.seen[0].form == {"message": f"Fair\n\n{NOTICE}", "link": LINK}
    server.play(facebook_says.DIALECT.published)
    facebook.send(intent(facebook, IMAGE, notes={"media_ids": {IMAGE.sha256: "1000"}}))
    assert server.seen[0].form == {
        "message": f"Fair\n\n{LINK}\n\n{NOTICE}",
        "attached_media": '[{"media_fbid": "1000"}]',
    }


def test_facebook_gets_each_image_unpublished_with_its_alt_text(facebook, server):
    server.play(*facebook_says.DIALECT.uploaded(0))
    assert facebook.prepare(intent(facebook, IMAGE)) == {"media_ids": {IMAGE.sha256: "1000"}}
    assert server.seen[0].form == {
        "published": "false",
        "alt_text_custom": "Two people at a stand",
        "source": ("image", "image/png", IMAGES[IMAGE.sha256]),
    }


def test_facebook_does_not_post_without_an_image_that_belongs_to_it(facebook, server):
    server.play(facebook_says.DIALECT.published)
    assert isinstance(facebook.send(intent(facebook, IMAGE)), Later)
    assert not server.seen


def test_what_a_strange_token_cannot_see_is_not_taken_to_be_gone(facebook, server):
    stranger = reply(200, {"id": "999", "name": "Somebody else"})
    removal = intent(facebook, act="retract", target=facebook_says.IDS[0])
    server.play(facebook_says.GONE, stranger)
    assert isinstance(facebook.send(removal), Credentials)
    server.play(facebook_says.GONE, stranger)
    assert isinstance(facebook.find(removal), Credentials)


def test_an_edit_is_found_by_the_text_that_is_public(facebook, server):
    edit = intent(facebook, act="edit", target=facebook_says.IDS[0])
    server.play(reply(200, {"id": edit.target, "message": edit.rendered.text}))
    assert isinstance(facebook.find(edit), Published)
    server.play(reply(200, {"id": edit.target, "message": "The text before"}))
    assert type(facebook.find(edit)).__name__ == "Absent"


@pytest.mark.hazard("H6")
def test_an_owned_post_is_recognised_in_either_form_of_its_id(facebook, server):
    shown = {"id": "11", "message": f"Fair\n\n{NOTICE}", "created_time": "2026-11-23T09:00:00+0000"}
    for owned in ("11", "100200300_11"):
        server.play(reply(200, {"data": [shown], "paging": {}}))
        found = facebook.find(intent(facebook, taken=frozenset({owned})))
        assert type(found).__name__ == "Absent"


@pytest.mark.parametrize("target", ["", "../me", "1/likes", "1?x=y", "١"])
@pytest.mark.parametrize("act", ["edit", "retract", "reply"])
def test_an_act_that_names_no_post_asks_the_network_nothing(target, act, x, facebook, server):
    for adapter in (x, facebook):
        odd = intent(adapter, act=act, target=target)
        assert isinstance(adapter.send(odd), Refused)
        assert isinstance(adapter.find(odd), CannotTell)
    assert not server.seen


def test_a_reply_is_not_published_as_a_post_of_its_own(x, facebook, server):
    for adapter in (x, facebook):
        assert isinstance(adapter.send(intent(adapter, act="reply", target="1")), Refused)
    assert not server.seen


def test_facebook_says_no_such_object_of_a_post_that_may_be_out(facebook, server):
    server.play(reply(400, facebook_says.error(100, "Unsupported post request", error_subcode=33)))
    outcome = facebook.send(intent(facebook))
    assert isinstance(outcome, Unknown)
    assert "Unsupported post request" in outcome.reason


def test_a_page_that_the_token_does_not_see_stops_the_account_and_not_a_post(facebook, server):
    server.play(reply(400, facebook_says.error(100, "Unsupported get request", error_subcode=33)))
    assert isinstance(facebook.prepare(intent(facebook, IMAGE)), Credentials)
    assert isinstance(facebook.find(intent(facebook)), Credentials)


@pytest.mark.parametrize(
    ("me", "kind"), [(facebook_says.ME, Refused), (reply(200, {"id": "5"}), Credentials)]
)
def test_an_edit_of_what_is_gone_is_refused_if_we_would_see_it(facebook, server, me, kind):
    edit = intent(facebook, act="edit", target=facebook_says.IDS[2])
    server.play(facebook_says.GONE, me)
    assert isinstance(facebook.send(edit), kind)
    server.play(facebook_says.GONE, me)
    assert isinstance(facebook.find(edit), kind)


def test_the_version_of_the_graph_api_is_the_accounts_own(server):
    owner = replace(account("facebook", server), options={"api_version": "v31.0"})
    server.play(facebook_says.ME)
    Facebook(owner, facebook_says.DIALECT.secrets, TOOLS).whoami()
    assert server.seen[0].path.startswith("/v31.0/")


@pytest.mark.parametrize("more", [{}, {"message": None}, {"story": "The Page updated its status."}])
def test_a_post_that_facebook_shows_without_its_text_is_no_changed_one(
    more: dict[str, object], facebook: Facebook, server: Server
) -> None:
    edit = intent(facebook, act="edit", target="100200300_9", before=intent(facebook).rendered)
    server.play(reply(200, {"id": "100200300_9", **more}))
    outcome = facebook.prepare(edit)
    assert isinstance(outcome, Later)
    assert outcome.reason == because("not_read", why=because("no_text"))
    server.play(reply(200, {"id": "100200300_9", **more}))
    assert isinstance(facebook.find(edit), CannotTell)
