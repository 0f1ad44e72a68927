"""A thread on X: part by part, once each, and stopped where something holds it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from world import ANN, BO, CY, EVE, OPEN, World

from publisher.desk import (
    compose,
    exceptions,
    policies,
    resolve,
    review,
    schedule,
    stops,
    takedown,
    threads,
)
from publisher.desk.door import NewPost
from publisher.errors import Conflict, HeldByPolicy, Problem, Usage
from publisher.networks import (
    Absent,
    CannotTell,
    Intent,
    Later,
    Outcome,
    Published,
    Refused,
    Unknown,
)
from publisher.read import check, exact, todo
from publisher.roles import MACHINE
from publisher.store import bound, ledger
from publisher.store import tables as t
from publisher.store.ledger import Line
from publisher.store.tables import core

LONG = "The fair opens on Monday. " * 25  # three posts


def thread(world: World, words: str = LONG, **more: object) -> str:
    return world.approved(words, "x", thread=True, **more)


def parts(world: World) -> list[str]:
    """The end of each public post's words, in the order in which they went out."""
    return [text.split("\n\n")[0][-6:].strip() for text in world.net.texts("x")]


def answering(world: World, number: int, answer: Outcome, *, lands: bool = False) -> None:
    """Part `number` is answered so once."""
    left = [answer]

    def send(intent: Intent) -> Outcome | None:
        if len(intent.thread) + 1 != number or not left:
            return None
        if lands:
            world.net.publish(intent)
        return left.pop()

    world.net.on_send = send


def go_on(world: World, post: str) -> None:
    world.clock.forward(minutes=1)
    with world.app.store.write(ANN) as tx:
        threads.go_on(tx, post)


def shown(world: World, post: str) -> list[str]:
    """Which of its posts are said to be public."""
    rows = world.show(post)["deliveries"]
    return [one["remote_id"] for row in rows for one in row["thread"]]


def acts(world: World, post: str) -> list[dict[str, str]]:
    """What the post itself says can be done about its thread."""
    rows = [one for one in world.show(post)["deliveries"] if one["account"] == "x"]
    return next(one["acts"] for one in rows if one["act"] == "publish")


def offered(world: World, post: str) -> list[str]:
    """What the list and the post itself say can be done about it; the same, or it fails."""
    with world.app.store.read(ANN) as tx:
        listed = [one.acts for one in todo.todo(tx) if one.post == post]
    said = acts(world, post)
    assert [list(one) for one in listed] == ([said] if said else [])
    return [act["act"] for act in said]


def minutes(world: World, many: int = 20) -> None:
    for _ in range(many):
        world.clock.forward(minutes=1)
        world.settle()


def test_without_being_asked_for_no_text_is_split_and_the_finding_says_what_would_help(
    world: World,
) -> None:
    with pytest.raises(HeldByPolicy, match="thread of several posts"):
        world.post(LONG)
    with world.app.store.read(ANN) as tx:
        found = check.check(tx, NewPost(LONG, ("x",)))
    [finding] = [one for one in found.findings if one.rule == "length"]
    assert finding.acts == ({"act": "edit", "how": "thread", "account": "x"},)


def test_each_part_answers_the_one_before_and_is_a_try_of_its_own(world: World) -> None:
    post = thread(world)
    world.settle()
    assert parts(world) == ["(1/3)", "(2/3)", "(3/3)"]
    assert [intent.thread for intent in world.net.sent] == [(), ("1",), ("1", "2")]
    row = world.delivery(post)
    assert (row.state, row.remote_id, row.remote_url) == (
        "published",
        "1",
        "https://example.com/1",
    )
    assert row.notes["public"] == ["1", "2", "3"]
    with world.app.store.read() as tx:
        tries = tx.all(select(core(t.Attempt)).order_by(core(t.Attempt).c.id))
    assert [row.outcome for row in tries] == ["published"] * 3
    assert len({row.key for row in tries}) == 3
    shown = world.show(post)["deliveries"][0]
    assert [one["remote_id"] for one in shown["thread"]] == ["1", "2", "3"]


