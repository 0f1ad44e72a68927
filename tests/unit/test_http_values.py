"""Answers as values: waiting times, quoted words, JSON that is none."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from publisher.networks import Later, Refused, Unknown
from publisher.networks.wire.http import Answer, classify, quote, retry_after
from publisher.networks.wire.uploads import invisible

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SOON = NOW + timedelta(seconds=90)


def answer(body: bytes = b"", **headers: str) -> Answer:
    return Answer(429, CaseInsensitiveDict(headers), body)


@pytest.mark.parametrize(
    ("headers", "at"),
    [
        ({"retry-after": "90"}, SOON),
        ({"Retry-After": "Mon, 23 Nov 2026 09:01:30 GMT"}, SOON),
        ({"X-RateLimit-Reset": "2026-11-23T09:01:30Z"}, SOON),
        ({"X-RateLimit-Reset": "90"}, SOON),
        ({"x-rate-limit-reset": str(int(SOON.timestamp()))}, SOON),
        ({"Retry-After": "90.0", "x-rate-limit-reset": "5"}, SOON),
        ({"Retry-After": "soon", "x-rate-limit-reset": "90"}, SOON),
        ({"Retry-After": "Mon, 23 Nov 2020 09:01:30 GMT"}, NOW),
        ({"Retry-After": "99999999"}, NOW + timedelta(days=7)),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "1e400"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": ""}, None),
        ({}, None),
    ],
)
def test_a_network_says_in_several_ways_when_to_come_back(headers, at):
    assert retry_after(answer(**headers), NOW) == at


@settings(max_examples=40)
@given(st.text())
def test_no_header_at_all_makes_it_fail_or_wait_backwards(text):
    at = retry_after(answer(**{"Retry-After": text}), NOW)
    assert at is None or NOW <= at <= NOW + timedelta(days=7)


@settings(max_examples=40)
@given(st.binary())
def test_no_body_makes_reading_it_fail(body):
    read = answer(body)
    assert read.fields() == (read.json() if isinstance(read.json(), dict) else {})


def test_quoted_words_are_one_short_line_without_secrets():
    said = quote("No:\n\ttoken abc-123\x00 is\u202e odd " + "x" * 500, ["abc-123", ""])
    assert said.startswith("No: token *** is odd xxx")
    assert len(said) == 200
    assert quote(["not", "text"], ["abc"]) == ""


@pytest.mark.parametrize(
    "form", ["hush/hush+1=", "hush%2Fhush%2B1%3D", "aHVzaC9odXNoKzE9", "Basic dXM6aHVzaC9odXNoKzE9"]
)
def test_what_is_quoted_holds_a_secret_in_none_of_its_forms(form):
    said = quote(f"Bad key {form} here", ["hush/hush+1="])
    assert "***" in said
    assert "hush" not in said
    assert "aHVzaC9odXNoKzE" not in said


def test_a_doubt_about_an_invisible_request_is_later_and_a_refusal_stays_one():
    assert isinstance(invisible(Unknown("reset")), Later)
    assert invisible(Refused("too big")) == Refused("too big")


def test_a_judge_that_recognises_nothing_leaves_the_outcome_unknown():
    assert isinstance(classify(answer(), {429: lambda _: None}), Unknown)


def test_an_answer_does_not_show_its_body():
    assert "hush" not in repr(answer(b"hush", hush="hush"))
