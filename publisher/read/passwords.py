"""Who somebody is here, by what they are known, and what they know."""

from typing import Any, Literal, cast

from sqlalchemy import select

from publisher.desk.parts.page import mine
from publisher.desk.parts.proving import invite_of, living, needs_factor, waits
from publisher.read.view import Instant, View
from publisher.roles import MAY, authorize, kept
from publisher.store import Tx, factors, proofs
from publisher.store import passkeys as store_passkeys
from publisher.store import tables as t
from publisher.store.passkeys import Asks
from publisher.store.proofs import FRESH
from publisher.store.rows import PersonRow, SignInRow
from publisher.store.tables import core

_PERSON = core(t.Person)


class Who(View):
    """Who asks, and by what they are known."""

    person: str
    """Their name in the register."""
    display: str
    """What they are called."""
    roles: tuple[str, ...]
    """What they may do; `approver on x-ja` is one for that account only."""
    by: Literal["page", "login", "token", "server"]
    """A browser, a program of theirs, a token; or the operating system says so."""
    number: str
    """What that is ended by; `""` on the server."""
    fresh_until: Instant | None
    """Of a browser: until then it is good for all that they may."""
    expires_at: Instant | None
    """Until when it is good at the longest."""
    password: bool
    """Do they have a password?"""
    factor: bool
    """And a second factor?"""
    needs_factor: bool
    """Do their roles need one?"""
    codes_left: int
    """How many recovery codes are left."""
    passkeys: int
    """How many passkeys they have."""


class Passkey(View):
    """A passkey of a person."""

    id: str
    """What it is ended by."""
    name: str
    """What it was called when it was made."""
    created_at: Instant
    """When that was."""


class PasskeyAsked(View):
    """What a browser is asked, for `PublicKeyCredential.parse…OptionsFromJSON`."""

    options: dict[str, Any]
    """As W3C Web Authentication has it."""


class Factor(View):
    """A second factor that is offered: it counts once a code of it was said."""

    seed: str
    """What is typed into an app."""
    uri: str
    """The same for an app, to be shown as a picture of squares."""


class Joining(View):
    """What an invite is for."""

    person: str
    """Whose it is."""
    display: str
    """What they are called."""
    needs_factor: bool
    """Do their roles need a second factor?"""
    offered: Factor
    """A second factor; it counts once a code of it was said."""


class Invite(View):
    """A link by which a person gets a password; good once."""

    id: str
    """What it is ended and confirmed by; not the secret, which nobody can read again."""
    person: str
    """For whom."""
    by: str
    """Who made it."""
    created_at: Instant
    """When."""
    expires_at: Instant
    """Until when it is good."""
    waits: bool
    """Is it good for nothing until a second person confirms it?"""
    confirmed_by: str
    """Who did; `""` before, and where it takes nobody."""


def who(tx: Tx, page: str, by: Literal["page", "login", "token", "server"]) -> Who:
    """Whoever asks. `page`: the sha256 of what they hold; "" on the server."""
    authorize(tx.actor, "read")
    name = tx.actor.person
    person: PersonRow = tx.first(select(_PERSON).where(_PERSON.c.name == name))
    known = proofs.password(tx, name)
    held = proofs.found(tx, "token" if by == "token" else "sign-in", page)
    fresh_at = cast(SignInRow, held).fresh_at if by == "page" else None
    return Who(
        person=name,
        display=person.display,
        roles=tuple(kept(tx.actor)),
        by=by,
        number=held.id if held else "",
        fresh_until=fresh_at + FRESH if fresh_at else None,
        expires_at=held.expires_at if held else None,
        password=known is not None,
        factor=known is not None and known.seed != "",
        needs_factor=needs_factor(person.roles),
        codes_left=len(known.codes) if known else 0,
        passkeys=len(proofs.passkeys(tx, name)),
    )


def at_a_page(tx: Tx, page: str) -> str:
    """Who asks, signed in with a browser. `page`: the sha256 of what they hold. Raises NotSignedIn."""
    authorize(tx.actor, "manage sign-ins")
    return mine(tx, page).person


def joining(tx: Tx, invite: str, company: str) -> Joining:
    """What whoever has this invite (its sha256) is to do. Raises NotSignedIn."""
    authorize(tx.actor, "change password")
    row = invite_of(tx, invite)
    person = living(tx, row.person)
    return Joining(
        person=person.name,
        display=person.display,
        needs_factor=needs_factor(person.roles),
        offered=_offered(tx, row.hash, company),
    )


def offered(tx: Tx, page: str, company: str) -> Factor:
    """A second factor for whoever asks, to be taken by a code of it. `page`: the sha256 of its secret.

    It is another one after each time that they say all they know. Raises NotSignedIn.
    """
    authorize(tx.actor, "change password")
    return _offered(tx, mine(tx, page).hash, company)


def passkeys(tx: Tx) -> list[Passkey]:
    """One's own that are good, the oldest first."""
    authorize(tx.actor, "manage sign-ins")
    return [
        Passkey(id=row.id, name=row.name, created_at=row.created_at)
        for row in proofs.passkeys(tx, tx.actor.person)
    ]


def to_make(tx: Tx, page: str, asks: Asks, company: str) -> PasskeyAsked:
    """What the browser of whoever asks is asked to make a passkey. `page`: the sha256 of its secret. Raises
    NotSignedIn.
    """
    authorize(tx.actor, "change password")
    person = living(tx, mine(tx, page).person)
    known = [row.credential for row in proofs.passkeys(tx, person.name)]
    named = (person.name, person.display)
    return PasskeyAsked(options=store_passkeys.to_make(asks, company, named, known))


def invites(tx: Tx) -> list[Invite]:
    """Those that are good for something: one's own, and all for who makes or confirms them."""
    authorize(tx.actor, "manage sign-ins")
    every = (MAY["invite"] | MAY["confirm invite"]) & tx.actor.roles
    rows = proofs.live(tx, "invite", "" if every else tx.actor.person)
    return [
        Invite(
            id=row.id,
            person=row.person,
            by=row.by,
            created_at=row.created_at,
            expires_at=row.expires_at,
            waits=waits(tx, row),
            confirmed_by=row.confirmed_by,
        )
        for row in rows
        if proofs.good(row, "invite", tx.now)
    ]


def _offered(tx: Tx, of: str, company: str) -> Factor:
    seed = factors.seed_for(tx, of)
    return Factor(seed=factors.written(seed), uri=factors.uri(seed, tx.actor.person, company))
