"""What a person does between two steps of the releaser: it counts, or comes too late (H2-H4, H10)."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from by_hand import ByHand
from sqlalchemy import select, text
from world import ANN, BO, CY, EVE, World, migrated_url

from publisher.desk import compose, exceptions, policies, resolve, review, schedule, stops, takedown
from publisher.desk.parts import find
from publisher.errors import Conflict, Problem
from publisher.networks import Absent, CannotTell, Published, Unknown
from publisher.read import posts
from publisher.release.claim import claim
from publisher.roles import MACHINE
from publisher.store import tables as t
from publisher.store.tables import core


def _stop(world: World) -> None:
    with world.app.store.write(ANN) as tx:
        stops.stop(tx, why="wrong figures")


def _edit(world: World, post: str) -> None:
    with world.app.store.write(ANN) as tx:
        compose.edit(tx, post, {"text": "Other words"})


def _cancel(world: World, post: str) -> None:
    with world.app.store.write(ANN) as tx:
        schedule.cancel(tx, post)


def _pause(world: World, post: str) -> None:
    with world.app.store.write(ANN) as tx:
        schedule.pause(tx, post, "let me think")


def _reschedule(world: World, post: str) -> None:
    with world.app.store.write(ANN) as tx:
        schedule.reschedule(tx, post, "2026-12-02 11:00")


def _return(world: World, post: str) -> None:
    with world.app.store.write(BO) as tx:
        review.send_back(tx, post, "wrong year")


def _retract(world: World, post: str) -> None:
    with world.app.store.write(ANN) as tx:
        takedown.retract(tx, post, "mistake")


ACTS: dict[str, Callable[[World, str], Any]] = {
    "stop": lambda world, _: _stop(world),
    "edit": _edit,
    "cancel": _cancel,
    "pause": _pause,
    "reschedule": _reschedule,
    "return": _return,
}


@pytest.mark.hazard("H2")
@pytest.mark.hazard("H10")
@pytest.mark.parametrize("act", ACTS)
def test_what_a_person_does_after_the_claim_and_before_the_intent_counts(
    world: World, act: str
) -> None:
    hand = ByHand(world)
    hand.recognised()
    post = world.approved("The fair opens", "x")
    claimed = hand.claim()
    ACTS[act](world, post)
    assert hand.intend(claimed).ready == []
    world.settle()
    assert world.net.sent == []
    row = world.delivery(post)
    assert row.state in ("waiting", "cancelled")
    assert (row.wake_at is None) == (row.state == "cancelled")


@pytest.mark.hazard("H4")
@pytest.mark.parametrize("act", ACTS)
def test_what_a_person_does_while_it_is_being_prepared_counts(world: World, act: str) -> None:
    """A draft takes twenty seconds; a stop in the meantime must not be overtaken by the publishing."""
    post = world.approved("The fair opens", "blog")

    def prepare(_: object) -> dict[str, str]:
        if not acted:
            acted.append(act)
            ACTS[act](world, post)
        return {"draft": "7"}

    acted: list[str] = []
    world.net.on_prepare = prepare
    world.settle()
    assert acted
    assert world.net.sent == []
    assert world.state(post, "blog") in ("waiting", "cancelled")


@pytest.mark.hazard("H3")
@pytest.mark.hazard("H10")
@pytest.mark.parametrize("act", ["edit", "cancel", "reschedule", "pause"])
def test_what_is_on_the_wire_cannot_be_changed_and_its_outcome_is_kept(
    world: World, act: str
) -> None:
    post = world.approved("The fair opens", "x")
    refused: list[str] = []

    def send(_: object) -> None:
        with pytest.raises(Conflict) as told:
            ACTS[act](world, post)
        refused.append(str(told.value))

    world.net.on_send = send
    world.settle()
    assert refused
    assert world.state(post) == "published"
    assert world.delivery(post).revision == 1
    assert len(world.net.public) == 1


@pytest.mark.hazard("H2")
def test_a_stop_while_on_the_wire_loses_cleanly_and_holds_everything_after(world: World) -> None:
    post = world.approved("The fair opens", "x")
    other = world.approved("The fair opens", "blog", again=True, at="2026-12-01 10:05")
    world.net.on_send = lambda _: _stop(world) if not world.net.public else None
    world.settle()
    world.clock.forward(minutes=6)
    world.settle()
    assert world.state(post) == "published"
    assert world.state(other, "blog") == "waiting"
    assert len(world.net.sent) == 1


@pytest.mark.hazard("H10")
def test_an_approval_while_claimed_sends_it_at_once_instead_of_losing_it(world: World) -> None:
    """Judged without the approval, it would be put back to wait for one that has been given."""
    hand = ByHand(world)
    hand.recognised()
    post = world.post("The fair opens", "x")
    with world.app.store.write(MACHINE) as tx:
        tx.conn.execute(text("UPDATE delivery SET wake_at = release_at"))
    claimed = hand.claim()
    assert claimed
    world.approve(post)
    assert hand.intend(claimed).ready == []
    world.settle()
    assert world.state(post) == "published"


@pytest.mark.hazard("H10")
def test_an_approval_that_meets_the_holding_is_refused_or_counts_but_is_never_lost(
    world: World,
) -> None:
    """On PostgreSQL the two transactions are open at the same time."""
    if world.app.store.sqlite:
        pytest.skip("SQLite has one writer at a time")
    hand = ByHand(world)
    hand.recognised()
    post = world.post("The fair opens", "x")
    with world.app.store.write(MACHINE) as tx:
        tx.conn.execute(text("UPDATE delivery SET wake_at = release_at"))
    claimed = hand.claim()
    seen = world.show(post)["fingerprint"]
    result: list[object] = []

    def judge() -> None:
        try:
            result.append(hand.intend(claimed))
        except Problem as error:
            result.append(error)

    with world.app.store.write(BO) as tx:
        review.approve(tx, post, seen)
        thread = threading.Thread(target=judge)
        thread.start()
        thread.join(0.3)  # it has read the delivery as claimed, and waits for our row
    thread.join(5)
    assert result
    world.settle()
    assert world.state(post) == "published"


@pytest.mark.hazard("H10")
def test_a_policy_change_while_claimed_and_then_an_approval_does_not_strand_it(
    world: World,
) -> None:
    hand = ByHand(world)
    hand.recognised()
    post = world.approved("The fair opens", "x")
    claimed = hand.claim()
    stricter = {
        **world.files,
        "approval.toml": world.files["approval.toml"].replace(b"count = 1", b"count = 2"),
    }
    with world.app.store.write(EVE) as tx:
        assert policies.activate(tx, stricter)[1], "tightening acts at once"
    assert hand.intend(claimed).ready == []
    row = world.delivery(post)
    assert (row.state, row.verdict) == ("waiting", "APPROVE")
    assert row.wake_at is not None
    world.approve(post, by=EVE)
    world.settle()
    assert world.state(post) == "published"


@pytest.mark.hazard("H10")
def test_a_grant_while_claimed_counts(world: World) -> None:
    hand = ByHand(world)
    hand.recognised()
    world.clock.forward(hours=7, minutes=29)  # 17:29: a minute to closing
    post = world.post("Line 1 stands still", "x", kind="urgent")
    with world.app.store.write(ANN) as tx:
        number = exceptions.request(tx, post, "urgent", "accident", "the line stands still")
    with world.app.store.write(MACHINE) as tx:
        tx.conn.execute(text("UPDATE delivery SET wake_at = release_at"))
    claimed = hand.claim()
    assert claimed
    world.grant(number)
    assert hand.intend(claimed).ready == []
    world.clock.forward(minutes=2)
    world.settle()
    assert world.state(post) == "published"


@pytest.mark.hazard("H2")
def test_lifting_a_stop_releases_nothing_not_even_what_was_just_claimed(world: World) -> None:
    hand = ByHand(world)
    hand.recognised()
    post = world.approved("The fair opens", "x")
    _stop(world)
    claimed = hand.claim()
    assert claimed
    with world.app.store.write(CY) as tx:
        stops.resume(tx)
    assert hand.intend(claimed).ready == []
    world.settle()
    assert world.net.sent == []
    assert "paused" in [f["rule"] for f in world.delivery(post).findings]


# ---- H3: what may be public keeps its words


def _unproven(world: World) -> str:
    """A board post whose first try is not proved absent, about to be repeated with the same key."""
    world.net.on_send = lambda _: Unknown("the answer was lost")
    world.net.on_find = lambda _: CannotTell("down")
    post = world.approved("The fair opens", "board")
    world.settle()
    return post


def _absent_at_last(world: World) -> None:
    world.net.on_find = lambda _: Absent("not there")
    for _ in range(2):
        world.clock.forward(minutes=2)
        world.releaser._chores()
        while world.busy():
            world.releaser._drain()
            world.releaser._settle()


@pytest.mark.hazard("H3")
@pytest.mark.parametrize("act", ["edit", "cancel", "reschedule", "pause"])
@pytest.mark.parametrize("absent", [False, True], ids=["unknown", "about to be repeated"])
def test_what_may_be_public_refuses_every_change(world: World, act: str, *, absent: bool) -> None:
    post = _unproven(world)
    if absent:
        _absent_at_last(world)
        assert world.state(post, "board") == "waiting"
        assert world.delivery(post, "board").unproven
    with pytest.raises(Conflict):
        ACTS[act](world, post)
    assert world.delivery(post, "board").revision == 1


@pytest.mark.hazard("H3")
def test_a_repeat_has_the_same_key_and_the_stored_bytes(world: World) -> None:
    post = _unproven(world)
    world.net.on_send = None
    _absent_at_last(world)
    world.settle()
    first, second = world.net.sent
    assert world.state(post, "board") == "published"
    assert (first.key, first.rendered) == (second.key, second.rendered)
    assert len(world.net.public) == 1


@pytest.mark.hazard("H3")
def test_bytes_that_the_policy_no_longer_lets_out_come_to_a_person(world: World) -> None:
    post = _unproven(world)
    _absent_at_last(world)
    notices = world.files["disclaimers.toml"]
    assert b"Not necessarily" in notices
    other = world.files | {"disclaimers.toml": notices.replace(b"As of posting", b"At posting")}
    with world.app.store.write(ANN) as tx:
        tx.actor = type(tx.actor)("root", frozenset({"policy owner"}), "t", sample=True)
        number, at_once = policies.activate(tx, other)
    if not at_once:
        with world.app.store.write(EVE) as tx:
            policies.second(tx, number)
    world.settle()
    row = world.delivery(post, "board")
    assert (row.state, row.wake_at) == ("unknown", None)
    assert len(world.net.sent) == 1
    assert any("no longer lets" in body for _, _, body in world.letters())


@pytest.mark.hazard("H3")
def test_a_repeat_that_only_has_to_wait_for_the_clock_waits(world: World) -> None:
    """Pacing after another post is no refusal."""
    post = _unproven(world)
    _absent_at_last(world)
    with world.app.store.write(MACHINE) as tx:
        tx.conn.execute(
            text("UPDATE account SET last_sent_at = :now WHERE id = 'board'"),
            {"now": _stored(world, -8)},
        )
    world.net.on_send = None
    world.settle()
    assert world.state(post, "board") == "waiting"
    world.clock.forward(minutes=3)
    world.settle()
    assert world.state(post, "board") == "published"


def _stored(world: World, minutes: int) -> Any:
    at = world.clock.at + timedelta(minutes=minutes)
    return at.strftime("%Y-%m-%d %H:%M:%S.%f") if world.app.store.sqlite else at


@pytest.mark.hazard("H3")
def test_planning_never_blocks_what_may_be_public(world: World) -> None:
    """Blocked, it could be neither looked up nor resolved by anybody."""
    post = _unproven(world)
    _absent_at_last(world)
    world.by_hand("UPDATE account SET active = false WHERE id = 'board'")
    with world.app.store.write(EVE) as tx:
        review.approve(tx, post, posts.post(tx, post).fingerprint)
    world.settle()
    assert world.state(post, "board") == "unknown"
    with world.app.store.write(CY) as tx:
        resolve.resolve(tx, f"{post}/board", not_published=True, why="I looked")
    assert world.state(post, "board") == "expired"


@pytest.mark.hazard("H3")
def test_cancelling_the_rest_does_not_call_a_post_withdrawn_that_may_be_public(
    world: World,
) -> None:
    world.net.on_send = lambda _: Unknown("the answer was lost")
    world.net.on_find = lambda _: CannotTell("down")
    post = world.approved("The fair opens", "board", "x", at="2026-12-01 10:00")
    with world.app.store.write(ANN) as tx:
        schedule.reschedule(tx, f"{post}/x", "2026-12-02 11:00")
    world.settle()
    _cancel(world, post)
    assert world.state(post, "x") == "cancelled"
    assert world.state(post, "board") == "unknown"
    with world.app.store.read() as tx:
        assert find.target(tx, post).post.state == "submitted"


# ---- H4: the window binds the first byte


@pytest.mark.hazard("H4")
def test_an_intent_may_not_begin_after_closing_time(world: World) -> None:
    world.clock.forward(hours=7, minutes=29, seconds=50)  # ten seconds to 17:30
    world.approved("The last word", "x")
    world.settle()
    [sent] = world.net.sent
    assert sent.not_after == world.clock.at + timedelta(seconds=10)


@pytest.mark.hazard("H4")
def test_closing_time_during_the_preparing_keeps_it_back(world: World) -> None:
    world.clock.forward(hours=7, minutes=29, seconds=50)
    post = world.approved("The last word", "blog")

    def prepare(_: object) -> dict[str, str]:
        world.clock.forward(seconds=10)
        return {"draft": "7"}

    world.net.on_prepare = prepare
    world.settle()
    assert world.net.sent == []
    assert world.state(post, "blog") == "waiting"
    assert "calendar" in [f["rule"] for f in world.delivery(post, "blog").findings]


@pytest.mark.hazard("H4")
def test_what_became_too_late_while_it_was_prepared_does_not_go_out(world: World) -> None:
    post = world.approved("The fair opens", "board")

    def prepare(_: object) -> dict[str, str]:
        world.clock.forward(days=1)
        return {"draft": "7"}

    world.net.on_prepare = prepare
    world.settle()
    world.settle()
    assert world.net.sent == []
    assert world.state(post, "board") == "expired"


@pytest.mark.hazard("H4")
def test_an_intent_may_not_begin_after_the_yes_that_it_needs_has_lapsed(world: World) -> None:
    """The yes of somebody who has become its last editor does not count, however long it lasts."""
    post = world.post("The fair opens", "x", at="2026-12-01 11:00")
    world.approve(post, by=EVE)
    world.clock.forward(minutes=30)
    world.approve(post, by=BO)
    world.by_hand("UPDATE post SET last_editor = 'bo'")
    ends = world.clock.at + timedelta(minutes=30, seconds=7)
    world.by_hand(
        "UPDATE approval SET expires_at = :ends WHERE person = 'eve'",
        ends=ends.replace(tzinfo=None) if world.app.store.sqlite else ends,
    )
    world.clock.forward(minutes=30)
    world.settle()
    [sent] = world.net.sent
    assert sent.not_after == world.clock.at + timedelta(seconds=7)


@pytest.mark.hazard("H4")
def test_an_intent_ends_well_before_its_lease(world: World) -> None:
    world.approved("The fair opens", "board")
    world.settle()
    [sent] = world.net.sent
    limits = world.releaser.limits
    assert sent.not_after <= world.clock.at + limits.lease - timedelta(seconds=5)


@pytest.mark.hazard("H4")
def test_preparing_again_after_a_crash_resumes_with_the_notes_that_were_saved(
    world: World,
) -> None:
    hand = ByHand(world)
    hand.recognised()
    world.net.on_prepare = lambda _: {"draft": "7"}
    post = world.approved("The fair opens", "blog")
    hand.prepare(hand.intend(hand.claim()))
    world.releaser.start()
    world.net.on_prepare = lambda _: pytest.fail("prepared twice")
    world.settle()
    assert world.state(post, "blog") == "published"
    assert world.net.sent[0].notes == {"draft": "7"}


# ---- H2 on PostgreSQL, with many at once


@pytest.mark.hazard("H2")
def test_a_stop_under_the_load_of_eight_workers_is_served_at_once_and_nothing_follows_it(
    tmp_path: Path,
) -> None:
    url = migrated_url()
    if url is None:
        pytest.skip("no PostgreSQL")
    names = {f"page{n}": "facebook" for n in range(8)}
    world = World(tmp_path, url, accounts=names)
    try:
        _race(world, list(names))
    finally:
        world.close()


def _race(world: World, names: list[str]) -> None:
    hand = ByHand(world)
    hand.recognised()
    for n in range(3):
        world.approved(f"News {n}", *names, at="2026-12-01 10:00")
    turns: list[int] = []
    stopped, begun = threading.Event(), threading.Barrier(9)

    def work() -> None:
        begun.wait()
        while not stopped.is_set():
            _turn(world, hand)
            turns.append(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    begun.wait()
    while len(turns) < 8:
        stopped.wait(0.001)
    before = len(turns)
    _stop(world)
    waited_for = len(turns) - before
    for _ in range(3):  # what is claimed now must be held
        _turn(world, hand)
    stopped.set()
    for thread in threads:
        thread.join()
    assert waited_for <= 80, "a fair queue: some turns of each, not a starving stop"
    ledger = core(t.LedgerRow)
    with world.app.store.read() as tx:
        at = tx.value(select(ledger.c.seq).where(ledger.c.verb == "stop"))
        late = tx.all(select(ledger.c.seq).where(ledger.c.verb == "intend", ledger.c.seq > at))
    assert late == []


def _turn(world: World, hand: ByHand) -> None:
    """Claim one, intend it, settle it as published: the steps of a worker."""
    try:
        with world.app.store.write(MACHINE) as tx:
            ids = claim(tx, 1, world.releaser.limits.lease)
        ready = hand.intend(ids).ready if ids else ()
        for one in ready:
            hand.settle(one, Published(one.delivery))
        if not ids:
            with world.app.store.write(MACHINE) as tx:
                tx.lock_epoch()
    except Conflict:
        return
