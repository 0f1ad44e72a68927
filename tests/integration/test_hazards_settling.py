"""What was sent is written down, and what cannot be sent in time is said (H17, H19, H20, H23, H27)."""

from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import update
from world import World

from publisher.errors import TryAgain
from publisher.networks import (
    Absent,
    Accepted,
    CannotTell,
    Credentials,
    Later,
    Published,
    Refused,
    Unknown,
)
from publisher.roles import MACHINE
from publisher.store import audit
from publisher.store import tables as t
from publisher.store.tables import core

# ---- H17: throttled beyond the lateness


@pytest.mark.hazard("H17")
def test_a_429_beyond_the_lateness_expires_and_tells_at_once(world: World) -> None:
    world.net.on_send = lambda _: Later("429", world.clock.at + timedelta(minutes=15))
    post = world.approved("The fair opens", "x")
    world.settle()
    assert world.state(post) == "expired"
    assert any("too late" in title for title in world.notices())


@pytest.mark.hazard("H17")
def test_a_429_within_the_lateness_is_waited_for(world: World) -> None:
    answers = [Later("429", world.clock.at + timedelta(minutes=14)), None]
    world.net.on_send = lambda _: answers.pop(0)
    post = world.approved("The fair opens", "x")
    world.settle()
    assert world.state(post) == "waiting"
    world.clock.forward(minutes=14)
    world.settle()
    assert world.state(post) == "published"


@pytest.mark.hazard("H17")
@pytest.mark.parametrize("answer", [Later, Credentials])
def test_what_becomes_too_late_while_it_is_prepared_is_told_as_well(world: World, answer) -> None:
    world.net.on_prepare = lambda _: (
        Later("429", world.clock.at + timedelta(hours=1))
        if answer is Later
        else Credentials("expired")
    )
    post = world.approved("The fair opens", "blog")
    world.settle()
    if answer is Later:
        assert world.state(post, "blog") == "expired"
        assert any("too late" in title for title in world.notices())
    else:
        assert any("reconnecting" in title for title in world.notices())
    assert world.net.sent == []


@pytest.mark.hazard("H3")
def test_a_refusal_while_preparing_a_repeat_is_not_taken_for_the_first_try(world: World) -> None:
    world.net.on_send = lambda _: Unknown("lost")
    world.net.on_find = lambda _: Absent("not there")
    post = world.approved("The fair opens", "board")
    world.net.on_prepare = lambda _: Refused("no such picture") if world.net.sent else {"draft": 1}
    with world.app.store.write(MACHINE) as tx:
        tx.run(update(core(t.Account)).values(whoami_at=None))
    world.settle()
    world.by_hand("UPDATE delivery SET notes = '{}'")  # the draft is gone, as after a crash
    for _ in range(20):
        world.clock.forward(seconds=15)
        world.settle()
    row = world.delivery(post, "board")
    assert (row.state, row.wake_at) == ("unknown", None)
    assert any("go out?" in title for title in world.notices())


# ---- H19: an outcome that cannot be written is owed


