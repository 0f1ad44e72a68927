"""Out of hours goes only what two people meant, for as long as they said (clause U4c)."""

from datetime import timedelta

import pytest
from world import ANN, BO, CY, EVE, World, doing

from publisher.cli.acts import command
from publisher.desk import compose, door, exceptions, schedule, stops
from publisher.desk.parts.permissions import others
from publisher.errors import Conflict, NotPermitted, Problem, Usage
from publisher.networks import Later
from publisher.read import check, permissions, todo
from publisher.read.view import plain
from publisher.roles import Actor
from publisher.store import tables as t
from publisher.store.tables import core

DAN = Actor("dan", frozenset({"duty officer"}), "tester", sample=True)
NIGHT = {"hours": 10}  # 20:00 in Tokyo


def ask(world: World, post: str, kind: str = "urgent", by: Actor = ANN) -> str:
    with world.app.store.write(by) as tx:
        return exceptions.request(tx, post, kind, "accident", "smoke in hall 2")


def grant(world: World, asked: str, by: Actor = CY):
    return world.grant(asked, by)


def urgent(world: World, *accounts: str) -> str:
    return world.post("Smoke in hall 2, all are safe", *accounts, kind="urgent")


def uses(world: World) -> int:
    with world.app.store.read() as tx:
        return len(tx.all(core(t.ExceptionUse).select()))


@pytest.mark.clause("U4c", kind="allow")
def test_two_people_send_an_urgent_notice_at_night(world: World) -> None:
    world.clock.forward(**NIGHT)
    post = urgent(world, "x")
    grant(world, ask(world, post))
    world.settle()
    assert world.state(post) == "published"
    assert "As of posting time" in world.net.texts("x")[0]
    assert uses(world) == 1
    told = world.notices()
    assert any("granted" in one for one in told)
    assert any("used" in one for one in told)


@pytest.mark.clause("U4c", kind="deny")
def test_without_a_grant_an_urgent_notice_does_not_go_out_even_by_day(world: World) -> None:
    post = urgent(world, "x", "board")
    world.approve(post)
    ask(world, post)
    world.settle()
    assert world.net.sent == []


@pytest.mark.clause("U4c", kind="deny")
def test_the_grant_takes_a_second_person(world: World) -> None:
    world.clock.forward(**NIGHT)
    with world.app.store.write(CY) as tx:
        own = compose.create(tx, door.NewPost("Smoke in hall 2", ("x",), kind="urgent"))
        compose.submit(tx, own)
    with pytest.raises(NotPermitted, match="somebody else"):
        grant(world, ask(world, own, by=ANN), CY)  # the author
    post = urgent(world, "board")
    with pytest.raises(NotPermitted):
        grant(world, ask(world, post, by=CY), CY)  # who asked
    with world.app.store.write(DAN) as tx:
        compose.edit(tx, post, {"text": "Smoke in hall 2, everybody is out"})
    with pytest.raises(NotPermitted):
        grant(world, ask(world, post), DAN)  # the last editor
    with pytest.raises(NotPermitted):
        grant(world, ask(world, post), BO)  # no duty officer
    assert world.net.sent == []


@pytest.mark.clause("U4c", kind="deny")
def test_it_lasts_four_hours_and_not_a_second_longer(world: World) -> None:
    world.clock.forward(**NIGHT)
    post = urgent(world, "x")
    row = grant(world, ask(world, post))
    assert row.expires_at == world.clock.at + timedelta(hours=4)
    world.clock.forward(hours=4)
    world.settle()
    assert world.net.sent == []


def test_the_last_second_counts_and_the_first_byte_is_bound_to_it(world: World) -> None:
    world.clock.forward(**NIGHT)
    post = world.post("Smoke in hall 2", "x", kind="urgent")
    row = grant(world, ask(world, post))
    with world.app.store.write(ANN) as tx:
        schedule.pause(tx, post, "wait for the fire brigade")
    world.clock.forward(hours=4, seconds=-1)
    with world.app.store.write(ANN) as tx:
        schedule.confirm(tx, post)
    world.settle()
    [intent] = world.net.sent
    assert intent.not_after == row.expires_at


