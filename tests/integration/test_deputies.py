"""Somebody is away, and another person has the same roles: still it is two people who count."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from counter import Counter
from test_two_people import ALWAYS, asked, made, person, restart
from world import ANN, BO, CY, World

from publisher.cli.acts import command
from publisher.config import load
from publisher.daemon.post_office import PostOffice
from publisher.desk import changes, deputies, exceptions, policies, review, schedule
from publisher.desk.session import OsUser, Session
from publisher.errors import Conflict, NotFound, NotPermitted, Usage
from publisher.read import history, posts, register, todo
from publisher.roles import Actor
from publisher.store.notices import tell

PEOPLE = """
[people.olga]
name = "Olga"
roles = ["policy owner"]
os_users = ["olga-user"]
[people.otto]
name = "Otto"
roles = ["author"]
os_users = ["otto-user"]
[people.dee]
name = "Dee"
roles = ["author"]
sample = true
[people.eli]
name = "Eli"
roles = ["approver"]
only.approver = ["x"]
sample = true
"""
DAY, WEEK = timedelta(days=1), timedelta(days=7)


@pytest.fixture(params=["sqlite", "postgresql"])
def company(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    world = made(request.param, tmp_path, PEOPLE)
    yield world
    world.close()


def names(
    world: World, by: str, deputy: str, start: timedelta = timedelta(0), end: timedelta = WEEK
) -> None:
    with at(world, by).writing() as tx:
        deputies.name(tx, deputy, tx.now + start, tx.now + end)


def at(world: World, name: str) -> Session:
    """At the desk, as the register has them now."""
    user = {"olga": "olga-user", "otto": "otto-user"}.get(name)
    return Session(
        world.app.store, OsUser(user or "tester", user or "tester", sample="" if user else name)
    )


def actor(world: World, name: str) -> Actor:
    with at(world, name).reading() as tx:
        return tx.actor


def yes(world: World, post: str, by: str) -> None:
    with at(world, by).writing() as tx:
        review.approve(tx, post, str(posts.post(tx, post).fingerprint))


def test_a_deputy_has_the_roles_for_a_time_and_the_history_says_for_whom(company: World) -> None:
    names(company, "bo", "dee", start=DAY, end=2 * DAY)
    assert actor(company, "dee").roles == {"author"}
    company.clock.forward(days=1)
    assert actor(company, "dee").roles == {"author", "approver"}
    post = company.post("The fair opens")
    yes(company, post, "dee")
    company.settle()
    assert company.state(post) == "published"
    with company.app.store.read(BO) as tx:
        [said] = [one for one in history.trail(tx, post) if one.verb == "approve"]
    assert (said.actor, said.os_user) == ("dee", "tester, for bo")
    company.clock.forward(days=1)
    assert actor(company, "dee").roles == {"author"}


def test_it_ends_at_once_by_either_of_the_two_or_an_administrator(company: World) -> None:
    for by, of in (("bo", ""), ("dee", "bo"), ("gus", "bo")):
        names(company, "bo", "dee")
        with at(company, by).writing() as tx:
            deputies.end(tx, of)
        assert actor(company, "dee").stands_for == ()
    names(company, "bo", "dee")
    with pytest.raises(NotPermitted, match="one of the two"), at(company, "ann").writing() as tx:
        deputies.end(tx, "bo")
    with pytest.raises(Conflict, match="Nobody acts"), at(company, "ann").writing() as tx:
        deputies.end(tx)


def test_a_yes_as_deputy_counts_when_the_time_is_over_while_the_absent_may_say_it(
    company: World,
) -> None:
    names(company, "bo", "dee", end=DAY)
    post = company.post("The fair opens", at="2026-12-08 10:00")
    yes(company, post, "dee")
    company.clock.forward(days=7)
    assert company.show(post)["approval"] == "approved"
    restart(
        company,
        (
            '[people.bo]\nname = "bo"\nroles = ["approver"]',
            '[people.bo]\nname = "bo"\nroles = ["author"]',
        ),
    )
    assert company.show(post)["approval"] == "in review"
    company.settle()
    assert company.net.sent == []


def test_a_yes_with_ones_own_right_ends_with_that_right(company: World) -> None:
    names(company, "cy", "bo")  # a duty officer may approve as well
    post = company.post("The fair opens", at="2026-12-02 10:00")
    yes(company, post, "bo")
    bo = '[people.bo]\nname = "bo"\nroles = ["{}"]'
    restart(company, (bo.format("approver"), bo.format("author")))
    assert company.show(post)["approval"] == "in review"
    yes(company, post, "bo")  # as the deputy of somebody who may
    assert company.show(post)["approval"] == "approved"


@pytest.mark.clause("1.2", kind="deny")
def test_a_deputy_is_no_second_person_for_what_the_absent_or_they_themselves_wrote(
    company: World,
) -> None:
    names(company, "ann", "bo")  # Bo is an approver of his own
    by_ann = company.post("The fair opens")
    with pytest.raises(NotPermitted, match="bo acts for ann, so they count as one"):
        yes(company, by_ann, "bo")
    with company.app.store.write(ANN) as tx:
        number = exceptions.request(tx, by_ann, "urgent", "outage", "callers get no answer")
    names(company, "ann", "cy")
    with pytest.raises(NotPermitted, match="cy acts for ann"), at(company, "cy").writing() as tx:
        exceptions.grant(tx, number, "0" * 24)
    with at(company, "cy").reading() as tx:
        assert not [
            one for one in todo.todo(tx, mine=True) if one.code in ("todo.approve", "todo.request")
        ]
    yes(company, by_ann, "bo")  # who is nobody's deputy any more


def test_nor_for_what_they_said_yes_to(company: World) -> None:
    names(company, "bo", "eli")
    post = company.post("The fair opens")
    company.approve(post)
    with pytest.raises(Conflict, match="already"):
        yes(company, post, "eli")


def test_a_deputy_of_a_policy_owner_confirms_nothing_that_concerns_either(company: World) -> None:
    names(company, "olga", "otto")
    otto, olga = 'name = "Otto"\nroles = ["author"', 'name = "Olga"\nroles = ["policy owner"'
    more = [(one, f'{one}, "auditor"') for one in (otto, olga)]
    restart(company, *more, ALWAYS)
    waiting = asked(company)
    for name in ("otto", "olga"):
        with pytest.raises(NotPermitted), at(company, "otto").writing() as tx:
            changes.confirm(tx, waiting[name]["id"])
    with at(company, "otto").writing() as tx:
        changes.confirm(tx, waiting["x"]["id"])
    with at(company, "olga").writing() as tx:
        files = dict(company.files)
        files["pacing.toml"] = files["pacing.toml"].replace(b"gap_minutes = 10", b"gap_minutes = 1")
        number, _ = policies.activate(tx, files)
    with (
        pytest.raises(NotPermitted, match="otto acts for olga"),
        at(company, "otto").writing() as tx,
    ):
        policies.second(tx, number)


def test_nobody_lends_more_than_their_own(company: World) -> None:
    names(company, "bo", "dee")
    names(company, "dee", "ann")
    assert actor(company, "ann").roles == {"author"}
    names(company, "eli", "dee")
    assert actor(company, "dee").on == {("approver", "x")}


def test_what_a_program_holds_is_nobodys_deputy(tmp_path: Path) -> None:
    world = made("sqlite", tmp_path, PEOPLE)
    counter = Counter(world)
    names(world, "cy", "dee")
    token, login = counter.token("write", by="dee"), counter.login("dee")
    post = counter.write("The fair opens")["id"]
    assert token.post(f"/posts/{post}/return", {"reason": "no"}).json()["code"] == "roles.may_not"
    assert login.post(f"/posts/{post}/return", {"reason": "no"}).status_code == 200
    assert (
        login.post("/people/deputy", {"name": "ann", "end": "2026-12-08T00:00:00Z"}).json()["code"]
        == "session.fresh_proof"
    )
    ended = login.post("/people/deputy/end", {"person": "cy"})
    assert (ended.status_code, ended.json()["deputy"]) == (200, None)
    world.close()


@pytest.mark.parametrize(
    ("deputy", "start", "end", "says"),
    [
        ("bo", timedelta(0), WEEK, "yourself"),
        ("nobody", timedelta(0), WEEK, "nobody"),
        ("olga", timedelta(0), WEEK, "same kind"),
        ("dee", WEEK, DAY, "ends after it begins"),
        ("dee", -WEEK, -DAY, "ends after it begins"),
        ("dee", timedelta(0), 93 * DAY, "at most 92 days"),
    ],
)
def test_what_is_no_deputy_is_refused(
    company: World, deputy: str, start: timedelta, end: timedelta, says: str
) -> None:
    with pytest.raises((Conflict, NotFound, Usage), match=says):
        names(company, "bo", deputy, start, end)


def test_whoever_has_left_is_no_deputy_and_has_none(company: World) -> None:
    names(company, "bo", "dee")
    dee = '[people.dee]\nname = "Dee"\nroles = ["author"]\nsample = true\n'
    bo = '[people.bo]\nname = "bo"\nroles = ["approver"]\nsample = true'
    restart(company, (bo, ""))
    assert actor(company, "dee").roles == {"author"}
    assert person(company, "bo").deputy == {}
    restart(company, (dee, ""))
    with pytest.raises(Conflict, match="has left"):
        names(company, "cy", "dee")


def test_both_are_told_and_asked(company: World, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr(
        "publisher.daemon.post_office.notify.send", lambda urls, **_: heard.extend(urls) or ()
    )
    text = company.config.file.read_text().replace(
        'roles = ["author"]\nsample = true\n[people.eli]',
        'roles = ["author"]\nsample = true\nnotify = ["env:DEE"]\n[people.eli]',
    )
    company.app.config = load(text, company.config.file, {})
    company.app.env = {"DEE": "json://dee"}
    office = PostOffice(company.app, lambda: True, command)
    with company.app.store.write(CY) as tx:
        about: Any = {
            "what": "hide",
            "comment": "1",
            "person": "ann",
            "why": "spam",
            "account": "x",
        }
        tell(tx, "before", "approver", "measure", **about)
    office.deliver()
    assert heard == []
    names(company, "bo", "dee")
    office.deliver()
    assert heard == ["json://dee"]  # that she is the deputy
    post = company.post("The fair opens")
    with company.app.store.write(CY) as tx:
        tell(tx, "after", "approver", "measure", **about)
        schedule.pause(tx, post, "wait")
    office.deliver()
    assert len(heard) > 1
    names(company, "ann", "dee")
    with at(company, "dee").reading() as tx:
        assert "todo.paused" in [one.code for one in todo.todo(tx, mine=True)]


# ---- an end


UNTIL = '[people.eve]\nname = "eve"\nroles = ["approver"]\n'


def test_from_the_day_on_nobody_is_there(company: World) -> None:
    assert restart(company, (UNTIL, f"{UNTIL}until = 2026-12-03\n")) == 1
    post = company.post("The fair opens", at="2026-12-03 10:00")
    yes(company, post, "eve")
    company.clock.at = company.clock.at.replace(day=2, hour=14, minute=59)  # in Tokyo 23:59
    assert actor(company, "eve").roles == {"approver"}
    company.clock.forward(minutes=1)
    with pytest.raises(NotPermitted):
        actor(company, "eve")
    with at(company, "ann").reading() as tx:
        [eve] = [one for one in register.people(tx) if one.name == "eve"]
    assert (eve.active, eve.until) == (False, "2026-12-03")
    company.clock.forward(hours=10)
    company.settle()
    assert company.net.sent == []  # nor does what she said count


def test_an_earlier_end_acts_at_once_and_a_later_one_waits(company: World) -> None:
    restart(company, (UNTIL, f"{UNTIL}until = 2026-12-30\n"))
    restart(company, ("until = 2026-12-30", "until = 2026-12-10"))
    assert (person(company, "eve").until, asked(company)) == ("2026-12-10", {})
    restart(company, ("until = 2026-12-10", "until = 2027-12-10"))
    assert person(company, "eve").until == "2026-12-10"
    assert asked(company)["eve"]["new"] == {"until": "2027-12-10"}
    restart(company, ("until = 2027-12-10\n", ""))
    assert asked(company)["eve"]["new"] == {"until": ""}


def test_what_they_hold_is_good_for_nothing_from_then_on(tmp_path: Path) -> None:
    world = made("sqlite", tmp_path, PEOPLE)
    restart(world, (UNTIL, f"{UNTIL}until = 2026-12-03\n"))
    held = Counter(world).login("eve")
    assert held.get("/posts").status_code == 200
    world.clock.forward(days=2)
    assert (held.get("/posts").status_code, held.get("/posts").json()["code"]) == (
        401,
        "session.ended",
    )
    world.close()
