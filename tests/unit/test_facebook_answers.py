"""What the Graph API's answers mean, by code; and how a list of posts reads."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from requests.structures import CaseInsensitiveDict

from publisher.content import Account, Part, Rendered
from publisher.networks import Credentials, Intent, Later, Refused, Unknown
from publisher.networks.facebook.answers import Answers, is_gone, nothing, page
from publisher.networks.wire.http import Answer, Broken, classify
from publisher.networks.wire.reasons import because

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ANSWERS = Answers(now=lambda: NOW, secrets=("EAAB-SECRET",))

MEANING = {
    Credentials: [3, 10, 12, 102, 190, 200, 210, 283, 299, 368, 2_500, 2_635],
    Later: [4, 17, 32, 341, 613, 80_000, 80_001, 80_006],
    Refused: [100, 324, 506, 1_609_005],
    Unknown: [0, 1, 2, 33, 999_999],
}


def answer(status: int, body: object, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, CaseInsensitiveDict(headers or {}), json.dumps(body).encode())


def refusal(code: object, message: str = "Words", **more: object) -> dict[str, object]:
    return {"error": {"message": message, "code": code, **more}}


def outcome(status: int, body: object, headers: dict[str, str] | None = None):
    return classify(answer(status, body, headers), ANSWERS.table(None, nothing))


@pytest.mark.parametrize(
    ("kind", "code"), [(kind, code) for kind, codes in MEANING.items() for code in codes]
)
def test_the_code_decides_whatever_the_words_and_the_status_are(kind, code):
    for status in (400, 403, 404):
        assert type(outcome(status, refusal(code))) is kind


@pytest.mark.parametrize("code", [1, 2, 4, 100, 190, 506])
def test_in_a_server_error_no_code_proves_anything(code):
    for status in (200, 500, 503):
        assert isinstance(outcome(status, refusal(code)), Unknown)


@pytest.mark.parametrize(("kind", "code"), [(kind, codes[-1]) for kind, codes in MEANING.items()])
def test_a_code_may_come_as_a_string(kind, code):
    assert type(outcome(400, refusal(str(code)))) is kind


@pytest.mark.parametrize("act", ["publish", "retract"])
def test_facebook_is_quoted_in_every_no(act):
    for codes in MEANING.values():
        for code in codes:
            said = classify(answer(400, refusal(code)), ANSWERS.table(an_intent(act), nothing))
            assert "Words" in said.reason


@pytest.mark.parametrize("status", [200, 400, 404, 500, 503])
def test_facebook_is_quoted_where_its_words_prove_nothing(status):
    body = refusal(1, "An unknown error", error_user_msg="しばらくしてからお試しください")
    said = outcome(status, body)
    assert isinstance(said, Unknown)
    assert "An unknown error – しばらくしてからお試しください (code 1)" in said.reason
    assert "SECRET" not in outcome(status, refusal(1, "EAAB-SECRET")).reason


@pytest.mark.parametrize(
    "error",
    [
        {"message": "(#200) The user hasn't authorized the application"},
        {"message": "(#200) x", "code": None},
        [{"message": "x", "code": 200}],
        {"error": {"message": "x", "code": "200"}},
    ],
)
def test_a_code_is_read_wherever_facebook_says_it(error):
    assert isinstance(outcome(400, {"error": error}), Credentials)


@pytest.mark.parametrize(
    "error", [[], [[]], "invalid_token", {"error": "x"}, {"message": ["(#200) x"]}]
)
def test_an_error_of_another_form_proves_nothing(error):
    assert isinstance(outcome(400, {"error": error}), Unknown)


def an_intent(act="publish", **notes):
    account = Account("page", "facebook", "always", "standard", "en", "100", "")
    rendered = Rendered("facebook", (Part("Hello"),))
    return Intent("key", account, act, rendered, NOW, NOW, 1.0, notes)


ABUSIVE = "The action attempted has been deemed abusive or is otherwise disallowed"
TWICE = "You've already posted this. Posting the same content repeatedly isn't allowed."


@pytest.mark.parametrize(
    ("words", "subcode", "first", "repeated"),
    [
        ("We limit how often you can post", 1_390_008, Later, Later),
        ("We limit how often you can post", "1390008", Later, Later),
        (TWICE, 0, Refused, Unknown),
        (ABUSIVE, 0, Refused, Refused),
        (
            "You have been temporarily blocked from performing this action",
            0,
            Credentials,
            Credentials,
        ),
    ],
)
def test_a_block_is_for_its_rate_its_words_or_the_page(words, subcode, first, repeated):
    no = answer(400, refusal(368, words, error_subcode=subcode))
    for notes, kind in (({}, first), ({"repeated": True}, repeated)):
        said = classify(no, ANSWERS.table(an_intent(**notes), nothing))
        assert type(said) is kind
        assert words in said.reason


def test_no_such_object_is_no_proof_about_a_post_and_a_broken_page_elsewhere():
    no = answer(400, refusal(100, "Unsupported post request", error_subcode=33))
    assert isinstance(classify(no, ANSWERS.table(an_intent(), nothing)), Unknown)
    assert isinstance(classify(no, ANSWERS.table(None, nothing)), Credentials)


def test_an_app_that_wants_a_proof_needs_a_person():
    words = "API calls from the server require an appsecret_proof argument"
    said = outcome(400, refusal(100, words))
    assert isinstance(said, Credentials)
    assert words in said.reason


def test_a_retired_version_is_named_as_such():
    for code in (12, 2_500, 2_635):
        assert outcome(400, refusal(code)).reason == because("api_retired", f"Words (code {code})")


@pytest.mark.parametrize("code", [None, "100x", "", [], {}, True, 1.5])
def test_a_code_that_is_no_known_number_proves_nothing(code):
    assert isinstance(outcome(400, refusal(code)), Unknown)


def usage(*minutes: object) -> dict[str, str]:
    uses = [{"type": "pages", "estimated_time_to_regain_access": each} for each in minutes]
    return {"x-business-use-case-usage": json.dumps({"100": uses})}


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        (usage(7), 7),
        (usage(3, 12, 0), 12),
        (usage(10**9), 24 * 60),
        (usage(0), 30),
        (usage("soon"), 30),
        ({"x-business-use-case-usage": "{"}, 30),
        ({"x-business-use-case-usage": "[1]"}, 30),
        ({"Retry-After": "60"}, 1),
        ({}, 30),
    ],
)
def test_throttling_waits_as_long_as_facebook_says(headers, minutes):
    assert outcome(400, refusal(32), headers).at == NOW + timedelta(minutes=minutes)


def test_a_token_in_facebooks_words_is_not_repeated():
    said = outcome(400, refusal(100, "Malformed access token EAAB-SECRET"))
    assert isinstance(said, Refused)
    assert "SECRET" not in repr(said) + repr(ANSWERS)


def test_only_facebooks_own_word_makes_a_post_gone():
    assert is_gone(answer(400, refusal(100, error_subcode=33)))
    assert is_gone(answer(404, refusal(803)))
    assert not is_gone(answer(400, refusal(100)))
    assert not is_gone(answer(404, {}))
    assert not is_gone(answer(500, refusal(100, error_subcode=33)))
    assert not is_gone(Broken("reset"))


def full(post: str) -> str:
    return post if "_" in post else f"100_{post}"


PHOTO = {"media_type": "photo"}
POST = {"id": "100_1", "message": "Hello", "created_time": "2026-11-23T18:00:00+0900"}


@pytest.mark.parametrize(
    ("attachments", "images"),
    [
        (None, 0),
        ({"data": []}, 0),
        ({"data": [{"media_type": "link", "type": "share"}]}, 0),
        ({"data": [PHOTO]}, 1),
        ({"data": [{"type": "photo"}]}, 1),
        ({"data": [{"media_type": "album", "subattachments": {"data": [PHOTO] * 3}}]}, 3),
    ],
)
def test_a_post_is_read_with_its_images_in_either_form_of_its_id(attachments, images):
    for name in ("1", "100_1"):
        shown = {**POST, "id": name, "attachments": attachments}
        own = page(answer(200, {"data": [shown]}), full, "https://f/{}".format).posts[0]
        assert (own.id, own.url, own.at, own.images) == ("100_1", "https://f/100_1", NOW, images)


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"data": None},
        {"data": [{"id": "1"}]},
        {"data": [{**POST, "created_time": "2026-11-23"}]},
        {"data": [{**POST, "attachments": {"data": [5]}}]},
        {"data": [{**POST, "id": 5}]},
        {"data": [], "paging": 5},
        {"data": [], "paging": {"next": "…", "cursors": 5}},
    ],
)
def test_a_list_that_is_not_fully_readable_is_not_relied_on(body):
    assert page(answer(200, body), full, str) is None


def test_the_next_page_is_asked_for_by_cursor_and_never_by_its_address():
    paging = {"next": "https://graph.facebook.com/?access_token=EAAB", "cursors": {"after": "c"}}
    first = page(answer(200, {"data": [], "paging": paging}), full, str)
    last = page(answer(200, {"data": [], "paging": {"cursors": {"after": "c"}}}), full, str)
    cut = page(answer(200, {"data": [], "paging": {"next": "…"}}), full, str)
    assert (first.after, first.whole) == ("c", True)
    assert (cut.after, cut.whole) == ("", False)
    assert (last.after, last.whole) == ("", True)


def test_what_facebook_says_in_null_is_left_out():
    post = {"id": "1", "created_time": "2026-11-23T09:00:00+0000", "message": None}
    for attached in (None, {"data": None}, {"data": [{"subattachments": None}]}):
        shown = {**post, "attachments": attached}
        own = page(answer(200, {"data": [shown]}), str, str).posts[0]
        assert (own.text, own.images) == ("", 0)
