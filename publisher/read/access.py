"""What people hold to be known by elsewhere than on the server: all that is good for something."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from publisher.read.view import Instant, View
from publisher.roles import MAY, authorize
from publisher.store import Tx, proofs


class Token(View):
    """An API token of a person, for a program."""

    id: str
    """What it is ended by; not the secret, which nobody can read again."""
    person: str
    """Whose."""
    name: str
    """What it was called when it was made; the history calls it so."""
    scopes: tuple[str, ...]
    """What it is good for, as far as its person may: `read`, `write`, `takedown`, `stop`."""
    created_at: Instant
    """When it was made."""
    expires_at: Instant
    """Until when it is good."""
    used_at: Instant | None
    """When it was last used, to the minute."""


class SignIn(View):
    """A sign-in of a person that a program of theirs keeps, or a browser."""

    id: str
    """What it is ended by."""
    person: str
    """Whose."""
    kind: str
    """`login`: a program's, that was confirmed by a code; `page`: a browser's."""
    name: str
    """What the program said that it runs on."""
    place: str
    """Where from it was asked for."""
    created_at: Instant
    """When it was confirmed."""
    expires_at: Instant
    """Until when it is good at the longest; thirty days without use, a browser's an hour, end it, too."""
    used_at: Instant | None
    """When it was last used, to the minute."""
    mine: bool
    """Is it the one by which this was asked?"""


def tokens(tx: Tx) -> list[Token]:
    """One's own, the newest last; of everybody for who may end them."""
    authorize(tx.actor, "manage sign-ins")
    return [
        Token(
            id=row.id,
            person=row.person,
            name=row.name,
            scopes=tuple(row.scopes),
            created_at=row.created_at,
            expires_at=row.expires_at,
            used_at=row.used_at,
        )
        for row in _good(tx, "token")
    ]


def sign_ins(tx: Tx, mine: str = "") -> list[SignIn]:
    """The same of sign-ins. `mine`: the sha256 of what whoever asks holds."""
    authorize(tx.actor, "manage sign-ins")
    return [
        SignIn(
            id=row.id,
            person=row.person,
            kind=row.kind,
            name=row.name,
            place=row.place,
            created_at=row.created_at,
            expires_at=row.expires_at,
            used_at=row.used_at,
            mine=row.hash == mine,
        )
        for row in _good(tx, "sign-in")
    ]


def _good(tx: Tx, what: proofs.What) -> Sequence[Any]:
    table = proofs.KINDS[what].table
    rows = select(table).where(table.c.ended_at.is_(None), table.c.expires_at > tx.now)
    if not MAY["manage all sign-ins"] & tx.actor.roles:
        rows = rows.where(table.c.person == tx.actor.person)
    found = tx.all(rows.order_by(table.c.created_at, table.c.id))
    return [row for row in found if proofs.good(row, what, tx.now)]
