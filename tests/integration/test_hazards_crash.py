"""kill -9 after every step, restored databases, late answers: nothing lost or doubled (H1, H7, H8)."""

import shutil
from pathlib import Path

import pytest
from by_hand import ByHand, quiet, restart
from sqlalchemy import func, select
from world import CY, GUS, World

from publisher.app import build
from publisher.daemon import adopt
from publisher.daemon.restored import stop_if_restored
from publisher.desk import takedown
from publisher.networks import Absent, CannotTell, Intent, Later, Published, Refused, Unknown
from publisher.release import recover
from publisher.roles import MACHINE
from publisher.store import backup
from publisher.store import tables as t
from publisher.store.ids import new_id
from publisher.store.mark import Mark
from publisher.store.tables import core
from publisher.words import read

ACCOUNTS = ("x", "page", "blog", "board")  # listing, listing, two-phase, native key
STEPS = ("claimed", "prepared", "intended", "sent")


def _until(world: World, step: str) -> None:
    """Do one post's walk as far as `step`, and lose the process there."""
    hand = ByHand(world)
    hand.recognised()
    ids = hand.claim()
    if step == "claimed":
        return
    judgement = hand.intend(ids)
    if judgement.prepare:
        hand.prepare(judgement)
        judgement = hand.intend(ids) if step != "prepared" else judgement
    if step == "sent":
        [ready] = judgement.ready
        hand.send(ready)


@pytest.mark.hazard("H3")
@pytest.mark.parametrize("account", ACCOUNTS)
@pytest.mark.parametrize("step", STEPS)
def test_a_kill_after_any_step_loses_nothing_and_doubles_nothing(
    world: World, account: str, step: str
) -> None:
    world.net.on_prepare = lambda _: {"draft": "7"}
    post = world.approved("The fair opens", account)
    _until(world, step if account != "x" or step != "prepared" else "claimed")
    restart(world)
    quiet(world)
    row = world.delivery(post, account)
    if step == "intended" and account in ("x", "page"):
        assert (row.state, row.wake_at) == ("unknown", None), "only a person may say"
        assert any("go out?" in title for title in world.notices())
        assert world.net.public == []
    else:
        assert row.state == "published"
        assert len(world.net.texts(account)) == 1
        assert row.remote_id == world.net.public[0][1]


@pytest.mark.hazard("H3")
def test_a_kill_during_the_look_up_is_looked_up_again(world: World) -> None:
    world.net.on_send = lambda intent: (world.net.publish(intent), Unknown("reset"))[1]
    world.net.on_find = lambda _: CannotTell("down")
    post = world.approved("The fair opens", "x")
    world.settle()
    restart(world)
    world.net.on_find = None
    quiet(world)
    assert world.state(post) == "published"
    assert len(world.net.public) == 1


# ---- H1


@pytest.mark.hazard("H1")
def test_ids_of_the_same_instant_on_two_installations_never_meet(world: World) -> None:
    ids = {new_id(world.clock.at) for _ in range(10_000)}
    assert len(ids) == 10_000
    post = world.approved("The fair opens", "board")
    world.settle()
    assert world.net.sent[0].key == f"{world.delivery(post, 'board').id}r1"


@pytest.mark.hazard("H1")
def test_a_key_found_with_other_content_is_shown_to_a_person_and_not_sent_again(
    world: World,
) -> None:
    world.net.on_send = lambda _: Unknown("reset")
    world.net.on_find = lambda _: CannotTell(
        "the key is there with other words", (("9", "https://example.com/9", "Old news"),)
    )
    post = world.approved("The fair opens", "board")
    quiet(world)
    row = world.delivery(post, "board")
    assert (row.state, row.wake_at) == ("unknown", None)
    assert row.notes["lookalikes"] == [["9", "https://example.com/9", "Old news"]]
    assert len(world.net.sent) == 1


# ---- H7


@pytest.mark.hazard("H7")
def test_recovery_leaves_alone_what_a_live_thread_holds_whatever_the_clock_says(
    world: World,
) -> None:
    post = world.approved("The fair opens", "x")

    def send(_: Intent) -> None:
        world.clock.forward(minutes=5)  # far over the lease
        with world.app.store.write(MACHINE) as tx:
            recover.recover(tx, world.releaser.flight.live, 0, dead=False)

    world.net.on_send = send
    world.settle()
    assert world.state(post) == "published"
    with world.app.store.read() as tx:
        verbs = [r.verb for r in tx.all(select(core(t.LedgerRow)))]
    assert "doubt" not in verbs


