"""Somebody else's comment on Facebook is hidden and shown again, by exactly one request."""

import time
from collections.abc import Iterator
from datetime import timedelta

import contracts
import pytest
from cast import NOW, TOOLS
from dialects import facebook as says
from scripted import Server, reply

from publisher.content import Account
from publisher.networks import (
    Absent,
    CannotTell,
    Credentials,
    Later,
    MeasureIntent,
    Measuring,
    Published,
    Refused,
    Unknown,
)
from publisher.networks.facebook.adapter import Facebook

COMMENT = "7001_7002"
DONE = reply(200, {"success": True})


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def page(server: Server) -> Facebook:
    us = Account("us", "facebook", "office", "x", "en", says.PAGE, server.url, sandbox=True)
    return Facebook(us, says.DIALECT.secrets, TOOLS)


def intent(page: Facebook, **given) -> MeasureIntent:
    made = {
        "key": "k",
        "account": page._account,
        "what": "hide",
        "target": COMMENT,
        "not_after": NOW + timedelta(minutes=5),
        "deadline": time.monotonic() + 30,
    }
    return MeasureIntent(**{**made, **given})


def test_it_is_an_adapter_that_measures(page):
    assert isinstance(page, Measuring)


@pytest.mark.parametrize(("what", "said"), [("hide", "true"), ("show", "false")])
def test_one_request_hides_a_comment_or_shows_it_again(page, server, what, said):
    server.play(DONE)
    assert page.measure(intent(page, what=what)) == Published(COMMENT)
    [seen] = server.seen
    assert (seen.method, seen.path) == ("POST", f"/v26.0/{COMMENT}")
    assert seen.form == {"is_hidden": said}
    assert contracts.facebook_comment(seen) == []


@pytest.mark.parametrize("target", ["", "7001", "me", "7001_7002/comments", f"{says.PAGE}_11"])
def test_what_is_no_comment_is_never_asked_about(page, server, target):
    assert isinstance(page.measure(intent(page, target=target)), Refused)
    assert isinstance(page.standing(intent(page, target=target)), CannotTell)
    assert server.seen == []


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (reply(200, {"success": False}), Unknown),
        (reply(200, b"garbage"), Unknown),
        (reply(500), Unknown),
        (reply(302), Unknown),
        (reply(400, says.error(190)), Credentials),
        (reply(400, says.error(100)), Refused),
        (reply(403, says.error(200)), Refused),
        (reply(400, says.error(32)), Later),
    ],
)
def test_what_an_answer_means(page, server, answer, meaning):
    server.play(answer)
    assert isinstance(page.measure(intent(page)), meaning)
    assert len(server.seen) == 1


def test_what_is_gone_is_refused_if_the_token_would_see_it(page, server):
    server.play(says.GONE, says.ME)
    assert isinstance(page.measure(intent(page)), Refused)
    server.play(says.GONE, reply(200, {"id": "1"}))
    assert isinstance(page.measure(intent(page)), Credentials)


def test_after_its_time_nothing_is_sent(page, server):
    late = intent(page, not_after=NOW - timedelta(seconds=1))
    assert isinstance(page.measure(late), Later)
    assert server.seen == []


@pytest.mark.parametrize(
    ("what", "hidden", "meaning"),
    [
        ("hide", True, Published),
        ("hide", False, Absent),
        ("show", True, Absent),
        ("show", False, Published),
        ("hide", None, CannotTell),
        ("hide", "true", CannotTell),
    ],
)
def test_how_it_stands_is_read(page, server, what, hidden, meaning):
    server.play(reply(200, {"id": COMMENT, "is_hidden": hidden}))
    assert isinstance(page.standing(intent(page, what=what)), meaning)
    [seen] = server.seen
    assert seen.method == "GET"
    assert contracts.facebook_comment(seen) == []


@pytest.mark.parametrize(
    ("answers", "meaning"),
    [
        ([reply(500)], CannotTell),
        ([reply(400, says.error(190))], Credentials),
        ([says.GONE, says.ME], Refused),
        ([says.GONE, reply(200, {"id": "1"})], Credentials),
    ],
)
def test_what_cannot_be_read_proves_nothing(page, server, answers, meaning):
    server.play(*answers)
    assert isinstance(page.standing(intent(page)), meaning)