def test_what_is_shown_before_is_what_is_sent(world: World) -> None:
    post = thread(world)
    with world.app.store.read(BO) as tx:
        shown = exact.exact(tx, post)["x"]
    world.settle()
    assert [part.text for part in shown.thread] == world.net.texts("x")
    assert shown.length == max(part.length for part in shown.thread) <= shown.limit
    assert "official" in shown.thread[0].text
    assert not any("official" in part.text for part in shown.thread[1:])


def test_a_text_that_fits_is_one_post_though_a_thread_was_allowed(world: World) -> None:
    post = thread(world, "The fair opens")
    world.settle()
    assert world.state(post) == "published"
    assert "(1/" not in world.net.texts("x")[0]


def test_where_no_network_has_threads_none_can_be_asked_for(world: World) -> None:
    with pytest.raises(Usage):
        world.post("The fair opens", "blog", thread=True)


def test_a_word_that_cannot_be_cut_is_not_cut(world: World) -> None:
    with pytest.raises(HeldByPolicy, match="cut only between words"):
        world.post(f"{LONG} {'a' * 300}", thread=True)


@pytest.mark.parametrize(
    "hold",
    [
        lambda tx: stops.stop(tx, "x", why="wait"),
        lambda tx: stops.stop(tx, "", why="wait"),
    ],
)
def test_a_stop_between_two_parts_leaves_it_partly_public_and_tells(
    world: World, hold: Callable[..., object]
) -> None:
    def send(intent: Intent) -> None:
        if len(intent.thread) == 1:
            with world.app.store.write(CY) as tx:
                hold(tx)

    world.net.on_send = send
    post = thread(world)
    world.settle()
    assert parts(world) == ["(1/3)", "(2/3)"]
    assert world.state(post) == "partly_published"
    told = [who for who, title, _ in world.letters() if title == f"{post}/x: only partly public"]
    assert sorted(told) == ["author", "duty officer"]
    with world.app.store.write(CY) as tx:
        stops.resume(tx)
    minutes(world)
    assert parts(world) == ["(1/3)", "(2/3)"]


def test_one_that_would_not_be_out_before_closing_waits_for_the_next_day(world: World) -> None:
    world.clock.at = OPEN.replace(hour=8, minute=29)  # a minute before
    post = thread(world)
    world.settle()
    assert world.net.sent == []
    assert world.delivery(post).release_at > OPEN.replace(hour=20)
    other = world.approved("The fair opens", "x", at="2026-12-01 17:29")
    assert world.delivery(other).release_at < OPEN.replace(hour=9)


@pytest.mark.parametrize("landed", [True, False])
def test_an_unknown_part_is_looked_up_before_anything_follows(
    world: World, *, landed: bool
) -> None:
    answering(world, 2, Unknown("the answer was lost"), lands=landed)
    post = thread(world)
    minutes(world)
    if landed:
        assert world.state(post) == "published"
        assert parts(world) == ["(1/3)", "(2/3)", "(3/3)"]
        return
    assert world.state(post) == "unknown"
    assert parts(world) == ["(1/3)"]
    with world.app.store.write(CY) as tx:
        resolve.resolve(tx, post, not_published=True, why="it is not there")
    assert world.state(post) == "partly_published"
    go_on(world, post)
    world.approve(post)
    world.settle()
    assert parts(world) == ["(1/3)", "(2/3)", "(3/3)"]