@pytest.mark.hazard("H7")
def test_a_late_answer_under_the_same_fence_settles_what_was_declared_unknown(
    world: World,
) -> None:
    hand = ByHand(world)
    hand.recognised()
    post = world.approved("The fair opens", "x")
    [ready] = hand.intend(hand.claim()).ready
    outcome = hand.send(ready)
    world.releaser.start()
    assert world.state(post) == "unknown"
    hand.settle(ready, outcome)
    assert world.state(post) == "published"
    world.net.on_find = lambda _: pytest.fail("it is known already")
    quiet(world)


@pytest.mark.hazard("H7")
@pytest.mark.parametrize("outcome", [Refused("no"), Later("busy"), Unknown("reset")])
def test_a_late_answer_that_proves_nothing_public_leaves_the_unknown_to_its_look_up(
    world: World, outcome: Refused | Later | Unknown
) -> None:
    hand = ByHand(world)
    hand.recognised()
    post = world.approved("The fair opens", "x")
    [ready] = hand.intend(hand.claim()).ready
    world.releaser.start()
    hand.settle(ready, outcome)
    row = world.delivery(post)
    assert row.state == "unknown"
    assert row.wake_at is not None


@pytest.mark.hazard("H7")
def test_an_answer_under_an_older_fence_moves_nothing(world: World) -> None:
    hand = ByHand(world)
    hand.recognised()
    post = world.approved("The fair opens", "board")
    [old] = hand.intend(hand.claim()).ready
    world.releaser.start()
    world.net.on_find = lambda _: Absent("not there")
    quiet(world)
    assert world.state(post, "board") == "published"
    remote = world.delivery(post, "board").remote_id
    hand.settle(old, Published("999"))
    row = world.delivery(post, "board")
    assert (row.state, row.remote_id) == ("published", remote)


# ---- H8


@pytest.mark.hazard("H8")
def test_the_mark_is_durable_outside_before_anything_is_sent(world: World) -> None:
    seen: list[tuple[int, int]] = []

    def send(_: Intent) -> None:
        mark = world.mark.read()
        assert mark is not None
        ledger = core(t.LedgerRow)
        with world.app.store.read() as tx:
            intended = tx.value(select(func.max(ledger.c.seq)).where(ledger.c.verb == "intend"))
        seen.append((mark.seq, intended))

    world.net.on_send = send
    world.approved("The fair opens", "x", "board")
    world.settle()
    assert len(seen) == 2
    assert all(mark >= intended for mark, intended in seen)
    assert not world.mark.path.is_relative_to(world.config.data)


@pytest.mark.hazard("H8")
def test_nothing_is_sent_when_the_mark_cannot_be_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Mark) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(world.mark, "write", full)
    post = world.approved("The fair opens", "x")
    hand = ByHand(world)
    hand.recognised()
    claimed = hand.claim()
    world.releaser.flight.live.update(claimed)
    world.releaser.flight.to_judge.update(claimed)
    world.releaser.once()
    assert world.net.sent == []
    assert world.state(post) == "waiting", "in the same pass, not at some later wake"
    monkeypatch.undo()
    world.clock.forward(minutes=2)
    world.settle()
    assert world.state(post) == "published"


@pytest.mark.hazard("H8")
def test_a_ledger_behind_the_mark_starts_stopped_and_looks_up_what_was_due(world: World) -> None:
    """A snapshot, or a standby that lost the last rows: it went out, and nothing here says so."""
    post = world.approved("The fair opens", "x", "board")
    world.net.publish(_intent_of(world, post, "board"))
    with world.app.store.read() as tx:
        seq = tx.value(select(func.max(core(t.LedgerRow).c.seq)))
    world.mark.write(Mark(world.installation, seq + 3, "0" * 64))
    why = stop_if_restored(world.app.store, world.mark.read(), world.mark.path.parent)
    assert "older copy" in read(why, "en")
    assert {world.state(post, a) for a in ("x", "board")} == {"unknown"}
    restart(world)
    quiet(world)
    assert world.net.sent == []
    assert world.state(post, "board") == "published", "found"
    assert world.state(post, "x") == "unknown", "not found, and never sent again by the machine"


