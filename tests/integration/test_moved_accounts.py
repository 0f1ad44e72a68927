"""An account keeps its name and becomes another place: what was sent stays where it was sent."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update
from world import ANN, CY, GUS, World, config_text

from publisher.config import load
from publisher.desk import compose, resolve, takedown
from publisher.desk.parts import pending
from publisher.errors import Conflict, Usage
from publisher.networks import Absent, CannotTell, Later, Published, Unknown
from publisher.release import whoami
from publisher.roles import MACHINE
from publisher.store import tables as t
from publisher.store.provision import apply, provision
from publisher.store.tables import core
from publisher.words import read

pytestmark = pytest.mark.clause("D2", kind="deny")

MOVES = {
    "another user": ('user_id = "1515"', 'user_id = "1566"'),
    "another host": ("127.0.0.1:9/board", "127.0.0.1:8/board"),
}
moves = pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)


def reload(world: World, *move: str) -> None:
    """config.toml with one thing changed, read and provisioned as at a start, and confirmed."""
    text = config_text()
    if move:
        assert move[0] in text
        text = text.replace(*move)
    config = load(text, world.config.file, {})
    with world.app.store.write(MACHINE) as tx:
        provision(tx, replace(config, data=world.config.data, witness=world.config.witness))
        for one in pending.open_changes(tx):  # a second person's yes has tests of its own
            apply(tx, (one.kind, one.name), f"confirm {one.kind}", one.new)


def retract(world: World, post: str) -> None:
    with world.app.store.write(CY) as tx:
        takedown.retract(tx, post, "It was wrong")


def pass_time(world: World) -> None:
    """A little longer than the gap between two posts, and than the last look-up takes."""
    for _ in range(5):
        world.clock.forward(minutes=2.5)
        world.settle()


def asked_of(world: World) -> list[str]:
    asked: list[str] = []
    world.net.on_whoami = asked.append
    return asked


def where_sent(world: World) -> list[tuple[str, str, str]]:
    """Act, host and user of everything that was sent."""
    return [(i.act, i.account.base_url, i.account.remote_user_id) for i in world.net.sent]


# ---- remembered


def test_a_delivery_and_its_try_remember_where_they_went(world: World) -> None:
    post = world.approved("The fair opens", "board")
    assert world.delivery(post, "board").place == ""
    world.settle()
    row = world.delivery(post, "board")
    assert (row.state, row.place) == ("published", "discourse 127.0.0.1:9/board 1515")
    attempt = core(t.Attempt)
    with world.app.store.read() as tx:
        [tried] = tx.all(select(attempt).where(attempt.c.delivery_id == row.id))
    assert tried.place == row.place
    reload(world, *MOVES["another host"])
    assert world.delivery(post, "board").place == row.place


# ---- approval and who-am-I


@pytest.mark.parametrize(
    "move",
    [
        *MOVES.values(),
        (
            "[accounts.board.credentials]",
            '[accounts.board.options]\ncategory = "7"\n[accounts.board.credentials]',
        ),
    ],
    ids=[*MOVES, "another category"],
)
def test_an_approval_does_not_follow_an_account_elsewhere(
    world: World, move: tuple[str, str]
) -> None:
    post = world.approved("The fair opens", "board", at="2026-12-01 12:00")
    assert world.show(post)["approval"] == "approved"
    reload(world, *move)
    assert world.show(post)["approval"] == "in review"
    world.clock.forward(hours=2)
    world.settle()
    assert world.net.sent == []
    world.approve(post)
    world.settle()
    assert world.state(post, "board") == "published"


def test_an_approval_survives_what_does_not_decide_where_it_lands(world: World) -> None:
    post = world.approved("The fair opens", "board", at="2026-12-01 12:00")
    reload(world, "http://127.0.0.1:9/board", "https://127.0.0.1:9/board/")
    assert world.show(post)["approval"] == "approved"


@moves
def test_a_moved_account_is_asked_who_it_is_before_anything_is_sent(
    world: World, move: tuple[str, str]
) -> None:
    asked = asked_of(world)
    world.approved("The fair opens", "board")
    world.settle()
    reload(world, *move)
    post = world.approved("The fair closes", "board")
    pass_time(world)
    assert asked == ["board", "board"]
    assert world.state(post, "board") == "published"


def test_a_moved_account_is_asked_at_once_though_nothing_waits(world: World) -> None:
    world.approved("The fair opens", "board")
    world.settle()
    asked = asked_of(world)
    reload(world, *MOVES["another user"])
    world.releaser = world.new_releaser()
    world.settle()
    while world.releaser.flight.asking:
        world.settle()
    assert asked == ["board"]


def test_a_corrected_user_id_is_asked_of_the_network_and_not_judged_from_memory(
    world: World,
) -> None:
    world.net.on_whoami = lambda _: "1542"
    first = world.approved("The fair opens", "board")
    world.settle()
    assert world.state(first, "board") == "blocked"  # a fresh answer, with the credential in use
    reload(world, 'user_id = "1515"', 'user_id = "1542"')
    post = world.approved("The fair closes", "board")
    world.settle()
    assert world.state(post, "board") == "published"


def test_nothing_is_blocked_by_an_answer_from_before(world: World) -> None:
    with world.app.store.write(GUS) as tx:
        [row] = tx.all(select(core(t.Account)).where(core(t.Account).c.id == "board"))
        whoami.recognised(tx, "board", "1999", world.app.credential_of(row))
    world.clock.forward(minutes=5)
    post = world.approved("The fair opens", "board")
    world.settle()
    assert world.state(post, "board") == "published"


def test_an_account_that_needed_reconnecting_is_tried_at_its_new_place(world: World) -> None:
    account = core(t.Account)
    with world.app.store.write(MACHINE) as tx:
        tx.run(
            update(account)
            .where(account.c.id == "board")
            .values(broken_since=tx.now, broken_reason="the key was refused")
        )
    reload(world, *MOVES["another host"])
    post = world.approved("The fair opens", "board")
    world.settle()
    assert world.state(post, "board") == "published"


# ---- what is public at the old place


@moves
def test_a_takedown_goes_to_the_old_place_or_nowhere_and_a_person_is_told(
    world: World, move: tuple[str, str]
) -> None:
    post = world.approved("The fair opens", "board")
    world.settle()
    reload(world, *move)
    retract(world, post)
    pass_time(world)
    assert world.net.removed == []
    assert world.state(post, "board", "retract") == "waiting"
    assert f"Take {post}/board down by hand" in world.notices()
    [held] = [d for d in world.show(post)["deliveries"] if d["act"] == "retract"]
    [said] = [f["reason"] for f in held["findings"] if f["rule"] == "account"]
    assert "discourse, user 1515 at 127.0.0.1:9/board" in said
    with world.app.store.write(CY) as tx:
        resolve.resolve(tx, f"{post}/board", done=True, why="Taken down by hand")
    assert world.state(post, "board", "retract") == "published"
    pass_time(world)
    assert [act for act, _, _ in where_sent(world)] == ["publish"]


def test_of_a_thread_at_the_old_place_done_is_said_once(world: World) -> None:
    post = world.approved("The fair opens on Monday. " * 25, "x", thread=True)
    world.settle()
    reload(world, 'user_id = "1120"', 'user_id = "1166"')
    retract(world, post)
    pass_time(world)
    with world.app.store.write(CY) as tx:
        resolve.resolve(tx, f"{post}/x", done=True, why="All three taken down by hand")
    assert world.state(post, act="retract") == "published"


@moves
def test_a_takedown_goes_out_once_the_account_is_back(world: World, move: tuple[str, str]) -> None:
    post = world.approved("The fair opens", "board")
    world.settle()
    reload(world, *move)
    retract(world, post)
    pass_time(world)
    reload(world)
    pass_time(world)
    assert world.state(post, "board", "retract") == "published"
    assert where_sent(world)[-1] == ("retract", "http://127.0.0.1:9/board", "1515")


def test_a_takedown_that_was_planned_before_the_move_is_held_after_it(world: World) -> None:
    post = world.approved("The fair opens", "board")
    world.settle()
    retract(world, post)
    reload(world, *MOVES["another host"])
    pass_time(world)
    assert world.net.removed == []
    assert world.state(post, "board", "retract") == "waiting"


def test_done_by_hand_is_no_word_for_what_the_machine_can_still_do(world: World) -> None:
    post = world.approved("The fair opens", "board")
    world.settle()
    retract(world, post)
    with world.app.store.write(CY) as tx, pytest.raises(Conflict):
        resolve.resolve(tx, f"{post}/board", done=True, why="Taken down by hand")


@moves
def test_what_is_public_at_the_old_place_is_not_edited_at_the_new_one(
    world: World, move: tuple[str, str]
) -> None:
    post = world.approved("The fair opens", "board")
    world.settle()
    reload(world, *move)
    with pytest.raises(Conflict, match=r"by hand"), world.app.store.write(ANN) as tx:
        compose.edit(tx, post, {"text": "The fair opens at ten"})
    assert world.show(post)["revision"] == 1


def test_an_edit_that_was_approved_before_the_move_is_held_after_it(world: World) -> None:
    post = world.approved("The fair opens", "board")
    world.settle()
    with world.app.store.write(ANN) as tx:
        compose.edit(tx, post, {"text": "The fair opens at ten"})
    reload(world, *MOVES["another user"])
    world.approve(post)
    world.settle()
    assert world.state(post, "board", "edit") == "waiting"
    assert len(world.net.sent) == 1


# ---- what is unclear at the old place


@moves
def test_an_unclear_outcome_is_looked_up_where_it_was_sent_or_by_a_person(
    world: World, move: tuple[str, str]
) -> None:
    world.net.on_send = lambda _: Unknown("the answer was lost")
    post = world.approved("The fair opens", "board")
    looks = []
    world.net.on_find = lambda intent: looks.append(intent) or CannotTell("busy")
    world.settle()
    before = len(looks)
    reload(world, *move)
    pass_time(world)
    row = world.delivery(post, "board")
    assert (len(looks), row.state, row.wake_at) == (before, "unknown", None)
    assert "discourse, user 1515 at 127.0.0.1:9/board" in read(row.reason, "en")
    assert f"Did {post}/board go out?" in world.notices()
    reload(world)
    world.net.on_find = lambda _: Published("41", "http://127.0.0.1:9/board/t/41")
    pass_time(world)
    assert world.state(post, "board") == "published"


def test_an_unproven_try_is_not_repeated_at_another_place(world: World) -> None:
    world.net.on_send = lambda _: Unknown("the answer was lost")
    world.net.on_find = lambda _: Absent("not there")
    post = world.approved("The fair opens", "board")
    world.settle()
    delivery, account = core(t.Delivery), core(t.Account)
    for _ in range(30):
        if world.state(post, "board") == "waiting":
            break
        with world.app.store.write(MACHINE) as tx:  # so that the repeat has to wait
            later = tx.now.replace(hour=2)
            tx.run(update(account).values(not_before=later))
        world.clock.forward(seconds=10)
        world.settle()
    assert world.delivery(post, "board").unproven
    reload(world, *MOVES["another host"])
    with world.app.store.write(MACHINE) as tx:
        tx.run(update(account).values(not_before=None))
        tx.run(update(delivery).values(wake_at=tx.now))
    pass_time(world)
    assert len(world.net.sent) == 1
    row = world.delivery(post, "board")
    assert (row.state, row.wake_at) == ("unknown", None)
    assert "127.0.0.1:9/board" in read(row.reason, "en")


def test_what_somebody_else_sees_proves_nothing(world: World) -> None:
    world.net.on_send = lambda _: Unknown("the answer was lost")
    looks = []
    world.net.on_find = lambda intent: looks.append(intent) or CannotTell("not listed yet")
    post = world.approved("The fair opens", "x")
    world.settle()
    before = len(looks)
    world.app.env["SECRET"] = "the-canary-of-somebody-else"  # type: ignore[index]
    world.net.on_whoami = lambda _: "1999"
    pass_time(world)
    assert len(looks) == before
    assert world.state(post) == "unknown"
    assert any("reconnecting" in title for title in world.notices())
    world.app.env["SECRET"] = "canary-secret-value"  # type: ignore[index]
    world.net.on_whoami = None
    world.net.on_find = lambda _: Published("1", "http://127.0.0.1:9/x/1")
    pass_time(world)
    assert world.state(post) == "published"


def test_a_person_names_the_post_where_it_was_sent(world: World) -> None:
    world.net.on_send = lambda _: Unknown("the answer was lost")
    world.net.on_find = lambda _: CannotTell("busy")
    post = world.approved("The fair opens", "board")
    world.settle()
    reload(world, *MOVES["another host"])
    pass_time(world)
    with world.app.store.write(CY) as tx:
        with pytest.raises(Usage, match=r"127\.0\.0\.1:9/board"):
            resolve.resolve(tx, post, url="http://127.0.0.1:8/p/41")
        resolve.resolve(tx, post, url="http://127.0.0.1:9/p/41")
    assert world.delivery(post, "board").remote_id == "41"


# ---- the same number in a new place


def test_the_same_number_in_a_new_place_is_another_post(world: World) -> None:
    world.net.on_send = lambda _: Published("41", "http://127.0.0.1:9/board/t/41")
    first = world.approved("The fair opens", "board")
    world.settle()
    reload(world, *MOVES["another host"])
    second = world.approved("The fair closes", "board")
    pass_time(world)
    assert [world.delivery(p, "board").remote_id for p in (first, second)] == ["41", "41"]


def test_numbers_of_the_old_place_are_not_taken_in_the_new_one(world: World) -> None:
    world.net.on_send = lambda _: Published("41", "http://127.0.0.1:9/board/t/41")
    world.approved("The fair opens", "board")
    world.settle()
    reload(world, *MOVES["another host"])
    world.net.on_send = lambda _: Unknown("the answer was lost")
    looks = []
    world.net.on_find = lambda intent: looks.append(intent) or Published("41")
    post = world.approved("The fair closes", "board")
    pass_time(world)
    assert looks[0].taken == frozenset()
    assert world.state(post, "board") == "published"


def test_a_draft_at_the_old_place_is_not_published_at_the_new_one(world: World) -> None:
    world.net.on_prepare = lambda _: {"draft": 16}
    world.net.on_send = lambda _: Later("the blog asks to wait")
    post = world.approved("The fair opens", "blog")
    world.settle()
    assert (world.state(post, "blog"), world.delivery(post, "blog").notes) == (
        "waiting",
        {"draft": 16},
    )
    reload(world, "127.0.0.1:9/blog", "127.0.0.1:8/blog")
    world.net.on_prepare, world.net.on_send = lambda _: {"draft": 17}, None
    world.approve(post)
    pass_time(world)
    assert world.state(post, "blog") == "published"
    assert world.net.sent[-1].notes["draft"] == 17
