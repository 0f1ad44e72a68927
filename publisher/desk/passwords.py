"""What people know to be let in by: they set it, and they change it. Everything here is told to them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from publisher.clock import rfc3339
from publisher.desk.parts.page import mine, renewed
from publisher.desk.parts.proving import invite_of, living, needs_factor
from publisher.errors import Conflict, NotSignedIn, Usage
from publisher.roles import authorize, refuse_another_login
from publisher.store import Tx, factors, ledger, passwords, proofs
from publisher.store import tables as t
from publisher.store.bound import INVITE, PASSWORD
from publisher.store.ledger import Line
from publisher.store.notices import tell
from publisher.store.rows import PasswordRow
from publisher.store.tables import core

_PASSWORD = core(t.Password)


def refuse_weak(tx: Tx, password: str, company: str) -> None:
    """Raises Usage for a password that whoever asks should not have."""
    authorize(tx.actor, "change password")
    person = living(tx, tx.actor.person)
    passwords.refuse_weak(password, [company, person.name, person.display])


def join(tx: Tx, invite: str, kept: str, code: str) -> Sequence[str]:
    """Whoever has the invite (its sha256) has this password from now on, and if `code` is one of it, the
    second factor that was shown with the invite; new recovery codes then. Whatever was, ends.

    Raises NotSignedIn for an invite that is good no more, Usage for a code that is none.
    """
    authorize(tx.actor, "change password")
    row = invite_of(tx, invite, alone=True)
    person = living(tx, row.person)
    asked = code != "" or needs_factor(person.roles)
    factor, codes = _factor(tx, person.name, row.hash, code) if asked else (_no_factor(), [])
    values = {"hash": kept, "set_at": tx.now, **factor}
    line = Line("join", proofs.password_of(person.name), {"factor": bool(codes)})
    if tx.first(select(_PASSWORD.c.person).where(_PASSWORD.c.person == person.name)) is None:
        ledger.put(tx, t.Password(person=person.name, **values), line)
    else:  # whoever knew the old one may have made tokens by it
        proofs.end_all(tx, person.name, "token")
        tx.run(update(_PASSWORD).where(_PASSWORD.c.person == person.name).values(**values))
        ledger.restate(
            tx, (PASSWORD, person.name), line
        )  # whatever it was: all of it was just written
    used = Line("use invite", proofs.subject("invite", row), {"id": row.id})
    ledger.change(tx, (INVITE, row.id), used, used_at=tx.now, ended_at=tx.now)
    proofs.end_all(tx, person.name, "sign-in")
    proofs.end_passkeys(tx, person.name)
    _tell(tx, "joined")
    return codes


def change(tx: Tx, page: str, was: str, kept: str) -> str:
    """Another password; every other sign-in of theirs ends. The page's new secret.

    `page`: its sha256; `was`: as the old one was kept when it was just said. Raises NotSignedIn.
    """
    authorize(tx.actor, "change password")
    refuse_another_login(tx.actor, "change password")
    row, here = _known(tx), mine(tx, page)
    if row.hash != was:
        raise NotSignedIn("session.wrong")  # it was changed in this very moment
    _change(tx, "change password", {"hash": kept, "set_at": tx.now})
    for one in proofs.live(tx, "sign-in", row.person):
        if one.id != here.id:
            proofs.end(tx, "sign-in", one)
    _tell(tx, "password_changed")
    return renewed(tx, here)


def change_factor(tx: Tx, page: str, code: str) -> tuple[Sequence[str], str]:
    """The second factor that was shown with this page, when `code` is one of it: new recovery codes, and
    the page's new secret. Raises Usage.
    """
    authorize(tx.actor, "change password")
    refuse_another_login(tx.actor, "change password")
    row, here = _known(tx), mine(tx, page)
    factor, codes = _factor(tx, row.person, page, code)
    _change(tx, "change factor", factor)
    _tell(tx, "factor_changed")
    return codes, renewed(tx, here)


def drop_factor(tx: Tx) -> None:
    """No second factor any more. Raises Conflict where what they do counts for others."""
    authorize(tx.actor, "change password")
    refuse_another_login(tx.actor, "change password")
    row = _known(tx)
    if needs_factor(living(tx, row.person).roles):
        raise Conflict("password.needs_factor")
    _change(tx, "drop factor", _no_factor())
    _tell(tx, "factor_dropped")


def new_codes(tx: Tx) -> Sequence[str]:
    """Other recovery codes; those before are good for nothing. Raises Conflict without a second factor."""
    authorize(tx.actor, "change password")
    refuse_another_login(tx.actor, "change password")
    if not _known(tx).seed:
        raise Conflict("password.no_factor")
    codes = factors.recovery()
    _change(tx, "change recovery codes", {"codes": factors.hashes(codes)})
    _tell(tx, "codes_changed")
    return codes


def _factor(tx: Tx, person: str, of: str, code: str) -> tuple[dict[str, Any], list[str]]:
    """The columns of the second factor that was shown for what this is the sha256 of, and its codes."""
    seed = factors.seed_for(tx, of)
    step = factors.step(seed, code, tx.now)
    if step is None:
        raise Usage("password.wrong_code" if code else "password.code_needed", field="code")
    codes = factors.recovery()
    kept = factors.kept(tx, person, seed)
    return {"seed": kept, "step": step, "codes": factors.hashes(codes)}, codes


def _no_factor() -> dict[str, Any]:
    return {"seed": "", "step": 0, "codes": []}


def _known(tx: Tx) -> PasswordRow:
    row = proofs.password(tx, tx.actor.person, alone=True)
    if row is None:
        raise Conflict("password.none")
    return row


def _change(tx: Tx, verb: str, changes: dict[str, Any]) -> None:
    line = Line(verb, proofs.password_of(tx.actor.person))
    ledger.change(tx, (PASSWORD, tx.actor.person), line, **changes)


def _tell(tx: Tx, code: str) -> None:
    name = tx.actor.person
    tell(tx, f"{code}:{name}:{rfc3339(tx.now)}", name, code, person=name)
