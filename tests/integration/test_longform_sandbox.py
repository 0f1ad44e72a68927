"""The blog and the board against the sandbox: whatever fails, the post is public once, or not."""

import html
import io
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from types import SimpleNamespace

import pytest
import requests
from PIL import Image

from publisher.content import Account, Content, Media
from publisher.networks import (
    Absent,
    Accepted,
    Bounded,
    CannotTell,
    Credentials,
    Intent,
    Later,
    Published,
    Refused,
    Tools,
    Unknown,
)
from publisher.networks.registry import network
from publisher.release import machine
from publisher.sandbox import PREFIXES, serve, user_id

NOTICE = "As of posting time; not necessarily an official announcement."
NETWORKS = ("wordpress", "discourse")
PATIENCE = 3.0  # seconds for a step; only one that never ends takes them all


def picture() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(data, "PNG")
    return data.getvalue()


PICTURE = picture()
IMAGE = Media(sha256(PICTURE).hexdigest(), "image/png", 4, 4, "A red square")
TOOLS = Tools(lambda: datetime.now(UTC), time.monotonic, lambda sha: PICTURE)


@pytest.fixture(scope="module")
def sandbox():
    with serve("127.0.0.1", 0) as server:
        yield server


class Stage:
    """One account of its own on one network of the sandbox."""

    def __init__(self, server, name):
        self.url, self.network, self.name = server.url, name, f"us{uuid.uuid4().hex[:8]}"
        key = f"sandbox-{self.name}"
        self.account = Account(
            self.name,
            name,
            "office",
            "standard",
            "en",
            user_id(name, self.name),
            server.url + PREFIXES[name],
            sandbox=True,
        )
        secrets = {"username": "us", "password": key, "api_key": key, "api_username": self.name}
        self.adapter = network(name)(self.account, secrets, TOOLS)
        self.wrong = network(name)(
            self.account, {**secrets, "password": "x", "api_key": "x"}, TOOLS
        )

    def intent(self, text="", *, images=(), **more):
        words = text or f"Spring fair {uuid.uuid4().hex}"
        now = TOOLS.now()
        content = Content(words, f"Title of {words}"[:80], "https://example.com/fair", images)
        return replace(
            Intent(
                key=f"{uuid.uuid4().hex}r1",
                account=self.account,
                act="publish",
                rendered=network(self.network).render(content, self.account, NOTICE),
                started_at=now,
                not_after=now + timedelta(minutes=1),
                deadline=time.monotonic() + PATIENCE,
            ),
            **more,
        )

    def prepared(self, intent):
        fresh = replace(intent, deadline=time.monotonic() + PATIENCE)
        if not self.adapter.needs_preparing(fresh):
            return fresh
        notes = self.adapter.prepare(fresh)
        assert isinstance(notes, dict), notes
        return replace(fresh, notes={**fresh.notes, **notes})

    def find(self, intent):
        return self.adapter.find(replace(intent, deadline=time.monotonic() + PATIENCE))

    def fail(self, fault, **more):
        order = {"fault": fault, "account": self.name, "network": self.network, **more}
        requests.post(f"{self.url}/_sandbox/faults", json=order, timeout=30).raise_for_status()

    def posts(self, state):
        asked = {"account": self.name, "network": self.network}
        found = requests.get(f"{self.url}/_sandbox/posts", params=asked, timeout=30).json()["posts"]
        return [post for post in found if post["state"] == state]

    def public(self):
        return self.posts("public")

    def decide(self, *, approve):
        """What the network's moderators do with the one post that they hold."""
        [held] = self.posts("held")
        order = {"id": held["id"], "network": self.network, "approve": approve}
        requests.post(f"{self.url}/_sandbox/moderate", json=order, timeout=30).raise_for_status()


@pytest.fixture(params=NETWORKS)
def stage(request, sandbox):
    return Stage(sandbox, request.param)


def test_a_post_with_an_image_goes_out_is_found_is_changed_and_is_taken_down(stage):
    intent = stage.prepared(stage.intent(images=(IMAGE,)))
    sent = stage.adapter.send(intent)
    assert isinstance(sent, Published)
    assert stage.find(intent) == sent
    [post] = stage.public()
    assert NOTICE in post["text"]
    assert len(post["media"]) == 1
    assert IMAGE.alt in post["text"]
    edit = stage.intent(act="edit", target=sent.remote_id)
    assert isinstance(stage.find(edit), Absent)
    assert stage.adapter.send(edit).remote_id == sent.remote_id
    assert isinstance(stage.find(edit), Published)
    retract = stage.intent(act="retract", target=sent.remote_id)
    assert isinstance(stage.find(retract), Absent)
    assert stage.adapter.send(retract) == Published(sent.remote_id)
    assert stage.adapter.send(retract) == Published(sent.remote_id)
    assert stage.find(retract) == Published(sent.remote_id)
    assert stage.public() == []


@pytest.mark.hazard("H5")
@pytest.mark.parametrize(
    ("fault", "acted"),
    [
        ("500-before", False),
        ("reset-before", False),
        ("hang-before", False),
        ("500-after", True),
        ("reset", True),
        ("hang", True),
        ("garbage", True),
    ],
)
def test_an_unknown_is_looked_up_and_repeated_only_if_it_is_absent(stage, fault, acted):
    intent = stage.prepared(stage.intent())
    stage.fail(fault, on=["publish"])
    assert isinstance(stage.adapter.send(intent), Unknown)
    found = stage.find(intent)
    assert type(found) is (Published if acted else Absent)
    again = replace(intent, notes={**intent.notes, "repeated": True})
    repeated = stage.adapter.send(stage.prepared(again))
    assert isinstance(repeated, Published | Unknown)
    assert isinstance(stage.find(again), Published)
    assert [post["publications"] for post in stage.public()] == [1]