@pytest.mark.clause("U4c", kind="deny")
def test_edited_words_are_not_what_was_granted(world: World) -> None:
    world.clock.forward(**NIGHT)
    post = urgent(world, "x")
    asked = ask(world, post)
    with world.app.store.write(ANN) as tx:
        compose.edit(tx, post, {"text": "Smoke in hall 3"})
    with pytest.raises(Conflict, match="changed after the request"):
        grant(world, asked)
    grant(world, ask(world, post))
    with world.app.store.write(ANN) as tx:
        compose.edit(tx, post, {"text": "Smoke in hall 4"})
    world.settle()
    assert world.net.sent == []


@pytest.mark.clause("U4c", kind="deny")
def test_another_post_or_account_is_not_what_was_granted(world: World) -> None:
    world.clock.forward(**NIGHT)
    post = urgent(world, "x", "page")
    other = world.post("Smoke in hall 3", "x", kind="urgent")
    grant(world, ask(world, f"{post}/x"))
    world.settle()
    assert [i.account.id for i in world.net.sent] == ["x"]
    assert world.state(post, "page") == world.state(other) == "waiting"


def test_a_request_is_decided_once(world: World) -> None:
    post = urgent(world, "x")
    asked = ask(world, post)
    grant(world, asked)
    with pytest.raises(Conflict, match="decided already"):
        grant(world, asked, DAN)


def test_a_revoked_one_does_not_count(world: World) -> None:
    world.clock.forward(**NIGHT)
    post = urgent(world, "x")
    asked = ask(world, post)
    grant(world, asked)
    with world.app.store.write(BO) as tx:
        exceptions.revoke(tx, asked, "a false alarm")
    world.settle()
    assert world.net.sent == []


@pytest.mark.clause("U4c", kind="deny")
def test_it_never_lifts_an_embargo_a_stop_or_the_notice(world: World) -> None:
    world.clock.forward(**NIGHT)
    until = world.clock.at + timedelta(hours=2)
    embargoed = world.post("The merger", "x", kind="urgent", embargo_until=until)
    grant(world, ask(world, embargoed))
    world.settle()
    assert world.net.sent == []
    with world.app.store.write(ANN) as tx:
        stops.stop(tx, why="something is wrong")
    post = urgent(world, "board")
    grant(world, ask(world, post))
    world.settle()
    assert world.net.sent == []
    with pytest.raises(Problem, match="notice"):
        world.post("x" * 279, "x", kind="urgent")


# ---- planned: one slot, and half an hour


def planned(world: World, at: str = "2026-12-05 10:00") -> str:  # a Saturday
    return world.post("The weekend fair opens", "x", at=at)


@pytest.mark.clause("U4c", kind="allow")
def test_a_planned_one_goes_out_at_its_slot(world: World) -> None:
    post = planned(world)
    row = grant(world, ask(world, post, "planned"))
    assert row.starts_at.isoformat() == "2026-12-05T01:00:00+00:00"
    assert row.expires_at - row.starts_at == timedelta(minutes=30)
    assert world.delivery(post).release_at == row.starts_at
    world.clock.forward(days=4, seconds=-1)
    world.settle()
    assert world.net.sent == []
    world.clock.forward(seconds=1)
    world.settle()
    assert world.state(post) == "published"


@pytest.mark.clause("U4c", kind="deny")
def test_a_planned_one_is_over_half_an_hour_after_its_slot(world: World) -> None:
    post = planned(world)
    with world.app.store.write(ANN) as tx:
        schedule.pause(tx, post, "is it open?")
    grant(world, ask(world, post, "planned"))
    world.clock.forward(days=4, minutes=30)
    with world.app.store.write(ANN) as tx:
        schedule.confirm(tx, post)
    world.settle()
    assert world.net.sent == []


