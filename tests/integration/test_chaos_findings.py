"""What the storms of `make chaos` and the matrix of `make faults` once brought up."""

from world import CY, World

from publisher.desk import resolve, takedown
from publisher.networks import Absent, Accepted, CannotTell, Published, Unknown


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


def test_what_moderators_put_aside_without_a_word_comes_to_a_person(world: World) -> None:
    """A blog post in the trash is neither refused nor public; looking for ever would lose it."""
    world.net.on_send = lambda _: Accepted("the blog's moderators have it")
    world.net.on_find = lambda _: CannotTell("the post was set to “trash” there")
    post = world.approved("The fair opens", "blog")
    for _ in range(6):
        world.settle()
        world.clock.forward(minutes=6)
    row = world.delivery(post, "blog")
    assert (row.state, row.wake_at) == ("accepted", None)
    assert any("go out?" in title for title in world.notices())


def test_what_moderators_still_have_is_looked_at_again_for_as_long_as_it_takes(
    world: World,
) -> None:
    world.net.on_send = lambda _: Accepted("the board's moderators have it")
    world.net.on_find = lambda _: Accepted("the board's moderators have it")
    post = world.approved("The fair opens", "board")
    for _ in range(12):
        world.settle()
        world.clock.forward(minutes=6)
    world.net.on_find = lambda _: Published("9", "https://example.com/9")
    world.settle()
    assert world.state(post, "board") == "published"


def test_a_takedown_that_did_not_happen_is_repeated_where_a_post_would_not_be(
    world: World,
) -> None:
    """Taking down twice takes down once: nobody has to look whether it may be repeated."""
    post = world.approved("The fair opens", "x")
    world.settle()
    with world.app.store.write(CY) as tx:
        takedown.retract(tx, post, "a mistake")
    world.net.on_send = lambda intent: Unknown("no answer") if len(world.net.sent) < 3 else None
    world.net.on_find = lambda _: Absent("it is still public")
    for _ in range(40):
        world.settle()
        world.clock.forward(seconds=10)
    assert world.state(post, "x", "retract") == "published"
    assert world.net.removed == [world.delivery(post).remote_id]


def test_a_person_can_say_that_a_takedown_was_done(world: World) -> None:
    """The post's id belongs to the publication; that is no reason to refuse it for its takedown."""
    post = world.approved("The fair opens", "x")
    world.settle()
    with world.app.store.write(CY) as tx:
        takedown.retract(tx, post, "a mistake")
    world.net.on_send = lambda _: Unknown("no answer")
    world.net.on_find = lambda _: CannotTell("the look-up brought no answer")
    for _ in range(20):
        world.settle()
        world.clock.forward(seconds=10)
    assert world.state(post, "x", "retract") == "unknown"
    remote = world.delivery(post).remote_id
    with world.app.store.write(CY) as tx:
        resolve.resolve(tx, f"{post}/x", done=True, why="X shows it no more")
    assert world.state(post, "x", "retract") == "published"
    assert world.delivery(post, "x", "retract").remote_id == remote
