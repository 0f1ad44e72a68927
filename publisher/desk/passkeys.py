"""Passkeys of a person: they add them at a page, and end them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from publisher.desk.access import MOST, checked_name
from publisher.desk.parts.page import mine
from publisher.errors import Conflict, NotFound, Usage
from publisher.roles import MAY, authorize, refuse_another_login
from publisher.store import Tx, ledger, passkeys, proofs
from publisher.store import tables as t
from publisher.store.bound import PASSKEY, believed
from publisher.store.ids import short_id
from publisher.store.ledger import Line
from publisher.store.notices import tell
from publisher.store.passkeys import Asks
from publisher.store.rows import PasskeyRow
from publisher.store.tables import core

_PASSKEY = core(t.Passkey)


def add(tx: Tx, page: str, name: str, said: tuple[Asks, Mapping[str, Any]]) -> str:
    """A browser's answer to what it was asked becomes a passkey of whoever asks; its id. `page`: the sha256
    of its secret. Raises Usage for what is no answer to that, Conflict for one that is known.
    """
    authorize(tx.actor, "change password")
    refuse_another_login(tx.actor, "change password")
    mine(tx, page)
    made = passkeys.made(*said)
    if made is None:
        raise Usage("passkey.none", field="credential")
    if tx.first(select(_PASSKEY.c.id).where(_PASSKEY.c.credential == made.credential)) is not None:
        raise Conflict("passkey.known")
    if len(proofs.passkeys(tx, tx.actor.person)) >= MOST:
        raise Conflict("access.many", most=MOST)
    row = t.Passkey(
        id=short_id(),
        person=tx.actor.person,
        name=checked_name(name),
        credential=made.credential,
        key=made.key,
        count=made.count,
        created_at=tx.now,
    )
    line = Line("add passkey", proofs.password_of(row.person), {"id": row.id, "name": row.name})
    number = str(ledger.put(tx, row, line))
    tell(tx, f"passkey:{row.id}", row.person, "passkey_added", person=row.person, name=row.name)
    return number


def end(tx: Tx, number: str) -> None:
    """It is good for nothing any more: one's own, or anybody's for who may. Raises NotFound."""
    authorize(tx.actor, "manage sign-ins")
    row: PasskeyRow | None = tx.first(select(_PASSKEY).where(_PASSKEY.c.id == number))
    if row is None or row.ended_at is not None or not believed(tx, PASSKEY, [row]):
        raise NotFound("access.none_such")
    if row.person != tx.actor.person:
        if not MAY["manage all sign-ins"] & tx.actor.roles:
            raise NotFound("access.none_such")  # what a person may not see does not exist
        authorize(tx.actor, "manage all sign-ins")
    proofs.end_passkey(tx, row)
    tell(
        tx,
        f"passkey ended:{row.id}",
        row.person,
        "passkey_ended",
        name=row.name,
        by=tx.actor.person,
    )
