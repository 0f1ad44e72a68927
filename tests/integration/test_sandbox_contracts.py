"""What the sandbox answers is what the networks' own descriptions say, where they are at hand."""

import json
import os
from pathlib import Path

import jsonschema
import pytest
import requests
from sandbox_clients import credentials, png, publish

from publisher.sandbox import serve, user_id

FOLDER = os.environ.get("PUBLISHER_CONTRACTS")
pytestmark = pytest.mark.skipif(not FOLDER, reason="PUBLISHER_CONTRACTS names no folder")


@pytest.fixture
def server():
    with serve(port=0) as running:
        yield running


def schema(document, method, path, status):
    """The JSON schema of one answer; its references stay inside the document."""
    spec = json.loads((Path(FOLDER) / document).read_text())
    steps = ("paths", path, method, "responses", str(status), "content", "application/json")
    pointer = "/".join(step.replace("~", "~0").replace("/", "~1") for step in (*steps, "schema"))
    return {**spec, "$ref": f"#/{pointer}"}


def check(answer, document, method, path):
    assert answer.ok, answer.text
    known = schema(document, method, path, answer.status_code)
    errors = list(jsonschema.Draft202012Validator(known).iter_errors(answer.json()))
    assert [f"{error.json_path}: {error.message[:200]}" for error in errors] == []


def test_the_answers_of_x(server):
    def ask(method, path, template, **more):
        url = f"{server.url}/x{path}"
        answer = requests.request(method, url, timeout=30, **credentials("x", "acme"), **more)
        check(answer, "x-api-v2.openapi.json", method.lower(), template)
        return answer.json().get("data")

    form = {"media_category": "tweet_image"}
    media = ask("POST", "/2/media/upload", "/2/media/upload", data=form, files={"media": png()})
    alt = {"id": media["id"], "metadata": {"alt_text": {"text": "A box"}}}
    ask("POST", "/2/media/metadata", "/2/media/metadata", json=alt)
    body = {"text": "See https://example.com/", "media": {"media_ids": [media["id"]]}}
    number = ask("POST", "/2/tweets", "/2/tweets", json=body)["id"]
    fields = (
        "post.fields=created_at,entities,attachments,author_id"
        "&expansions=attachments.media_keys&media.fields=alt_text,url"
    )
    ask("GET", f"/2/tweets/{number}?{fields}", "/2/tweets/{id}")
    ask("GET", f"/2/users/{user_id('x', 'acme')}/tweets?{fields}", "/2/users/{id}/tweets")
    ask("GET", "/2/tweets/1", "/2/tweets/{id}")
    ask("GET", "/2/users/me", "/2/users/me")
    ask("DELETE", f"/2/tweets/{number}", "/2/tweets/{id}")


def test_the_answers_of_the_board(server):
    def ask(method, path, template, **more):
        url = f"{server.url}/board{path}"
        answer = requests.request(
            method, url, timeout=30, **credentials("discourse", "acme"), **more
        )
        check(answer, "discourse.openapi.json", method.lower(), template)

    answer = publish(server, "discourse")
    check(answer, "discourse.openapi.json", "post", "/posts.json")
    number = answer.json()["id"]
    ask("GET", f"/posts/{number}.json", "/posts/{id}.json")
    ask("PUT", f"/posts/{number}.json", "/posts/{id}.json", json={"post": {"raw": "Other " * 5}})
    form, file = {"upload_type": "composer"}, {"file": ("box.png", png())}
    ask("POST", "/uploads.json", "/uploads.json", data=form, files=file)


def test_the_answers_of_mastodon(server):
    def ask(method, path, template, **more):
        url = f"{server.url}/mastodon{path}"
        answer = requests.request(
            method, url, timeout=30, **credentials("mastodon", "acme"), **more
        )
        check(answer, "mastodon.openapi.json", method.lower(), template)
        return answer.json()

    form, file = {"description": "A box"}, {"file": ("box.png", png())}
    medium = ask("POST", "/api/v2/media", "/api/v2/media", data=form, files=file)["id"]
    ask("GET", f"/api/v1/media/{medium}", "/api/v1/media/{id}")
    body = {"status": "See https://example.com/", "media_ids": [medium]}
    number = ask("POST", "/api/v1/statuses", "/api/v1/statuses", json=body)["id"]
    ask("PUT", f"/api/v1/statuses/{number}", "/api/v1/statuses/{id}", json=body)
    ask("GET", f"/api/v1/statuses/{number}", "/api/v1/statuses/{id}")
    listed = f"/api/v1/accounts/{user_id('mastodon', 'acme')}/statuses?limit=1"
    ask("GET", listed, "/api/v1/accounts/{id}/statuses")
    me = "/api/v1/accounts/verify_credentials"
    ask("GET", me, me)
    ask("GET", "/api/v2/instance", "/api/v2/instance")
    ask("DELETE", f"/api/v1/statuses/{number}", "/api/v1/statuses/{id}")


def test_the_fields_of_a_facebook_post(server):
    described = json.loads((Path(FOLDER) / "facebook-PagePost.json").read_text())
    known = {field["name"] for field in described["fields"]} | {"attachments"}
    publish(server, "facebook")
    url = f"{server.url}/facebook/v26.0/{user_id('facebook', 'acme')}/published_posts"
    asked = {"fields": "id,message,created_time,updated_time,permalink_url,application,from"}
    given = credentials("facebook", "acme")
    post = requests.get(url, params=asked, timeout=30, **given).json()["data"][0]
    assert set(post) <= known
