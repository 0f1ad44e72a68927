"""One person under two names, or one account under two, is not two (invariant 12)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from test_ledger import rogue
from test_two_people import ALWAYS, OTTO, OWNERS, asked, confirm, made, restart
from world import EVE, GUS, World

from publisher.desk import compose, door, exceptions, policies
from publisher.errors import NotPermitted
from publisher.read import todo
from publisher.read.view import plain
from publisher.roles import Actor

TWO_USERS = ('os_users = ["otto-user"]', 'os_users = ["otto-user", "otto-admin"]')
BERT = """
[people.bert]
name = "Bert"
roles = ["approver", "policy owner", "duty officer"]
os_users = ["otto-admin"]
"""
ALWAYS_TWO = tuple(one.replace("[accounts.x]", "[accounts.x-two]") for one in ALWAYS)
AS_BERT = Actor("bert", frozenset({"approver", "policy owner", "duty officer"}), "otto-admin")


@pytest.fixture(params=["sqlite", "postgresql"])
def company(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """The small company, with two policy owners of flesh and blood."""
    world = made(request.param, tmp_path, OWNERS)
    yield world
    world.close()


def another_name(world: World) -> int:
    """Otto's second operating-system user becomes Bert's, in two starts; the number of the request."""
    restart(world, TWO_USERS)
    confirm(world, asked(world)["otto"]["id"])
    restart(world, TWO_USERS[::-1])
    restart(world, more=BERT)
    return int(asked(world)["bert"]["id"])


def test_nobody_confirms_a_second_name_for_themselves(company: World) -> None:
    number = another_name(company)
    assert asked(company)["bert"]["confirm"] == ["olga"]
    assert "has or had the same as otto" in asked(company)["bert"]["about"]
    with pytest.raises(NotPermitted):
        confirm(company, number, OTTO)


def test_two_names_with_one_operating_system_user_are_not_two_people(company: World) -> None:
    confirm(company, another_name(company))
    with company.app.store.write(OTTO) as tx:
        post = compose.create(tx, door.NewPost("The fair opens", ("x",)))
        compose.submit(tx, post)
        number = exceptions.request(tx, post, "urgent", "outage", "callers get no answer")
    with pytest.raises(NotPermitted, match="bert and otto had the same"):
        company.approve(post, by=AS_BERT)
    with pytest.raises(NotPermitted, match="bert and otto had the same"):
        company.grant(number, by=AS_BERT)
    with company.app.store.read() as tx:
        tx.actor = AS_BERT
        assert plain(todo.todo(tx, mine=True)) == []
    company.grant(number)  # Cy is somebody else
    company.settle()
    assert company.state(post) == "published"


def test_the_second_yes_to_a_policy_is_no_second_name(company: World) -> None:
    confirm(company, another_name(company))
    looser = dict(company.files)
    looser["pacing.toml"] = looser["pacing.toml"].replace(b"gap_minutes = 10", b"gap_minutes = 1")
    with company.app.store.write(OTTO) as tx:
        number, at_once = policies.activate(tx, looser)
    assert not at_once
    same = pytest.raises(NotPermitted, match="bert and otto had the same")
    with same, company.app.store.write(AS_BERT) as tx:
        policies.second(tx, number)


def test_an_account_under_another_name_is_still_its_owners(company: World) -> None:
    """Otto's account comes back under a new name, a new owner and a wider calendar."""
    mine = ('owner = "Comms"', 'owner = " OTTO"')
    restart(company, mine)
    confirm(company, asked(company)["x"]["id"])
    restart(
        company,
        ("[accounts.x]", "[accounts.x-two]"),
        ALWAYS_TWO,
        mine[::-1],
        ("[accounts.x.credentials]", "[accounts.x-two.credentials]"),
    )
    assert asked(company)["x-two"]["confirm"] == ["olga"]
    with pytest.raises(NotPermitted):
        confirm(company, asked(company)["x-two"]["id"], OTTO)
    confirm(company, asked(company)["x-two"]["id"])


def test_sample_people_prepare_nothing_for_an_account_that_is_still_to_be_confirmed(
    company: World,
) -> None:
    """Anybody may be a sample person: alone, they would loosen what a real account begins with."""
    looser = dict(company.files)
    looser["pacing.toml"] = looser["pacing.toml"].replace(b"gap_minutes = 10", b"gap_minutes = 1")
    real = """
[accounts.real]
network = "x"
calendar = "office"
disclaimers = "standard"
lang = "en"
user_id = "77"
owner = "Comms"
[accounts.real.credentials]
consumer_key = "env:REAL"
consumer_secret = "env:REAL"
access_token = "env:REAL"
access_token_secret = "env:REAL"
"""
    with company.app.store.write(EVE) as tx:
        number, at_once = policies.activate(tx, looser)
    assert not at_once
    restart(company, more=real)
    assert asked(company)["real"]["new"] == {"active": True}
    refused = pytest.raises(NotPermitted, match="sandbox accounts only")
    with refused, company.app.store.write(GUS) as tx:
        policies.second(tx, number)


def test_a_row_that_was_put_in_about_a_person_stops_nobody(company: World) -> None:
    rogue(
        company,
        "INSERT INTO ledger (seq, at, actor, os_user, verb, subject, post_id, before, after,"
        " payload_sha256, fact, binds, mac) SELECT 900000, at, actor, os_user, 'note', 'nobody',"
        " '', '', '', '', 'person otto', '', '' FROM ledger WHERE seq = 1",
        "INSERT INTO payload (seq, body) VALUES (900000, '{}')",
    )
    with company.app.store.write(OTTO) as tx:
        assert plain(todo.todo(tx, mine=True)) == []
