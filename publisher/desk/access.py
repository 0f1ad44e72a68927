"""What people hold to be known by elsewhere than on the server: they make it, and they end it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import Select, Table, func, select

from publisher.errors import Conflict, NotFound, Usage
from publisher.roles import MAY, SCOPES, authorize, refuse_another_login
from publisher.store import Tx, ledger, proofs
from publisher.store import tables as t
from publisher.store.ids import short_id
from publisher.store.ledger import Line
from publisher.store.notices import tell
from publisher.store.rows import SignInRow
from publisher.store.tables import core

_TOKEN = core(t.Token)
_PERSON = core(t.Person)

LONGEST = 365  # days
MOST = 50  # of one person, of each kind
LONGEST_NAME = 100  # characters


@dataclass(frozen=True)
class NewToken:
    """A token that is asked for: what it is called, what it is good for, and for how many days."""

    name: str
    scopes: Collection[str]
    days: int


@dataclass(frozen=True)
class NewSignIn:
    """A sign-in that somebody's program asks for: the sha256 of what it holds, its name, where from."""

    hash: str
    name: str
    place: str


def make_token(tx: Tx, new: NewToken) -> tuple[str, str]:
    """A token of whoever asks; its id, and its secret, which nobody can read again. Raises Usage."""
    authorize(tx.actor, "make token")
    refuse_another_login(tx.actor, "make token")
    if not new.scopes or not set(new.scopes) <= set(SCOPES):
        raise Usage("access.scopes", field="scopes", known=sorted(SCOPES))
    if not 1 <= new.days <= LONGEST:
        raise Usage("access.days", field="days", most=LONGEST)
    name = checked_name(new.name)
    _one_at_a_time(tx)
    if tx.first(_live(tx, _TOKEN).where(_TOKEN.c.name == name)) is not None:
        raise Conflict("access.name_taken", field="name", name=name)
    secret = proofs.made("token")
    row = t.Token(
        id=short_id(),
        person=tx.actor.person,
        name=name,
        hash=proofs.hashed(secret),
        scopes=sorted(new.scopes),
        created_at=tx.now,
        expires_at=tx.now + timedelta(days=new.days),
    )
    said = {"id": row.id, "name": row.name, "scopes": row.scopes, "days": new.days}
    return _put(tx, row, Line("make token", proofs.subject("token", row), said)), secret


def sign_in(tx: Tx, new: NewSignIn) -> str:
    """From now on whoever holds that is the person who says so here; its id."""
    authorize(tx.actor, "sign in")
    refuse_another_login(tx.actor, "sign in")
    _one_at_a_time(tx)
    row = t.SignIn(
        id=short_id(),
        person=tx.actor.person,
        kind="login",
        name=checked_name(new.name),
        place=new.place,
        hash=new.hash,
        created_at=tx.now,
        expires_at=tx.now + timedelta(days=LONGEST),
    )
    said = {"id": row.id, "name": row.name, "place": row.place}
    tell(tx, f"signed in:{row.id}", row.person, "signed_in", name=row.name, place=row.place)
    return _put(tx, row, Line("sign in", proofs.subject("sign-in", row), said))


def confirm(tx: Tx, number: str, act: str) -> None:
    """Whoever says so here proves by it that one act of a sign-in of theirs is theirs. Raises NotFound.

    `act`: what is asked for, in the words of HTTP.
    """
    authorize(tx.actor, "sign in")
    refuse_another_login(tx.actor, "sign in")
    row = cast(SignInRow, _one(tx, "sign-in", number))
    if row.person != tx.actor.person:
        raise NotFound("access.none_such")
    said = {"id": row.id, "name": row.name, "act": act}
    ledger.record(tx, "confirm act", proofs.subject("sign-in", row), said)


def number_of(tx: Tx, held: str) -> str:
    """The id of the sign-in by which whoever asks is known, by the sha256 of what they hold. Raises
    NotFound where it is none.
    """
    authorize(tx.actor, "manage sign-ins")
    row = proofs.found(tx, "sign-in", held)
    if row is None:
        raise NotFound("access.none_such")
    return row.id


def end(tx: Tx, what: proofs.What, number: str) -> None:
    """It is good for nothing any more: one's own, or anybody's for who may. Raises NotFound."""
    authorize(tx.actor, "manage sign-ins")
    row = _one(tx, what, number)
    if row.person != tx.actor.person:
        if not MAY["manage all sign-ins"] & tx.actor.roles:
            raise NotFound("access.none_such")  # what a person may not see does not exist
        authorize(tx.actor, "manage all sign-ins")
        said = {"name": getattr(row, "name", row.id), "by": tx.actor.person}
        tell(tx, f"ended:{row.id}", row.person, f"ended_{what.replace('-', '_')}", **said)
    proofs.end(tx, what, row)


def _one(tx: Tx, what: proofs.What, number: str) -> proofs.Row:
    table = proofs.KINDS[what].table
    row: proofs.Row | None = tx.first(select(table).where(table.c.id == number))
    if row is None or not proofs.good(row, what, tx.now):
        raise NotFound("access.none_such")
    return row


def _one_at_a_time(tx: Tx) -> None:
    """On PostgreSQL two requests of one person would not see what the other one makes."""
    if tx.postgres:
        me = select(_PERSON.c.name).where(_PERSON.c.name == tx.actor.person)
        tx.first(me.with_for_update(key_share=True))


def _put(tx: Tx, row: t.Token | t.SignIn, line: Line) -> str:
    table = core(type(row))
    many = tx.value(select(func.count()).select_from(_live(tx, table).subquery()))
    if many >= MOST:
        raise Conflict("access.many", most=MOST)
    return str(ledger.put(tx, row, line))


def _live(tx: Tx, table: Table) -> Select[Any]:
    mine = (table.c.person == tx.actor.person) & table.c.ended_at.is_(None)
    return select(table).where(mine, table.c.expires_at > tx.now)


def checked_name(name: str) -> str:
    """A name that the history can show: one line."""
    named = " ".join(name.split())
    if not named or len(named) > LONGEST_NAME or '"' in named or not named.isprintable():
        raise Usage("access.name", field="name", most=LONGEST_NAME)
    return named