def test_a_part_that_a_person_found_is_gone_on_with_by_a_person(world: World) -> None:
    answering(world, 2, Unknown("lost"), lands=True)
    world.net.on_find = lambda _: CannotTell("no answer")
    post = thread(world)
    minutes(world)
    url = "http://127.0.0.1:9/x/status/2"
    with world.app.store.write(CY) as tx:
        resolve.resolve(tx, post, url=url)
    assert world.state(post) == "partly_published"
    assert world.delivery(post).notes["public"] == ["1", "2"]
    minutes(world)
    assert len(world.net.sent) == 2
    go_on(world, post)
    minutes(world, 2)
    assert len(world.net.sent) == 2  # nobody has said yes
    world.approve(post)
    world.settle()
    assert parts(world) == ["(1/3)", "(2/3)", "(3/3)"]
    assert world.state(post) == "published"


def test_the_last_part_that_a_person_found_ends_it(world: World) -> None:
    answering(world, 3, Unknown("lost"), lands=True)
    world.net.on_find = lambda _: CannotTell("no answer")
    post = thread(world)
    minutes(world)
    with world.app.store.write(CY) as tx:
        resolve.resolve(tx, post, url="http://127.0.0.1:9/x/status/3")
    row = world.delivery(post)
    assert (row.state, row.remote_id) == ("published", "1")
    assert row.notes["public"] == ["1", "2", "3"]


def test_a_refusal_stops_it_and_a_yes_goes_on_after_the_last_part(world: World) -> None:
    answering(world, 2, Refused("X is busy"))
    post = thread(world)
    world.settle()
    assert world.state(post) == "partly_published"
    with world.app.store.read(ANN) as tx:
        [item] = todo.todo(tx, mine=True)
    assert [act["act"] for act in item.acts] == ["continue", "retract"]
    assert offered(world, post) == ["continue", "retract"]
    go_on(world, post)
    world.settle()
    assert len(world.net.sent) == 2
    world.approve(post)
    world.settle()
    assert parts(world) == ["(1/3)", "(2/3)", "(3/3)"]
    assert world.state(post) == "published"


def test_nobody_says_yes_and_it_is_partly_public_again(world: World) -> None:
    answering(world, 2, Refused("X is busy"))
    post = thread(world)
    world.settle()
    go_on(world, post)
    minutes(world, 40)
    assert world.state(post) == "partly_published"
    told = [who for who, title, _ in world.letters() if "only partly public" in title]
    assert told.count("duty officer") == 2


def test_one_429_between_two_parts_makes_it_wait_and_go_on(world: World) -> None:
    answering(world, 2, Later("busy"))
    post = thread(world)
    world.settle()
    assert world.state(post) == "waiting"
    minutes(world, 5)
    assert parts(world) == ["(1/3)", "(2/3)", "(3/3)"]


def busy(world: World, seconds: int = 90) -> str:
    """A thread whose second post its network puts off by so much."""
    answering(world, 2, Later("busy", world.clock.at + timedelta(seconds=seconds)))
    post = thread(world)
    world.settle()
    world.clock.forward(seconds=10)
    return post


def stop_and_resume(world: World, scope: str = "") -> None:
    with world.app.store.write(CY) as tx:
        stops.stop(tx, scope, why="wait")
    world.settle()
    world.clock.forward(seconds=10)
    with world.app.store.write(CY) as tx:
        assert stops.resume(tx) == []  # nobody is asked about what goes on by itself


@pytest.mark.parametrize("scope", ["", "x"])
def test_a_stop_that_is_over_before_the_network_is_ready_holds_up_nothing(
    world: World, scope: str
) -> None:
    post = busy(world)
    stop_and_resume(world, scope)
    world.clock.forward(seconds=60)
    world.settle()
    assert parts(world) == ["(1/3)"]  # the network asked for more
    world.clock.forward(seconds=15)
    world.settle()
    assert parts(world) == ["(1/3)", "(2/3)", "(3/3)"]
    assert world.state(post) == "published"


