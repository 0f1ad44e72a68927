"""Two posts with the same words, and what a look-up may make of them (H6)."""

from dataclasses import replace

import pytest
from by_hand import quiet
from world import CY, World

from publisher.desk import resolve
from publisher.networks import Absent, CannotTell, Published, Unknown

LOST = "lost"


def _unknown_then_twin(world: World, account: str) -> tuple[str, str]:
    """A was sent and nobody knows; B, with the same words, comes due."""
    world.net.on_send = lambda _: Unknown(LOST)
    first = world.approved("Same words", account)
    second = world.approved("Same words", account, again=True)
    quiet(world)
    world.net.on_send = None
    due = world.delivery(second, account).release_at
    world.clock.forward(seconds=(due - world.clock.at).total_seconds() + 1)
    world.settle()
    return first, second


@pytest.mark.hazard("H6")
@pytest.mark.parametrize("account", ["x", "page"])
def test_a_twin_of_an_unknown_waits_where_only_a_listing_can_tell(
    world: World, account: str
) -> None:
    first, second = _unknown_then_twin(world, account)
    assert world.state(first, account) == "unknown"
    row = world.delivery(second, account)
    assert row.state == "waiting"
    assert [f["rule"] for f in row.findings if f["effect"] == "HOLD"] == ["twin"]
    assert len(world.net.sent) == 1
    assert row.wake_at == row.expires_at, "it does not spin: it is woken by the event"


@pytest.mark.hazard("H6")
@pytest.mark.parametrize(
    "words", [{"not_published": True, "why": "I looked"}, {"url": "http://127.0.0.1:9/x/status/77"}]
)
def test_the_twin_goes_as_soon_as_a_person_says_what_became_of_the_first(
    world: World, words: dict[str, object]
) -> None:
    first, second = _unknown_then_twin(world, "x")
    with world.app.store.write(CY) as tx:
        resolve.resolve(tx, f"{first}/x", **words)  # type: ignore[arg-type]
    world.settle()
    world.clock.forward(minutes=10)  # after what is public, the usual distance
    world.settle()
    assert world.state(second) == "published"
    assert len(world.net.sent) == 2


@pytest.mark.hazard("H6")
def test_the_twin_goes_as_soon_as_the_look_up_finds_the_first(world: World) -> None:
    world.net.on_send = lambda _: Unknown(LOST)
    first = world.approved("Same words", "x")
    second = world.approved("Same words", "x", again=True)
    world.net.on_find = lambda _: CannotTell("the listing is slow")
    world.releaser.books = replace(world.releaser.books, look_again=(0, 650, 1300))
    world.settle()
    world.net.on_send = None
    world.clock.forward(minutes=10, seconds=30)
    world.settle()
    assert world.state(second) == "waiting"
    world.net.on_find = lambda _: Published("77", "https://x.test/77")
    world.clock.forward(minutes=1)
    world.settle()
    assert world.state(first) == "published"
    world.clock.forward(minutes=10)  # the usual distance
    world.settle()
    assert world.state(second) == "published"


@pytest.mark.hazard("H6")
def test_a_twin_does_not_wait_where_the_network_knows_our_key(world: World) -> None:
    world.net.on_find = lambda _: CannotTell("down")
    first, second = _unknown_then_twin(world, "board")
    assert world.state(first, "board") == "unknown"
    assert world.state(second, "board") == "published"


@pytest.mark.hazard("H6")
def test_other_words_on_the_account_do_not_wait_for_the_unknown(world: World) -> None:
    world.net.on_send = lambda _: Unknown(LOST)
    first = world.approved("Same words", "x")
    other = world.approved("Quite another thing", "x")
    quiet(world)
    world.net.on_send = None
    world.clock.forward(minutes=8)
    world.settle()
    assert world.state(first) == "unknown"
    assert world.state(other) == "published"


@pytest.mark.hazard("H6")
def test_a_look_up_is_told_which_posts_belong_to_other_deliveries(world: World) -> None:
    earlier = world.approved("Same words", "x")
    world.settle()
    world.net.on_send = lambda _: Unknown(LOST)
    asked: list[frozenset[str]] = []

    def find(intent: object) -> None:
        asked.append(intent.taken)  # type: ignore[attr-defined]

    world.net.on_find = find
    second = world.approved("Same words", "x", again=True)
    world.clock.forward(minutes=10)
    world.settle()
    assert asked[0] == {world.delivery(earlier).remote_id}
    assert world.state(second) == "unknown", "the earlier post is not taken for this one"


@pytest.mark.hazard("H6")
def test_one_public_post_never_belongs_to_two_deliveries(world: World) -> None:
    """Even when the network, or a look-up that ignores what is taken, says so."""
    first = world.approved("Same words", "x")
    world.settle()
    remote = world.delivery(first).remote_id
    world.net.on_send = lambda _: Unknown(LOST)
    world.net.on_find = lambda _: Published(remote, "https://x.test/1")
    second = world.approved("Other words", "x")
    world.clock.forward(minutes=10)
    world.settle()
    row = world.delivery(second)
    assert (row.state, row.wake_at, row.remote_id) == ("unknown", None, None)
    assert any("go out?" in title for title in world.notices())


@pytest.mark.hazard("H6")
def test_an_answer_with_the_id_of_another_post_comes_to_a_person(world: World) -> None:
    first = world.approved("Same words", "x")
    world.settle()
    remote = world.delivery(first).remote_id
    world.net.on_send = lambda _: Published(remote)
    second = world.approved("Other words", "x")
    world.clock.forward(minutes=10)
    world.settle()
    assert world.state(second) == "unknown"
    assert world.delivery(second).wake_at is None


@pytest.mark.hazard("H6")
def test_a_listing_network_is_never_sent_to_again_by_the_machine(world: World) -> None:
    world.net.on_send = lambda _: Unknown(LOST)
    world.net.on_find = lambda _: Absent("not listed")
    post = world.approved("Same words", "x", "page")
    quiet(world, 30)
    assert len(world.net.sent) == 2
    assert {world.state(post, one) for one in ("x", "page")} == {"unknown"}
