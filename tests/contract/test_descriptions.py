"""The checks against the networks' own descriptions really check."""

import json

import contracts
import pytest
from scripted import Seen

X = "x-api-v2.openapi.json"
if contracts.description(X) is None:
    pytest.skip("PUBLISHER_CONTRACTS names no folder of descriptions", allow_module_level=True)


def x(method: str, target: str, body: object = None) -> Seen:
    data = b"" if body is None else json.dumps(body).encode()
    return Seen(method, target, {"content-type": "application/json"}, data)


def facebook(target: str, body: bytes = b"") -> Seen:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return Seen("POST" if body else "GET", target, kind, body)


@pytest.mark.parametrize(
    "seen",
    [
        x("POST", "/2/tweets", {"text": "a", "colour": "red"}),
        x("POST", "/2/tweets", {"media": {"media_ids": [1]}}),
        x("POST", "/2/tweets"),
        x("POST", "/2/twits", {"text": "a"}),
        x("GET", "/2/users/1/tweets?max_results=500"),
        x("GET", "/2/users/1/tweets?colour=red"),
        x("GET", "/2/users/1/tweets?tweet.fields=colour"),
    ],
)
def test_what_x_does_not_describe_is_found(seen):
    assert contracts.openapi(X, seen)


@pytest.mark.parametrize(
    "seen",
    [
        facebook("/v26.0/1/feed", b"message=a&colour=red"),
        facebook("/v26.0/1/feeds", b"message=a"),
        facebook("/v26.0/me/published_posts"),
        facebook("/v26.0/1/published_posts?fields=id,colour"),
        facebook("/v26.0/1/published_posts?access_token=a"),
    ],
)
def test_what_facebook_does_not_describe_is_found(seen):
    assert contracts.facebook(seen)


@pytest.mark.parametrize(
    "seen",
    [
        x("POST", "/api/v1/statuses", {"language": "en"}),
        x("POST", "/api/v1/statuses", {"status": "a", "media_ids": [1], "visibility": "odd"}),
        x("GET", "/api/v1/accounts/1/statuses?exclude_reblogs=perhaps"),
        x("GET", "/api/v1/accounts/1/statuses?colour=red"),
    ],
)
def test_what_mastodon_does_not_describe_is_found(seen):
    assert contracts.mastodon(seen)


def test_what_they_do_describe_passes():
    assert not contracts.openapi(
        X, x("POST", "/2/tweets", {"text": "a", "media": {"media_ids": ["1"]}})
    )
    assert not contracts.facebook(facebook("/v26.0/1/feed", b"message=a&link=b"))
    assert not contracts.mastodon(
        x("POST", "/api/v1/statuses", {"status": "a", "media_ids": ["1"]})
    )
