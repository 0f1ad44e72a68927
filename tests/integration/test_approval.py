"""Approval is of content: it binds somebody else to exactly what they saw."""

import pytest
from world import ANN, BO, CY, EVE, World

from publisher.desk import compose, door, review, schedule, stops
from publisher.desk.parts import approving, find
from publisher.errors import Conflict, NotPermitted, Usage
from publisher.read import todo
from publisher.read.view import plain
from publisher.roles import MACHINE, Actor


def seen(world: World, post: str) -> str:
    return str(world.show(post)["fingerprint"])


def approve(world: World, post: str, mark: str, by: Actor = BO) -> None:
    with world.app.store.write(by) as tx:
        review.approve(tx, post, mark)


def edit(world: World, post: str, by: Actor = ANN, **changes) -> None:
    with world.app.store.write(by) as tx:
        compose.edit(tx, post, changes)


def word(world: World, post: str) -> str:
    return str(world.show(post)["approval"])


@pytest.mark.clause("1.2", kind="deny")
def test_nobody_approves_their_own(world: World) -> None:
    with world.app.store.write(CY) as tx:
        post = compose.create(tx, door.NewPost("The fair opens", ("x",)))
        compose.submit(tx, post)
    with pytest.raises(NotPermitted, match="somebody else"):
        approve(world, post, seen(world, post), CY)


@pytest.mark.clause("1.2", kind="deny")
def test_nor_does_the_last_editor(world: World) -> None:
    post = world.post("The fair opens", "x")
    edit(world, post, CY, text="The fair opens at ten")
    with pytest.raises(NotPermitted):
        approve(world, post, seen(world, post), CY)
    approve(world, post, seen(world, post), BO)
    assert word(world, post) == "approved"


@pytest.mark.clause("1.2", kind="deny")
def test_nor_does_anybody_in_between_who_wrote_any_of_the_words(world: World) -> None:
    post = world.post("The fair opens", "x")
    edit(world, post, CY, text="The fair opens. Our rival closes.")
    edit(world, post, ANN, title="News")
    with pytest.raises(NotPermitted, match="ann, cy"):
        approve(world, post, seen(world, post), CY)
    with world.app.store.write(MACHINE) as tx:  # nor does the gate believe such a yes
        known = approving.seen_now(tx, find.target(tx, post).every)
        tx.actor = CY
        review._decide(tx, find.target(tx, post), approving.fingerprints(known), "approve", "")
    assert word(world, post) == "in review"
    world.settle()
    assert world.net.sent == []
    with world.app.store.read() as tx:
        tx.actor = CY
        assert plain(todo.todo(tx, mine=True)) == []
    approve(world, post, seen(world, post), BO)
    assert word(world, post) == "approved"


@pytest.mark.clause("1.2", kind="allow")
def test_words_that_somebody_else_approved_are_settled(world: World) -> None:
    post = world.post("The fair opens", "x", at="2026-12-01 11:00")
    edit(world, post, CY, text="The fair opens at ten")
    approve(world, post, seen(world, post), BO)
    edit(world, post, ANN, text="The fair opens at nine")
    approve(world, post, seen(world, post), CY)
    assert word(world, post) == "approved"


@pytest.mark.clause("1.2", kind="deny")
def test_what_was_sent_back_settles_nothing(world: World) -> None:
    post = world.post("The fair opens", "x", at="2026-12-01 11:00")
    edit(world, post, CY, text="The fair opens at ten")
    approve(world, post, seen(world, post), BO)
    with world.app.store.write(EVE) as tx:
        review.send_back(tx, post, "at nine")
    edit(world, post, ANN, text="The fair opens at nine")
    with pytest.raises(NotPermitted):
        approve(world, post, seen(world, post), CY)


def test_a_second_yes_by_the_same_person_changes_nothing_and_says_so(world: World) -> None:
    post = world.approved("The fair opens", "x", at="2026-12-01 11:00")
    with pytest.raises(Conflict, match="already"):
        world.approve(post)


@pytest.mark.clause("1.1", kind="deny")
def test_a_yes_to_what_cannot_go_out_any_more_changes_nothing_and_says_so(world: World) -> None:
    public = world.approved("The fair opens", "x")
    world.settle()
    gone = world.post("Another", "x")
    with world.app.store.write(ANN) as tx:
        schedule.cancel(tx, gone)
    for post in (public, gone):
        mark = seen(world, post)
        with pytest.raises(Conflict, match="waits for a yes; nothing was changed"):
            approve(world, post, mark, EVE)


def test_an_author_may_not_approve_at_all(world: World) -> None:
    post = world.post("The fair opens", "x")
    with pytest.raises(NotPermitted):
        approve(world, post, seen(world, post), ANN)


def test_the_beginning_of_the_fingerprint_is_enough_but_not_a_guess(world: World) -> None:
    post = world.post("The fair opens", "x")
    mark = seen(world, post)
    with pytest.raises(Usage):
        approve(world, post, mark[:23])
    with pytest.raises(Usage):
        approve(world, post, "")
    with pytest.raises(Conflict):
        approve(world, post, "0" * 24)
    approve(world, post, mark[:24].upper())
    assert word(world, post) == "approved"


def test_a_yes_to_what_has_been_changed_meanwhile_is_a_conflict(world: World) -> None:
    post = world.post("The fair opens", "x")
    old = seen(world, post)
    edit(world, post, text="The fair closes")
    with pytest.raises(Conflict, match="no longer what you saw"):
        approve(world, post, old)


