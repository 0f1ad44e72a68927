"""A takedown wins: nothing that was said about the same post revives it (H18)."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from world import ANN, BO, CY, World

from publisher.cli.acts import command
from publisher.desk import compose, resolve, stops, takedown
from publisher.errors import Conflict, Usage
from publisher.networks import (
    Absent,
    CannotTell,
    Found,
    Intent,
    Later,
    Outcome,
    Published,
    Refused,
    Unknown,
)
from publisher.read import todo
from publisher.read.view import plain
from publisher.release.claim import claim
from publisher.roles import MACHINE
from publisher.store import tables as t
from publisher.store.tables import core

pytestmark = pytest.mark.hazard("H18")


def retract(world: World, post: str) -> None:
    with world.app.store.write(CY) as tx:
        takedown.retract(tx, post, "It was wrong")


def edit(world: World, post: str, text: str) -> None:
    with world.app.store.write(ANN) as tx:
        compose.edit(tx, post, {"text": text})


def hours(world: World, number: int = 2) -> None:
    """Time enough for every look-up, retry and expiry of the small company."""
    for _ in range(number * 30):
        world.clock.forward(minutes=2)
        world.settle()


def acts(world: World) -> list[str]:
    return [intent.act for intent in world.net.sent]


def test_what_is_public_is_taken_down_once(world: World) -> None:
    post = world.approved("The fair opens", "x", "board")
    world.settle()
    retract(world, post)
    world.settle()
    assert world.state(post, "x", "retract") == "published"
    assert sorted(world.net.removed) == ["1", "2"]
    with pytest.raises(Conflict):
        retract(world, post)


def test_one_that_came_to_nothing_in_a_month_is_told_as_what_it_is(world: World) -> None:
    post = world.approved("The fair opens", "x")
    world.settle()
    world.net.on_send = lambda _: Later("down", world.clock.at + timedelta(days=40))
    retract(world, post)
    world.settle()
    world.clock.forward(days=31)
    world.settle()
    assert world.state(post, act="retract") == "expired"
    told = {title: body for _, title, body in world.letters()}
    assert not [title for title in told if "missed" in title]
    assert f"publisher retract {post}/x" in told[f"{post}/x: not taken down"]


def test_it_waits_while_the_publish_is_unknown_and_removes_what_is_found(world: World) -> None:
    landed = []

    def send(intent):
        if intent.act == "publish":
            landed.append(world.net.publish(intent))
            return Unknown("the answer was lost")
        return None

    world.net.on_send = send
    world.net.on_find = lambda _: None if looked else CannotTell("not listed yet")
    looked = False
    post = world.approved("The fair opens", "x")
    world.settle()
    retract(world, post)
    world.settle()
    assert world.net.removed == []
    assert world.state(post, "x", "retract") == "waiting"
    looked = True
    hours(world, 1)
    assert world.state(post) == "published"
    assert world.net.removed == [landed[0].remote_id]


def in_part(world: World) -> str:
    """A thread of which three posts are public, and the rest is not."""
    world.net.on_send = lambda intent: None if len(intent.thread) < 3 else Refused("it is too much")
    post = world.approved("The fair opens on Monday. " * 40, "x", thread=True)
    world.settle()
    world.net.on_send = None
    assert world.state(post) == "partly_published"
    return post


def asked(world: World) -> list[str]:
    with world.app.store.read(CY) as tx:
        return [item.code for item in todo.todo(tx)]


def test_what_is_public_in_part_is_taken_down_whole_the_last_part_first(world: World) -> None:
    post = in_part(world)
    assert asked(world) == ["todo.partly_published"]
    retract(world, post)
    assert asked(world) == []
    world.settle()
    assert world.net.removed == ["3", "2", "1"]
    assert world.state(post, "x", "retract") == "published"
    assert asked(world) == []
    with world.app.store.read() as tx:
        targets = [row.request["target"] for row in tx.all(select(core(t.Attempt)))]
    assert targets == ["", "", "", "", "3", "2", "1"]


@pytest.mark.parametrize("landed", [True, False])
def test_a_part_whose_removal_is_unclear_is_looked_up_before_the_next(
    world: World, *, landed: bool
) -> None:
    post, done = in_part(world), []
    answers = iter([None, Unknown("the answer was lost")])

    def send(intent: Intent) -> Outcome | None:
        done.append(f"send {intent.target}")
        answer = next(answers, None)
        if answer and landed:
            world.net.publish(intent)
        return answer

    def look(intent: Intent) -> Found:
        done.append(f"look {intent.target}")
        gone = intent.target in world.net.removed
        return Published(intent.target) if gone else Absent("it is still public")

    world.net.on_send, world.net.on_find = send, look
    retract(world, post)
    hours(world, 1)
    assert list(dict.fromkeys(done)) == ["send 3", "send 2", "look 2", "send 1"]
    assert done.count("send 2") == (1 if landed else 2)
    assert world.net.removed == ["3", "2", "1"]
    assert world.state(post, "x", "retract") == "published"


def test_a_takedown_that_stops_between_parts_goes_on_after_a_restart(world: World) -> None:
    post = in_part(world)
    answers = iter([None, Later("busy")])
    world.net.on_send = lambda _: next(answers, None)
    retract(world, post)
    world.settle()
    assert world.net.removed == ["3"]
    world.releaser = world.new_releaser()
    hours(world, 1)
    assert world.net.removed == ["3", "2", "1"]
    assert world.state(post, "x", "retract") == "published"


def test_it_asks_again_about_what_a_person_was_left_with(world: World) -> None:
    world.net.on_send = lambda i: Unknown("lost") if i.act == "publish" else None
    world.net.on_find = lambda _: CannotTell("no answer")
    post = world.approved("The fair opens", "x")
    hours(world, 1)
    assert world.delivery(post).wake_at is None
    world.net.on_find = None
    world.net.publish(world.net.sent[0])
    retract(world, post)
    hours(world, 1)
    assert world.state(post, "x", "retract") == "published"
    assert len(world.net.removed) == 1


def test_a_publish_that_waits_to_be_repeated_is_not_repeated_after_it(world: World) -> None:
    world.net.on_send = lambda i: Unknown("lost") if i.act == "publish" else None
    world.net.on_find = lambda _: Absent("not there")
    post = world.approved("The fair opens", "board")
    world.settle()
    with world.app.store.write(
        MACHINE
    ) as tx:  # the network is asked to wait, so that the repeat waits
        account = core(t.Account)
        later = world.clock.at.replace(hour=3)
        tx.run(update(account).where(account.c.id == "board").values(not_before=later))
    for _ in range(30):
        world.clock.forward(seconds=10)
        world.settle()
    assert (world.state(post, "board"), len(world.net.sent)) == ("waiting", 1)
    assert world.delivery(post, "board").unproven
    retract(world, post)
    hours(world)
    assert len(world.net.sent) == 1
    assert world.state(post, "board") == "expired"
    assert world.state(post, "board", "retract") == "cancelled"


def test_one_that_comes_back_as_later_is_not_sent_again(world: World) -> None:
    def send(intent):
        if intent.act != "publish":
            return None
        retract(world, post)
        return Later("busy")

    world.net.on_send = send
    post = world.approved("The fair opens", "x")
    hours(world, 1)
    assert acts(world) == ["publish"]
    assert world.state(post) == "expired"
    assert world.state(post, "x", "retract") == "cancelled"


def test_an_edit_that_waits_is_cancelled_by_it(world: World) -> None:
    post = world.approved("The fair opens", "blog")
    world.settle()
    edit(world, post, "The fair opens at ten")
    retract(world, post)
    world.settle()
    hours(world, 1)
    assert acts(world) == ["publish", "retract"]
    assert world.state(post, "blog", "edit") == "cancelled"


def test_what_was_taken_down_is_not_edited_back_to_life(world: World) -> None:
    post = world.approved("The fair opens", "blog")
    world.settle()
    retract(world, post)
    world.settle()
    with pytest.raises(Conflict, match="taken down"):
        edit(world, post, "The fair opens at ten")
    hours(world, 1)
    assert acts(world) == ["publish", "retract"]


def test_an_edit_whose_outcome_is_unknown_is_not_repeated_after_it(world: World) -> None:
    world.net.on_send = lambda i: Unknown("lost") if i.act == "edit" else None
    world.net.on_find = lambda _: CannotTell("the blog does not answer")
    post = world.approved("The fair opens", "blog")
    world.settle()
    edit(world, post, "The fair opens at ten")
    world.approve(post)
    world.settle()
    assert world.state(post, "blog", "edit") == "unknown"
    retract(world, post)
    world.net.on_find = lambda _: Absent("it shows the old words")
    hours(world)
    assert acts(world) == ["publish", "edit", "retract"]
    assert world.state(post, "blog", "retract") == "published"
    assert world.state(post, "blog", "edit") == "expired"


def test_it_goes_after_an_edit_that_is_on_the_wire_and_not_beside_it(world: World) -> None:
    order = []

    def send(intent):
        if intent.act == "edit":
            retract(world, post)
            with world.app.store.write(MACHINE) as tx:
                assert claim(tx, 5, world.releaser.limits.lease) == {}
            order.append("edit lands")
        if intent.act == "retract":
            order.append("retract lands")

    world.net.on_send = send
    post = world.approved("The fair opens", "blog")
    world.settle()
    edit(world, post, "The fair opens at ten")
    world.approve(post)
    hours(world, 1)
    assert order == ["edit lands", "retract lands"]


def test_it_needs_no_slot_of_its_account_and_goes_under_a_stop_at_any_hour(world: World) -> None:
    post = world.approved("The fair opens", "x")
    world.settle()
    with world.app.store.write(ANN) as tx:
        stops.stop(tx, why="something is wrong")
    world.clock.forward(hours=12)  # 22:00 in Tokyo
    retract(world, post)
    world.settle()
    assert world.state(post, "x", "retract") == "published"


def test_it_goes_while_another_post_of_the_account_is_on_the_wire(world: World) -> None:
    first = world.approved("The fair opens", "board")
    world.settle()
    world.clock.forward(minutes=20)

    def send(intent):
        if intent.act == "publish":
            retract(world, first)
            with world.app.store.write(MACHINE) as tx:
                claim(tx, 5, world.releaser.limits.lease)
            taken.append(world.state(first, "board", "retract"))  # by this claim or the releaser's

    taken: list[str] = []
    world.net.on_send = send
    world.approved("The fair closes", "board")
    world.settle()
    assert taken[0] in ("claimed", "sending", "published")


def test_a_person_who_knows_that_nothing_went_out_ends_it(world: World) -> None:
    world.net.on_send = lambda _: Unknown("lost")
    world.net.on_find = lambda _: CannotTell("no answer")
    post = world.approved("The fair opens", "x")
    world.settle()
    retract(world, post)
    with world.app.store.write(BO) as tx:
        resolve.resolve(tx, f"{post}/x", not_published=True, why="I looked at the account")
    assert world.state(post, "x", "retract") == "cancelled"


def listed(world: World) -> list[tuple[str, list[str]]]:
    with world.app.store.read(ANN) as tx:
        return [
            (one["code"], [command(act) for act in one["acts"]]) for one in plain(todo.todo(tx))
        ]


def test_a_refused_takedown_is_asked_for_again_and_then_asks_nobody(world: World) -> None:
    post = world.approved("The fair opens", "board")
    world.settle()
    world.net.on_send = lambda _: Refused("the board refused it")
    retract(world, post)
    world.settle()
    again = f"publisher retract {post}/board --reason …"
    assert listed(world) == [("todo.not_taken_down", [again])]
    _, title, body = world.letters()[-1]
    assert title == f"{post}/board: not taken down"
    assert body.endswith(again)
    world.net.on_send = None
    retract(world, post)
    world.settle()
    assert len(world.net.removed) == 1
    assert listed(world) == []


@pytest.mark.parametrize("stands", [True, False])
def test_a_person_says_of_a_takedown_whether_the_post_still_stands(
    world: World, *, stands: bool
) -> None:
    post = world.approved("The fair opens", "board")
    world.settle()
    world.net.on_send, world.net.on_find = (
        lambda _: Unknown("lost"),
        lambda _: CannotTell("no answer"),
    )
    retract(world, post)
    hours(world)
    asks = f"publisher resolve {post}/board --done --reason … | --published URL"
    assert listed(world) == [("todo.takedown_unclear", [asks])]
    where = "http://127.0.0.1:9/board/t/1"
    with world.app.store.write(CY) as tx, pytest.raises(Usage, match="about a takedown"):
        resolve.resolve(tx, post, not_published=True, why="I looked")
    with world.app.store.write(CY) as tx:
        resolve.resolve(tx, post, **({"url": where} if stands else {"done": True, "why": "gone"}))
    assert world.state(post, "board", "retract") == ("expired" if stands else "published")
    assert [code for code, _ in listed(world)] == ["todo.not_taken_down"] * stands
