"""Legal holds: one person keeps what may be needed, at once; two people let it go."""

from typing import Literal

from sqlalchemy import select

from publisher.desk.parts.find import account_rows, authorize_everywhere, target
from publisher.desk.parts.selves import as_well, my
from publisher.documents import near
from publisher.errors import Conflict, Do, NotFound, NotPermitted, Usage
from publisher.roles import authorize, refuse_another_login
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.bound import HOLD
from publisher.store.holds import in_force
from publisher.store.ledger import Line
from publisher.store.notices import tell
from publisher.store.rows import HoldRow
from publisher.store.tables import core
from publisher.words import foreign

_PERSON = core(t.Person)

Kind = Literal["post", "account", "person"]

LIST = Do("audit", {"how": "holds"})


def hold(tx: Tx, kind: Kind, name: str, why: str) -> int:
    """Forget nothing of this post, account or person (`kind`) from now on; the hold's number.

    Raises NotFound, Usage, Conflict where just this is held already.
    """
    authorize(tx.actor, "hold records")
    authorize_everywhere(tx, "hold records")
    why = foreign(why)
    if not why.strip():
        raise Usage("holds.say_why", field="reason")
    name = _named(tx, kind, name)
    tx.lock_epoch(exclusive=True)  # what is being forgotten is forgotten first
    for row in in_force(tx):
        if (row.kind, row.name) == (kind, name):
            raise Conflict("holds.held", LIST, name=name, number=row.id)
    row = t.Hold(kind=kind, name=name, reason=why, by=tx.actor.person, at=tx.now)
    return int(ledger.put(tx, row, Line("hold records", name, {"kind": kind, "reason": why})))


def _named(tx: Tx, kind: Kind, name: str) -> str:
    """What it is called in the register, or the post's whole id."""
    if kind == "post":
        return target(tx, name).post.id
    if kind == "account":
        return account_rows(tx, [name])[0].id
    known = [row.name for row in tx.all(select(_PERSON.c.name))]
    if name not in known:
        raise NotFound("find.no_person", field="name", name=name, near=near(name, known))
    return name


def lift(tx: Tx, number: int, why: str) -> bool:
    """Ask for a hold to be lifted, or say yes to what somebody else asked; is it lifted now?

    Raises NotFound, NotPermitted for whoever asked, Usage without a reason.
    """
    authorize(tx.actor, "lift hold")
    authorize_everywhere(tx, "lift hold")
    why = foreign(why)
    row = next((one for one in in_force(tx) if one.id == number), None)
    if row is None:
        raise NotFound("holds.none_such", LIST, number=number)
    if not row.lift_by:
        _ask(tx, row, why)
        return False
    refuse_another_login(tx.actor, "lift hold")
    if row.lift_by in my(tx):
        also = as_well(tx, [row.lift_by])
        raise NotPermitted("holds.own", person=row.lift_by, as_well=also)
    line = Line("lift hold", row.name, {"asked": row.lift_by, "reason": row.lift_reason})
    ledger.change(tx, (HOLD, number), line, lifted_by=tx.actor.person, lifted_at=tx.now)
    return True


def _ask(tx: Tx, row: HoldRow, why: str) -> None:
    if not why.strip():
        raise Usage("holds.say_why", field="reason")
    line = Line("ask to lift hold", row.name, {"reason": why})
    asked = {"lift_by": tx.actor.person, "lift_at": tx.now, "lift_reason": why}
    ledger.change(tx, (HOLD, row.id), line, **asked)
    tell(
        tx,
        f"hold:{row.id}",
        "policy owner",
        "hold_lift_asked",
        Do("lift hold", {"hold": str(row.id)}),
        person=tx.actor.person,
        name=row.name,
        why=why,
    )