@pytest.mark.clause("U4c", kind="deny")
def test_one_planned_exception_is_for_one_slot(world: World) -> None:
    post = world.post("The weekend fair opens", "x", "page", at="2026-12-05 10:00")
    with world.app.store.write(ANN) as tx:
        schedule.reschedule(tx, f"{post}/page", "2026-12-06 10:00")
    with pytest.raises(Conflict, match="one slot"):
        grant(world, ask(world, post, "planned"))
    grant(world, ask(world, f"{post}/x", "planned"))


def test_a_slot_that_has_passed_is_not_granted(world: World) -> None:
    post = world.post("The fair opens", "x", at="2026-12-01 10:10")
    asked = ask(world, post, "planned")
    world.clock.forward(minutes=12)
    with pytest.raises(Conflict, match="has passed"):
        grant(world, asked)


# ---- incident mode


def incident(world: World, *accounts: str, by: Actor = CY) -> str:
    with world.app.store.write(ANN) as tx:
        asked = exceptions.request_incident(tx, accounts, "accident", "the dam may break")
    grant(world, asked, by)
    return asked


@pytest.mark.clause("U4c", kind="allow")
def test_in_an_incident_each_notice_still_takes_two_people(world: World) -> None:
    world.clock.forward(**NIGHT)
    incident(world, "x")
    first = urgent(world, "x")
    ask(world, first)
    world.settle()
    assert world.net.sent == []
    world.approve(first)
    second = world.post("Leave hall 2 by the north door", "x", kind="urgent")
    ask(world, second)
    world.approve(second)
    world.settle()
    assert (world.state(first), world.state(second)) == ("published", "published")
    assert uses(world) == 2


def test_what_helps_is_said_before_anything_is_saved(world: World) -> None:
    world.clock.forward(**NIGHT)
    incident(world, "x")
    with world.app.store.write(ANN) as tx:
        found = plain(check.check(tx, door.NewPost("Leave hall 2", ("x",), kind="urgent")))
    [held] = [one for one in found["findings"] if one["acts"]]
    assert (held["rule"], [command(act) for act in held["acts"]]) == (
        "exception",
        ["publisher urgent POST --category … --reason …"],
    )


@pytest.mark.clause("U4c", kind="deny")
def test_an_incident_is_for_named_accounts_urgent_notices_and_twelve_hours(world: World) -> None:
    world.clock.forward(**NIGHT)
    incident(world, "x")
    plain = world.approved("The fair opens", "x")
    elsewhere = world.approved("Leave hall 2", "page", kind="urgent")
    ask(world, elsewhere)
    world.settle()
    assert (world.state(plain), world.state(elsewhere, "page")) == ("waiting", "waiting")
    world.clock.forward(hours=12)
    late = world.approved("Leave hall 3", "x", kind="urgent")
    ask(world, late)
    sent = len(world.net.sent)
    world.settle()
    assert world.state(late) == "waiting"
    assert all(i.rendered.text != "Leave hall 3" for i in world.net.sent[sent:])


@pytest.mark.clause("U4c", kind="allow")
@pytest.mark.parametrize("minutes", [0, 5, 45])
def test_an_incident_never_takes_away_what_a_grant_of_its_own_gives(
    world: World, minutes: int
) -> None:
    """The notice was planned by the incident before the second person came."""
    world.clock.forward(**NIGHT)
    incident(world, "x")
    post = urgent(world, "x")
    asked = ask(world, post)
    for _ in range(3):
        world.clock.forward(minutes=minutes / 3)
        world.settle()
    grant(world, asked)
    world.settle()
    assert world.state(post) == "published"


