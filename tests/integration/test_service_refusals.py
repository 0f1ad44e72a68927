"""What the service does not take: said in the language of whoever asks, and nothing done by it."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from counter import Counter, counter
from structlog.testing import capture_logs
from test_service_posts import problem
from world import World

from publisher.roles import MACHINE
from publisher.store.provision import provision

__all__ = ["counter"]

POST = {"text": "The fair opens", "accounts": ["x"]}


def in_japanese(world: World) -> None:
    """Ann reads Japanese; the company English."""
    people = dict(world.config.people)
    people["ann"] = replace(people["ann"], lang="ja")
    with world.app.store.write(MACHINE) as tx:
        provision(tx, replace(world.config, people=people))


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("asked", "more", "status", "said"),
    [
        ("POST /posts", {"content": b"{", "headers": JSON}, 400, "JSON として読み取れません"),
        ("POST /posts", {"json": {"accounts": ["x"]}}, 422, "text: 指定されていません"),
        ("POST /posts", {"json": {**POST, "id": 7}}, 422, "id: この項目はありません"),
        ("POST /posts", {"json": {**POST, "text": "\x00"}}, 422, "text: NUL 文字"),
        ("GET /posts?most=0", {}, 422, "most: 1 より小さい値です"),
        ("GET /posts?which=none", {}, 422, "which: 次の形式に合いません"),
        ("GET /nowhere", {}, 404, "このアドレスには何もありません"),
        ("PUT /posts", {}, 405, "メソッドは使えません"),
        ("POST /posts", {"content": b"x" * 8_000_001}, 413, "大きすぎます"),
    ],
)
def test_a_refusal_is_said_in_the_readers_language(
    lite: World, asked: str, more: Any, status: int, said: str
) -> None:
    counter = Counter(lite)
    method, path = asked.split()
    in_japanese(lite)
    found = problem(counter.ask(method, path, **more), status)
    assert said in found["detail"]
    english = problem(counter.ask(method, path, by="bo", **more), status)
    assert english["detail"].isascii()
    assert english["code"] == found["code"]


def test_each_flaw_stands_by_its_field(counter: Counter) -> None:
    found = problem(counter.post("/posts", {"text": 7, "accounts": ["x"], "kind": "loud"}), 422)
    assert {one["field"]: one["said"] for one in found["flaws"]} == {
        "text": "not a text",
        "kind": "none of 'standard' or 'release'",
    }
    assert found["detail"].splitlines()[1:] == [
        "text: not a text",
        "kind: none of 'standard' or 'release'",
    ]


def test_of_endless_flaws_some_are_told(counter: Counter) -> None:
    found = problem(counter.post("/posts", {str(n): n for n in range(10_000)}), 422)
    assert len(found["flaws"]) == 20


@pytest.mark.parametrize(
    ("asked", "more", "field", "said"),
    [
        ("/posts", {**POST, "title": "long " * 500}, "title", "2,500 characters; at most 2,000"),
        ("/posts", {**POST, "accounts": ["x" * 201]}, "accounts", "201 characters; at most 200"),
        (f"/posts/{'k' * 201}/cancel", {}, "", "201 characters; at most 200"),
        ("/posts/k7wd/cancel", {"reason": "r" * 2_001}, "reason", "2,001 characters"),
    ],
)
def test_what_is_too_long_is_said_of_the_field_it_stands_in(
    counter: Counter, asked: str, more: Any, field: str, said: str
) -> None:
    found = problem(counter.post(asked, more), 422)
    assert (found["code"], found["field"], found["exit_code"]) == ("request.too_long", field, 2)
    assert said in found["detail"]


def test_a_refusal_is_logged_with_who_was_refused(counter: Counter) -> None:
    with capture_logs() as logs:
        counter.post("/posts", POST, by="gus")
        counter.as_peer(uid=64_999).get("/posts", by="")
        counter.token().post("/posts", POST)
        counter.token(name="other").get("/posts", headers={"Host": "elsewhere.example"})
    refused = [one for one in logs if one["event"] == "refused"]
    assert [one["code"] for one in refused] == [
        "roles.may_not",
        "session.nobody",
        "roles.not_by_token",
        "session.other_host",
    ]
    assert [one["person"] for one in refused] == ["", "", "ann", ""]
    assert [one["address"] for one in refused][2:] == ["192.0.2.7", "192.0.2.7"]
    assert (refused[0]["what"], "64999" in refused[1]["user"]) == ("POST /api/v1/posts", True)


def test_a_key_of_two_hundred_japanese_letters_is_one(counter: Counter) -> None:
    head = {"Idempotency-Key": quote("鍵" * 200)}
    first, second = (counter.post("/posts", POST, headers=head) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    over = counter.post("/posts", POST, headers={"Idempotency-Key": "k" * 2_001})
    assert problem(over, 422)["field"] == "key"


def test_a_sample_person_is_named_as_they_were_typed(counter: Counter) -> None:
    found = problem(counter.get("/posts", by="", headers={"Publisher-As": quote("山田")}), 403)
    assert (found["code"], "山田" in found["detail"]) == ("session.no_sample", True)