def _intent_of(world: World, post: str, account: str) -> Intent:
    """What the lost rows had sent."""
    twin = World(world.folder / "twin", None) if (world.folder / "twin").mkdir() is None else world
    try:
        twin.approved("The fair opens", account)
        twin.settle()
        return twin.net.sent[0]
    finally:
        twin.close()
        del post


@pytest.mark.hazard("H8")
@pytest.mark.parametrize("lost", ["mark", "installation", "head"])
def test_every_way_of_not_being_the_newest_starts_stopped(world: World, lost: str) -> None:
    world.approved("The fair opens", "board")
    world.settle()
    mark = world.mark.read()
    assert mark is not None
    assert stop_if_restored(world.app.store, mark, world.mark.path.parent) == ""
    other = {
        "mark": None,
        "installation": Mark("another", mark.seq, mark.head),
        "head": Mark(mark.installation, mark.seq, "0" * 64),
    }[lost]
    assert stop_if_restored(world.app.store, other, world.mark.path.parent)
    after = world.approved("After", "board")
    world.clock.forward(minutes=11)
    world.settle()
    assert world.state(after, "board") == "waiting"
    assert len(world.net.sent) == 1


@pytest.mark.hazard("H8")
def test_backup_publish_twenty_restore_doubles_nothing(lite: World, tmp_path: Path) -> None:
    posts = [
        lite.approved(f"News {n}", "blog", "board", again=True, at="2026-12-01 10:00")
        for n in range(10)
    ]
    copy = backup.backup(lite.app.store, tmp_path / "copy.db")
    for _ in range(12):
        lite.settle()
        lite.clock.forward(minutes=10)
    public = sorted(lite.net.public)
    assert len(public) == 20
    _restore(lite, copy)
    quiet(lite)
    assert sorted(lite.net.public) == public
    adopt(lite.app, GUS, "the newest we have")
    for _ in range(12):
        lite.clock.forward(minutes=10)
        lite.settle()
    assert sorted(lite.net.public) == public, "0 doubles"
    states = {lite.state(p, a) for p in posts for a in ("blog", "board")}
    assert "waiting" not in states or all(_held(lite, p) for p in posts)


def _held(world: World, post: str) -> bool:
    return all(d["state"] != "waiting" or d["findings"] for d in world.show(post)["deliveries"])


def _restore(world: World, copy: Path) -> None:
    world.releaser.finish(0)
    backup.restore(world.app.store, copy)
    world.app = build(
        world.config,
        now=world.clock,
        make_adapter=world._adapter,
        env={"SECRET": "canary-secret-value"},
    )
    assert stop_if_restored(world.app.store, world.mark.read(), world.mark.path.parent)
    world.releaser = world.new_releaser()
    world.releaser.start()


@pytest.mark.hazard("H8")
def test_after_adopting_the_same_database_starts_as_the_one_we_know(lite: World) -> None:
    lite.approved("The fair opens", "board")
    lite.settle()
    whole = lite.folder / "whole.db"
    backup.backup(lite.app.store, whole)
    assert [one.name for one in lite.folder.glob("whole.db*")] == ["whole.db"]
    lite.clock.forward(minutes=20)
    lite.approved("More", "board")
    lite.settle()
    _restore(lite, whole)
    adopt(lite.app, GUS, "the newest we have")
    assert stop_if_restored(lite.app.store, lite.mark.read(), lite.mark.path.parent) == ""
    lite.clock.forward(minutes=20)
    post = lite.approved("After", "board")
    lite.settle()
    assert lite.state(post, "board") == "published"
    shutil.rmtree(lite.folder / "twin", ignore_errors=True)


@pytest.mark.hazard("H8")
def test_a_takedown_that_was_due_is_still_made_after_a_restore(world: World) -> None:
    """Taking down twice takes down once: there is nothing to doubt."""
    post = world.approved("The fair opens", "x")
    world.settle()
    with world.app.store.write(CY) as tx:
        takedown.retract(tx, post, "mistake")
    world.mark.write(Mark(world.installation, 10**6, "0" * 64))
    assert stop_if_restored(world.app.store, world.mark.read(), world.mark.path.parent)
    restart(world)
    world.clock.forward(seconds=1)
    quiet(world)
    assert world.state(post, act="retract") == "published"
    assert world.net.removed == [world.delivery(post).remote_id]
