"""Who waits for whom: a post's own trouble is its own, and what a network orders has an end."""

from datetime import timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from by_hand import ByHand
from sqlalchemy import select
from world import ANN, CY, EVE, World

from publisher.clock import rfc3339
from publisher.daemon import health
from publisher.desk import policies, waits
from publisher.errors import Conflict, NotFound, NotPermitted
from publisher.networks import CannotTell, Credentials, Later, Unknown, WhoAmIFailed
from publisher.networks import Refused as No
from publisher.read import todo
from publisher.read.view import plain
from publisher.release.claim import read as read_rows
from publisher.release.follow import break_account
from publisher.release.machine import Heard
from publisher.release.unprepared import note, unprepared
from publisher.roles import MACHINE, Actor
from publisher.store import ledger
from publisher.store import tables as t
from publisher.store.policies import in_force
from publisher.store.tables import core
from publisher.store.trail import trail
from publisher.words import read

FAY = Actor("fay", frozenset({"policy owner"}), "tester", sample=True)

LATER = "2026-12-01 10:10"  # within the lateness of the first, and beyond the pacing


def lost(_: Any) -> Any:
    raise NotFound("The image 0123 is not in the folder.")


TROUBLES = [
    lost,
    lambda _: No("an image of 12.0 MB is too large there"),
    lambda _: Later("an image could not be uploaded (500); nothing is public", own=True),
    lambda _: Unknown("the draft came to nothing"),
    lambda _: {"draft": "\ud800"},
    lambda _: {}["draft"],
]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_one_posts_own_trouble_delays_no_other_of_its_account(world: World, trouble: Any) -> None:
    first = world.approved("The fair opens", "blog")
    second = world.approved("The fair is open", "blog", at=LATER)
    world.net.on_prepare = lambda intent: (
        trouble(intent) if intent.rendered.text.startswith("The fair opens") else {"draft": 1}
    )
    world.settle()
    assert world.state(first, "blog") in ("waiting", "refused")
    world.clock.at = world.delivery(second, "blog").release_at
    world.settle()
    assert world.state(second, "blog") == "published"
    assert "The fair opens" not in "".join(world.net.texts("blog"))


def test_what_only_this_post_lacks_at_sending_delays_no_other_either(world: World) -> None:
    first = world.approved("The fair opens", "x")
    world.net.on_send = lambda _: Later("its images have to be uploaded again first", own=True)
    world.settle()
    assert account(world).not_before is None
    assert world.state(first) == "waiting"


def test_the_trouble_is_said_in_words_that_a_person_can_use(world: World) -> None:
    world.net.on_prepare = lost
    post = world.approved("The fair opens", "blog")
    world.settle()
    assert "The image 0123 is not in the folder." in read(world.delivery(post, "blog").reason, "en")


@pytest.mark.hazard("H13")
def test_what_concerns_the_account_still_delays_all_of_it(world: World) -> None:
    world.net.on_prepare = lambda _: Later("the blog asks to wait", own=False)
    world.approved("The fair opens", "blog")
    world.settle()
    assert account(world, "blog").not_before > world.clock.at


# ---- what a network orders


def account(world: World, name: str = "x") -> Any:
    table = core(t.Account)
    with world.app.store.read() as tx:
        return tx.first(select(table).where(table.c.id == name))


def told_to_wait(world: World, **wait: float) -> str:
    pacing = world.files["pacing.toml"].replace(
        b"lateness_minutes = 15", b"lateness_minutes = 360", 1
    )
    with world.app.store.write(FAY) as tx:
        number, at_once = policies.activate(tx, {**world.files, "pacing.toml": pacing})
    assert not at_once
    with world.app.store.write(EVE) as tx:
        policies.second(tx, number)
    answers: list[Any] = [Later("429", world.clock.at + timedelta(**wait))]
    world.net.on_send = lambda _: answers.pop() if answers else None
    post = world.approved("The fair opens", "x")
    world.settle()
    return post


@pytest.fixture
def patient(world: World) -> World:
    """A post that waits for its network for two hours."""
    told_to_wait(world, hours=2)
    return world