def test_a_stop_of_all_but_notices_that_is_lifted_ends_no_notice_that_it_let_go_out(
    world: World,
) -> None:
    world.clock.at = OPEN.replace(hour=12)  # closed
    with world.app.store.write(CY) as tx:
        stops.stop(tx, except_notices=True, why="wait")
    world.clock.forward(seconds=10)
    post = world.post(LONG, "x", thread=True, kind="urgent")
    with world.app.store.write(ANN) as tx:
        asked = exceptions.request(tx, post, "urgent", "safety", "The hall is closed")
    answering(world, 2, Later("busy", world.clock.at + timedelta(seconds=90)))
    world.grant(asked)
    world.settle()
    assert parts(world) == ["(1/3)"]
    world.clock.forward(seconds=10)
    with world.app.store.write(CY) as tx:
        assert stops.resume(tx) == []
    minutes(world, 2)
    assert parts(world) == ["(1/3)", "(2/3)", "(3/3)"]
    assert world.state(post) == "published"


def test_after_such_a_stop_it_is_judged_as_ever_and_ends_with_the_reason(world: World) -> None:
    post = busy(world)
    stop_and_resume(world)
    with world.app.store.write(BO) as tx:
        review.send_back(tx, post, "the date is wrong")
    minutes(world, 2)
    assert parts(world) == ["(1/3)"]
    assert world.state(post) == "partly_published"
    assert "the date is wrong" in world.show(post)["deliveries"][0]["reason"]


def test_what_a_person_asked_to_go_on_and_a_stop_held_is_for_a_person_again(world: World) -> None:
    answering(world, 2, Refused("X is busy"))
    post = thread(world)
    world.settle()
    go_on(world, post)
    with world.app.store.write(CY) as tx:
        stops.stop(tx, why="wait")
    world.approve(post)
    with world.app.store.write(CY) as tx:
        stops.resume(tx)
    minutes(world, 2)
    assert parts(world) == ["(1/3)"]
    assert world.state(post) == "partly_published"
    assert "stop" in world.show(post)["deliveries"][0]["reason"]
    assert offered(world, post) == ["continue", "retract"]


def test_permission_that_is_taken_back_between_two_posts_ends_it_and_nothing_waits_for_tomorrow(
    world: World,
) -> None:
    world.clock.at = OPEN.replace(hour=12)  # closed
    post = world.post(LONG, "x", thread=True, kind="urgent")
    with world.app.store.write(ANN) as tx:
        asked = exceptions.request(tx, post, "urgent", "safety", "The hall is closed")
    answering(world, 2, Later("busy", world.clock.at + timedelta(seconds=90)))
    world.grant(asked)
    world.settle()
    assert parts(world) == ["(1/3)"]
    with world.app.store.write(CY) as tx:
        exceptions.revoke(tx, asked, "It was a false alarm")
    minutes(world, 2)
    assert (world.state(post), parts(world)) == ("partly_published", ["(1/3)"])


def retired(world: World) -> None:
    with world.app.store.write(MACHINE) as tx:
        ledger.change(tx, (bound.ACCOUNT, "x"), Line("account", "x", {}), active=False)


@pytest.mark.parametrize("next_day", [True, False])
def test_what_the_policy_says_no_to_between_two_posts_is_told_as_public_in_part(
    world: World, *, next_day: bool
) -> None:
    if next_day:
        answering(world, 2, Refused("X is busy"))
        post = thread(world)
        world.settle()
        world.clock.at = OPEN.replace(hour=9)  # closed
        go_on(world, post)
    else:
        post = busy(world)
    before = len(world.letters())
    retired(world)
    with world.app.store.write(BO) as tx:
        review.send_back(tx, post, "not from there")
    minutes(world, 2)
    told = world.letters()[before:]
    assert world.state(post) == "partly_published"
    assert [(who, title) for who, title, _ in told] == [
        ("author", f"{post}/x: only partly public"),
        ("duty officer", f"{post}/x: only partly public"),
    ]
    assert "is not active" in world.show(post)["deliveries"][0]["reason"]
    assert all("retract" in body and "continue" not in body for _, _, body in told)
    assert offered(world, post) == ["retract"]