@pytest.mark.clause("U4c", kind="allow")
@pytest.mark.parametrize("first", ["incident", "grant"])
def test_permissions_that_overlap_are_all_tried(world: World, first: str) -> None:
    """One that does not count (its granter wrote the post) stands in nobody's way."""
    world.clock.forward(**NIGHT)
    with world.app.store.write(DAN) as tx:
        post = compose.create(tx, door.NewPost("Smoke in hall 2", ("x",), kind="urgent"))
        compose.submit(tx, post)
    asked = ask(world, post)
    steps = [lambda: grant(world, asked), lambda: incident(world, "x", by=DAN)]
    for step in steps if first == "grant" else reversed(steps):
        step()
        world.clock.forward(minutes=1)
    world.settle()
    assert world.state(post) == "published"


@pytest.mark.clause("U4c", kind="allow")
def test_an_incident_that_ends_leaves_the_grant_in_force(world: World) -> None:
    world.clock.forward(**NIGHT)
    number = incident(world, "x")
    post = urgent(world, "x")
    asked = ask(world, post)
    world.clock.forward(minutes=3)
    with world.app.store.write(BO) as tx:
        exceptions.revoke(tx, number, "it is over")
    grant(world, asked)
    world.settle()
    assert world.state(post) == "published"


@pytest.mark.clause("U4c", kind="allow")
def test_a_late_approval_under_an_incident_counts_from_when_it_came(world: World) -> None:
    world.clock.forward(**NIGHT)
    incident(world, "x")
    post = urgent(world, "x")
    ask(world, post)
    world.clock.forward(minutes=5)
    world.approve(post)
    world.settle()
    assert world.state(post) == "published"


@pytest.mark.clause("U4c", kind="deny")
def test_a_notice_under_an_incident_has_a_category(world: World) -> None:
    world.clock.forward(**NIGHT)
    incident(world, "x")
    post = urgent(world, "x")
    world.approve(post)
    world.settle()
    assert world.net.sent == []
    assert any(f["sentence"] == "category" for f in world.delivery(post).findings)
    ask(world, post)
    world.settle()
    assert world.state(post) == "published"


def test_a_renewed_incident_shows_what_nobody_has_reviewed(world: World) -> None:
    world.clock.forward(**NIGHT)
    number = incident(world, "x")
    post = urgent(world, "x")
    ask(world, post)
    world.approve(post)
    world.settle()
    with world.app.store.write(ANN) as tx:
        again = exceptions.request_incident(tx, ("x", "page"), "accident", "the dam still leaks")
    with world.app.store.read() as tx:
        tx.actor = CY
        look = plain(permissions.asked(tx, again))
    assert [(u["exception"], u["post"]) for u in look["unreviewed"]] == [(number, post)]
    review(world, number, EVE)
    with world.app.store.read() as tx:
        tx.actor = CY
        assert plain(permissions.asked(tx, again))["unreviewed"] == []


def test_other_says_nothing_so_the_reason_has_to_and_it_is_counted(world: World) -> None:
    post = urgent(world, "x", "page")
    with world.app.store.write(ANN) as tx, pytest.raises(Usage, match="says nothing"):
        exceptions.request(tx, post, "urgent", "other", "it is so")
    for n in (1, 2):
        with world.app.store.write(ANN) as tx:
            why = "the mayor has asked us to speak tonight"
            asked = exceptions.request(
                tx, f"{post}/{'x' if n == 1 else 'page'}", "urgent", "other", why
            )
        grant(world, asked)
        with world.app.store.read() as tx:
            assert others(tx) == n


# ---- a grant is an approval: of what was seen


@pytest.mark.clause("U4c", kind="deny")
def test_a_grant_is_of_what_was_seen(world: World) -> None:
    post = urgent(world, "x")
    asked = ask(world, post)
    with world.app.store.write(CY) as tx, pytest.raises(Usage, match="at least 24"):
        exceptions.grant(tx, asked, "")
    with world.app.store.write(CY) as tx, pytest.raises(Conflict, match="no longer what you saw"):
        exceptions.grant(tx, asked, "0" * 24)
    with world.app.store.read() as tx:
        tx.actor = CY
        look = plain(permissions.asked(tx, asked))
    assert "Smoke in hall 2" in look["rendered"]["x"]["text"]
    assert look["slots"] == {"x": None}
    grant(world, asked)


