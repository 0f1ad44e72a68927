"""Somebody is away: for a time another person has the same roles as well. It stays two people who count."""

from datetime import datetime, timedelta

from sqlalchemy import select

from publisher.clock import rfc3339
from publisher.desk.parts.selves import had, selves
from publisher.documents import near
from publisher.errors import Conflict, NotFound, NotPermitted, Usage
from publisher.roles import MAY, authorize, refuse_another_login
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.bound import PERSON
from publisher.store.ledger import Line
from publisher.store.notices import tell
from publisher.store.people import gone
from publisher.store.rows import PersonRow
from publisher.store.tables import core

_PERSON = core(t.Person)

LONGEST = timedelta(days=92)


def name(tx: Tx, deputy: str, start: datetime, end: datetime) -> None:
    """From `start` to `end` (aware UTC) that person has the actor's own roles as well; it replaces whoever
    was named before. Raises NotFound, Usage, Conflict.
    """
    authorize(tx.actor, "name deputy")
    refuse_another_login(tx.actor, "name deputy")
    me, other = _row(tx, tx.actor.person), _row(tx, deputy)
    if gone(tx, other):
        raise Conflict("deputies.gone", field="name", name=deputy)
    if other.sample != me.sample:
        raise Conflict("deputies.sample", field="name", name=deputy)
    if deputy in selves(had(tx), me.name):
        raise Conflict("deputies.self", field="name")
    if not (tx.now < end and start < end <= start + LONGEST):
        raise Usage("deputies.span", field="to", most=LONGEST.days)
    value = {"name": deputy, "from": rfc3339(start), "to": rfc3339(end)}
    tx.bump_epoch()  # before the row: the lock order
    ledger.change(tx, (PERSON, me.name), Line("name deputy", me.name, value), deputy=value)
    for audience in (deputy, "policy owner"):
        once = f"deputy:{me.name}:{rfc3339(tx.now)}:{audience}"
        when = {"start": start, "end": end, "zone": tx.zone()}
        tell(tx, once, audience, "deputy_named", person=me.name, deputy=deputy, **when)


def end(tx: Tx, person: str = "") -> None:
    """Nobody acts for this person (the actor, if nobody is named) any more, from now on.

    It ends by the word of either of the two, or of who may end what others hold.
    """
    authorize(tx.actor, "end deputy")
    row = _row(tx, person or tx.actor.person)
    either = tx.actor.person in (row.name, row.deputy.get("name"))
    if not either and not MAY["manage all sign-ins"] & tx.actor.roles:
        raise NotPermitted("deputies.others", person=row.name)
    if not row.deputy:
        raise Conflict("deputies.none", person=row.name)
    tx.bump_epoch()
    line = Line("end deputy", row.name, {"name": row.deputy["name"]})
    ledger.change(tx, (PERSON, row.name), line, deputy={})


def _row(tx: Tx, person: str) -> PersonRow:
    rows: dict[str, PersonRow] = {row.name: row for row in tx.all(select(_PERSON))}
    if person not in rows:
        alike = near(person, [*rows])
        raise NotFound("find.no_person", field="name", name=person, near=alike)
    return rows[person]
