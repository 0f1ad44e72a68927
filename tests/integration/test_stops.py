"""The emergency stop wins or loses cleanly, and lifting it releases nothing."""

import pytest
from world import ANN, BO, CY, World, number_of

from publisher.desk import exceptions, schedule, stops
from publisher.desk.parts import stopped
from publisher.errors import Conflict, NotFound, NotPermitted, Usage
from publisher.words import read

pytestmark = pytest.mark.clause("2.4", kind="deny")


def stop(world: World, account: str = "", *, except_notices: bool = False) -> None:
    with world.app.store.write(ANN) as tx:
        stops.stop(tx, account, except_notices=except_notices, why="something is wrong")


def resume(world: World, account: str = "") -> list[str]:
    with world.app.store.write(CY) as tx:
        return [f"{row.post_id}/{row.account}" for row in stops.resume(tx, account)]


def test_a_stop_before_the_intent_wins(world: World) -> None:
    post = world.approved("The fair opens", "x")
    stop(world)
    world.settle()
    assert world.net.sent == []
    assert world.state(post) == "waiting"


def test_a_stop_while_it_is_prepared_wins(world: World) -> None:
    def prepare(_):
        stop(world)
        return {"draft": "1"}

    world.net.on_prepare = prepare
    post = world.approved("The fair opens", "blog")
    world.settle()
    assert world.net.sent == []
    assert world.state(post, "blog") == "waiting"


def test_a_stop_while_the_network_says_who_we_are_wins(world: World) -> None:
    def whoami(account: str) -> str:
        stop(world)
        return number_of(account)

    world.net.on_whoami = whoami
    post = world.approved("The fair opens", "x")
    world.settle()
    assert world.net.sent == []
    assert world.state(post) == "waiting"


def test_a_stop_after_the_intent_loses_and_what_was_sent_is_settled(world: World) -> None:
    world.net.on_send = lambda _: stop(world)
    post = world.approved("The fair opens", "x")
    world.settle()
    assert world.state(post) == "published"
    assert len(world.net.sent) == 1


def test_a_stop_of_one_account_leaves_the_others(world: World) -> None:
    stop(world, "x")
    post = world.approved("The fair opens", "x", "board")
    world.settle()
    assert (world.state(post), world.state(post, "board")) == ("waiting", "published")


def test_a_stop_of_an_account_that_is_none_is_refused(world: World) -> None:
    with pytest.raises(NotFound):
        stop(world, "ex")
    with pytest.raises(Usage):
        stop(world, "x", except_notices=True)


def urgent(world: World) -> str:
    post = world.post("Smoke in hall 2, all are safe", "x", kind="urgent")
    with world.app.store.write(ANN) as tx:
        asked = exceptions.request(tx, post, "urgent", "accident", "smoke in hall 2")
    world.grant(asked)
    return post


def test_a_notice_under_an_exception_passes_a_stop_that_excepts_notices(world: World) -> None:
    stop(world, except_notices=True)
    plain = world.approved("The fair opens", "board")
    notice = urgent(world)
    world.settle()
    assert world.state(notice) == "published"
    assert world.state(plain, "board") == "waiting"


def test_a_stop_of_everything_stops_notices_too(world: World) -> None:
    stop(world)
    notice = urgent(world)
    world.settle()
    assert world.state(notice) == "waiting"


def test_lifting_takes_the_duty_officer(world: World) -> None:
    stop(world)
    for who in (ANN, BO):
        with world.app.store.write(who) as tx, pytest.raises(NotPermitted):
            stops.resume(tx)
    resume(world)
    with pytest.raises(Conflict):
        resume(world)


def test_lifting_releases_nothing(world: World) -> None:
    first = world.approved("The fair opens", "x", "board")
    stop(world)
    world.clock.forward(minutes=5)
    world.settle()
    assert sorted(resume(world)) == [f"{first}/board", f"{first}/x"]
    for _ in range(30):
        world.clock.forward(minutes=1)
        world.settle()
    assert world.net.sent == []
    assert world.state(first) == "expired"


def test_what_was_being_prepared_when_a_stop_came_and_went_waits_for_a_person(
    world: World,
) -> None:
    def prepare(_):
        stop(world)
        resume(world)
        return {"draft": "1"}

    world.net.on_prepare = prepare
    post = world.approved("The fair opens", "blog")
    world.settle()
    assert world.net.sent == []
    assert "confirm" in read(world.delivery(post, "blog").paused, "en")


def test_what_came_due_is_confirmed_moved_and_cancelled_one_by_one(world: World) -> None:
    post = world.approved("The fair opens", "x", "board", "blog")
    stop(world)
    world.settle()
    resume(world)
    with world.app.store.write(ANN) as tx:
        schedule.confirm(tx, f"{post}/board")
        schedule.reschedule(tx, f"{post}/blog", "2026-12-01 11:00")
        schedule.cancel(tx, f"{post}/x")
    world.settle()
    assert [i.account.id for i in world.net.sent] == ["board"]
    world.approve(post)  # another time is another content
    world.clock.forward(hours=1)
    world.settle()
    assert world.state(post, "blog") == "published"
    assert world.state(post, "x") == "cancelled"


def test_another_time_does_not_lift_what_a_person_paused(world: World) -> None:
    post = world.approved("The fair opens", "board", at="2026-12-01 10:30")
    with world.app.store.write(ANN) as tx:
        schedule.pause(tx, post, "legal is looking at it")
    with world.app.store.write(ANN) as tx:
        schedule.reschedule(tx, post, "2026-12-01 11:00")
    assert "legal" in read(world.delivery(post, "board").paused, "en")


def test_lifting_one_stop_leaves_the_other_in_force(world: World) -> None:
    stop(world, "x")
    stop(world)
    resume(world, "x")
    post = world.approved("The fair opens", "x")
    world.settle()
    assert world.state(post) == "waiting"
    resume(world)
    assert world.net.sent == []


def test_a_stop_needs_a_reason_and_does_not_stack(world: World) -> None:
    with pytest.raises(Usage, match="Say why") as refused, world.app.store.write(ANN) as tx:
        stops.stop(tx, why="  ")
    assert refused.value.field == "reason"
    stop(world)
    with pytest.raises(
        Conflict, match=r"by ann since Tue 2026-12-01 10:00 \(Asia/Tokyo\): something"
    ):
        stop(world)
    stop(world, "x")  # outlasts a resume of everything? no: it is a stop of its own
    with world.app.store.read() as tx:
        assert [row.scope for row in stopped.in_force(tx)] == ["everything", "x"]


def test_resuming_lists_only_what_had_come_due_and_was_allowed(world: World) -> None:
    allowed, unasked = world.post("Allowed"), world.post("Nobody said yes", "page")
    world.approve(allowed)
    stop(world)
    world.clock.forward(minutes=5)
    world.settle()
    with world.app.store.write(CY) as tx:
        due = stops.resume(tx)
    assert [row.post_id for row in due] == [allowed]
    assert world.delivery(unasked, "page").state == "waiting"
