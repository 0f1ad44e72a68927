"""How a person of the register gets a password: by a link that is good once."""

from datetime import timedelta

from sqlalchemy import select

from publisher.desk.parts.proving import believe, waits
from publisher.desk.parts.selves import my
from publisher.errors import Conflict, NotFound, NotPermitted
from publisher.roles import authorize, refuse_another_login
from publisher.store import Tx, ledger, proofs
from publisher.store import tables as t
from publisher.store.bound import INVITE, PERSON, believed
from publisher.store.ids import short_id
from publisher.store.ledger import Line
from publisher.store.notices import tell
from publisher.store.people import gone
from publisher.store.rows import InviteRow, PersonRow
from publisher.store.tables import core

_INVITE = core(t.Invite)
_PERSON = core(t.Person)
_PASSWORD = core(t.Password)

LASTS = timedelta(days=3)


def invite(tx: Tx, name: str) -> tuple[InviteRow, str]:
    """A link for this person of the register; its row, and its secret, which nobody can read again.

    Who has it can be that person. So where what they do counts for others when it is used, it is good for
    nothing until somebody else has confirmed it, unless it was made by whoever holds the machine. Raises
    NotFound.
    """
    authorize(tx.actor, "invite")
    refuse_another_login(tx.actor, "invite")
    mine = select(_PERSON).where(_PERSON.c.name == name)
    person: PersonRow | None = tx.first(mine.with_for_update(key_share=True))  # one at a time
    if person is None or gone(tx, person):
        raise NotFound("invite.nobody", field="person", name=name)
    believe(tx, person)
    proofs.end_all(tx, name, "invite")
    secret = proofs.made("invite")
    row = t.Invite(
        id=short_id(),
        person=name,
        by=tx.actor.person,
        hash=proofs.hashed(secret),
        second="server" not in tx.actor.roles,
        created_at=tx.now,
        expires_at=tx.now + LASTS,
    )
    said = {"id": row.id, "second": row.second}
    ledger.put(tx, row, Line("invite", proofs.subject("invite", row), said))
    audience = {name, *(["policy owner", "admin"] if waits(tx, row) else ["policy owner"])}
    for one in sorted(audience):
        tell(tx, f"invite:{row.id}:{one}", one, "invited", person=name, by=tx.actor.person)
    return row, secret


def confirm(tx: Tx, number: str) -> InviteRow:
    """The second person's yes. Raises NotFound, Conflict, and NotPermitted for who made it."""
    authorize(tx.actor, "confirm invite")
    refuse_another_login(tx.actor, "confirm invite")
    found = select(_INVITE).where(_INVITE.c.id == number).with_for_update()
    row: InviteRow | None = tx.first(found)
    if row is None or not proofs.good(row, "invite", tx.now) or not believed(tx, INVITE, [row]):
        raise NotFound("invite.none_such")
    if not waits(tx, row):
        raise Conflict("invite.confirmed_already")
    if row.by in my(tx):
        raise NotPermitted("invite.own", person=tx.actor.person)
    line = Line("confirm invite", proofs.subject("invite", row), {"id": row.id})
    ledger.change(tx, (INVITE, row.id), line, confirmed_by=tx.actor.person)
    return row


def first(tx: Tx) -> tuple[str, str] | None:
    """For an administrator who cannot get in otherwise, where nobody has a password yet: who, and the
    secret of a link. None where somebody can, or has a link already.
    """
    authorize(tx.actor, "invite")
    if tx.first(select(_PASSWORD.c.person).where(_PASSWORD.c.hash != "").limit(1)) is not None:
        return None
    rows = tx.all(select(_PERSON).where(_PERSON.c.retired_at.is_(None)).order_by(_PERSON.c.name))
    real = [row for row in rows if "admin" in row.roles and not row.sample]
    admins = believed(tx, PERSON, real)
    if not admins or any(row.os_users for row in admins):
        return None
    waiting = tx.all(select(_INVITE).where(_INVITE.c.ended_at.is_(None)))
    if any(proofs.good(row, "invite", tx.now) for row in waiting):
        return None
    name = min(row.name for row in admins)
    return name, invite(tx, name)[1]