@pytest.mark.parametrize(
    "change",
    [
        {"text": "The fair opens!"},
        {"title": "News"},
        {"link": "https://example.com/fair"},
        {"lang": "ja"},
        {"variants": {"blog": "The fair, on the blog"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_any_change_voids_it(lite: World, change: dict[str, str]) -> None:
    world = lite
    post = world.approved("The fair opens", "blog", at="2026-12-01 10:30")
    edit(world, post, **change)
    assert word(world, post) == "in review"
    world.clock.forward(minutes=31)
    world.settle()
    assert world.net.sent == []


def test_another_time_voids_it(world: World) -> None:
    post = world.approved("The fair opens", "board", at="2026-12-01 10:30")
    with world.app.store.write(ANN) as tx:
        schedule.reschedule(tx, post, "2026-12-01 10:31")
    world.clock.forward(minutes=32)
    world.settle()
    assert world.net.sent == []


def test_an_edit_of_what_was_approved_and_claimed_is_not_sent(world: World) -> None:
    def prepare(_):
        edit(world, post, text="The fair closes")
        return {"draft": "1"}

    world.net.on_prepare = prepare
    post = world.approved("The fair opens", "blog")
    world.settle()
    assert world.net.sent == []
    assert world.delivery(post, "blog").notes == {}


def test_a_yes_that_is_too_old_does_not_count(world: World) -> None:
    post = world.approved("The fair opens", "board", at="2027-01-20 10:30")
    world.clock.forward(days=30)
    assert word(world, post) == "in review"
    world.clock.forward(days=20, minutes=30)
    world.settle()
    assert world.net.sent == []


def test_what_came_back_waits_for_a_new_revision(world: World) -> None:
    post = world.approved("The fair opens", "x")
    with world.app.store.write(EVE) as tx:
        assert review.send_back(tx, post, "the year is missing") == 1
    world.settle()
    assert (word(world, post), world.net.sent) == ("returned", [])
    edit(world, post, text="The fair opens in 2027")
    assert word(world, post) == "in review"
    world.approve(post)
    world.settle()
    assert world.state(post) == "published"


def test_returning_takes_a_reason(world: World) -> None:
    post = world.post("The fair opens", "x")
    with world.app.store.write(BO) as tx, pytest.raises(Usage):
        review.send_back(tx, post, " ")


def test_what_is_returned_while_it_is_prepared_is_not_sent(world: World) -> None:
    def prepare(_):
        with world.app.store.write(EVE) as tx:
            review.send_back(tx, post, "the year is missing")
        return {"draft": "1"}

    world.net.on_prepare = prepare
    post = world.approved("The fair opens", "blog")
    world.settle()
    assert world.net.sent == []


def test_a_draft_cannot_be_approved(world: World) -> None:
    with world.app.store.write(ANN) as tx:
        post = compose.create(tx, door.NewPost("The fair opens", ("x",)))
    with pytest.raises(Conflict, match="not been submitted"):
        approve(world, post, "0" * 24)


@pytest.mark.clause("1.1", kind="allow")
def test_one_yes_is_enough_where_the_policy_says_one(world: World) -> None:
    post = world.approved("The fair opens", "board")
    world.settle()
    assert world.state(post, "board") == "published"


# ---- H16: it binds the asked time, and release_at may move a little without asking


@pytest.mark.hazard("H16")
def test_a_slot_pushed_by_pacing_keeps_its_approval(world: World) -> None:
    second = world.approved("The fair closes", "x", at="2026-12-01 10:30")
    first = world.approved("The fair opens", "x", at="2026-12-01 10:29")
    assert word(world, second) == "approved"
    world.clock.forward(minutes=30)
    for _ in range(30):
        world.settle()
        world.clock.forward(minutes=1)
    assert (world.state(first), world.state(second)) == ("published", "published")


@pytest.mark.hazard("H16")
def test_a_slot_pushed_over_a_closure_asks_the_author(world: World) -> None:
    post = world.approved("Happy holidays", "x", at="2026-12-28 18:00")
    assert any(f["rule"] == "moved" for f in world.delivery(post).findings)
    world.clock.forward(days=34)
    world.settle()
    assert world.net.sent == []


@pytest.mark.hazard("H16")
def test_a_slot_pushed_by_more_than_a_day_asks_and_goes_after_the_yes(world: World) -> None:
    post = world.approved("On Friday evening", "x", at="2026-12-04 20:00")
    row = world.delivery(post)
    assert any(f["rule"] == "moved" and f["effect"] == "HOLD" for f in row.findings)
    with world.app.store.write(ANN) as tx:
        schedule.confirm(tx, post)
    assert word(world, post) == "approved"
    assert world.delivery(post).release_at.isoformat() == "2026-12-07T00:00:00+00:00"
    world.clock.forward(days=5, hours=23)
    world.settle()
    assert world.state(post) == "published"


@pytest.mark.hazard("H16")
def test_the_yes_survives_a_stop_and_its_lifting(world: World) -> None:
    post = world.approved("The fair opens", "board")
    with world.app.store.write(ANN) as tx:
        stops.stop(tx, why="something is wrong")
    with world.app.store.write(CY) as tx:
        stops.resume(tx)
    with world.app.store.write(ANN) as tx:
        schedule.confirm(tx, post)
    world.settle()
    assert world.state(post, "board") == "published"


def test_one_account_of_a_post_is_approved_by_what_was_seen_of_it(world: World) -> None:
    post = world.post("The fair opens", "x", "page", at="2026-12-02 10:00")
    mark = seen(world, f"{post}/x")
    assert mark != seen(world, post)
    with world.app.store.write(BO) as tx:
        review.approve(tx, f"{post}/x", mark)
    assert world.delivery(post, "x").verdict == "PASS"
    assert world.delivery(post, "page").verdict == "APPROVE"
