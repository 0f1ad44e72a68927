"""Whose word counts now: whoever has lost the role since, or has left, says yes to nothing any more."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select

from publisher.gate.subject import Order, among
from publisher.roles import grants
from publisher.store import Tx, bound
from publisher.store import tables as t
from publisher.store.people import gone
from publisher.store.rows import PersonRow
from publisher.store.tables import core

_PERSON = core(t.Person)
_PEOPLE = select(_PERSON).where(among(_PERSON.c.name, "people"))

People = Mapping[str, PersonRow]  # by name, those of the register that the ledger vouches for


def named(tx: Tx, names: Collection[str]) -> Sequence[PersonRow]:
    """Their rows, not yet to be believed."""
    return tx.all(_PEOPLE, {"people": list(set(names))}) if names else ()


def binds(rows: Sequence[PersonRow]) -> Mapping[str, str]:
    """What the ledger has to vouch for."""
    return bound.bindings(bound.PERSON, rows)


def believed(rows: Sequence[PersonRow], order: Order) -> People:
    """Those for whom it does."""
    return {row.name: row for row in rows if bound.PERSON.fact(row) in order}


def may_still(tx: Tx, known: People, who: Sequence[str], what: tuple[str, str]) -> bool:
    """May the first of these do `what` (an action, on an account) now, by their roles or those of the
    others, for whom they acted when they did it?
    """
    there = [row for row in map(known.get, who) if row is not None and not gone(tx, row)]
    return (
        bool(there) and there[0].name == who[0] and any(grants(one.roles, *what) for one in there)
    )
