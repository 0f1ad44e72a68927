"""What the service answers about permissions, stops, the register, the policy: all that a command shows."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from commands import Commands
from counter import Counter, counter
from sandbox_clients import png
from test_service_posts import problem
from world import GUS, World

from publisher.clock import rfc3339
from publisher.networks import Later
from publisher.read import history
from publisher.roles import MACHINE
from publisher.store.provision import provision

__all__ = ["counter"]

WHY = {"category": "outage", "reason": "callers get no answer"}
TOKYO = "Asia/Tokyo"


def test_every_time_says_on_whose_clock_it_is_read(counter: Counter, lite: World) -> None:
    written = counter.write("The fair opens", "x")
    assert [one["zone"] for one in written["deliveries"]] == [TOKYO]
    lite.approve(written["id"])
    lite.settle()
    found = counter.get(f"/posts/{written['id']}")
    assert [one["zone"] for one in found.json()["tries"]] == [TOKYO]
    assert found.headers["publisher-zone"] == TOKYO
    later = counter.write("It goes on", "x", at="2026-12-05 10:00")
    [when] = counter.get(f"/posts/{later['id']}/when").json()
    checked = counter.post("/posts/check", {"text": "It ends", "accounts": ["x"]}).json()
    assert (when["zone"], checked["zones"]) == (TOKYO, {"x": TOKYO})
    span = {"from": "2026-12-01T00:00:00Z", "to": "2026-12-03T00:00:00Z"}
    windows = counter.get("/accounts/x/windows", params=span).json()
    assert {one["zone"] for one in windows} == {TOKYO}


def test_problems_pictures_and_exports_say_it_too(counter: Counter) -> None:
    picture = counter.post("/media", None, content=png()).json()["upload"]
    answers = [
        counter.get(f"/media/{picture}"),
        counter.get("/ledger/export", by="gus"),
        counter.get("/posts/nosuch"),
    ]
    assert [one.status_code for one in answers] == [200, 200, 404]
    assert {one.headers["publisher-zone"] for one in answers} == {TOKYO}


def test_permissions_come_in_pages_the_newest_first(counter: Counter, lite: World) -> None:
    for account in ("x", "page", "blog", "board"):
        lite.clock.forward(seconds=account != "board")  # two of the same instant
        counter.post("/exceptions/incidents", {"accounts": [account], **WHY})
    whole = counter.get("/exceptions").json()
    assert (len(whole["items"]), whole["next"]) == (4, None)
    assert [one["accounts"] for one in whole["items"]][2:] == [["page"], ["x"]]
    found, at = [], ""
    while at is not None:
        page = counter.get("/exceptions", params={"at": at, "most": 1}).json()
        found += page["items"]
        at = page["next"]
    assert found == whole["items"]
    assert problem(counter.get("/exceptions?at=none"), 422)["code"] == "look.no_place"


def test_one_account_of_the_register(counter: Counter) -> None:
    one = counter.get("/accounts/x").json()
    assert one in counter.get("/accounts").json()["items"]
    assert one["zone"] == TOKYO
    assert problem(counter.get("/accounts/nowhere"), 404)["code"] == "find.no_account"


def test_a_permission_says_which_post_it_is_for(counter: Counter) -> None:
    counter.post("/posts/notices", {"text": "Our line is down", "accounts": ["x"], **WHY})
    incident = counter.post("/exceptions/incidents", {"accounts": ["x"], **WHY}).json()
    assert (incident["accounts"], incident["unreviewed"]) == (["x"], [])
    found = counter.get("/exceptions").json()["items"]
    assert {one["kind"]: one["words"] for one in found} == {
        "urgent": "Our line is down",
        "incident": "",
    }
    assert counter.get(f"/exceptions/{found[0]['id']}", by="cy").json()["zones"] == {"x": TOKYO}


def test_whose_turn_it_is_with_an_urgent_notice(counter: Counter, lite: World) -> None:
    lite.clock.forward(hours=10)
    post = counter.write(at="now")["id"]
    look = counter.get(f"/posts/{post}/urgent").json()
    assert look["asked"] is None
    assert look["categories"] == counter.get("/policy/categories").json()
    assert counter.get(f"/posts/{post}").json()["asked"] is None
    asked = counter.post(f"/posts/{post}/ask", {"kind": "urgent", **WHY}).json()["asked"]
    own = problem(counter.get(f"/posts/{post}/urgent"), 409)
    assert own["code"] == "exceptions.asked_already"
    assert counter.get(f"/posts/{post}/urgent", by="cy").json()["asked"] == asked
    seen = counter.get(f"/exceptions/{asked}", by="cy").json()["fingerprint"]
    assert counter.post(f"/exceptions/{asked}/grant", {"seen": seen}, by="cy").status_code == 200
    assert counter.get(f"/posts/{post}").json()["asked"] is None
    granted = problem(counter.get(f"/posts/{post}/urgent", by="cy"), 409)
    assert granted["code"] == "exceptions.granted"


def test_a_wait_that_is_lifted_says_how_long_it_was(counter: Counter, lite: World) -> None:
    until = lite.clock() + timedelta(minutes=12)
    lite.net.on_send = lambda _: Later("too many", until)
    lite.approved("The fair opens", "x")
    lite.settle()
    said = counter.post("/accounts/x/resume", {"reason": "it is in order"}, by="cy").json()
    assert (said["account"]["id"], said["waited_until"]) == ("x", rfc3339(until))


def test_a_resume_says_what_it_lifted(counter: Counter) -> None:
    for scope in ({}, {"account": "x"}):
        counter.post("/stops", {"reason": "wrong picture", **scope})
    lifted = counter.post("/stops/resume", {"account": "x"}, by="cy").json()
    assert (lifted["lifted"], [one["scope"] for one in lifted["left"]]) == (["x"], ["everything"])


@pytest.fixture
def owned(lite: World) -> World:
    """The small company with its policy in a folder, and Eve who owns it."""
    lite.by_hand("UPDATE person SET roles = '[\"policy owner\"]' WHERE name = 'eve'")
    lite.config.policy.mkdir()
    for name, data in lite.files.items():
        (lite.config.policy / name).write_bytes(data)
    return lite


def test_a_proposed_policy_is_looked_at_and_confirmed(owned: World, counter: Counter) -> None:
    file = owned.config.policy / "calendars.toml"
    file.write_bytes(file.read_bytes().replace(b"09:00-17:30", b"09:00-20:00"))
    made = counter.post("/policy/proposals", by="eve").json()
    assert made == {"version": 2, "in_force": False}
    [one] = counter.get("/policy/proposals", by="bo", params={"version": 2}).json()["items"]
    assert any(line.startswith("+friday") for line in one["diff"])
    missing = counter.get("/policy/proposals", by="bo", params={"version": 9})
    assert problem(missing, 404)["code"] == "policies.not_waiting"
    said = counter.post("/policy/proposals/2/confirm", by="bo")
    assert (said.status_code, said.json()) == (200, {"version": 2, "in_force": True})


def test_a_confirmed_change_is_said(owned: World, counter: Counter) -> None:
    accounts = dict(owned.config.accounts)
    accounts["x"] = replace(accounts["x"], calendar="always")
    people = dict(owned.config.people)
    people["eve"] = replace(people["eve"], roles=frozenset({"policy owner"}))
    with owned.app.store.write(MACHINE) as tx:
        provision(tx, replace(owned.config, accounts=accounts, people=people))
    [one] = counter.get("/config/changes", by="eve").json()["items"]
    assert one["change"] == "calendar: office → always"
    said = counter.post(f"/config/changes/{one['id']}/confirm", by="eve")
    assert said.status_code == 200, said.text
    assert said.json() == {"kind": "account", "name": "x", "change": one["change"]}


def test_the_newest_of_the_history_in_pages_backwards(counter: Counter, lite: World) -> None:
    post = counter.write("The fair opens", "x", "page")["id"]
    everything = counter.get("/ledger", by="gus", params={"most": 100}).json()
    found: list[Any] = []
    before = 0
    while some := counter.get("/ledger/newest", params={"most": 3, "before": before}).json():
        found[:0] = some
        before = some[0]["seq"]
        if before == 1:
            break
    assert [one["seq"] for one in found] == [one["seq"] for one in everything]
    [created, *_] = [one for one in found if one["verb"] == "create"]
    assert (created["account"], created["act"]) in {("x", "publish"), ("page", "publish")}
    mine = counter.get("/ledger/newest", params={"post": post}).json()
    assert {one["post"] for one in mine} == {post}
    assert counter.get("/ledger/newest", params={"post": "nosuch"}).status_code == 404


def test_the_history_is_taken_away_as_the_command_writes_it(
    counter: Counter, lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter.write("The fair opens in 東京")
    monkeypatch.setattr("publisher.read.history.CHUNK", 7)
    answer = counter.get("/ledger/export", by="gus")
    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = Commands(lite, monkeypatch)("audit", "export", by="gus").out.splitlines(keepends=True)
    assert answer.text == "".join(lines[:-1])
    assert json.loads(lines[-1])["verb"] == "export history"
    numbers = [json.loads(line)["seq"] for line in answer.text.splitlines()]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("why", ["it fails", "the desk closes"])
def test_an_export_that_breaks_off_has_no_end(
    counter: Counter, lite: World, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    """Else half of the history is taken for the whole of it."""
    whole = list(_entries(lite))

    def some(*_: Any) -> Iterator[Any]:
        yield from whole
        counter.close()
        if why == "it fails":
            raise ZeroDivisionError
        yield from whole

    monkeypatch.setattr("publisher.service.routes.looks.TOGETHER", len(whole))
    monkeypatch.setattr("publisher.read.history.entries", some)
    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.sleep(60)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "asgi": {"spec_version": "2.3"},
        "method": "GET",
        "path": "/api/v1/ledger/export",
        "query_string": b"",
        "headers": [(b"publisher-as", b"gus")],
    }
    with suppress(ZeroDivisionError):
        counter.told(scope, receive, send)
    bodies = [one for one in sent if one["type"] == "http.response.body"]
    assert bodies[0]["body"]
    assert all(one["more_body"] for one in bodies)


def _entries(world: World) -> Iterator[Any]:
    return history.entries(world.app.store, GUS)


def test_no_reason_is_too_long_to_stop(counter: Counter) -> None:
    assert counter.post("/stops", {"reason": "pulled. " * 1_000}).status_code == 201
