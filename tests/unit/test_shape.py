"""Whatever a network answers, what is kept of it has a shape and a length."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher import hidden
from publisher.content import canonical
from publisher.networks import (
    Absent,
    Accepted,
    CannotTell,
    Credentials,
    Later,
    Published,
    Refused,
    Unknown,
)
from publisher.networks.wire import shape
from publisher.networks.wire.reasons import because
from publisher.words import as_text, part, read

IDS = ["", "a\0b", "\ud800", "x" * 20_000, "a b", "\u202e12", 12, None, b"12", ["12"]]
ADDRESSES = [
    "javascript:alert(1)",
    "ftp://example.com/1",
    "https://",
    "http://[",
    "//example.com",
    "https://example.com/\0",
    "https://example.com/\ud800",
    "https://example.com/a b",
    "https://example.com/" + "x" * 5000,
    12,
    None,
]


@pytest.mark.parametrize("odd", IDS)
def test_an_id_that_is_none_makes_the_outcome_unknown(odd):
    made = shape.outcome(Published(odd, "https://example.com/1"))
    assert made == Unknown(because("odd_id"))
    assert isinstance(shape.found(Published(odd)), CannotTell)
    if odd != "":
        assert isinstance(shape.outcome(Accepted("held", odd)), Unknown | Accepted)
        assert shape.outcome(Accepted("held", odd)) != Accepted("held", odd)
    with pytest.raises(shape.Misfit):
        shape.user_id(odd)


@pytest.mark.parametrize("odd", ADDRESSES)
def test_an_address_that_is_none_makes_the_outcome_unknown(odd):
    made = shape.outcome(Published("12", odd))
    assert made == Unknown(because("odd_address"))


@pytest.mark.parametrize(
    "good",
    [
        Published("117266208609419_12", "https://www.facebook.com/117266208609419_12"),
        Published("12", "http://127.0.0.1:8090/x/status/12"),
        Published("12", "https://例え.jp/お知らせ"),
        Published("12"),
        Accepted("held"),
        Accepted("held", "12"),
        Refused("no"),
        Later("wait", datetime(2026, 12, 1, tzinfo=UTC)),
        Credentials("reconnect"),
        Unknown("lost"),
    ],
)
def test_what_networks_really_answer_is_kept_as_it_is(good):
    assert shape.outcome(good) == good


@pytest.mark.parametrize(
    "odd",
    [
        None,
        "published",
        {"id": 1},
        Later("wait", "soon"),
        Later("wait", datetime(2026, 12, 1)),  # noqa: DTZ001
        Absent("not an outcome of a send"),
    ],
)
def test_what_is_no_outcome_is_not_known(odd):
    assert isinstance(shape.outcome(odd), Unknown)


ODD_NOTES = [
    {"id": "\ud800"},
    {"id": "\0"},
    {"id": "x" * 20_000},
    {"id": b"1"},
    {1: {2}},
    [1],
    "x",
    {"id": float("nan")},
]


@pytest.mark.parametrize("odd", ODD_NOTES)
def test_notes_that_cannot_be_kept_are_none(odd):
    assert isinstance(shape.prepared(odd), Later)
    assert isinstance(shape.found(Absent("not there", odd)), CannotTell)


def test_notes_are_kept_and_a_doubt_about_preparing_is_none_about_the_post():
    assert shape.prepared({"draft": 12, "ids": {"a": "1"}}) == {"draft": 12, "ids": {"a": "1"}}
    assert shape.prepared(Unknown("reset")) == Later("reset", own=True)
    assert shape.prepared(Refused("no")) == Refused("no")


def test_a_reason_is_one_readable_line_without_a_secret_in_any_form():
    hidden.hide("hush-hush/value+1")
    made = shape.outcome(Refused("no:\n\0 hush-hush%2Fvalue%2B1 \ud800\u202e" + "x" * 5000))
    assert made.reason.startswith("no: \\x00 [hidden] \\ud800\\u202exxx")
    assert len(made.reason) == shape.LONGEST_REASON


def test_a_reason_of_ours_stays_whole_however_long_what_others_said_in_it():
    hidden.hide("hush-hush/value+1")
    said = part("reason.no_mark", why="no:\n hush-hush/value+1 " + "x" * 5000)
    made = shape.outcome(Refused(as_text("reason.absent", why=said)))
    assert len(made.reason) <= shape.LONGEST_REASON
    assert read(made.reason, "en").startswith("the mark file cannot be written (no: [hidden] xxx")
    assert read(made.reason, "en").endswith("xx…): it did not go out")


def test_nothing_that_a_network_says_is_taken_for_a_reason_of_ours():
    for ours in (as_text("reason.just_started"), '{"say":"reason.just_started"}'):
        said = shape.readable(ours)
        assert "just started" not in read(as_text("reason.absent", why=said), "en")
        assert "just started" not in read(said, "en")


def test_lookalikes_are_cut_and_escaped_because_they_are_only_shown():
    odd = ("\ud800", "javascript:x", "a\0" + "b" * 9000)
    made = shape.found(CannotTell("several", (odd,) * 99))
    assert len(made.lookalikes) == shape.MOST_SHOWN
    assert made.lookalikes[0][:2] == ("\\ud800", "javascript:x")
    assert len(made.lookalikes[0][2]) == shape.LONGEST_TEXT


@settings(max_examples=60)
@given(
    st.characters(codec=None).map(str) | st.text(st.characters(), max_size=50), st.integers(0, 3)
)
def test_whatever_is_kept_can_be_written_by_every_database(text, kind):
    made = (
        shape.outcome(Published(text, text)),
        shape.outcome(Refused(text)),
        shape.found(CannotTell(text, ((text, text, text),))),
        shape.found(Absent(text, {"draft": text})),
    )[kind]
    assert b"\0" not in canonical(vars(made))
    assert "\\u0000" not in canonical(vars(made)).decode()


def test_of_what_a_site_says_that_it_takes_only_numbers_are_kept():
    said = {"title": 255, "\ud800": 1, "text": "many", "deep": 2**63, "less": -1, "true": True}
    assert shape.numbers(said) == {"title": 255}
    assert shape.numbers("no mapping") == {}
