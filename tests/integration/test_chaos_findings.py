"""What the storms of `make chaos` and the matrix of `make faults` once brought up."""

from world import World

from publisher.networks import Absent, Unknown


def test_a_repeat_that_settles_nothing_is_not_repeated_for_ever(world: World) -> None:
    world.net.on_send = lambda _: Unknown("the board refuses it now")
    world.net.on_find = lambda _: Absent("not there")
    post = world.approved("The fair opens", "board")
    for _ in range(80):
        world.settle()
        world.clock.forward(seconds=10)
    assert len(world.net.sent) == 5
    row = world.delivery(post, "board")
    assert (row.state, row.wake_at) == ("unknown", None)
    assert any("go out?" in title for title in world.notices())
