"""What the policy keeps for a time only is forgotten after it; what is on hold, or unfinished, is not."""

import json
import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from commands import Commands
from counter import Counter, counter
from sqlalchemy import select
from test_ledger import rogue, sign, verify
from world import ANN, EVE, World

from publisher.daemon import lock
from publisher.daemon.quiet import Quiet
from publisher.desk import holds as holding
from publisher.desk import takedown
from publisher.errors import Conflict, NotFound, NotPermitted, Usage
from publisher.policy import bundle
from publisher.policy.stricter import tightens
from publisher.read import holds as listing
from publisher.release import forgetting
from publisher.roles import Actor
from publisher.store import ledger, policies, room, seals
from publisher.store import tables as t
from publisher.store.tables import core

__all__ = ["counter"]

_PAYLOAD, _LEDGER, _ATTEMPT = core(t.Payload), core(t.LedgerRow), core(t.Attempt)

FAY = Actor("fay", frozenset({"auditor"}), "tester", sample=True)
YEAR = b"particulars_days = 365\n"


@pytest.fixture
def kept(world: World) -> World:
    """The small company, whose policy keeps particulars for a year."""
    in_force(world, YEAR)
    return world


def in_force(world: World, retention: bytes) -> None:
    files = {**world.files, "retention.toml": retention}
    with world.app.store.write(EVE) as tx:
        policies.keep(tx, files, bundle.version(files), at_once=True)


def finished(world: World, words: str = "The fair opens", *accounts: str) -> str:
    post = world.approved(words, *accounts)
    world.settle()
    return post


def forget(world: World) -> None:
    """As the daemon does when nothing is due."""
    after: int | None = 0
    while after is not None:
        after = forgetting.forget_some(world.app.store, after)


def payloads(world: World, post: str) -> int:
    of = select(_LEDGER.c.seq).where(_LEDGER.c.post_id == post)
    with world.app.store.read() as tx:
        return len(tx.all(select(_PAYLOAD.c.seq).where(_PAYLOAD.c.seq.in_(of))))


def hold(world: World, kind: Any, name: str, by: Actor = FAY) -> int:
    with world.app.store.write(by) as tx:
        return holding.hold(tx, kind, name, "a claim was announced")


def test_after_its_time_the_particulars_of_a_post_are_gone_and_the_history_holds(
    kept: World,
) -> None:
    post = finished(kept)
    kept.clock.forward(days=364)
    young = finished(kept, "The market opens")
    forget(kept)
    assert payloads(kept, post) > 3
    kept.clock.forward(days=2)
    forget(kept)
    assert payloads(kept, post) == 0
    assert payloads(kept, young) > 3
    found = verify(kept)
    assert (found.problems, found.forgotten) == ((), 1)
    assert kept.show(post)["text"] == "The fair opens"
    with kept.app.store.read() as tx:
        rows = tx.all(select(_LEDGER).where(_LEDGER.c.post_id == post).order_by(_LEDGER.c.seq))
    assert rows[-1].verb == "forget"
    assert any(row.payload_sha256 for row in rows)


def test_what_a_network_answered_is_gone_and_what_was_sent_is_not(kept: World) -> None:
    post = finished(kept)
    kept.by_hand("UPDATE attempt SET reason = 'created by ann@example.com'")
    kept.clock.forward(days=366)
    forget(kept)
    with kept.app.store.read() as tx:
        [one] = tx.all(select(_ATTEMPT))
    assert one.reason == ""
    assert "The fair opens" in json.dumps(one.request)
    assert verify(kept).problems == ()
    with kept.app.store.write(ANN) as tx:
        takedown.retract(tx, post, "It was wrong")
    kept.settle()
    assert kept.state(post, act="retract") == "published"


def test_without_the_policys_word_nothing_is_ever_forgotten(world: World) -> None:
    post = finished(world)
    world.clock.forward(days=5000)
    forget(world)
    assert payloads(world, post) > 3


def test_what_waits_for_anything_is_kept(kept: World) -> None:
    waits = kept.post("The fair opens")
    with kept.app.store.write(ANN) as tx:
        ledger.record(tx, "remember", "company", {"of": "no post"})
    kept.clock.forward(days=800)
    forget(kept)
    assert payloads(kept, waits) > 0
    with kept.app.store.read() as tx:
        bodies = [row.body for row in tx.all(select(_PAYLOAD))]
    assert any("no post" in body for body in bodies)


def test_what_was_touched_since_begins_anew(kept: World) -> None:
    post = finished(kept)
    kept.clock.forward(days=300)
    with kept.app.store.write(ANN) as tx:
        takedown.retract(tx, post, "It was wrong")
    kept.settle()
    kept.clock.forward(days=100)
    forget(kept)
    assert payloads(kept, post) > 3
    kept.clock.forward(days=300)
    forget(kept)
    assert payloads(kept, post) == 0


