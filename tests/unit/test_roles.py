"""Who may do what: every action with every role, written out."""

import re
from dataclasses import replace

import pytest

from publisher.content import Account
from publisher.errors import NotFresh, NotPermitted
from publisher.roles import (
    BY_LOGIN,
    EVERYWHERE,
    MACHINE,
    MAY,
    ROLES,
    SCOPES,
    Actor,
    authorize,
    held,
    may,
    refuse_another_login,
    sees,
)
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
    "hold records": "-    -    -    -    yes  yes  -",
    "lift hold": "-    -    -    -    yes  yes  -",
    "operate": "-    -    -    -    -    -    yes",
    "recover owner": "-    -    -    -    -    -    -",
    "hand over": "-    -    yes  -    -    -    yes",
    "name deputy": "yes  yes  yes  yes  yes  yes  yes",
    "end deputy": "yes  yes  yes  yes  yes  yes  yes",
    "sign in": "yes  yes  yes  yes  yes  yes  yes",
    "make token": "yes  yes  yes  yes  yes  yes  yes",
    "manage sign-ins": "yes  yes  yes  yes  yes  yes  yes",
    "manage all sign-ins": "-    -    -    -    -    -    yes",
    "change password": "yes  yes  yes  yes  yes  yes  yes",
    "invite": "-    -    -    -    -    -    yes",
    "confirm invite": "-    -    -    -    yes  -    yes",
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


# By what somebody is known, with a token of each scope -> the verbs for which that is enough.
PROOFS = {
    "own": set(MAY),
    "login": set(BY_LOGIN),
    **{scope: {"read", *SCOPES[scope]} for scope in SCOPES},
}
ON_X = account("x")
ON_PAGE = account("page")


@pytest.mark.parametrize("proof", PROOFS)
def test_a_role_for_one_account_is_good_there_and_nowhere_else(proof):
    """Role, account, verb and proof, each with each."""
    for action, role, yes in CASES:
        only_there(action, role, yes, proof)


def only_there(action, role, yes, proof):
    scopes = frozenset({proof} if proof in SCOPES else ())
    by = "token" if scopes else proof
    actor = Actor(
        "someone", frozenset(), "user", proof=by, scopes=scopes, on=frozenset({(role, "x")})
    )
    let_in = yes and action not in EVERYWHERE
    asked = {
        "anywhere": {},
        "there": {"accounts": [ON_X]},
        "elsewhere": {"accounts": [ON_PAGE]},
        "both": {"accounts": [ON_X, ON_PAGE]},
        "everywhere": {"everywhere": True},
    }
    for where, how in asked.items():
        enough = let_in and where in ("anywhere", "there")
        assert may(actor, action, [one.id for one in how.get("accounts", ())]) == (
            let_in and where not in ("elsewhere", "both")
        )
        if enough and action in PROOFS[proof]:
            authorize(actor, action, **how)
            continue
        with pytest.raises((NotPermitted, NotFresh)) as refused:
            authorize(actor, action, **how)
        assert "page" not in refused.value.said("en")
        by_role = refused.value.code in ("roles.may_not", "roles.not_there", "roles.not_everywhere")
        assert by_role != enough


def test_a_role_for_all_accounts_is_good_for_each_of_them():
    actor = Actor("someone", frozenset({"author"}), "user", on=frozenset({("approver", "x")}))
    authorize(actor, "write", [ON_X, ON_PAGE])
    authorize(actor, "approve", [ON_X])
    with pytest.raises(NotPermitted):
        authorize(actor, "approve", [ON_X, ON_PAGE])
    assert sees(actor) is None


def test_the_register_keeps_a_role_with_its_account():
    roles, on = held(["author", "duty officer on x", "approver on x-ja"])
    assert roles == {"author"}
    assert on == {("duty officer", "x"), ("approver", "x-ja")}
    assert sees(Actor("someone", frozenset(), "user", on=on)) == {"x", "x-ja"}
    assert sees(MACHINE) is None


def test_roles_add_up():
    actor = Actor("someone", frozenset({"author", "auditor"}), "user")
    authorize(actor, "write")
    authorize(actor, "audit")