@pytest.mark.clause("U4c", kind="deny")
def test_the_granter_wrote_none_of_the_words(world: World) -> None:
    """Not the first author and not the last editor, but somebody in between."""
    post = urgent(world, "x")
    with world.app.store.write(CY) as tx:
        compose.edit(tx, post, {"text": "Smoke in hall 2, the roof burns"})
    with world.app.store.write(ANN) as tx:
        compose.edit(tx, post, {"title": "Smoke"})
    asked = ask(world, post)
    with pytest.raises(NotPermitted, match="wrote words"):
        grant(world, asked, CY)
    grant(world, asked, DAN)


def test_requests_stand_first_and_go_with_what_they_asked_for(world: World) -> None:
    with world.app.store.write(ANN) as tx:
        stops.stop(tx, why="something is wrong")
    post = urgent(world, "x")
    ask(world, post)
    with world.app.store.read(ANN) as tx:
        first = plain(todo.todo(tx))[0]
    assert (first["who"], first["post"]) == ("duty officer", post)
    with world.app.store.write(ANN) as tx:
        schedule.cancel(tx, post)
    with world.app.store.read(ANN) as tx:
        assert all(
            one["who"] != "duty officer" or one["post"] != post for one in plain(todo.todo(tx))
        )


def test_a_planned_one_is_reviewed_after_its_use(world: World) -> None:
    post = planned(world)
    asked = ask(world, post, "planned")
    row = grant(world, asked)
    assert row.review_due.isoformat() == "2026-12-07T08:30:00+00:00"  # Monday, after the Saturday
    with world.app.store.read(ANN) as tx:
        assert not any(f"review {asked}" in doing(one) for one in plain(todo.todo(tx)))
    with pytest.raises(Conflict, match="after its use"):
        review(world, asked, EVE)
    world.clock.forward(days=4)
    world.settle()
    assert world.state(post) == "published"
    review(world, asked, EVE)


# ---- what is written down, and looked at afterwards


@pytest.mark.parametrize(("category", "why"), [("fun", "because I like it"), ("accident", " ")])
def test_it_takes_a_category_of_the_policy_and_a_reason(
    world: World, category: str, why: str
) -> None:
    post = urgent(world, "x")
    with world.app.store.write(ANN) as tx, pytest.raises(Usage):
        exceptions.request(tx, post, "urgent", category, why)


def review(world: World, asked: str, by: Actor, note: str = "rightly used") -> None:
    with world.app.store.write(by) as tx:
        exceptions.review(tx, asked, note)


def test_it_is_reviewed_by_the_end_of_the_next_business_day_by_a_third_person(
    world: World,
) -> None:
    world.clock.forward(days=3, hours=10)  # Friday evening
    post = urgent(world, "x")
    asked = ask(world, post)
    row = grant(world, asked)
    assert row.review_due.isoformat() == "2026-12-07T08:30:00+00:00"
    with world.app.store.read(ANN) as tx:
        assert any(f"review {asked}" in doing(one) for one in plain(todo.todo(tx)))
    for by in (ANN, CY):
        with pytest.raises(NotPermitted):
            review(world, asked, by)
    review(world, asked, EVE)
    with world.app.store.read(ANN) as tx:
        assert not any(f"review {asked}" in doing(one) for one in plain(todo.todo(tx)))


def test_what_was_not_granted_cannot_be_reviewed_away(world: World) -> None:
    asked = ask(world, urgent(world, "x"))
    with pytest.raises(Conflict, match="not been granted"):
        review(world, asked, EVE)


def test_a_review_is_not_written_over(world: World) -> None:
    asked = ask(world, urgent(world, "x"))
    grant(world, asked)
    review(world, asked, EVE, "wrongly used")
    with pytest.raises(Conflict, match="reviewed"):
        review(world, asked, BO, "all fine")


# ---- H24