class Broken:
    """A database that refuses every write until it is mended."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store, self.works = world.app.store, True
        real = self.store.write

        def write(*args, **more):
            if not self.works:
                raise TryAgain("The disk is full; nothing was changed.")
            return real(*args, **more)

        monkeypatch.setattr(self.store, "write", write)


def owes(world: World) -> None:
    """Pass until one outcome has come back and could not be written."""
    for _ in range(2000):
        with suppress(TryAgain):
            world.releaser.once()
        if world.releaser.flight.answered:
            break
        world.releaser._moved.wait(0.005)
    assert len(world.net.sent) == 1
    assert len(world.releaser.flight.answered) == 1


@pytest.mark.hazard("H19")
def test_an_outcome_that_cannot_be_written_is_owed_and_nothing_is_claimed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Broken(world, monkeypatch)

    def send(_):
        broken.works = False

    world.net.on_send = send
    post = world.approved("The fair opens", "x")
    other = world.approved("The fair opens", "board", at="2026-12-01 10:01")
    owes(world)
    world.clock.forward(minutes=5)  # beyond the lease
    for _ in range(5):
        with suppress(TryAgain):
            world.releaser.once()
    assert world.state(post) == "sending"
    assert world.state(other, "board") == "waiting"
    broken.works, world.net.on_send = True, None
    world.settle()
    assert world.state(post) == "published"
    assert world.delivery(post).remote_id == "1"
    assert world.state(other, "board") == "published"


@pytest.mark.hazard("H19")
def test_nothing_is_claimed_while_the_disk_is_nearly_full(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = world.approved("The fair opens", "x")
    daemon = world.app.config.daemon
    object.__setattr__(daemon, "free_space_reserve", 2**62)
    world.settle()
    assert world.state(post) == "waiting"
    object.__setattr__(daemon, "free_space_reserve", 0)
    world.settle()
    assert world.state(post) == "published"


@pytest.mark.hazard("H19")
def test_a_mark_that_cannot_be_written_sends_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(world.mark, "write", full)
        post = world.approved("The fair opens", "x")
        world.settle()
        assert world.net.sent == []
        assert world.state(post) == "waiting"
    world.clock.forward(minutes=2)
    world.settle()
    assert world.state(post) == "published"


@pytest.mark.hazard("H19")
def test_a_stop_of_the_daemon_with_an_outcome_owed_loses_no_delivery(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Broken(world, monkeypatch)
    world.net.on_send = lambda _: setattr(broken, "works", False)
    post = world.approved("The fair opens", "x")
    owes(world)
    broken.works = True
    fresh = world.new_releaser()  # the old process was killed while it owed the outcome
    fresh.start()
    world.releaser.flight.answered.clear()
    world.releaser = fresh
    world.net.on_send = None
    world.clock.forward(seconds=30)
    world.settle()
    assert world.state(post) == "published"
    assert len(world.net.sent) == 1


# ---- H20: "duplicate" proves something only after an earlier try


@pytest.mark.hazard("H20")
def test_a_first_try_is_not_called_repeated(world: World) -> None:
    answers = [Later("429"), Refused("duplicate")]
    world.net.on_send = lambda _: answers.pop(0)
    post = world.approved("The fair opens", "x")
    world.settle()
    world.clock.forward(minutes=2)
    world.settle()
    assert [bool(i.notes.get("repeated")) for i in world.net.sent] == [False, False]
    assert world.state(post) == "refused"


@pytest.mark.hazard("H20")
def test_a_try_after_an_unproven_one_is_called_repeated_and_a_refusal_goes_to_a_person(
    world: World,
) -> None:
    answers = [Unknown("lost"), Refused("duplicate")]
    world.net.on_send = lambda _: answers.pop(0)
    world.net.on_find = lambda _: Absent("not there")
    post = world.approved("The fair opens", "board")
    for _ in range(20):
        world.settle()
        world.clock.forward(seconds=15)
    assert [bool(i.notes.get("repeated")) for i in world.net.sent] == [False, True]
    first, second = world.net.sent
    assert (first.key, first.rendered) == (second.key, second.rendered)
    assert (world.state(post, "board"), world.delivery(post, "board").wake_at) == ("unknown", None)


# ---- H23: the credential was swapped after who-am-I


@pytest.mark.hazard("H23")
def test_a_swapped_credential_is_asked_about_before_anything_is_sent(world: World) -> None:
    asked: list[str] = []
    world.net.on_whoami = asked.append
    world.approved("The fair opens", "x")
    world.settle()
    world.app.env["SECRET"] = "another-canary-value"  # type: ignore[index]
    world.clock.forward(minutes=20)
    post = world.approved("The fair closes", "x")
    world.settle()
    assert asked == ["x", "x"]
    assert world.state(post) == "published"


@pytest.mark.hazard("H23")
def test_the_credential_of_another_account_sends_nothing(world: World) -> None:
    world.approved("The fair opens", "x")
    world.settle()
    world.app.env["SECRET"] = "the-canary-of-somebody-else"  # type: ignore[index]
    world.net.on_whoami = lambda _: "1999"
    world.clock.forward(minutes=20)
    post = world.approved("The fair closes", "x")
    world.settle()
    assert len(world.net.sent) == 1
    assert world.state(post) == "blocked"


@pytest.mark.hazard("H23")
def test_one_swapped_between_the_judgement_and_the_send_sends_nothing_yet(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.approved("The fair opens", "board")
    world.settle()
    world.clock.forward(minutes=20)
    promise = world.releaser._promise

    def swapped(judgement):
        promise(judgement)
        world.app.env["SECRET"] = "another-canary-value"  # type: ignore[index]

    monkeypatch.setattr(world.releaser, "_promise", swapped)
    world.net.on_whoami = lambda _: "1999"
    post = world.approved("The fair closes", "board")
    world.settle()
    assert len(world.net.sent) == 1
    world.clock.forward(minutes=1)
    world.settle()
    assert len(world.net.sent) == 1
    assert world.state(post, "board") == "blocked"


# ---- H27: the network's own moderators have it


def held(world: World) -> str:
    world.net.on_send = lambda _: Accepted("waits for the board's moderators")
    post = world.approved("The fair opens", "board")
    world.settle()
    assert world.state(post, "board") == "accepted"
    return post


@pytest.mark.hazard("H27")
def test_what_moderators_have_is_looked_up_until_they_decide(world: World) -> None:
    looks = []

    def find(intent):
        looks.append(intent)
        return Accepted("still waits") if len(looks) < 20 else Published("77")

    world.net.on_find = find
    post = held(world)
    for _ in range(40):
        world.clock.forward(minutes=5)
        world.settle()
    assert (world.state(post, "board"), world.delivery(post, "board").remote_id) == (
        "published",
        "77",
    )
    assert len(world.net.sent) == 1


@pytest.mark.hazard("H27")
def test_what_moderators_reject_is_refused_and_never_sent_again(world: World) -> None:
    post = held(world)
    world.net.on_find = lambda _: Absent("neither listed nor pending")
    for _ in range(10):
        world.clock.forward(minutes=5)
        world.settle()
    assert world.state(post, "board") == "refused"
    assert len(world.net.sent) == 1


@pytest.mark.hazard("H27")
def test_a_look_up_without_an_answer_decides_nothing(world: World) -> None:
    post = held(world)
    world.net.on_find = lambda _: CannotTell("the queue cannot be read")
    for _ in range(40):
        world.clock.forward(minutes=5)
        world.settle()
    assert world.state(post, "board") == "accepted"
    assert len(world.net.sent) == 1


@pytest.mark.hazard("H27")
def test_enqueued_with_the_answer_lost_is_found_in_the_queue(world: World) -> None:
    world.net.on_send = lambda _: Unknown("lost")
    world.net.on_find = lambda _: Accepted("in the queue")
    post = world.approved("The fair opens", "board")
    world.settle()
    world.clock.forward(seconds=31)
    world.settle()
    assert world.state(post, "board") == "accepted"
    assert len(world.net.sent) == 1


def test_the_ledger_holds_after_all_of_this(world: World) -> None:
    answers = [Later("429"), Unknown("lost"), None]
    world.net.on_send = lambda _: answers.pop(0)
    world.net.on_find = lambda _: Absent("not there")
    world.approved("The fair opens", "board")
    for _ in range(20):
        world.settle()
        world.clock.forward(seconds=15)
    assert answers == []
    assert audit.verify(world.app.store, world.mark.path.parent).problems == ()
