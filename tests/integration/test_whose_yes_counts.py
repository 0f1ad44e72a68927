"""A yes counts while its person may give it: judged at the moment of sending (invariant 1)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from test_ledger import rogue
from test_two_people import asked as waiting
from test_two_people import confirm, made, restart
from world import ANN, CY, World

from publisher.desk import exceptions
from publisher.read import posts
from publisher.release import recover
from publisher.roles import MACHINE, Actor

OLGA = '[people.olga]\nname = "Olga"\nroles = ["policy owner"]\nos_users = ["olga-user"]\n'
BO = '[people.bo]\nname = "bo"\nroles = ["approver"]\nsample = true'
BO_ON = '[people.bo]\nname = "bo"\nroles = ["approver"]\nonly.approver = ["{}"]\nsample = true'
CY_IS = '[people.cy]\nname = "cy"\nroles = ["duty officer"]\nsample = true'
BO_ON_PAGE = Actor("bo", frozenset(), "tester", True, on=frozenset({("approver", "page")}))


@pytest.fixture(params=["sqlite", "postgresql"])
def company(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """The small company, with a policy owner of flesh and blood."""
    world = made(request.param, tmp_path, OLGA)
    yield world
    world.close()


LESS = {
    "has left": (BO, ""),
    "is approver no more": (BO, BO.replace('"approver"', '"author"')),
    "is approver elsewhere only": (BO, BO_ON.format("page")),
}


@pytest.mark.parametrize("how", LESS)
def test_a_yes_of_somebody_who_may_say_it_no_more_lets_nothing_out(
    company: World, how: str
) -> None:
    post = company.approved("The fair opens", at="2026-12-02 10:00")
    assert company.show(post)["approval"] == "approved"
    restart(company, LESS[how])
    assert company.show(post)["approval"] == "in review"
    company.clock.forward(days=1)
    company.settle()
    assert (company.state(post), company.net.sent) == ("waiting", [])
    company.approve(post, by=CY)
    company.settle()
    assert company.state(post) == "published"


def test_it_is_planned_again_at_once_so_that_people_see_it_before_it_is_due(company: World) -> None:
    post = company.approved("The fair opens", at="2026-12-02 10:00")
    restart(company, LESS["has left"])
    with company.app.store.write(MACHINE) as tx:
        recover.replan(tx, "")
    assert company.delivery(post).verdict == "APPROVE"


def test_a_yes_on_the_account_where_the_role_stays_goes_on_to_count(company: World) -> None:
    post = company.approved("The fair opens", "x", "page", at="2026-12-02 10:00")
    restart(company, (BO, BO_ON.format("page")))
    company.clock.forward(days=1)
    company.settle()
    assert (company.state(post, "x"), company.state(post, "page")) == ("waiting", "published")


def test_it_counts_again_when_the_role_was_given_again_by_a_second_person(company: World) -> None:
    post = company.approved("The fair opens", at="2026-12-02 10:00")
    restart(company, (BO, BO_ON.format("page")))
    restart(company, (BO_ON.format("page"), BO))
    company.clock.forward(days=1)
    company.settle()
    assert company.state(post) == "waiting"  # the file alone gives nothing
    confirm(company, waiting(company)["bo"]["id"])
    with company.app.store.write(MACHINE) as tx:
        recover.replan(tx, "")  # as the daemon does when the register changes
    company.settle()
    assert company.state(post) == "published"


def test_a_role_that_was_put_into_the_register_by_hand_makes_no_yes_count(company: World) -> None:
    restart(company, (BO, BO_ON.format("page")))
    post = company.post("The fair opens", "x", "page", at="2026-12-02 10:00")
    with company.app.store.read(CY) as tx:
        assert posts.post(tx, post).approval == "in review"
    company.approve(f"{post}/page", by=BO_ON_PAGE)
    company.approve(f"{post}/x")
    rogue(company, "UPDATE person SET roles = '[\"approver\"]' WHERE name = 'bo'")
    company.clock.forward(days=1)
    company.settle()
    assert company.net.sent == []


@pytest.mark.clause("U4c", kind="deny")
def test_a_permission_of_somebody_who_is_on_duty_no_more_lets_nothing_out(company: World) -> None:
    company.clock.forward(days=4)  # a Saturday
    post = company.post("Callers get no answer", kind="urgent")
    with company.app.store.write(ANN) as tx:
        asked = exceptions.request(tx, post, "urgent", "outage", "callers get no answer")
    restart(company, (CY_IS, f'{CY_IS}\n[people.cy.only]\n"duty officer" = ["x"]'))
    company.grant(asked)
    restart(company, ('"duty officer" = ["x"]', '"duty officer" = ["page"]'))
    company.settle()
    assert (company.state(post), company.net.sent) == ("waiting", [])