@pytest.mark.parametrize(
    ("kind", "name"), [("post", ""), ("account", "page"), ("person", "ann"), ("person", "bo")]
)
def test_a_hold_keeps_it_until_two_people_lift_that(kept: World, kind: str, name: str) -> None:
    post = finished(kept, "The fair opens", "x", "page")
    other = finished(kept, "The market opens", "blog")
    number = hold(kept, kind, name or post)
    kept.clock.forward(days=400)
    forget(kept)
    assert payloads(kept, post) > 3
    assert (payloads(kept, other) == 0) == (kind != "person")
    with kept.app.store.write(FAY) as tx:
        assert holding.lift(tx, number, "the claim was withdrawn") is False
        with pytest.raises(NotPermitted, match="somebody else"):
            holding.lift(tx, number, "")
    forget(kept)
    assert payloads(kept, post) > 3
    with kept.app.store.write(EVE) as tx:
        assert holding.lift(tx, number, "") is True
    forget(kept)
    assert payloads(kept, post) == 0
    assert verify(kept).problems == ()


def test_a_hold_says_what_it_is_about_and_why(lite: World) -> None:
    post = lite.post("The fair opens")
    hold(lite, "post", post[:6])
    for kind, name, error in (
        ("post", post, Conflict),
        ("account", "nowhere", NotFound),
        ("person", "nobody", NotFound),
        ("post", "zzzz", NotFound),
    ):
        with pytest.raises(error):
            hold(lite, kind, name)
    with lite.app.store.write(FAY) as tx:
        with pytest.raises(Usage):
            holding.hold(tx, "account", "x", " ")
        with pytest.raises(NotFound):
            holding.lift(tx, 99, "why")
        [one] = listing.holds(tx)
    assert (one.kind, one.name, one.by) == ("post", post, "fay")
    with lite.app.store.write(ANN) as tx, pytest.raises(NotPermitted):
        holding.hold(tx, "post", post, "why")


TRICKS: dict[str, tuple[str, ...]] = {
    "taken away": ("DELETE FROM hold",),
    "lifted": ("UPDATE hold SET lifted_at = at, lifted_by = 'eve'",),
    "turned to another": ("UPDATE hold SET name = 'blog'",),
}


@pytest.mark.parametrize("trick", TRICKS)
def test_a_hold_that_was_tampered_with_lets_nothing_go(kept: World, trick: str) -> None:
    post = finished(kept)
    hold(kept, "account", "x")
    rogue(kept, *TRICKS[trick])
    kept.clock.forward(days=400)
    forget(kept)
    assert payloads(kept, post) > 3
    assert verify(kept).problems != ()


def test_a_payload_that_was_taken_away_by_hand_is_found_also_of_a_forgotten_post(
    kept: World,
) -> None:
    post = finished(kept)
    kept.clock.forward(days=366)
    forget(kept)
    with kept.app.store.write(ANN) as tx:
        takedown.retract(tx, post, "It was wrong")
    kept.settle()
    seals.seal(kept.app.store)
    sign(kept)
    assert verify(kept).problems == ()
    rogue(kept, "DELETE FROM payload WHERE seq = (SELECT max(seq) FROM payload)")
    assert "has been deleted" in verify(kept).problems[0]


def test_a_forged_word_that_it_was_forgotten_is_none(kept: World) -> None:
    post = finished(kept)
    sign(kept)
    rogue(
        kept,
        f"DELETE FROM payload WHERE seq IN (SELECT seq FROM ledger WHERE post_id = '{post}')",
        "INSERT INTO ledger (at, actor, os_user, verb, subject, post_id, before, after, "
        f"payload_sha256, fact, binds, mac) SELECT at, actor, os_user, 'forget', '{post}', '{post}', '', "
        f"'', '', 'forgotten {post}', '9999', mac FROM ledger WHERE seq = 1",
    )
    assert any("payload" in one for one in verify(kept).problems)


def test_keeping_shorter_loosens_and_keeping_longer_does_not(lite: World) -> None:
    year, two = (
        bundle.load({**lite.files, "retention.toml": f"particulars_days = {days}\n".encode()})
        for days in (365, 730)
    )
    ever = bundle.load(lite.files)
    assert [tightens(a, b) for a, b in ((year, two), (year, ever))] == [True, True]
    assert [tightens(a, b) for a, b in ((two, year), (ever, two))] == [False, False]