@pytest.mark.hazard("H17")
def test_a_wait_lasts_no_longer_than_the_post_that_met_it(world: World) -> None:
    post = told_to_wait(world, days=7)
    assert world.state(post) == "expired"
    assert account(world).not_before == world.delivery(post).expires_at
    other = world.approved("The fair is open", "x", at="2026-12-01 10:20")
    world.clock.at = max(world.delivery(other).release_at, account(world).not_before)
    world.settle()
    assert world.state(other) == "published"


def test_a_wait_is_shown_with_how_to_lift_it(patient: World) -> None:
    notes = health.health(patient.app)["notes"]
    assert "x waits until Tue 2026-12-01 12:00 (Asia/Tokyo), as its network asked." in notes
    with patient.app.store.read(ANN) as tx:
        [item] = [one for one in plain(todo.todo(tx)) if one["account"] == "x"]
    assert item["who"] == "duty officer"
    assert item["acts"] == [{"act": "resume", "how": "account", "account": "x"}]
    assert "x waits until Tue 2026-12-01 12:00 (Asia/Tokyo)" in patient.notices()


def test_a_wait_of_under_an_hour_troubles_nobody(world: World) -> None:
    told_to_wait(world, minutes=50)
    assert account(world).not_before is not None
    assert not any("waits until" in title for title in world.notices())


def test_a_person_on_duty_lifts_a_wait_and_that_is_recorded(patient: World) -> None:
    with patient.app.store.write(CY) as tx:
        row = waits.resume(tx, "x", "the limit was raised")
    assert rfc3339(row.not_before) == "2026-12-01T03:00:00Z"
    with patient.app.store.read() as tx:
        row = trail(tx)[-1]
    assert (row.verb, row.subject, row.actor) == ("resume account", "x", "cy")
    patient.settle()
    assert patient.net.texts("x") != []
    with pytest.raises(Conflict), patient.app.store.write(CY) as tx:
        waits.resume(tx, "x")


def test_an_author_lifts_none(patient: World) -> None:
    with pytest.raises(NotPermitted), patient.app.store.write(ANN) as tx:
        waits.resume(tx, "x")
    assert account(patient).not_before is not None


def test_a_look_up_that_is_told_to_wait_for_days_is_made_before_the_post_is_too_late(
    world: World,
) -> None:
    world.net.on_send = lambda _: Unknown("lost")
    world.net.on_find = lambda _: Later("429", world.clock.at + timedelta(days=7))
    post = world.approved("The fair opens", "x")
    world.settle()
    row = world.delivery(post)
    assert row.wake_at <= max(row.expires_at, world.clock.at + timedelta(hours=1))


# ---- late results of old claims


def claimed_anew(world: World, **later: float) -> tuple[ByHand, Any, Any]:
    """An attempt that was taken back, and the claim that followed it."""
    hand = ByHand(world)
    hand.recognised()
    post = world.approved("The fair opens", "x")
    world.clock.forward(**later)
    [old] = hand.intend(hand.claim()).ready
    with world.app.store.write(
        MACHINE
    ) as tx:  # as a restore by hand would leave it: it went nowhere
        [row] = read_rows(tx, [old.delivery])
        ledger.move(tx, row, "later", wake_at=tx.now, reason="taken back")
    hand.claim()
    return hand, old, post


@pytest.mark.hazard("H7")
@pytest.mark.parametrize(
    "late",
    [Later("429"), Credentials("no"), No("no"), Unknown("lost"), CannotTell("odd")],
    ids=lambda one: type(one).__name__,
)
def test_a_late_result_touches_nothing_of_a_newer_claim(world: World, late: Any) -> None:
    hand, old, post = claimed_anew(world)
    before, was = world.delivery(post), account(world)
    hand.settle(old, late)
    assert world.delivery(post) == before
    assert account(world) == was
    assert world.notices() == []
    with world.app.store.read() as tx:
        assert tx.all(select(core(t.NetworkPause))) == []


