"""A thread in a database from the past: each part that may be public is looked for, none is sent twice."""

import pytest
from by_hand import quiet
from test_restored import back_up, bring_back, start, taken_on
from test_threads import LONG, answering, go_on, parts, thread
from world import CY, World

from publisher.desk import resolve
from publisher.networks import Later, Refused

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