def test_one_more_yes_between_two_posts_gives_nobody_a_moment_to_think(world: World) -> None:
    undo = world.files["rules.toml"].replace(b"seconds = 0 ", b"seconds = 60 ")
    with world.app.store.write(EVE) as tx:
        assert policies.activate(tx, {**world.files, "rules.toml": undo})[1]
    answering(world, 2, Later("busy", world.clock.at + timedelta(seconds=150)))
    post = thread(world)
    minutes(world, 2)
    assert parts(world) == ["(1/3)"]
    world.approve(post, by=EVE)
    world.clock.forward(seconds=40)
    world.settle()
    assert parts(world) == ["(1/3)", "(2/3)", "(3/3)"]
    assert world.state(post) == "published"


def test_what_is_begun_can_neither_be_edited_nor_moved(world: World) -> None:
    answering(world, 2, Later("busy"))
    post = thread(world)
    world.settle()
    with world.app.store.write(ANN) as tx:
        with pytest.raises(Conflict):
            compose.edit(tx, post, {"text": "Other words"})
        with pytest.raises(Conflict):
            schedule.reschedule(tx, post, "tomorrow 10:00")


@pytest.mark.parametrize(
    "stop",
    [
        lambda tx, post: schedule.cancel(tx, post, why="wrong"),
        lambda tx, post: schedule.pause(tx, post, "wrong"),
    ],
    ids=["cancel", "pause"],
)
def test_the_rest_that_waits_for_tomorrow_can_be_called_off(
    world: World, stop: Callable[..., int]
) -> None:
    answering(world, 2, Refused("X is busy"))
    post = thread(world)
    world.settle()
    world.clock.at = OPEN.replace(hour=9)  # closed
    go_on(world, post)
    world.approve(post)
    world.settle()
    assert world.state(post) == "waiting"
    with world.app.store.write(ANN) as tx:
        assert stop(tx, post) == 1
    row = world.delivery(post)
    assert (row.state, row.wake_at) == ("partly_published", None)
    assert "wrong" in world.show(post)["deliveries"][0]["reason"]
    world.clock.forward(days=1)
    minutes(world)
    assert parts(world) == ["(1/3)"]


def test_a_post_is_called_off_on_one_account_and_its_thread_on_the_other_stops(
    world: World,
) -> None:
    answering(world, 2, Later("busy"))
    post = world.post(LONG, "x", "page", thread=True)
    with world.app.store.write(ANN) as tx:
        schedule.pause(tx, f"{post}/page", "wait")
    world.approve(post)
    world.settle()
    with world.app.store.write(ANN) as tx:
        assert schedule.cancel(tx, post) == 2
    minutes(world)
    assert (world.state(post), world.state(post, "page")) == ("partly_published", "cancelled")
    assert world.delivery(post).paused == ""
    assert parts(world) == ["(1/3)"]


def test_a_yes_is_taken_back_while_a_part_is_on_the_wire(world: World) -> None:
    def send(intent: Intent) -> None:
        if not intent.thread:
            with world.app.store.write(BO) as tx:
                review.send_back(tx, post, "the date is wrong")

    post = world.post(LONG, "x", thread=True)
    world.net.on_send = send
    world.approve(post)
    minutes(world)
    assert parts(world) == ["(1/3)"]
    assert world.state(post) == "partly_published"


def test_a_yes_is_taken_back_while_a_part_is_looked_up(world: World) -> None:
    answering(world, 1, Unknown("lost"), lands=True)
    world.net.on_find = lambda _: CannotTell("not yet")
    post = thread(world)
    world.settle()
    assert world.state(post) == "unknown"
    with world.app.store.write(BO) as tx:
        review.send_back(tx, post, "the date is wrong")
    world.net.on_find = None
    minutes(world)
    assert parts(world) == ["(1/3)"]
    assert world.state(post) == "partly_published"