@pytest.mark.hazard("H24")
def test_a_429_does_not_use_up_the_permission(world: World) -> None:
    world.clock.forward(**NIGHT)
    answers = [Later("429"), None]
    world.net.on_send = lambda _: answers.pop(0)
    post = urgent(world, "x")
    grant(world, ask(world, post))
    world.settle()
    assert (world.state(post), uses(world)) == ("waiting", 0)
    world.clock.forward(minutes=2)
    world.settle()
    assert (world.state(post), uses(world)) == ("published", 1)


@pytest.mark.hazard("H24")
def test_tries_under_one_permission_end_with_it(world: World) -> None:
    world.clock.forward(**NIGHT)
    world.net.on_send = lambda _: Later("429")
    post = urgent(world, "x")
    row = grant(world, ask(world, post))
    for _ in range(60):
        world.clock.forward(minutes=5)
        world.settle()
    assert world.net.sent
    assert all(i.started_at < row.expires_at for i in world.net.sent)
    assert world.state(post) == "expired"


@pytest.mark.hazard("H24")
def test_each_delivery_uses_it_once(world: World) -> None:
    world.clock.forward(**NIGHT)
    post = urgent(world, "x", "page")
    grant(world, ask(world, post))
    world.settle()
    assert uses(world) == 2
    world.clock.forward(minutes=40)
    world.settle()
    assert len(world.net.sent) == 2
    with pytest.raises(Conflict):
        ask(world, post)


def test_a_permission_that_was_taken_back_after_its_use_is_still_reviewed(world: World) -> None:
    """Who asked for it may take it back: that must not save it from anybody's look."""
    world.clock.forward(**NIGHT)
    used, unused = incident(world, "x"), incident(world, "page")
    post = urgent(world, "x")
    ask(world, post)
    world.approve(post)
    world.settle()
    assert uses(world) == 1
    with world.app.store.write(ANN) as tx:
        exceptions.revoke(tx, used, "it is over")
        exceptions.revoke(tx, unused, "it is over")
    with world.app.store.read(ANN) as tx:
        said = [doing(one) for one in plain(todo.todo(tx))]
        assert f"publisher exception review {used} --note …" in said
        assert not any(unused in one for one in said)
        assert used in {row.id for row in permissions.listed(tx, 100, unsettled=True)}
    with world.app.store.write(EVE) as tx:
        exceptions.review(tx, used, "the dam held")
    with world.app.store.read(ANN) as tx:
        assert not any(used in doing(one) for one in plain(todo.todo(tx)))


def test_what_went_out_already_is_not_granted(world: World) -> None:
    """Under an incident an approval may have sent it before the duty officer came."""
    world.clock.forward(**NIGHT)
    incident(world, "x")
    post = urgent(world, "x")
    asked = ask(world, post)
    world.approve(post)
    world.settle()
    assert world.state(post) == "published"
    with pytest.raises(Conflict, match="waits for this any more"):
        grant(world, asked)
    cancelled = urgent(world, "page")
    asked = ask(world, cancelled)
    with world.app.store.write(ANN) as tx:
        schedule.cancel(tx, cancelled)
    with pytest.raises(Conflict):
        grant(world, asked)


def test_the_review_takes_somebody_who_had_no_part_in_it(world: World) -> None:
    """Bo was the second person of the notice that went out in the incident of others."""
    world.clock.forward(**NIGHT)
    number = incident(world, "x")
    post = urgent(world, "x")
    ask(world, post)
    world.approve(post)
    world.settle()
    assert uses(world) == 1
    refused = pytest.raises(NotPermitted, match="neither wrote nor approved")
    with refused, world.app.store.write(BO) as tx:
        exceptions.review(tx, number, "all was well")
    for actor, offered in ((BO, False), (EVE, True)):
        with world.app.store.read() as tx:
            tx.actor = actor
            mine = [doing(one) for one in plain(todo.todo(tx, mine=True))]
            assert any(number in do for do in mine) is offered
    with world.app.store.write(EVE) as tx:
        exceptions.review(tx, number, "all was well")