def test_a_repeat_under_the_same_key_never_makes_a_second_post(stage):
    intent = stage.prepared(stage.intent())
    first = stage.adapter.send(intent)
    for _ in range(2):
        again = replace(intent, deadline=time.monotonic() + PATIENCE)
        assert stage.adapter.send(again) == first
    assert len(stage.public()) == 1


@pytest.mark.hazard("H13")
def test_throttling_and_refused_credentials_leave_nothing_behind(stage):
    intent = stage.prepared(stage.intent())
    stage.fail("429", on=["publish"], seconds=90)
    later = stage.adapter.send(intent)
    assert isinstance(later, Later)
    assert timedelta(seconds=80) < later.at - TOOLS.now() < timedelta(seconds=100)
    stage.fail("401", on=["publish"])
    assert isinstance(stage.adapter.send(intent), Credentials)
    assert isinstance(stage.wrong.send(intent), Credentials)
    assert stage.public() == []


def test_a_doubt_about_an_upload_or_a_draft_is_later_and_then_resumed(stage):
    for fault in ("500-after", "reset", "garbage"):
        intent = stage.intent(images=(IMAGE,))
        stage.fail(fault, on=["prepare"])
        assert isinstance(stage.adapter.prepare(intent), Later)
        assert isinstance(stage.adapter.send(stage.prepared(intent)), Published)
    assert len(stage.public()) == 3


@pytest.mark.hazard("H27")
@pytest.mark.parametrize("answer", ["arrives", "is lost"])
def test_what_moderators_hold_is_accepted_and_found_when_they_let_it_through(stage, answer):
    intent = stage.prepared(stage.intent())
    stage.fail("moderated", on=["publish"])
    if answer == "is lost":
        stage.fail("reset", on=["publish"])
    sent = stage.adapter.send(intent)
    assert isinstance(sent, Accepted if answer == "arrives" else Unknown)
    assert isinstance(stage.find(intent), Accepted)
    stage.decide(approve=True)
    assert isinstance(stage.find(intent), Published)
    assert len(stage.public()) == 1


@pytest.mark.hazard("H27")
def test_what_moderators_reject_is_never_called_published(stage):
    intent = stage.prepared(stage.intent())
    stage.fail("moderated", on=["publish"])
    assert isinstance(stage.adapter.send(intent), Accepted)
    stage.decide(approve=False)
    assert isinstance(stage.find(intent), Absent | CannotTell)
    assert stage.public() == []


@pytest.mark.hazard("H1")
def test_a_key_that_holds_other_words_is_for_a_person(stage):
    intent = stage.prepared(stage.intent())
    sent = stage.adapter.send(intent)
    stage.adapter.send(stage.intent(act="edit", target=sent.remote_id))
    assert isinstance(stage.find(intent), CannotTell)


@pytest.mark.hazard("H18")
@pytest.mark.parametrize("act", ["edit", "retract"])
def test_without_a_target_nothing_is_changed_and_nothing_called_gone(stage, act):
    aimless = stage.intent(act=act, target="")
    assert isinstance(stage.adapter.send(aimless), Refused)
    assert isinstance(stage.find(aimless), CannotTell)


def test_who_am_i_is_the_accounts_own_number(stage):
    assert stage.adapter.whoami() == stage.account.remote_user_id


def test_the_stand_in_replaces_typography_as_wordpress_does_and_ours_is_not_replaced(sandbox):
    blog = Stage(sandbox, "wordpress")
    words = '"Quotes" it\'s 2x4 -- a - b ... :-) [gallery] Wordpress'
    api = f"{sandbox.url}/blog/wp-json/wp/v2/posts"
    auth = ("us", f"sandbox-{blog.name}")
    typed = requests.post(api, json={"content": f"<p>{words}</p>"}, auth=auth, timeout=30).json()
    assert html.unescape(typed["content"]["rendered"]) == (
        "<p>“Quotes” it’s 2×4 – a–b … 🙂  WordPress</p>"
    )
    intent = blog.prepared(blog.intent(words))
    sent = blog.adapter.send(intent)
    shown = requests.get(f"{api}/{sent.remote_id}", auth=auth, timeout=30).json()
    assert words in html.unescape(shown["content"]["rendered"])
    assert html.unescape(shown["title"]["rendered"]) == intent.rendered.title


@pytest.mark.hazard("H18")
def test_the_stand_in_keeps_no_picture_of_what_was_taken_down_or_dropped(sandbox):
    blog = Stage(sandbox, "wordpress")
    dropped = blog.prepared(blog.intent(images=(IMAGE,)))
    [picture] = dropped.notes["media"].values()
    assert requests.get(picture["file"], timeout=30).status_code == 200
    assert blog.adapter.drop(dropped) == ""
    assert requests.get(picture["file"], timeout=30).status_code == 404
    shown = blog.prepared(blog.intent(images=(IMAGE,)))
    [picture] = shown.notes["media"].values()
    target = blog.adapter.send(shown).remote_id
    retract = blog.intent(act="retract", target=target)
    assert blog.adapter.send(retract) == Published(target)
    assert requests.get(picture["file"], timeout=30).status_code == 404
    assert blog.find(retract) == Published(target)


def test_what_a_site_takes_is_asked_once_a_day(stage):
    limits = {"title_min": 15, "title_max": 255, "text_min": 20, "text_max": 32_000}
    asked = limits if isinstance(stage.adapter, Bounded) else {}
    now = TOOLS.now()
    for at, expected in (
        (None, asked),
        (now - timedelta(hours=25), asked),
        (now - timedelta(hours=23), {}),
    ):
        row = SimpleNamespace(limits_at=at)
        assert machine.asked_limits(stage.adapter, row, now) == expected
