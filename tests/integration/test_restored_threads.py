"""A thread in a database from the past: each part that may be public is looked for, none is sent twice."""

from collections.abc import Callable

import pytest
from by_hand import quiet
from test_restored import back_up, bring_back, start, taken_on
from test_threads import LONG, answering, go_on, minutes, parts, thread
from world import ANN, CY, World

from publisher.desk import resolve, takedown, threads
from publisher.errors import Conflict
from publisher.networks import CannotTell, Found, Intent, Later, Refused

pytestmark = pytest.mark.hazard("H8")


def restored(world: World) -> None:
    """Adopted, which lifts the stop, and time enough for every look-up and retry."""
    assert start(world)
    quiet(world)
    taken_on(world)
    for _ in range(20):
        world.clock.forward(minutes=1)
        world.settle()


@pytest.mark.parametrize("before", ["anything", "the second part"])
def test_every_part_that_went_out_since_is_found_one_after_the_other(
    world: World, before: str
) -> None:
    if before == "the second part":
        answering(world, 2, Later("busy"))
    post = thread(world)
    if before == "the second part":
        world.settle()
    copy = back_up(world)
    for _ in range(5):
        world.clock.forward(minutes=1)
        world.settle()
    assert parts(world) == ["(1/3)", "(2/3)", "(3/3)"]
    world.net.sent.clear()
    bring_back(world, copy)
    restored(world)
    assert world.net.sent == []
    row = world.delivery(post)
    assert (row.state, row.remote_id) == ("published", "1")
    assert row.notes["public"] == ["1", "2", "3"]


def test_where_the_rest_is_not_there_a_person_says_so_and_goes_on(world: World) -> None:
    post = thread(world)
    copy = back_up(world)
    answering(world, 3, Refused("X is busy"))
    world.settle()
    assert parts(world) == ["(1/3)", "(2/3)"]
    world.net.sent.clear()
    bring_back(world, copy)
    restored(world)
    assert world.net.sent == []
    assert world.state(post) == "unknown"
    assert world.delivery(post).notes["public"] == ["1", "2"]
    with world.app.store.write(CY) as tx:
        resolve.resolve(tx, post, not_published=True, why="two of three are there")
    assert world.state(post) == "partly_published"
    go_on(world, post)
    world.approve(post)
    world.settle()
    assert parts(world) == ["(1/3)", "(2/3)", "(3/3)"]
    assert world.state(post) == "published"


def test_one_that_somebody_went_on_with_since_is_looked_for(world: World) -> None:
    answering(world, 2, Refused("X is busy"))
    post = thread(world, LONG)
    world.settle()
    assert world.state(post) == "partly_published"
    copy = back_up(world)
    go_on(world, post)
    world.approve(post)
    world.settle()
    assert world.state(post) == "published"
    world.net.sent.clear()
    bring_back(world, copy)
    restored(world)
    assert world.net.sent == []
    assert world.state(post) == "published"
    assert world.delivery(post).notes["public"] == ["1", "2", "3"]


Finding = Callable[[Intent], Found | None]


def went_out_since(world: World, finding: Finding | None = None, *, all_of_it: bool = True) -> str:
    """A thread that is public, in a database that knows nothing of that, and is stopped."""
    if not all_of_it:
        answering(world, 3, Refused("X is busy"))
    post = thread(world)
    copy = back_up(world)
    minutes(world, 5)
    assert len(parts(world)) == (3 if all_of_it else 2)
    world.net.sent.clear()
    bring_back(world, copy)
    world.net.on_find = finding
    assert start(world)
    quiet(world)
    return post


def found_by_a_person(world: World, post: str, number: int) -> None:
    with world.app.store.write(CY) as tx:
        resolve.resolve(tx, post, url=f"http://127.0.0.1:9/x/status/{number}")


def retract(world: World, post: str) -> None:
    with world.app.store.write(CY) as tx:
        takedown.retract(tx, post, "It was wrong")


def silent(_: Intent) -> Found:
    return CannotTell("no answer")


def busy(_: Intent) -> Found:
    return Later("busy")


def test_what_follows_a_part_that_a_person_found_is_looked_for(world: World) -> None:
    post = went_out_since(world, silent)
    taken_on(world)
    minutes(world)
    found_by_a_person(world, post, 1)
    with world.app.store.write(ANN) as tx, pytest.raises(Conflict):
        threads.go_on(tx, post)
    world.net.on_find = None
    minutes(world)
    assert world.net.sent == []
    assert world.state(post) == "published"
    assert world.delivery(post).notes["public"] == ["1", "2", "3"]


def test_a_person_is_asked_about_each_part_that_nobody_else_can_find(world: World) -> None:
    post = went_out_since(world, silent)
    taken_on(world)
    for number in (1, 2, 3):
        minutes(world)
        assert world.state(post) == "unknown"
        asked = [title for title in world.notices() if title == f"Did {post}/x go out?"]
        assert len(asked) == number
        found_by_a_person(world, post, number)
    assert world.net.sent == []
    assert world.delivery(post).notes["public"] == ["1", "2", "3"]
    assert world.state(post) == "published"


@pytest.mark.hazard("H18")
@pytest.mark.parametrize("known", [0, 1])
def test_a_takedown_waits_until_every_part_is_found(world: World, known: int) -> None:
    post = went_out_since(world, lambda i: busy(i) if len(i.thread) == known else None)
    minutes(world, 2)
    assert len(world.delivery(post).notes.get("public", ())) == known
    retract(world, post)
    taken_on(world)
    minutes(world)
    assert world.net.removed == []
    world.net.on_find = None
    minutes(world, 40)
    assert sorted(world.net.removed) == ["1", "2", "3"]
    assert world.net.sent[0].act == "retract"
    assert world.state(post, act="retract") == "published"


@pytest.mark.hazard("H18")
def test_a_takedown_asked_for_after_a_person_found_the_first_part_is_of_all(world: World) -> None:
    post = went_out_since(world, silent)
    taken_on(world)
    minutes(world)
    found_by_a_person(world, post, 1)
    retract(world, post)
    world.net.on_find = None
    minutes(world)
    assert sorted(world.net.removed) == ["1", "2", "3"]


@pytest.mark.hazard("H18")
def test_a_takedown_that_was_lost_and_is_put_back_is_of_all(world: World) -> None:
    post = thread(world)
    copy = back_up(world)
    minutes(world, 3)
    retract(world, post)
    bring_back(world, copy)
    world.net.on_find = busy
    assert start(world)
    quiet(world)
    taken_on(world)
    world.net.on_find = None
    minutes(world, 40)
    assert sorted(world.net.removed) == ["1", "2", "3"]


@pytest.mark.hazard("H18")
def test_a_takedown_goes_once_a_person_says_that_the_rest_did_not_go_out(world: World) -> None:
    post = went_out_since(world, all_of_it=False)
    retract(world, post)
    taken_on(world)
    minutes(world)
    assert world.net.removed == []
    assert world.state(post) == "unknown"
    with world.app.store.write(CY) as tx:
        resolve.resolve(tx, post, not_published=True, why="two of three are there")
    minutes(world)
    assert sorted(world.net.removed) == ["1", "2"]
    assert world.state(post, act="retract") == "published"
