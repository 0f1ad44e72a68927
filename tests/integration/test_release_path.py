"""The walk of a post, from the desk to the network and back into the ledger."""

import pytest
from world import World

from publisher.store import audit


def test_an_approved_post_goes_out_once_with_its_disclaimer(world: World) -> None:
    post = world.approved("The fair opens", "x")
    world.settle()
    assert world.state(post) == "published"
    [said] = world.net.texts("x")
    assert said.startswith("The fair opens")
    assert "Not necessarily an official announcement" in said
    world.clock.forward(minutes=20)
    world.settle()
    assert len(world.net.sent) == 1


def test_an_unapproved_post_is_never_sent_and_expires_into_a_persons_hands(world: World) -> None:
    post = world.post("The fair opens", "x")
    for _ in range(20):
        world.clock.forward(minutes=1)
        world.settle()
    assert world.net.sent == []
    assert world.state(post) == "expired"
    assert any("missed" in title for title in world.notices())


def test_the_ledger_of_a_whole_life_verifies(world: World) -> None:
    world.approved("The fair opens", "x", "page", "blog", "board")
    world.settle()
    found = audit.verify(world.app.store, world.mark.path.parent)
    assert found.problems == ()
    assert found.unsealed == 0


@pytest.mark.clause("U4b", kind="deny")
def test_a_post_asked_for_at_night_waits_for_the_opening(world: World) -> None:
    world.clock.forward(hours=10)  # 20:00 in Tokyo
    post = world.approved("Good evening", "x", "board")
    world.settle()
    assert world.state(post, "board") == "published"
    assert world.state(post, "x") == "waiting"
    assert world.delivery(post).release_at.isoformat() == "2026-12-02T00:00:00+00:00"
    world.clock.forward(hours=13)
    world.settle()
    assert world.state(post, "x") == "published"
