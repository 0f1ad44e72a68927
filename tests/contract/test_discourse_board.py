"""What only Discourse does."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from cast import NOTICE, NOW, TOOLS
from dialects.discourse import DIALECT, WRONG_KEY, error
from scripted import Server, hang_up, reply

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
from publisher.networks.discourse.adapter import Discourse

NO_ACCESS = {"errors": ["You may not use the API here."], "error_type": "invalid_access"}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def board(server: Server) -> Discourse:
    owner = Account("board", "discourse", "office", "long", "en", "5", server.url)
    return Discourse(owner, DIALECT.secrets, TOOLS)


def intent(board: Discourse, **given: object) -> Intent:
    rendered = board.render(Content(text="Spring fair, all welcome"), board._account, NOTICE)
    made = Intent(
        key="k",
        account=board._account,
        act="publish",
        rendered=rendered,
        started_at=NOW,
        not_after=NOW + timedelta(minutes=5),
        deadline=time.monotonic() + 5,
    )
    return replace(made, **given)


def test_read_only_is_later_and_any_other_outage_unknown(board, server):
    said = {"errors": ["The site is in read only mode."], "error_type": "read_only"}
    server.play(reply(503, said))
    assert isinstance(board.send(intent(board)), Later)
    for body in (b"<html>Back soon</html>", {"errors": ["Oops"], "error_type": "other"}):
        server.play(reply(503, body))
        assert isinstance(board.send(intent(board)), Unknown)


def test_an_external_id_that_is_taken_is_looked_up(board, server):
    server.play(reply(422, error(422, "External ID has already been taken")))
    assert isinstance(board.send(intent(board)), Unknown)
    server.play(reply(422, error(422, "Title is too short")), reply(404, error(404)))
    assert isinstance(board.send(intent(board)), Refused)


@pytest.mark.parametrize(
    ("there", "kind"),
    [
        (reply(301, b"", {"Location": "/t/a-slug/12.json"}), Unknown),
        (reply(200, {"id": 12}), Unknown),
        (reply(404, error(404)), Refused),
        (hang_up, Refused),
    ],
)
def test_whether_a_key_is_taken_is_asked_where_the_words_do_not_tell(board, server, there, kind):
    said = error(422, "外部IDはすでに使用されています")
    server.play(reply(422, said), there)
    assert isinstance(board.send(intent(board)), kind)
    assert server.seen[1].path.startswith("/t/external_id/pub-")


@pytest.mark.parametrize(
    ("who", "kind"),
    [
        (DIALECT.me, Refused),
        (reply(403, NO_ACCESS), Credentials),
        (reply(200, {"current_user": None}), Credentials),
        (hang_up, Later),
    ],
)
def test_a_no_is_about_the_key_only_if_the_key_is_nobodys(board, server, who, kind):
    server.play(reply(403, NO_ACCESS), who)
    assert isinstance(board.send(intent(board)), kind)
    assert [seen.path for seen in server.seen] == ["/posts.json", "/session/current.json"]


def test_a_key_that_is_refused_is_so_in_every_language(board, server):
    for words in (WRONG_KEY, "APIキーが無効です。"):
        server.play(reply(403, {"errors": [words], "error_type": "invalid_access"}))
        assert isinstance(board.send(intent(board)), Credentials)


@pytest.mark.parametrize("status", [200, 204])
@pytest.mark.parametrize(
    "body", [b"", b" \n", b"OK", b"null", b"{}", b'{"success": "OK"}', b"[]", b"1"]
)
def test_a_deletion_is_done_whatever_it_is_answered_with(board, server, status, body):
    server.play(reply(status, body))
    done = board.send(intent(board, act="retract", target="41"))
    assert done == Published("41")


@pytest.mark.parametrize(
    "body", [b"<!doctype html>Sign in", {"success": False}, {"errors": ["Not now"]}]
)
def test_a_deletion_is_not_done_where_something_else_answers(board, server, body):
    server.play(reply(200, body))
    assert isinstance(board.send(intent(board, act="retract", target="41")), Unknown)


def test_the_boards_own_limits_are_read_and_odd_ones_left_out(board, server):
    said = {
        "min_topic_title_length": 8,
        "max_topic_title_length": True,
        "min_first_post_length": "5",
        "max_post_length": 5000,
        "title": "Board",
    }
    server.play(reply(200, said))
    assert board.limits() == {"title_min": 8, "text_max": 5000}
    assert server.seen[0].path == "/site/settings.json"
    server.play(reply(404))
    assert board.limits() == {}


def test_a_title_is_filled_up_to_what_the_board_takes():
    owner = Account("board", "discourse", "office", "long", "en", "5", "", limits={"title_min": 4})
    assert Discourse.render(Content("Fair"), owner, NOTICE).title == "Fair"


@pytest.mark.parametrize(
    "address",
    [
        "upload://a.png)\n\n<!--",
        "upload://a b.png",
        "upload://a](x)",
        "https://cdn.example.com/a.png",
        "javascript:alert(1)",
        "upload://" + "x" * 300,
        "",
        5,
    ],
)
def test_an_address_of_a_picture_that_is_none_never_comes_into_a_post(
    address: object, server: Server, board: Discourse
) -> None:
    server.play(reply(200, {"id": 1, "short_url": address}))
    assert isinstance(board.prepare(pictured(board)), Later)


def test_an_address_of_a_picture_is_kept_as_the_board_gave_it(
    server: Server, board: Discourse
) -> None:
    address = "upload://" + "aZ0" * 9 + ".jpeg"
    server.play(reply(200, {"id": 1, "short_url": address}))
    assert board.prepare(pictured(board)) == {"uploads": {"a" * 64: address}}


def test_a_post_that_is_shown_without_its_text_is_no_changed_one(
    server: Server, board: Discourse
) -> None:
    edit = intent(board, act="edit", target="5", before=intent(board).rendered)
    server.play(reply(200, {"id": 5, "topic_id": 6}))
    assert isinstance(board.prepare(edit), Later)
    server.play(reply(200, {"id": 5, "topic_id": 6}))
    assert isinstance(board.find(edit), CannotTell)


def pictured(board: Discourse) -> Intent:
    content = Content("Spring fair, all welcome", media=(Media("a" * 64, "image/png", 4, 4),))
    return intent(board, rendered=board.render(content, board._account, NOTICE))