def test_no_yes_is_taken_back_while_the_last_part_is_on_the_wire(world: World) -> None:
    def send(intent: Intent) -> None:
        if len(intent.thread) == 2:
            with world.app.store.write(BO) as tx, pytest.raises(Conflict):
                review.send_back(tx, post, "too late")

    post = world.post(LONG, "x", thread=True)
    world.net.on_send = send
    world.approve(post)
    minutes(world)
    assert world.state(post) == "published"


def test_what_may_have_one_part_more_is_not_called_off(world: World) -> None:
    answering(world, 2, Unknown("lost"), lands=True)
    world.net.on_find = lambda _: CannotTell("not yet")
    post = thread(world)
    world.settle()
    with world.app.store.write(ANN) as tx, pytest.raises(Conflict):
        schedule.cancel(tx, post)


def test_a_whole_thread_is_taken_down_the_last_part_first_and_cannot_be_edited(
    world: World,
) -> None:
    post = thread(world)
    world.settle()
    with world.app.store.write(ANN) as tx, pytest.raises(Conflict):
        compose.edit(tx, post, {"text": "Other words"})
    with world.app.store.write(CY) as tx:
        takedown.retract(tx, post, "It was wrong")
    world.settle()
    assert world.net.removed == ["3", "2", "1"]


@pytest.mark.hazard("H18")
@pytest.mark.parametrize("landed", [True, False])
def test_a_takedown_waits_for_a_part_that_is_unclear_and_nothing_follows(
    world: World, *, landed: bool
) -> None:
    answering(world, 2, Unknown("lost"), lands=landed)
    world.net.on_find = lambda _: CannotTell("not yet")
    post = thread(world)
    world.settle()
    with world.app.store.write(CY) as tx:
        takedown.retract(tx, post, "It was wrong")
    world.settle()
    assert world.net.removed == []
    world.net.on_find = None
    minutes(world)
    if not landed:
        with world.app.store.write(CY) as tx:
            resolve.resolve(tx, post, not_published=True, why="it is not there")
        minutes(world, 2)
    assert world.net.removed == (["2", "1"] if landed else ["1"])
    assert world.state(post) == "partly_published"
    with world.app.store.write(ANN) as tx, pytest.raises(Conflict):
        threads.go_on(tx, post)
    assert offered(world, post) == []


def test_a_takedown_between_two_parts_takes_down_what_is_there(world: World) -> None:
    answering(world, 2, Later("busy"))
    post = thread(world)
    world.settle()
    with world.app.store.write(CY) as tx:
        takedown.retract(tx, post, "It was wrong")
    minutes(world)
    assert world.net.removed == ["1"]
    assert parts(world) == ["(1/3)"]


def test_what_would_be_cut_otherwise_now_is_not_gone_on_with(world: World) -> None:
    answering(world, 2, Refused("X is busy"))
    post = thread(world)
    world.settle()
    row = world.delivery(post)
    world.by_hand(
        core(t.Delivery)
        .update()
        .where(core(t.Delivery).c.id == row.id)
        .values(notes={**row.notes, "said": "another"})
    )
    with world.app.store.write(ANN) as tx, pytest.raises(Conflict, match="cannot go on"):
        threads.go_on(tx, post)
    assert offered(world, post) == ["retract"]


@pytest.mark.parametrize(
    ("change", "why"),
    [({"active": False}, "is not active"), ({"remote_user_id": "99"}, "somewhere else")],
)
def test_what_its_account_no_longer_allows_is_not_offered(
    world: World, change: dict[str, object], why: str
) -> None:
    answering(world, 2, Refused("X is busy"))
    post = thread(world)
    world.settle()
    with world.app.store.write(MACHINE) as tx:
        line = Line("account", "x", {})
        ledger.change(tx, (bound.ACCOUNT, "x"), line, **change)
    with world.app.store.write(ANN) as tx, pytest.raises(Problem, match=why) as refused:
        threads.go_on(tx, post)
    assert [act.act for act in refused.value.acts] == ["retract"]
    assert offered(world, post) == ["retract"]


