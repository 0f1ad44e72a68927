"""Who is the same human under two names: a person is whoever has an operating-system user.

The history knows every user that a person ever had. One that was taken from them, and is now somebody
else's, may be in the same hands still: between those two names there are not two people.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select, text

from publisher.roles import grants
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.bound import PERSON
from publisher.store.tables import core
from publisher.words import part

_LEDGER = core(t.LedgerRow)
_PAYLOAD = core(t.Payload)

Had = Mapping[str, frozenset[str]]


def had(tx: Tx) -> Had:
    """By person, every operating-system user that the register ever gave them."""
    people = tx.all(select(PERSON.table))  # nobody is ever deleted from it
    rows = tx.all(
        select(_LEDGER.c.subject, _PAYLOAD.c.body)
        .join(_PAYLOAD, _PAYLOAD.c.seq == _LEDGER.c.seq)
        .where(_LEDGER.c.fact.in_([PERSON.fact(one) for one in people]), text("fact <> ''"))
    )
    found = {one.name: set(one.os_users) for one in people}
    for row in rows:
        if row.subject in found:  # else somebody wrote the row by hand: `audit verify` names it
            found[row.subject].update(_users(row.body))
    return {name: frozenset(users) for name, users in found.items()}


def _users(body: str) -> Collection[str]:
    """None where somebody changed the payload by hand: `audit verify` names that."""
    try:
        return list(json.loads(body)["values"]["os_users"])
    except (ValueError, LookupError, TypeError):
        return ()


def selves(known: Had, name: str, more: Collection[str] = ()) -> frozenset[str]:
    """Every name under which this person may act, their own included; `more`: users they are to have."""
    names, users = {name}, {*known.get(name, ()), *more}
    while found := {other for other, its in known.items() if users & its} - names:
        names |= found
        users = users.union(*(known[other] for other in found))
    return frozenset(names)


def my(tx: Tx) -> frozenset[str]:
    """Every name under which the actor may act, and those of whom they act for: what these have written,
    asked or said takes somebody else. A sample person is nobody in particular.
    """
    names = {tx.actor.person, *tx.actor.stands_for}
    if tx.actor.sample:
        return frozenset(names)
    known = had(tx)
    return frozenset().union(*(selves(known, one) for one in names))


def acting_for(tx: Tx, action: str, accounts: Collection[str]) -> list[str]:
    """For whom the actor does this: for nobody else, where their own roles allow it on each account."""
    if not tx.actor.stands_for:
        return []
    mine = tx.first(select(PERSON.table).where(PERSON.table.c.name == tx.actor.person))
    if all(grants(mine.roles, action, one) for one in accounts):
        return []
    return list(tx.actor.stands_for)


def as_well(tx: Tx, names: Collection[str]) -> Any:
    """For a refusal: why the actor counts as one of `names` whose name is another; "" when it is theirs."""
    if tx.actor.person in names:
        return ""
    others = sorted(my(tx) & set(names))
    if absent := sorted({*tx.actor.stands_for} & {*others}):
        return part("review.as_deputy", person=tx.actor.person, others=absent)
    return part("review.as_well", person=tx.actor.person, others=others)
