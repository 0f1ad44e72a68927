"""What X's answers mean, by status and by X's own words; and how its timeline reads."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from requests.structures import CaseInsensitiveDict

from publisher.networks import Credentials, Later, Refused, Unknown
from publisher.networks.wire.http import Answer, Broken, NotWritten, classify
from publisher.networks.wire.listing import UNCOUNTED, Page
from publisher.networks.wire.reasons import because
from publisher.networks.x.answers import Answers, nothing, page

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ANSWERS = Answers(now=lambda: NOW, secrets=("at-SECRET",))
PROBLEM = "https://api.twitter.com/2/problems/"


def answer(status: int, body: object, **headers: str) -> Answer:
    return Answer(status, CaseInsensitiveDict(headers), json.dumps(body).encode())


def outcome(status: int, body: object = "", **headers: str):
    return classify(answer(status, body, **headers), ANSWERS.table(None, nothing))


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        ("client-forbidden", "This request must be made using an approved developer account."),
        ("oauth1-permissions", "Your client app is not configured with the appropriate oauth1"),
        ("unsupported-authentication", "Authenticating with OAuth 2.0 Application-Only"),
        ("usage-capped", "Usage cap exceeded: Monthly product cap"),
    ],
)
def test_a_403_about_the_account_or_the_app_stops_the_account(kind, detail):
    assert isinstance(outcome(403, {"type": PROBLEM + kind, "detail": detail}), Credentials)


@pytest.mark.parametrize(
    "detail",
    [
        "Your account is suspended and is not permitted to access this feature.",
        "Your client app is not configured with the appropriate oauth1 app permissions.",
        "To protect our users from spam, this account is temporarily locked. Please log in to unlock it.",
        "Application cannot perform write actions. Contact Support.",
        "You currently have access to a subset of X API V2 endpoints and limited v1.1 endpoints",
    ],
)
def test_a_403_that_names_the_account_only_in_words_stops_it_too(detail):
    assert isinstance(outcome(403, {"type": "about:blank", "detail": detail}), Credentials)


def test_a_duplicate_in_older_words_is_one_too():
    body = {"errors": [{"code": 187, "message": "Status is a duplicate."}]}
    for repeated, kind in ((False, Refused), (True, Unknown)):
        intent = SimpleNamespace(act="publish", notes={"repeated": repeated})
        assert isinstance(classify(answer(403, body), ANSWERS.table(intent, nothing)), kind)


@pytest.mark.parametrize("status", [403, 429])
def test_a_cap_that_is_named_among_the_errors_stops_the_account(status):
    body = {"errors": [{"type": PROBLEM + "usage-capped", "detail": "Monthly"}], "title": "Capped"}
    assert isinstance(outcome(status, body), Credentials)


def test_a_403_about_the_post_is_refused_in_the_networks_words():
    said = outcome(403, {"detail": "Quoting this post is\n not allowed.", "title": "Forbidden"})
    assert said == Refused(because("refused", "Quoting this post is not allowed."))


def test_a_400_says_what_is_wrong_with_which_field():
    body = {"errors": [{"message": "$.text: too long"}], "title": "Invalid Request"}
    assert outcome(400, body) == Refused(because("refused", "$.text: too long"))


@pytest.mark.parametrize("status", [400, 403, 404])
@pytest.mark.parametrize("body", ["<html>blocked</html>", [], {}, {"detail": 5}, {"errors": 5}])
def test_a_refusal_without_the_networks_own_words_proves_nothing(status, body):
    assert isinstance(outcome(status, body), Unknown)


@pytest.mark.hazard("H17")
def test_a_429_waits_for_the_reset_or_for_a_whole_rate_window():
    reset = str(int((NOW + timedelta(minutes=4)).timestamp()))
    assert outcome(429, {}, **{"x-rate-limit-reset": reset}).at == NOW + timedelta(minutes=4)
    assert outcome(429).at == NOW + timedelta(minutes=15)


@pytest.mark.parametrize("whose", ["app", "user"])
def test_a_days_limit_that_is_used_up_counts_before_the_short_one(whose):
    short = {
        "x-rate-limit-remaining": "0",
        "x-rate-limit-reset": str(int((NOW + timedelta(minutes=10)).timestamp())),
    }
    day = f"x-{whose}-limit-24hour"
    reset = {f"{day}-reset": str(int((NOW + timedelta(hours=22)).timestamp()))}
    assert outcome(429, {}, **short, **reset, **{f"{day}-remaining": "0"}).at == (
        NOW + timedelta(hours=22)
    )
    assert outcome(429, {}, **short, **reset, **{f"{day}-remaining": "7"}).at == (
        NOW + timedelta(minutes=10)
    )
    assert outcome(429, {}, **short, **{f"{day}-remaining": "0"}).at == NOW + timedelta(minutes=10)


def test_a_used_up_cap_is_for_a_person_though_it_comes_as_429():
    assert isinstance(outcome(429, {"type": PROBLEM + "usage-capped"}), Credentials)


def test_used_up_credit_is_for_a_person():
    assert isinstance(outcome(402, {"title": "CreditsDepleted"}), Credentials)


def test_not_written_is_later_and_broken_is_unknown():
    table = ANSWERS.table(None, nothing)
    assert classify(NotWritten("no connection"), table) == Later("no connection")
    assert classify(Broken("reset"), table) == Unknown("reset")


def test_the_judge_shows_no_secret():
    assert "SECRET" not in repr(ANSWERS)
    assert "SECRET" not in repr(outcome(400, {"detail": "Token at-SECRET is odd"}))


POST = {"id": "1", "text": "Hello", "created_at": "2026-11-23T09:00:00.000Z"}


def read(*posts: object, **meta: object):
    body = {"data": list(posts), "meta": {"result_count": len(posts), **meta}}
    return page(answer(200, body), "https://x.com/i/status/{}".format)


@pytest.mark.parametrize(
    "fields",
    [
        {"edit_history_tweet_ids": ["1"], "referenced_tweets": []},
        {"edit_history_post_ids": ["1"], "referenced_posts": []},
        {},
        {"entities": None, "attachments": None},
    ],
)
def test_older_and_newer_field_names_read_the_same(fields):
    found = read({**POST, **fields})
    own = found.posts[0]
    assert (own.text, own.at, own.images, found.after) == ("Hello", NOW, 0, "")


def test_short_links_are_written_out_and_those_to_own_images_left_out():
    urls = [
        {"url": "https://t.co/1", "expanded_url": "https://example.com/?a=1&b=2"},
        {"url": "https://t.co/2", "expanded_url": "https://x.com/us/status/1/photo/1"},
    ]
    text = "A &amp; B https://t.co/1 https://t.co/2"
    attached = {"media_keys": ["3_1", "3_2"]}
    shown = {**POST, "text": text, "entities": {"urls": urls}, "attachments": attached}
    own = read(shown).posts[0]
    assert own.text.strip() == "A & B https://example.com/?a=1&b=2"
    assert own.images == 2


def test_a_short_link_that_begins_like_another_is_not_taken_for_it():
    urls = [{"url": f"https://t.co/{n}", "expanded_url": f"https://e.org/{n}"} for n in ("a", "ab")]
    shown = {**POST, "text": "https://t.co/ab https://t.co/a", "entities": {"urls": urls}}
    assert read(shown).posts[0].text == "https://e.org/ab https://e.org/a"


@pytest.mark.parametrize(
    "post",
    [
        {"id": "1", "text": "Hello"},
        {**POST, "id": 1},
        {**POST, "created_at": "yesterday"},
        {**POST, "text": "x" * 100_001},
        {**POST, "entities": {"urls": [{}] * 1_001}},
        {**POST, "created_at": "2026-11-23T09:00:00"},
        "post",
    ],
)
def test_a_page_with_one_unreadable_post_is_not_relied_on(post):
    assert read(POST, post) is None


def test_a_page_with_errors_or_without_a_count_is_not_relied_on():
    url = str
    assert page(answer(200, {"meta": {"result_count": 0}, "errors": [{}]}), url) is None
    assert page(answer(200, {"meta": {}}), url) is None
    assert page(answer(200, {"data": []}), url) is None
    assert page(answer(503, {"meta": {"result_count": 0}}), url) is None
    assert page(answer(200, {"meta": {"result_count": 0}}), url) == Page([])


def test_a_page_that_says_it_left_some_out_is_read_and_not_whole():
    body = {"data": [POST], "meta": {"result_count": 1}, "errors": [{"title": "Forbidden"}]}
    found = page(answer(200, body), str)
    assert [own.id for own in found.posts] == ["1"]
    assert not found.whole
    assert read(POST).whole


@pytest.mark.parametrize(
    ("fields", "text", "images"),
    [
        ({"entities": None}, "A https://t.co/1", 0),
        ({"entities": {"urls": None}}, "A https://t.co/1", 0),
        ({"entities": {"urls": [{"url": "https://t.co/1"}]}}, "A https://t.co/1", 0),
        (
            {"entities": {"urls": [{"url": "https://t.co/1", "expanded_url": None}]}},
            "A https://t.co/1",
            0,
        ),
        ({"attachments": {"media_keys": None}, "text": None}, "", 0),
        ({"attachments": {"media_keys": []}}, "A https://t.co/1", UNCOUNTED),
        ({"attachments": {"poll_ids": ["1"]}}, "A https://t.co/1", UNCOUNTED),
    ],
)
def test_what_x_leaves_out_is_left_as_it_stands(fields, text, images):
    own = read({**POST, "text": "A https://t.co/1", **fields}).posts[0]
    assert own.text == text
    assert own.images in (images, UNCOUNTED)
