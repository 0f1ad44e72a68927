"""Who has left: nothing of theirs goes out unseen, and somebody else takes it over."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from counter import Counter
from sqlalchemy import event
from test_two_people import made, restart
from world import ANN, BO, CY, GUS, World

from publisher.desk import compose, deputies, door, leavers, schedule, takedown
from publisher.errors import Conflict, NotFound, NotPermitted
from publisher.read import history, posts, register, search, todo
from publisher.release import leavers as left
from publisher.roles import MACHINE, Actor

DEE = '[people.dee]\nname = "Dee"\nroles = ["author", "approver"]\nsample = true\n'
PEOPLE = (
    DEE + '[people.eli]\nname = "Eli"\nroles = ["author"]\nonly.author = ["x"]\nsample = true\n'
)
AS_DEE = Actor("dee", frozenset({"author", "approver"}), "tester", sample=True)
ANN_IS = '[people.ann]\nname = "ann"\nroles = ["author"]\nsample = true\n'


@pytest.fixture(params=["sqlite", "postgresql"])
def company(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """The small company, and two who can take over."""
    world = made(request.param, tmp_path, PEOPLE)
    yield world
    world.close()


def leaves(world: World) -> None:
    """Ann is taken out of config.toml, and the daemon reads it."""
    restart(world, (ANN_IS, ""))
    left.look(world.app.store)


def test_what_waits_is_held_and_the_others_are_told(company: World) -> None:
    post = company.approved("The fair opens", "x", "page", at="2026-12-02 10:00")
    leaves(company)
    company.clock.forward(days=1)
    company.settle()
    assert (company.state(post), company.net.sent) == ("waiting", [])
    [(who, title, body)] = [one for one in company.letters() if "has left" in one[1]]
    assert (who, title) == ("duty officer", "ann has left, and 1 posts wait")
    assert post in body
    assert "publisher people handover ann TO" in body
    left.look(company.app.store)
    assert len([one for one in company.notices() if "has left" in one]) == 1
    with company.app.store.read(CY) as tx:
        [ann] = [one for one in register.people(tx) if one.name == "ann"]
        assert (ann.active, ann.waits) == (False, 1)
        assert "todo.paused" in [one.code for one in todo.todo(tx, mine=True)]


def test_somebody_who_is_there_takes_over_and_lets_it_go(company: World) -> None:
    post = company.approved("The fair opens", at="2026-12-02 10:00")
    with company.app.store.write(ANN) as tx:
        draft = compose.create(tx, door.NewPost("A draft", ("x",)))
    leaves(company)
    with company.app.store.write(GUS) as tx:
        assert sorted(leavers.hand_over(tx, "ann", "dee")) == sorted([post, draft])
    with company.app.store.read(AS_DEE) as tx:
        assert posts.post(tx, post).author == "dee"
        assert {one.id for one in search.search(tx, search.Wanted(person="dee")).items} == {
            post,
            draft,
        }
        assert "todo.paused" in [one.code for one in todo.todo(tx, mine=True)]
        assert "hand over" in [one.verb for one in history.moves(tx, post)]
    company.clock.forward(days=1)
    company.settle()
    assert company.net.sent == []  # it is theirs, and not yet seen
    with company.app.store.write(AS_DEE) as tx:
        schedule.unpause(tx, post)
    company.settle()
    assert company.state(post) == "published"


@pytest.mark.clause("1.2", kind="deny")
def test_whoever_takes_over_says_yes_to_none_of_it_and_no_yes_of_theirs_counts(
    company: World,
) -> None:
    post = company.post("The fair opens")
    company.approve(post, by=AS_DEE)
    leaves(company)
    with company.app.store.write(CY) as tx:
        leavers.hand_over(tx, "ann", "dee")
    with company.app.store.write(AS_DEE) as tx:
        schedule.unpause(tx, post)
    company.settle()
    assert company.state(post) == "waiting"
    with pytest.raises(NotPermitted, match="somebody else"):
        company.approve(post, by=AS_DEE)
    company.approve(post)
    company.settle()
    assert company.state(post) == "published"


def test_only_what_somebody_left_is_handed_over_and_to_whom_may_write_there(company: World) -> None:
    company.post("The fair opens", "x", "page")
    with company.app.store.write(CY) as tx:
        with pytest.raises(Conflict, match="still there"):
            leavers.hand_over(tx, "ann", "dee")
        with pytest.raises(NotFound):
            leavers.hand_over(tx, "ann", "nobody")
    leaves(company)
    with company.app.store.write(CY) as tx:
        with pytest.raises(Conflict, match="may not write on page"):
            leavers.hand_over(tx, "ann", "eli")
        with pytest.raises(Conflict, match="cannot take it over"):
            leavers.hand_over(tx, "ann", "ann")
    with pytest.raises(NotPermitted), company.app.store.write(BO) as tx:
        leavers.hand_over(tx, "ann", "dee")
    with company.app.store.write(CY) as tx:
        leavers.hand_over(tx, "ann", "dee")
        with pytest.raises(Conflict, match="Nothing of ann"):
            leavers.hand_over(tx, "ann", "dee")


def test_an_end_is_told_a_day_ahead_and_holds_from_then_on(company: World) -> None:
    restart(company, (ANN_IS, f"{ANN_IS}until = 2026-12-03\n"))
    post = company.approved("The fair opens", at="2026-12-03 10:00")
    left.look(company.app.store)
    assert not [one for one in company.notices() if "ends tomorrow" in one]
    company.clock.forward(days=1)
    left.look(company.app.store)
    left.look(company.app.store)
    told = [
        who for who, title, _ in company.letters() if title == "The access of ann ends tomorrow"
    ]
    assert sorted(told) == ["admin", "ann", "policy owner"]
    company.clock.forward(days=1)
    left.look(company.app.store)
    company.settle()
    assert (company.state(post), company.net.sent) == ("waiting", [])


def test_by_a_clock_that_nobody_has_confirmed_no_day_has_come(company: World) -> None:
    restart(company, (ANN_IS, f"{ANN_IS}until = 2026-12-03\n"))
    post = company.approved("The fair opens", at="2026-12-21 10:00")
    company.clock.forward(days=7)
    with company.app.store.write(MACHINE) as tx:
        left.see(tx)  # as a start does, before anybody was asked what time it is
    assert company.delivery(post).paused == ""
    left.look(company.app.store)
    assert "ann" in company.delivery(post).paused


def test_a_takedown_goes_all_the_same(company: World) -> None:
    post = company.approved("The fair opens")
    company.settle()
    with company.app.store.write(ANN) as tx:
        takedown.retract(tx, post, "a wrong word")
    leaves(company)
    company.settle()
    assert company.state(post, act="retract") == "published"


def test_whoever_exports_the_history_stands_in_it(tmp_path: Path) -> None:
    world = made("sqlite", tmp_path, PEOPLE)
    counter = Counter(world)
    counter.write("The fair opens")
    assert counter.get("/ledger/export", by="ann").status_code == 403
    lines = counter.get("/ledger/export", by="gus").text.splitlines()
    [said] = [
        one for one in counter.get("/ledger/newest").json() if one["verb"] == "export history"
    ]
    assert (said["actor"], said["payload"]) == ("gus", {"from": 1, "to": said["seq"] - 1})
    assert len(lines) == said["seq"]
    world.close()


def test_the_epoch_is_locked_before_any_row(tmp_path: Path) -> None:
    world = made("postgresql", tmp_path, PEOPLE)
    world.post("The fair opens", at="2026-12-02 10:00")
    leaves(world)
    for by, verb in (
        (CY, lambda tx: leavers.hand_over(tx, "ann", "dee")),
        (AS_DEE, lambda tx: deputies.name(tx, "cy", tx.now, tx.now + timedelta(days=1))),
        (AS_DEE, deputies.end),
    ):
        said: list[str] = []
        with world.app.store.write(by) as tx:
            event.listen(tx.conn, "before_cursor_execute", lambda *of, to=said: to.append(of[2]))
            verb(tx)
        first = next(one for one in said if "advisory" in one or one.startswith("UPDATE"))
        assert "advisory" in first
    world.close()