@pytest.mark.parametrize("kept", ["1", "2"])
def test_what_was_taken_down_in_part_is_not_gone_on_with_but_taken_down_again(
    world: World, kept: str
) -> None:
    answering(world, 3, Refused("X is busy"))
    post = thread(world)
    world.settle()
    world.net.on_send = lambda intent: Refused("not this one") if intent.target == kept else None
    with world.app.store.write(CY) as tx:
        takedown.retract(tx, post, "It was wrong")
    minutes(world, 3)
    assert world.net.removed == (["2"] if kept == "1" else [])
    assert world.state(post, act="retract") == "refused"
    with (
        world.app.store.write(ANN) as tx,
        pytest.raises(Conflict, match="tried to take") as refused,
    ):
        threads.go_on(tx, post)
    assert [act.act for act in refused.value.acts] == ["retract"]
    assert acts(world, post) == [act.json() for act in refused.value.acts]
    assert shown(world, post) == (["1"] if kept == "1" else ["1", "2"])
    world.net.on_send = None
    with world.app.store.write(CY) as tx:
        takedown.retract(tx, post, "It was wrong")
    minutes(world, 3)
    assert world.net.removed[-1] == "1"
    assert shown(world, post) == []


def test_words_that_were_edited_away_are_not_gone_on_with(world: World) -> None:
    answering(world, 2, Refused("X is busy"))
    post = world.approved(LONG, "x", "page", thread=True)
    world.settle()
    with world.app.store.write(ANN) as tx:
        compose.edit(tx, post, {"text": LONG.replace("Monday", "Friday")})
    with (
        world.app.store.write(ANN) as tx,
        pytest.raises(Conflict, match="edited since the first") as refused,
    ):
        threads.go_on(tx, post)
    assert [act.act for act in refused.value.acts] == ["retract"]
    assert acts(world, post) == [act.json() for act in refused.value.acts]
    world.approve(post)
    minutes(world)
    assert parts(world) == ["(1/3)"]


@pytest.mark.hazard("H6")
def test_a_look_up_of_another_post_adopts_no_part_of_a_thread(world: World) -> None:
    thread(world)
    world.settle()
    world.clock.forward(minutes=11)
    seen = []
    world.net.on_find = lambda intent: seen.append(intent.taken) or Absent("not there")
    world.net.on_send = lambda _: Unknown("lost")
    world.approved("Something else entirely", "x")
    minutes(world, 3)
    assert {"1", "2", "3"} <= seen[0]


def test_a_crash_between_any_two_steps_doubles_nothing(world: World) -> None:
    post = thread(world)
    for _ in range(30):  # a fresh process after each pass
        world.releaser.once()
        world.settle(1)
        world.releaser = world.new_releaser()
        world.releaser.start()
        world.clock.forward(seconds=20)
    minutes(world, 3)
    assert parts(world) == ["(1/3)", "(2/3)", "(3/3)"]
    assert world.state(post) == "published"


@pytest.mark.hazard("H6")
def test_published_parts_have_different_ids(world: World) -> None:
    answering(world, 2, Published("1"))
    post = thread(world)
    world.settle()
    assert world.state(post) == "unknown"


@pytest.mark.hazard("H18")
def test_a_part_that_a_person_says_is_taken_down_leaves_those_before_it_to_do(world: World) -> None:
    post = thread(world)
    world.settle()
    unclear = [Unknown("lost")]
    world.net.on_send = lambda _: unclear.pop() if unclear else None
    world.net.on_find = lambda _: CannotTell("no answer", lasting=True)
    with world.app.store.write(CY) as tx:
        takedown.retract(tx, post, "It was wrong")
    minutes(world)
    assert world.state(post, act="retract") == "unknown"
    assert f"Is post 3 of the thread {post}/x taken down?" in world.notices()
    with world.app.store.write(CY) as tx:
        resolve.resolve(tx, post, done=True, why="The last one is gone")
    minutes(world)
    assert world.net.removed == ["2", "1"]
    assert world.state(post, act="retract") == "published"
