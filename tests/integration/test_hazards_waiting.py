"""What waits is looked at in time, and not all the time (H9, H11, H12, H13)."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from by_hand import ByHand, quiet, restart
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from world import ANN, BO, CY, World

from publisher.desk import compose, resolve, review, schedule, stops, takedown
from publisher.errors import Problem
from publisher.networks import (
    Absent,
    CannotTell,
    Credentials,
    Intent,
    Later,
    Outcome,
    Refused,
    Unknown,
)
from publisher.policy import Case, Finding, Rule, rules
from publisher.policy.params import Table
from publisher.read import posts
from publisher.release import recover, whoami
from publisher.release.claim import claim, next_wake
from publisher.roles import MACHINE
from publisher.store import bound, ledger
from publisher.store import tables as t
from publisher.store.ledger import Line
from publisher.store.tables import core
from publisher.words import read

DELIVERY, ACCOUNT = core(t.Delivery), core(t.Account)


def _passes(world: World) -> list[int]:
    """Counts how often the releaser looks for what is due, from now on."""
    counted = [0]
    step = world.releaser._advance

    def counting() -> bool:
        counted[0] += 1
        return step()

    world.releaser._advance = counting  # type: ignore[method-assign]
    return counted


# ---- H9


@pytest.mark.hazard("H9")
def test_a_wake_is_not_a_claim(world: World) -> None:
    post = world.approved("The fair opens", "board", at="2026-12-01 12:00")
    with world.app.store.write(MACHINE) as tx:
        tx.run(DELIVERY.update().values(wake_at=tx.now))
        assert list(claim(tx, 8, timedelta(seconds=60))) == []
    world.settle()
    assert world.net.sent == []
    row = world.delivery(post, "board")
    assert (row.state, row.wake_at) == ("waiting", row.release_at)


@pytest.mark.hazard("H9")
def test_reminders_come_at_their_time_and_send_nothing(world: World) -> None:
    world.post("The fair opens", "x", at="2026-12-01 12:00")
    world.clock.forward(hours=1)
    world.settle()
    world.clock.forward(minutes=30)
    world.settle()
    assert world.net.sent == []
    assert sum("not approved" in title for title in world.notices()) == 2


@pytest.mark.hazard("H9")
def test_a_release_that_came_too_early_by_other_zone_data_is_held_until_the_asked_wall_clock(
    world: World,
) -> None:
    post = world.approved("The fair opens", "board", at="2026-12-01 12:00")
    early = world.clock.at + timedelta(hours=1)
    world.by_hand(  # as planned when the zone was believed an hour ahead
        DELIVERY.update().values(
            requested_at=early,
            release_at=early,
            wake_at=early,
            expires_at=early + timedelta(minutes=90),
        )
    )
    with world.app.store.write(BO) as tx:
        review.approve(tx, post, posts.post(tx, post).fingerprint)
    world.clock.forward(hours=1)
    world.settle()
    assert world.net.sent == []
    world.clock.forward(hours=1)
    world.settle()
    assert world.state(post, "board") == "published"


@pytest.mark.hazard("H9")
def test_changed_zone_or_holiday_data_replans_what_waits(world: World) -> None:
    post = world.approved("The fair opens", "board", at="2026-12-01 12:00")
    right = world.delivery(post, "board").release_at
    with world.app.store.write(MACHINE) as tx:
        tx.run(DELIVERY.update().values(release_at=right - timedelta(hours=1)))
    with world.app.store.write(MACHINE) as tx:
        assert len(recover.replan(tx, "")) == 1
    assert world.delivery(post, "board").release_at == right


# ---- H11


def _no_answer(_case: Case, _params: Any) -> Finding | None:
    raise RuntimeError("the rule is broken")


@pytest.mark.hazard("H11")
def test_a_hold_with_neither_instant_nor_event_is_looked_at_after_1_2_4_minutes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Rule("broken", ("P1",), "shall", ("send",), Table, _no_answer)
    monkeypatch.setattr(rules, "RULES", (*rules.RULES, broken))
    ByHand(world).recognised()
    post = world.approved("The fair opens", "board")
    for minutes in (1, 2, 4):
        world.settle()
        row = world.delivery(post, "board")
        assert row.state == "waiting"
        assert row.wake_at == world.clock.at + timedelta(minutes=minutes)
        world.clock.forward(minutes=minutes)
    monkeypatch.undo()
    world.settle()
    assert world.state(post, "board") == "published"


@pytest.mark.hazard("H11")
def test_what_nobody_approves_expires_into_a_persons_hands(world: World) -> None:
    post = world.post("The fair opens", "x", "board")
    world.clock.forward(minutes=16)
    world.settle()
    assert {world.state(post, a) for a in ("x", "board")} == {"expired"}
    assert any("missed" in title for title in world.notices())


def _desk(world: World, post: str, act: str) -> None:
    actor = {"approve": BO, "return": BO, "resume": CY, "deny": CY}.get(act, ANN)
    with world.app.store.write(actor) as tx:
        match act:
            case "approve":
                review.approve(tx, post, posts.post(tx, post).fingerprint)
            case "return":
                review.send_back(tx, post, "wrong year")
            case "edit":
                compose.edit(tx, post, {"text": f"At {tx.now}"})
            case "reschedule":
                schedule.reschedule(tx, post, "2026-12-01 18:00")
            case "soon":
                schedule.reschedule(tx, post, "now")
            case "stop":
                stops.stop(tx, why="because")
            case "deny":
                resolve.resolve(tx, f"{post}/board", not_published=True, why="I looked")
            case "resume":
                stops.resume(tx)
            case "retract":
                takedown.retract(tx, post, "mistake")
            case _:
                {
                    "cancel": schedule.cancel,
                    "confirm": schedule.confirm,
                    "unpause": schedule.unpause,
                    "pause": lambda tx, post: schedule.pause(tx, post, "wait"),
                }[act](tx, post)  # type: ignore[operator]


ACTS = (
    "approve",
    "return",
    "edit",
    "reschedule",
    "soon",
    "stop",
    "deny",
    "resume",
    "retract",
    "cancel",
    "confirm",
    "unpause",
    "pause",
    "pass",
    "claim",
    "later",
    "restart",
)
ANSWERS: tuple[Outcome | None, ...] = (
    None,
    Later("busy"),
    Credentials("expired"),
    Unknown("reset"),
    Refused("no"),
)


def _always(world: World) -> None:
    with world.app.store.read() as tx:
        lost = tx.all(
            select(DELIVERY.c.id, DELIVERY.c.reason).where(
                DELIVERY.c.state.in_(("waiting", "claimed", "sending")),
                DELIVERY.c.wake_at.is_(None),
            )
        )
        stuck = tx.all(
            select(DELIVERY.c.id).where(
                DELIVERY.c.state.in_(("refused", "blocked", "expired", "cancelled")),
                DELIVERY.c.unproven != "",
            )
        )
    assert lost == []
    assert stuck == [], "what may be public is settled although nobody knows"


def _one_life(world: World, acts: list[tuple[str, int]], answer: int) -> None:
    world.net.on_send = lambda _: ANSWERS[answer]
    world.net.on_find = lambda _: Absent("not there") if answer % 2 else CannotTell("down")
    post = world.post(f"News {answer} of {world.clock.at}", "board", "x", again=True)
    for act, minutes in acts:
        world.clock.forward(minutes=minutes)
        if act == "pass":
            world.settle()
        elif act == "claim":
            with world.app.store.write(MACHINE) as tx:
                claim(tx, 8, timedelta(seconds=60))
        elif act == "restart":
            restart(world)
        elif act != "later":
            with suppress(Problem):  # refused: then nothing was changed
                _desk(world, post, act)
        _always(world)
    world.net.on_send = None
    with suppress(Problem):
        _desk(world, post, "resume")
    world.releaser.start()
    world.settle()
    _always(world)


@pytest.mark.hazard("H11")
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    acts=st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from((0, 1, 20))), max_size=8),
    answer=st.integers(0, len(ANSWERS) - 1),
)
def test_whatever_people_do_nothing_waits_without_an_instant(
    lite: World, acts: list[tuple[str, int]], answer: int
) -> None:
    _one_life(lite, acts, answer)


# ---- H12


@pytest.mark.hazard("H12")
def test_two_due_posts_of_one_account_never_block_the_others(world: World) -> None:
    with world.app.store.write(MACHINE) as tx:
        tx.run(DELIVERY.update().values(urgent=False))
    posts = [world.approved(f"News {n}", "blog", "board", at="2026-12-01 10:00") for n in range(3)]
    with world.app.store.write(MACHINE) as tx:  # all at one instant, whatever pacing had planned
        tx.run(DELIVERY.update().values(release_at=tx.now, wake_at=tx.now))
    first = []
    with world.app.store.write(MACHINE) as tx:
        first = list(claim(tx, 8, timedelta(seconds=60)))
    assert len(first) == 2, "one of each account"
    world.releaser.start()
    world.settle()
    assert {world.state(p, "blog") for p in posts} == {"published"}


@pytest.mark.hazard("H12")
def test_overdue_posts_of_a_busy_account_do_not_make_the_metronome_spin(world: World) -> None:
    for n in range(3):
        world.approved(f"News {n}", "blog", at="2026-12-01 10:00")
    with world.app.store.write(MACHINE) as tx:
        tx.run(DELIVERY.update().values(release_at=tx.now, wake_at=tx.now))
        tx.run(ACCOUNT.update().values(not_before=tx.now + timedelta(minutes=5)))
    passes = _passes(world)
    upcoming = world.releaser.once()
    assert upcoming == world.clock.at + timedelta(minutes=5)
    assert passes[0] == 1
    assert world.net.sent == []


@pytest.mark.hazard("H12")
def test_with_one_on_the_wire_the_next_wake_is_its_lease_and_not_the_overdue(
    world: World,
) -> None:
    for n in range(3):
        world.approved(f"News {n}", "blog", at="2026-12-01 10:00")
    with world.app.store.write(MACHINE) as tx:
        tx.run(DELIVERY.update().values(release_at=tx.now, wake_at=tx.now))
        claim(tx, 8, timedelta(seconds=60))
    with world.app.store.read() as tx:
        assert next_wake(tx) == world.clock.at + timedelta(seconds=60)


@pytest.mark.hazard("H12")
def test_what_comes_due_during_a_pass_is_not_slept_over(world: World) -> None:
    """Due after the claim and before the look at the next wake: neither claimed nor counted."""
    world.approved("The fair opens", "board", at="2026-12-01 10:01")
    due = world.clock.at + timedelta(minutes=1)
    world.clock.forward(seconds=59.9995)
    chores = world.releaser._chores

    def slow() -> None:
        chores()
        world.clock.forward(seconds=0.001)

    world.releaser._chores = slow  # type: ignore[method-assign]
    upcoming = world.releaser.once()
    assert upcoming == due


@pytest.mark.hazard("H12")
def test_slow_look_ups_take_no_senders_place(world: World) -> None:
    world.net.on_send = lambda _: Unknown("reset")
    world.net.on_find = lambda _: CannotTell("down")
    for account in ("x", "page", "blog", "board"):
        world.approved("The fair opens", account, again=True)
    world.settle()
    world.releaser.workers = 1
    world.releaser.flight.looking.update({"1", "2", "3", "4"})
    with world.app.store.write(MACHINE) as tx:
        tx.run(core(t.NetworkPause).delete())
    world.net.on_send = None
    other = world.approved("Other news", "board")
    world.clock.forward(minutes=11)
    for _ in range(10):
        world.releaser.once()
        world.releaser._moved.wait(0.05)
    assert world.state(other, "board") == "published"


# ---- H13


@pytest.mark.hazard("H13")
@pytest.mark.parametrize("answer", [Later("429"), Credentials("401")])
def test_one_429_or_401_stops_the_account_after_one_call(world: World, answer: Outcome) -> None:
    world.net.on_send = lambda _: answer
    for n in range(5):
        world.approved(f"News {n}", "blog", at="2026-12-01 10:00")
    with world.app.store.write(MACHINE) as tx:
        tx.run(DELIVERY.update().values(release_at=tx.now, wake_at=tx.now))
    world.settle()
    assert len(world.net.sent) == 1


@pytest.mark.hazard("H13")
def test_a_401_waits_for_the_event_and_everything_goes_after_it(world: World) -> None:
    world.net.on_send = lambda _: Credentials("401")
    post = world.approved("The fair opens", "board")
    world.settle()
    world.clock.forward(minutes=5)
    world.settle()
    assert len(world.net.sent) == 1
    assert any("reconnecting" in title for title in world.notices())
    world.net.on_send = None
    with world.app.store.write(MACHINE) as tx:
        row = tx.first(select(ACCOUNT).where(ACCOUNT.c.id == "board"))
        assert row is not None
        whoami.recognised(tx, "board", row.remote_user_id, world.app.credential_of(row))
    world.settle()
    assert world.state(post, "board") == "published"


@pytest.mark.hazard("H13")
def test_three_unknowns_in_a_row_pause_the_network_and_a_look_up_heals_it(
    tmp_path: Path,
) -> None:
    names = {f"page{n}": "facebook" for n in range(6)} | {"board": "discourse"}
    world = World(tmp_path, None, accounts=names)
    try:
        _three_in_a_row(world)
    finally:
        world.close()


def _three_in_a_row(world: World) -> None:
    world.net.on_send = lambda _: Unknown("reset")
    world.net.on_find = lambda _: CannotTell("down")
    for n in range(3):
        world.approved(f"News {n}", f"page{n}")
    world.settle()
    assert len(world.net.sent) == 3
    others = [world.approved(f"News {n}", f"page{n}") for n in range(3, 6)]
    board = world.approved("For the board", "board")
    world.net.on_send = None
    world.settle()
    assert len(world.net.sent) == 4, "the board is another network"
    assert world.state(board, "board") == "published"
    assert any("paused after 3" in title for title in world.notices())
    world.net.on_find = lambda _: Absent("not listed")
    world.clock.forward(seconds=30)
    world.settle()
    states = {world.state(p, f"page{n}") for n, p in enumerate(others, start=3)}
    assert states == {"published"}


@pytest.mark.hazard("H13")
def test_an_outage_on_the_way_to_a_throttled_account_is_not_called_again_before_its_time(
    world: World,
) -> None:
    until = world.clock.at + timedelta(minutes=7)
    calls: list[Intent] = []
    world.net.on_send = lambda intent: calls.append(intent) or Later("429", until)  # type: ignore[func-returns-value]
    post = world.approved("The fair opens", "board")
    quiet(world, 6)
    assert len(calls) == 1
    world.net.on_send = None
    world.clock.forward(minutes=1)
    world.settle()
    assert world.state(post, "board") == "published"


@pytest.mark.parametrize("damage", ["DELETE FROM attempt", "UPDATE attempt SET request = '{}'"])
def test_look_ups_that_nobody_can_make_keep_back_no_other(world: World, damage: str) -> None:
    """They go to a person, instead of taking every looker's place for good."""
    world.net.on_send = lambda _: Unknown("reset")
    world.net.on_find = lambda _: CannotTell("down")
    lost = world.approved("The fair opens", "x", "page", "blog", "board")
    world.settle()
    with world.app.store.write(MACHINE) as tx:
        tx.conn.execute(text(damage))
    world.net.on_find = None
    for _ in range(3):
        world.clock.forward(minutes=10)
        world.settle()
    for account in ("x", "page", "blog", "board"):
        row = world.delivery(lost, account)
        assert row.state == "unknown"
        assert "look at the account" in read(row.reason, "en")
        assert row.wake_at is None, "a person decides"
    assert any("The fair" in title or lost in title for title in world.notices())


def test_what_is_blocked_when_a_reminder_is_due_reminds_nobody(world: World) -> None:
    post = world.post("The fair opens", "x", at="2026-12-01 15:00")
    with world.app.store.write(MACHINE) as tx:
        ledger.change(tx, (bound.ACCOUNT, "x"), Line("account", "x", {}), active=False)
    world.clock.at = world.delivery(post).wake_at
    before = len(world.letters())
    world.settle()
    assert world.state(post) == "blocked"
    assert world.notices()[before:] == [f"{post}/x is no longer allowed out"]