@pytest.mark.hazard("H7")
@pytest.mark.parametrize("late", [Later("429"), Credentials("no"), No("no")])
def test_what_an_older_claim_prepared_touches_nothing_of_a_newer_one(
    world: World, late: Any
) -> None:
    _, old, post = claimed_anew(world)
    newer, was = world.delivery(post), account(world)
    older = SimpleNamespace(**{**newer._mapping, "fence": old.fence})
    with world.app.store.write(MACHINE) as tx:
        assert not note(tx, older, was, {"draft": "1"})
        unprepared(tx, older, was, late)
    assert world.delivery(post) == newer
    assert account(world) == was


@pytest.mark.hazard("H7")
def test_the_releaser_keeps_hold_of_a_newer_claim_when_an_older_one_comes_back(
    lite: World,
) -> None:
    flight = lite.releaser.flight
    flight.live.add("one")
    flight.fences["one"] = 5
    flight.leave([("one", 3)])
    assert flight.live == {"one"}
    flight.leave([("one", 5)])
    assert flight.live == set()


@pytest.mark.hazard("H23")
def test_a_late_no_to_an_old_credential_says_nothing_about_the_new_one(world: World) -> None:
    row = account(world)
    failed = WhoAmIFailed("revoked", credentials=True)
    world.releaser.flight.whoami.append(Heard(row, "the fingerprint of an old one", failed))
    world.releaser.once()
    assert account(world).broken_since is None


@pytest.mark.hazard("H13")
def test_a_yes_that_was_asked_for_before_a_refusal_does_not_heal_the_account(world: World) -> None:
    asked = account(world)
    with world.app.store.write(MACHINE) as tx:
        break_account(tx, "x", "401")
    credential = world.app.credential_of(asked)
    world.releaser.flight.whoami.append(Heard(asked, credential, asked.remote_user_id))
    world.releaser.once()
    assert account(world).broken_since is not None


# ---- order


@pytest.mark.hazard("H15")
def test_what_is_looked_up_is_the_newest_claims_attempt_whatever_the_clock_said(
    world: World,
) -> None:
    hand, old, post = claimed_anew(world, minutes=5)
    world.clock.forward(seconds=-50)  # ids follow the wall clock
    [new] = hand.intend([old.delivery]).ready
    world.clock.forward(seconds=50)
    assert new.attempt < old.attempt
    world.releaser.start()
    assert world.delivery(post).unproven == new.attempt


@pytest.mark.hazard("H15")
def test_the_policy_in_force_is_the_last_that_was_activated_whatever_the_clock_said(
    world: World,
) -> None:
    with world.app.store.read() as tx:
        first, _ = in_force(tx)
    world.clock.forward(days=-30)
    changed = {**world.files, "rules.toml": world.files["rules.toml"] + b"\n# stricter\n"}
    with world.app.store.write(EVE) as tx:
        policies.activate(tx, changed)
    with world.app.store.read() as tx:
        second, _ = in_force(tx)
        assert first is not None
        assert second is not None
        assert second.id > first.id
        assert second.activated_at < first.activated_at
        assert tx.policy.version in second.sha256


# ---- a wait that is none


@pytest.mark.hazard("H13")
@pytest.mark.parametrize("ago", [0, 60])
@pytest.mark.parametrize("where", ["send", "prepare", "find"])
def test_a_wait_that_is_over_already_becomes_no_loop(world: World, where: str, ago: int) -> None:
    """`Retry-After: 0`, or a reset by a clock behind ours: each answer would call for the next try."""
    world.approved("The fair opens", "board", at="2026-12-01 10:30")
    asked = []

    def busy(_: Any) -> Later:
        asked.append(world.clock())
        return Later("busy", world.clock() - timedelta(seconds=ago))

    if where == "find":
        world.net.on_send = lambda _: Unknown("no answer")
    setattr(world.net, f"on_{where}", busy)
    world.clock.forward(minutes=31)
    for _ in range(60):
        world.settle(10)
        world.clock.forward(seconds=10)
    assert 3 <= len(asked) <= 30
    assert min(b - a for a, b in pairwise(asked)) >= timedelta(seconds=1)
    if where == "send":
        world.net.on_send = None
        world.clock.forward(seconds=30)
        world.settle()
        assert len(world.net.public) == 1