def test_the_daemon_forgets_when_nothing_is_due_and_looks_again_after_some_hours(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_force(lite, YEAR)
    monkeypatch.setattr(forgetting, "POSTS", 1)
    posts = [finished(lite, "The fair opens", account) for account in ("x", "page", "blog")]
    lite.clock.forward(days=400)
    at = [0.0]
    monkeypatch.setattr("publisher.daemon.quiet.clock", SimpleNamespace(monotonic=lambda: at[0]))
    quiet = Quiet(lite.app.store, lambda: True)
    assert [quiet.tend() for _ in range(3)] == [True, True, False]
    assert [payloads(lite, one) for one in posts] == [0, 0, 0]
    later = finished(lite, "The market opens")
    lite.clock.forward(days=400)
    assert quiet.tend() is False
    assert payloads(lite, later) > 3
    at[0] += timedelta(hours=7).total_seconds()
    quiet.tend()
    assert payloads(lite, later) == 0


def test_by_a_clock_that_is_not_believed_nothing_is_forgotten(lite: World) -> None:
    in_force(lite, YEAR)
    post = finished(lite)
    lite.clock.forward(days=4000)
    believed = [False]
    quiet = Quiet(lite.app.store, lambda: believed[0])
    assert quiet.tend() is False
    assert payloads(lite, post) > 3
    believed[0] = True
    quiet.tend()
    assert payloads(lite, post) == 0


# ---- through the desk's door


@pytest.fixture
def owners(lite: World) -> World:
    lite.by_hand("UPDATE person SET roles = '[\"policy owner\"]' WHERE name IN ('eve', 'gus')")
    return lite


def test_over_the_service(owners: World, counter: Counter) -> None:
    wanted = {"kind": "account", "name": "x", "reason": "a claim"}
    made = counter.post("/holds", wanted, by="eve")
    assert made.status_code == 201, made.text
    number = made.json()["number"]
    assert counter.post("/holds", wanted, by="eve").status_code == 409
    assert counter.get("/holds").status_code == 403
    assert [one["name"] for one in counter.get("/holds", by="eve").json()["items"]] == ["x"]
    asked = counter.post(f"/holds/{number}/lift", {"reason": "withdrawn"}, by="eve")
    assert asked.json() == {"lifted": False}
    assert counter.post(f"/holds/{number}/lift", by="eve").status_code == 403
    assert counter.post(f"/holds/{number}/lift", by="gus").json() == {"lifted": True}
    assert counter.get("/holds", by="eve").json()["items"] == []
    assert counter.post("/holds/99/lift", {"reason": "why"}, by="eve").status_code == 404


def test_by_commands(owners: World, monkeypatch: pytest.MonkeyPatch) -> None:
    cli = Commands(owners, monkeypatch)
    said = cli("audit", "hold", "x", "--kind", "account", "--reason", "a claim", by="eve")
    assert (said.code, "a claim" in said.out) == (0, True)
    assert cli("audit", "hold", "x", "--kind", "network", by="eve").code == 2
    number = str(cli("audit", "holds", "--json", by="eve").json[0]["number"])
    assert cli("audit", "lift", number, "--reason", "withdrawn", by="eve").code == 0
    assert f"publisher audit lift {number}" in cli("audit", "holds", by="eve").out
    assert "lifted" in cli("audit", "lift", number, by="gus").out
    assert cli("audit", "holds", by="eve").out == "Nothing is on hold.\n"


# ---- room


def test_status_says_how_large_it_is_and_for_each_delivery(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli = Commands(lite, monkeypatch)
    found = cli("status", "--json").json
    assert found["bytes"] > 100_000
    assert found["bytes_each"] is None
    lite.post("The fair opens", "x", "page")
    found = cli("status", "--json").json
    assert found["bytes_each"] == found["bytes"] // 2
    assert "kB for each delivery" in cli("status").out


def test_the_size_is_known_on_both_databases(world: World) -> None:
    with world.app.store.read() as tx:
        assert room.size(tx) > 100_000
        assert room.for_each(tx, 700) is None


def test_a_vacuum_gives_room_back_and_nobody_writes_meanwhile(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli = Commands(lite, monkeypatch)
    monkeypatch.setattr("publisher.cli.db.own", lambda: lite.config)
    lite.by_hand("CREATE TABLE ballast AS SELECT zeroblob(3000000) AS body")
    lite.by_hand("DROP TABLE ballast")
    held = lock.take(lite.app.store, lite.config.data)
    try:
        assert cli("db", "vacuum").code == 7
    finally:
        held.release()
    said = cli("db", "vacuum")
    assert said.code == 0, said.err
    before, after = re.findall(r"[\d.]+(?= MB)", said.out)
    assert float(before) > float(after) + 2
    assert verify(finished_world(lite)).problems == ()


def finished_world(world: World) -> World:
    """It still works, and the history holds."""
    finished(world)
    seals.seal(world.app.store)
    return world


def test_a_vacuum_without_room_for_a_second_copy_is_refused(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli = Commands(lite, monkeypatch)
    monkeypatch.setattr("publisher.cli.db.own", lambda: lite.config)
    usage = SimpleNamespace(free=1000)
    monkeypatch.setattr("publisher.store.room.shutil.disk_usage", lambda _: usage)
    said = cli("db", "vacuum")
    assert (said.code, "MB are missing" in said.err) == (1, True)


def test_a_vacuum_on_postgresql_keeps_nobody_waiting(world: World) -> None:
    if world.app.store.sqlite:
        pytest.skip("SQLite's takes the whole file")
    with world.app.store.write(ANN) as tx:
        ledger.record(tx, "remember", "company", {})
        room.vacuum(world.app.store)
