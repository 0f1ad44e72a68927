"""What the service does not take: said in the language of whoever asks, and nothing done by it."""

from dataclasses import replace
from typing import Any

import pytest
from counter import Counter, counter
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
