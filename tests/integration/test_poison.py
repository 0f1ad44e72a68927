"""What a network puts into an answer stops nothing but, at the most, its own post."""

import stat
from random import Random
from typing import Any

import pytest
from sqlalchemy import update
from world import World

from publisher.errors import TryAgain
from publisher.networks import Absent, Accepted, CannotTell, Published, Refused, Unknown
from publisher.networks.wire import shape
from publisher.release import engine, owed, walks
from publisher.roles import MACHINE
from publisher.store import tables as t
from publisher.store.tables import core

LONG = Random(1).randbytes(10_000).hex()  # 20 kB that no index can squeeze
POISON = [
    Published(LONG),
    Published("a\0b"),
    Published("\ud800"),
    Published("12", "javascript:alert(1)"),
    Published("12", "https://example.com/" + LONG),
    Published(12),
    Accepted("held", "\ud800"),
    Refused("\ud800\0" + LONG),
    Unknown("\ud800\0" + LONG),
    "not an outcome",
]


def kept(world: World) -> list[str]:
    folder = world.mark.path.parent / "answers"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("poison", POISON, ids=lambda one: ascii(one)[:40])
def test_an_answer_that_does_not_fit_is_not_known_and_keeps_nobody_waiting(
    world: World, poison: Any
) -> None:
    world.net.on_send = lambda intent: poison if intent.account.id == "x" else None
    world.net.on_find = lambda _: CannotTell("no answer")
    post = world.approved("The fair opens", "x", "page", "board")
    world.settle()
    assert world.state(post, "page") == world.state(post, "board") == "published"
    assert world.state(post) == ("refused" if isinstance(poison, Refused) else "unknown")
    row = world.delivery(post)
    assert row.reason.rstrip("…").isascii()
    assert len(row.reason) <= shape.LONGEST_REASON
    assert world.releaser.flight.answered == []
    assert len(world.net.sent) == 3, "nothing was sent twice"


@pytest.mark.parametrize(
    "poison",
    [
        Published("\ud800"),
        Published(LONG),
        Published("a\0"),
        Accepted("\ud800"),
        "not an answer",
        Absent("gone", {"draft": "\ud800"}),
        CannotTell("\ud800", (("\0", "\ud800", LONG),)),
    ],
    ids=lambda one: ascii(one)[:40],
)
def test_a_look_up_that_does_not_fit_ends_with_a_person(world: World, poison: Any) -> None:
    world.net.on_send = lambda _: Unknown("lost")
    world.net.on_find = lambda _: poison
    post = world.approved("The fair opens", "x")
    for _ in range(8):
        world.settle()
        world.clock.forward(minutes=6)
    row = world.delivery(post)
    assert world.releaser.flight.looked == []
    if isinstance(poison, Accepted):
        assert row.state == "accepted"
        return
    assert (row.state, row.wake_at) == ("unknown", None)
    assert any("go out?" in title for title in world.notices())


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the shape had let something through that the database does not take."""
    monkeypatch.setattr(engine.shape, "outcome", lambda given: given)
    monkeypatch.setattr(engine.shape, "found", lambda given: given)


@pytest.mark.hazard("H19")
@pytest.mark.parametrize(
    "poison", [Published("\ud800"), Refused("\ud800")], ids=lambda one: ascii(one)[:40]
)
def test_values_that_the_database_refuses_are_settled_as_unknown_in_the_same_pass(
    world: World, unchecked: None, poison: Any
) -> None:
    world.net.on_send = lambda intent: poison if intent.account.id == "x" else None
    world.net.on_find = lambda _: CannotTell("no answer")
    post = world.approved("The fair opens", "x", "page")
    world.settle()
    row = world.delivery(post)
    assert row.state == "unknown"
    assert world.state(post, "page") == "published"
    assert world.releaser.flight.answered == []
    if kept(world):
        [name] = kept(world)
        path = world.mark.path.parent / "answers" / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert ascii(poison) == path.read_text()
        assert row.reason.isascii()


@pytest.mark.hazard("H19")
@pytest.mark.parametrize("poison", [LONG, "a\0b"], ids=["20 kB", "NUL"])
def test_postgresql_refusing_a_value_is_no_reason_to_try_again(
    world: World, unchecked: None, poison: str
) -> None:
    if world.app.store.sqlite:
        pytest.skip("SQLite takes them")
    world.net.on_send = lambda intent: Published(poison) if intent.account.id == "x" else None
    world.net.on_find = lambda _: CannotTell("no answer")
    post = world.approved("The fair opens", "x", "page")
    world.settle()
    assert (world.state(post), world.state(post, "page")) == ("unknown", "published")
    assert len(kept(world)) == 1


@pytest.mark.hazard("H19")
def test_a_look_up_that_the_database_refuses_is_looked_up_no_more_than_any_other(
    world: World, unchecked: None
) -> None:
    looks: list[int] = []
    world.net.on_send = lambda _: Unknown("lost")

    def find(_: Any) -> Published:
        looks.append(1)
        return Published("\ud800")

    world.net.on_find = find
    post = world.approved("The fair opens", "x")
    for _ in range(8):
        world.settle()
        world.clock.forward(minutes=6)
    assert world.delivery(post).wake_at is None
    assert len(looks) == 3, "as often as the configuration says"


@pytest.mark.hazard("H19")
def test_what_can_pass_stays_owed_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One is refused for its values while the disk is full for the other: that one stays owed."""
    real, full = walks.settle, [True]

    def settle(tx: Any, answered: Any, look_again: Any) -> None:
        if len(answered) > 1:
            raise ValueError("together they do not go")
        if answered[0][0].account_row.id == "page" and full[0]:
            raise TryAgain("The disk is full; nothing was changed.")
        real(tx, answered, look_again)

    monkeypatch.setattr(walks, "settle", settle)
    post = world.approved("The fair opens", "x", "page")
    for _ in range(2000):
        world.releaser.once()
        if world.state(post) == "published" and world.releaser.flight.answered:
            break
        world.releaser._moved.wait(0.005)
    assert [one.account_row.id for one, _ in world.releaser.flight.answered] == ["page"]
    full[0] = False
    world.settle()
    assert world.state(post, "page") == "published"
    assert len(world.net.sent) == 2


def test_an_answer_to_who_am_i_that_does_not_fit_is_no_answer(world: World) -> None:
    world.net.on_whoami = lambda account: "\ud800" + LONG if account == "x" else ""
    post = world.approved("The fair opens", "x", "page")
    with world.app.store.write(MACHINE) as tx:
        tx.run(update(core(t.Account)).values(whoami_at=None))
    world.settle()
    assert (world.state(post), world.state(post, "page")) == ("waiting", "published")


@pytest.mark.parametrize(
    "notes",
    [{"draft": "\ud800"}, {"draft": "\0"}, {"draft": LONG}, "no notes"],
    ids=lambda one: ascii(one)[:20],
)
def test_notes_that_cannot_be_kept_send_nothing_and_keep_nobody_waiting(
    world: World, notes: Any
) -> None:
    world.net.on_prepare = lambda intent: notes if intent.account.id == "blog" else {"draft": 1}
    post = world.approved("The fair opens", "blog", "page")
    world.settle()
    assert (world.state(post, "blog"), world.state(post, "page")) == ("waiting", "published")
    assert [intent.account.id for intent in world.net.sent] == ["page"]


def test_a_kept_answer_is_short_however_long_it_was(lite: World) -> None:
    lite.releaser.books.keep("one", "x" * 1_000_000)
    path = lite.mark.path.parent / "answers" / "one.txt"
    assert path.stat().st_size == owed.LONGEST
