"""Comments of others, through the service and at the terminal."""

import pytest
from commands import Commands
from counter import Counter, counter
from test_service_posts import problem
from world import World

__all__ = ["counter"]

SPAM = {"account": "page", "comment": "7001_7002", "reason": "spam"}


def test_a_comment_is_hidden_and_says_so(counter: Counter, lite: World) -> None:
    made = counter.post("/measures", SPAM, by="cy")
    assert made.status_code == 201, made.text
    asked = made.json()
    assert (asked["what"], asked["state"], asked["asked_by"]) == ("hide", "waiting", "cy")
    lite.settle()
    assert lite.net.hidden == {"7001_7002"}
    now = counter.get(f"/measures/{asked['id']}").json()
    assert (now["state"], now["why"]) == ("done", "spam")
    assert now["settled_at"]
    assert counter.get("/measures").json()["items"] == [now]


def test_what_waits_is_called_off_once(counter: Counter) -> None:
    asked = counter.post("/measures", SPAM, by="cy").json()["id"]
    over = counter.post(f"/measures/{asked}/cancel", {"reason": "it is none"}, by="bo")
    assert over.json()["state"] == "cancelled"
    again = counter.post(f"/measures/{asked}/cancel", {"reason": "it is none"}, by="bo")
    assert problem(again, 409)["code"] == "measures.under_way"
    assert problem(counter.get("/measures/none"), 404)["code"] == "measures.none"


def test_to_show_one_again_takes_two(counter: Counter) -> None:
    refused = counter.post("/measures", {**SPAM, "what": "show"}, by="cy")
    assert problem(refused, 403)["code"] == "measures.takes_two"


def test_they_come_in_pages_the_newest_first(counter: Counter, lite: World) -> None:
    made = []
    for number in range(3):
        lite.clock.forward(seconds=1)
        comment = {**SPAM, "comment": f"7001_{number}"}
        made.append(counter.post("/measures", comment, by="cy").json()["id"])
    first = counter.get("/measures?most=2").json()
    rest = counter.get("/measures", params={"most": 2, "at": first["next"]}).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == made[::-1]
    assert rest["next"] is None
    assert problem(counter.get("/measures?at=none"), 422)["code"] == "look.no_place"


@pytest.fixture
def cli(lite: World, monkeypatch: pytest.MonkeyPatch) -> Commands:
    return Commands(lite, monkeypatch)


def test_it_is_done_at_the_terminal_too(cli: Commands) -> None:
    assert "Nothing was asked for" in cli("comment", "list").out
    said = cli("comment", "hide", "page", "7001_7002", "--reason", "spam", by="cy")
    assert (said.code, said.err) == (0, "")
    assert "7001_7002 on page, to be hidden: waiting" in said.out
    [one] = cli("comment", "list", "--json").json
    assert cli("comment", "cancel", one["id"], "--reason", "it is none", by="bo").code == 0
    assert "cancelled" in cli("comment", "list").out
    assert cli("comment", "hide", "page", "7001_7002", "--reason", "spam").code == 5
