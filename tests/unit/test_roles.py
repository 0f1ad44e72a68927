"""Who may do what: every action with every role, written out."""

import re
from dataclasses import replace

import pytest

from publisher.content import Account
from publisher.errors import NotPermitted
from publisher.roles import MACHINE, MAY, ROLES, Actor, authorize, refuse_another_login
from publisher.roles import said as said_of
from publisher.words import say_part

#                         author, approver, duty officer, moderator, policy owner, auditor, admin
MATRIX = {
    "read": "yes  yes  yes  yes  yes  yes  yes",
    "write": "yes  yes  yes  -    -    -    -",
    "edit": "yes  yes  yes  -    -    -    -",
    "submit": "yes  yes  yes  -    -    -    -",
    "reschedule": "yes  yes  yes  -    -    -    -",
    "confirm": "yes  yes  yes  -    -    -    -",
    "continue": "yes  yes  yes  -    -    -    -",
    "cancel": "yes  yes  yes  -    -    -    -",
    "pause": "yes  yes  yes  -    -    -    -",
    "unpause": "yes  yes  yes  -    -    -    -",
    "approve": "-    yes  yes  -    -    -    -",
    "return": "-    yes  yes  -    -    -    -",
    "request exception": "yes  yes  yes  -    -    -    -",
    "grant exception": "-    -    yes  -    -    -    -",
    "review exception": "-    yes  -    -    yes  yes  -",
    "retract": "yes  yes  yes  yes  -    -    -",
    "measure": "-    yes  yes  yes  -    -    -",
    "resolve": "-    yes  yes  yes  -    -    -",
    "stop": "yes  yes  yes  yes  yes  yes  yes",
    "resume": "-    -    yes  -    -    -    -",
    "verify accounts": "-    -    yes  -    -    -    yes",
    "connect account": "-    -    -    -    -    -    yes",
    "activate policy": "-    -    -    -    yes  -    -",
    "confirm config": "-    -    -    -    yes  -    -",
    "confirm policy": "-    yes  -    -    yes  -    yes",
    "audit": "-    -    -    -    yes  yes  yes",
    "operate": "-    -    -    -    -    -    yes",
    "recover owner": "-    -    -    -    -    -    -",
    "sign in": "yes  yes  yes  yes  yes  yes  yes",
    "make token": "yes  yes  yes  yes  yes  yes  yes",
    "manage sign-ins": "yes  yes  yes  yes  yes  yes  yes",
    "manage all sign-ins": "-    -    -    -    -    -    yes",
}
CASES = [
    (action, role, answer == "yes")
    for action, row in MATRIX.items()
    for role, answer in zip(ROLES, row.split(), strict=True)
]


def account(name="sandbox-x", *, sandbox=True):
    return Account(name, "x", "office", "standard", "en", "1", "", sandbox=sandbox)


def test_the_matrix_lists_every_action():
    assert set(MATRIX) == set(MAY)


@pytest.mark.parametrize(("action", "role", "may"), CASES)
def test_a_role_may_exactly_what_the_matrix_says(action, role, may):
    actor = Actor("someone", frozenset({role}), "user")
    if may:
        authorize(actor, action, [account(sandbox=False)])
    else:
        said = f"^someone may not {re.escape(say_part(said_of(action), 'en'))}. It takes the role "
        with pytest.raises(NotPermitted, match=said):
            authorize(actor, action)


@pytest.mark.parametrize("action", MAY)
def test_without_a_role_nothing_is_permitted(action):
    for nobody in (Actor("nobody", frozenset(), "user"), MACHINE):
        with pytest.raises(NotPermitted):
            authorize(nobody, action)


@pytest.mark.parametrize("action", MAY)
def test_a_sample_person_acts_on_sandbox_accounts_only(action):
    sample = Actor("ann", MAY[action], "user", sample=True)
    authorize(sample, action, [account(), account("sandbox-board")])
    with pytest.raises(NotPermitted, match="acts on sandbox accounts only, not on news"):
        authorize(sample, action, [account(), account("news", sandbox=False)])


def test_the_second_of_two_people_is_whoever_logged_in():
    own = Actor("hanako", frozenset({"approver"}), "hyamada")
    refuse_another_login(own, "approve")
    for login in ("taro", 'the operating-system user "ops"'):
        with pytest.raises(NotPermitted, match="logged in by"):
            refuse_another_login(replace(own, login=login), "approve")


def test_roles_add_up():
    actor = Actor("someone", frozenset({"author", "auditor"}), "user")
    authorize(actor, "write")
    authorize(actor, "audit")
