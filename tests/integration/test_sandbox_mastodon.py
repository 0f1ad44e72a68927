"""The stand-in for Mastodon keeps keys, counts and clears away as a server does."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
import requests
from sandbox_clients import Hands, credentials, order, png, public

from publisher.content import Account, Content, Media
from publisher.networks import Absent, Intent, Published, Tools, Unknown
from publisher.networks.registry import network
from publisher.sandbox import serve, user_id

ME = user_id("mastodon", "acme")


@pytest.fixture
def hands():
    return Hands()


@pytest.fixture
def server(hands):
    with serve(port=0, clock=hands) as running:
        yield running


@pytest.fixture
def ask(server):
    def asking(method, path, key="", **more):
        given = credentials("mastodon", "acme")["headers"]
        headers = {**given, **({"Idempotency-Key": key} if key else {})}
        url = f"{server.url}/mastodon/api{path}"
        return requests.request(method, url, timeout=30, headers=headers, **more)

    return asking


def write(ask, text="Hello", key="", **more):
    return ask("POST", "/v1/statuses", key, json={"status": text, **more})


def uploaded(ask):
    return ask("POST", "/v2/media", files={"file": ("a.png", png())}).json()["id"]


def test_a_key_is_kept_for_an_hour_whatever_comes_with_it(ask, server, hands):
    first = write(ask, "Hello", "k").json()
    hands.at += 3599
    assert write(ask, "Other words", "k").json()["id"] == first["id"]
    hands.at += 2
    assert write(ask, "Hello", "k").json()["id"] != first["id"]
    assert len(public(server, "mastodon")) == 2


def test_the_key_of_a_post_that_was_deleted_is_answered_with_404(ask, server):
    number = write(ask, "Hello", "k").json()["id"]
    ask("DELETE", f"/v1/statuses/{number}")
    assert write(ask, "Hello", "k").status_code == 404
    assert len(public(server, "mastodon")) == 1


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("a" * 500, True),
        ("a" * 501, False),
        ("a" * 477 + "https://example.com/" + "b" * 100, True),
        ("a" * 495 + "@acme@social.example", False),
        ("a" * 494 + " @acme@social.example", True),
    ],
)
def test_a_link_and_a_mention_count_as_they_do_there(ask, text, fits):
    assert write(ask, text).status_code == (200 if fits else 422)


def test_words_come_back_as_html_with_the_ends_of_links_hidden(ask):
    said = write(ask, "1 < 2\nsee https://example.com/a/very/long/address/indeed?x=1&y=2\n\nBye")
    assert said.json()["content"].startswith("<p>1 &lt; 2<br />see <a href=")
    assert '<span class="invisible">https://</span>' in said.json()["content"]
    assert said.json()["content"].endswith("</a></p><p>Bye</p>")


def test_an_upload_is_not_ready_at_once_and_belongs_to_one_post(ask, server, hands):
    url = f"{server.url}/_sandbox/settings"
    requests.post(url, json={"mastodon_processing_seconds": 10}, timeout=30)
    number = uploaded(ask)
    assert ask("GET", f"/v1/media/{number}").status_code == 206
    assert write(ask, media_ids=[number]).status_code == 422
    hands.at += 10
    assert ask("GET", f"/v1/media/{number}").status_code == 200
    assert write(ask, media_ids=[number]).status_code == 200
    assert ask("GET", f"/v1/media/{number}").status_code == 404
    assert write(ask, media_ids=[number]).status_code == 422


def test_an_edit_takes_away_what_it_does_not_name(ask, server):
    made = write(ask, media_ids=[uploaded(ask)]).json()
    assert len(made["media_attachments"]) == 1
    changed = ask("PUT", f"/v1/statuses/{made['id']}", json={"status": "Hello"}).json()
    assert changed["media_attachments"] == []
    assert changed["edited_at"]
    assert public(server, "mastodon")[0]["edits"] == 1


def test_images_go_with_the_post_only_when_that_is_asked_for(ask, server):
    for asked, status in (("", 200), ("?delete_media=true", 404)):
        made = write(ask, media_ids=[uploaded(ask)]).json()
        ask("DELETE", f"/v1/statuses/{made['id']}{asked}")
        address = made["media_attachments"][0]["url"]
        assert requests.get(address, timeout=30).status_code == status


def test_a_list_leads_to_its_next_page(ask):
    numbers = [write(ask, f"Post {n}").json()["id"] for n in range(3)]
    path = f"/v1/accounts/{ME}/statuses?limit=2"
    first = ask("GET", path)
    assert [one["id"] for one in first.json()] == numbers[:0:-1]
    assert f"max_id={numbers[1]}" in first.links["next"]["url"]
    rest = ask("GET", f"{path}&max_id={numbers[1]}")
    assert [one["id"] for one in rest.json()] == numbers[:1]
    assert "next" not in rest.links


# What Publisher makes of it


@pytest.fixture
def adapter(server, hands):
    account = Account("acme", "mastodon", "office", "standard", "en", ME, f"{server.url}/mastodon")
    tools = Tools(lambda: datetime.fromtimestamp(hands(), UTC), time.monotonic, lambda _: png())
    return network("mastodon")(account, {"access_token": "sandbox-acme"}, tools)


@pytest.fixture
def intent(adapter, hands):
    picture = Media(sha256(png()).hexdigest(), "image/png", 40, 30, alt="A red box")
    said = "Hello @them@far.example & all\nsee you <there>\n\n\nBye"
    content = Content(said, link="https://example.com/a?b=1&c=2" + "d" * 40, media=(picture,))
    now = datetime.fromtimestamp(hands(), UTC)
    return Intent(
        key="k",
        account=adapter._account,
        act="publish",
        started_at=now,
        rendered=adapter.render(content, adapter._account, "Not official."),
        not_after=now + timedelta(hours=9),
        deadline=time.monotonic() + 30,
    )


def prepared(adapter, intent):
    while adapter.needs_preparing(intent):
        intent = replace(intent, notes={**intent.notes, **adapter.prepare(intent)})
    return intent


def test_a_post_is_published_found_edited_and_taken_down(server, adapter, intent):
    ready = prepared(adapter, intent)
    sent = adapter.send(ready)
    assert isinstance(sent, Published)
    assert adapter.find(ready) == sent
    words = replace(intent.rendered.parts[0], text="Hello, all of you")
    after = replace(intent.rendered, parts=(words,))
    edit = prepared(
        adapter,
        replace(intent, act="edit", target=sent.remote_id, before=intent.rendered, rendered=after),
    )
    assert isinstance(adapter.find(edit), Absent)
    assert adapter.send(edit) == adapter.find(edit) == sent
    [shown] = public(server, "mastodon")
    assert (shown["text"], shown["edits"]) == ("Hello, all of you", 1)
    assert [one["alt"] for one in shown["media"]] == ["A red box"]
    gone = replace(intent, act="retract", target=sent.remote_id)
    assert isinstance(adapter.find(gone), Absent)
    for answer in (adapter.send(gone), adapter.find(gone), adapter.send(gone)):
        assert answer == Published(sent.remote_id)


@pytest.mark.hazard("H3")
def test_a_repeat_that_crosses_with_the_first_try_does_not_double(server, adapter, intent, hands):
    ready = prepared(adapter, intent)
    order(server, "lag", seconds=1800)
    order(server, "500-after")
    assert isinstance(adapter.send(ready), Unknown)
    assert isinstance(adapter.find(ready), Absent), "it is public, and not listed yet"
    hands.at += 1800
    again = replace(ready, notes={**ready.notes, "repeated": True})
    [shown] = public(server, "mastodon")
    assert adapter.send(again).remote_id == shown["id"]
    hands.at += 1800
    assert isinstance(adapter.send(again), Unknown), "the key may be forgotten"
    assert len(public(server, "mastodon")) == 1
