"""From what somebody says to a person of the register: password and code, a passkey, an invite.

Whatever of it is wrong, the answer is the same, and so is the work.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import structlog
from sqlalchemy import select

from publisher.errors import Do, NotPermitted, NotSignedIn
from publisher.roles import WITH_FACTOR, Actor, held
from publisher.store import Store, Tx, bound, factors, ledger, passkeys, passwords, proofs
from publisher.store import tables as t
from publisher.store.bound import believed
from publisher.store.ledger import Line
from publisher.store.notices import tell
from publisher.store.passkeys import Asks, Made
from publisher.store.people import gone, rights, stands_for
from publisher.store.rows import InviteRow, PasskeyRow, PasswordRow, PersonRow
from publisher.store.tables import core

log = structlog.get_logger()

_PERSON = core(t.Person)
_ACCOUNT = core(t.Account)
_INVITE = core(t.Invite)
_PASSKEY = core(t.Passkey)
_REAL = select(_ACCOUNT.c.id).where(_ACCOUNT.c.sandbox.is_(False)).limit(1)


@dataclass(frozen=True)
class Said:
    """What somebody says to be let in. `code`: of the second factor, or a recovery code; "" for none.
    `place`: where from.
    """

    person: str
    password: str = field(repr=False)
    code: str = field(repr=False)
    place: str


@dataclass(frozen=True)
class Knows:
    """Somebody who just said the right password. `hash`: as it was kept then; `anew`: as it is to be
    kept, where it was kept with other parameters than now.
    """

    person: str
    hash: str
    code: str = field(repr=False)
    place: str
    anew: str = ""


@dataclass(frozen=True)
class Invited:
    """Whoever has an invite: the sha256 of its secret."""

    hash: str


@dataclass(frozen=True)
class Uses:
    """Whoever answers by a passkey to what a browser was asked. `place`: where from."""

    asks: Asks
    answer: Mapping[str, Any] = field(repr=False)
    place: str


def check(store: Store, said: Said) -> Knows:
    """The slow part, outside of any transaction. Raises NotSignedIn, and TooMany."""
    with store.read() as tx:
        row = proofs.password(tx, said.person)
    kept = row.hash if row else ""
    if not passwords.holds(said.password, kept):
        refuse(said.person if row else "", said.place)
    anew = passwords.hashed(said.password) if passwords.outdated(kept) else ""
    return Knows(said.person, kept, said.code, said.place, anew)


def refuse(person: str, place: str) -> NoReturn:
    """Raises NotSignedIn. A name that nobody has is not kept: it may be a password in the wrong field."""
    log.warning("a sign-in failed", person=person, address=place)
    raise NotSignedIn("session.wrong")


def actor(tx: Tx, credential: Knows | Invited | Uses) -> Actor:
    """The person who is there; a code of theirs is used up by it. Raises NotSignedIn, NotPermitted."""
    if isinstance(credential, Uses):
        return _by_passkey(tx, credential)
    if isinstance(credential, Invited):
        invite = invite_of(tx, credential.hash)
        person = living(tx, invite.person)
        return _actor(person, f"invite {invite.id}")
    row = proofs.password(tx, credential.person, alone=True)
    if row is None or row.hash != credential.hash:  # it was changed in this very moment
        refuse(credential.person, credential.place)
    person, absent = present(tx, credential.person)
    by, changes = _factor(tx, row, credential)
    if not row.seed:
        _refuse_password_alone(tx, person, absent)
    if credential.anew:
        changes = {**changes, "hash": credential.anew}
    made = _actor(person, by)
    if changes:
        tx.actor = made
        line = Line("prove", proofs.password_of(person.name), {"by": by})
        ledger.change(tx, (bound.PASSWORD, person.name), line, **changes)
    return made


def _actor(person: PersonRow, by: str) -> Actor:
    roles, on = held(person.roles)
    return Actor(person.name, roles, by, person.sample, lang=person.lang, on=on)


def _refuse_password_alone(tx: Tx, person: PersonRow, absent: Sequence[PersonRow]) -> None:
    """Raises NotPermitted where what they do counts for others. A deputy who has a passkey says that: their
    page would else be good for all that was lent to them, by the passkey that nobody used.
    """
    if needs_factor(rights(person, absent)) and proofs.passkeys(tx, person.name):
        raise NotPermitted("password.passkey_first", person=person.name)
    if needs_factor(person.roles):
        raise NotPermitted("password.factor_first", person=person.name)


def _by_passkey(tx: Tx, uses: Uses) -> Actor:
    """It is two factors in one: a device, and what that asks for each time."""
    named = passkeys.credential_of(uses.answer)
    found = select(_PASSKEY).where(_PASSKEY.c.credential == named).with_for_update()
    row: PasskeyRow | None = tx.first(found)
    if row is None or row.ended_at is not None or not believed(tx, bound.PASSKEY, [row]):
        refuse("", uses.place)
    kept = Made(row.credential, row.key, row.count)
    count = passkeys.used(uses.asks, uses.answer, kept)
    if count is None:
        refuse(row.person, uses.place)
    made = _actor(living(tx, row.person), f'passkey "{row.name}"')
    if count != row.count:
        tx.actor = made
        line = Line("prove", proofs.password_of(row.person), {"by": made.os_user})
        ledger.change(tx, (bound.PASSKEY, row.id), line, count=count)
    return made


def _factor(tx: Tx, row: PasswordRow, knows: Knows) -> tuple[str, dict[str, Any]]:
    """By what they are known, and what is used up by it."""
    if not row.seed:
        return "password", {}
    step = factors.step_of(tx, row.person, row.seed, knows.code, row.step)
    if step is not None:
        return "password and code", {"step": step}
    used = factors.hashed(knows.code)
    if used not in row.codes:
        refuse(row.person, knows.place)
    left = [one for one in row.codes if one != used]
    once = f"recovery:{row.person}:{used[:16]}"
    tell(tx, once, row.person, "recovery_used", person=row.person, left=len(left))
    return "password and recovery code", {"codes": left}


def invite_of(tx: Tx, hash_: str, *, alone: bool = False) -> InviteRow:
    """An invite that is good. `alone`: nobody else uses it meanwhile. Raises NotSignedIn."""
    found = select(_INVITE).where(_INVITE.c.hash == hash_)
    row: InviteRow | None = tx.first(found.with_for_update() if alone else found)
    if (
        row is None
        or not proofs.good(row, "invite", tx.now)
        or not believed(tx, bound.INVITE, [row])
    ):
        raise NotSignedIn("invite.ended")
    if waits(tx, row):
        raise NotSignedIn("invite.unconfirmed")
    return row


def waits(tx: Tx, row: InviteRow) -> bool:
    """Is it good for nothing until a second person confirms it? By what its person may do now, also as a
    deputy: it was made before, and whoever has it can be that person.
    """
    if not row.second or row.confirmed_by:
        return False
    people = there(tx)
    mine = [one for one in people if one.name == row.person]
    return any(needs_factor(rights(one, stands_for(tx, one.name, people))) for one in mine)


def living(tx: Tx, name: str) -> PersonRow:
    """A person of the register who is let in by what they hold or know. Raises NotSignedIn."""
    return present(tx, name)[0]


def present(tx: Tx, name: str) -> tuple[PersonRow, Sequence[PersonRow]]:
    """The same, and those whose deputy they are now."""
    people = there(tx)
    person = next((one for one in people if one.name == name), None)
    if person is None:
        raise NotSignedIn("session.ended")
    absent = believe(tx, person, stands_for(tx, name, people))
    if person.sample and any_real(tx):
        raise NotPermitted("session.no_sample_here")
    return person, absent


def there(tx: Tx) -> list[PersonRow]:
    """Everybody of the register who has not left."""
    return [one for one in tx.all(select(_PERSON)) if not gone(tx, one)]


def believe(tx: Tx, person: PersonRow, absent: Sequence[PersonRow] = ()) -> list[PersonRow]:
    """Those of `absent` for whom the history vouches; raises NotPermitted where not for the person."""
    kept = {one.name for one in believed(tx, bound.PERSON, [person, *absent])}
    if person.name not in kept:
        raise NotPermitted("session.not_vouched", Do("audit"), person=person.name)
    return [one for one in absent if one.name in kept]


def samples(tx: Tx) -> list[str]:
    """The sample people who may be played: nobody, once an account is registered that is no stand-in."""
    played = _PERSON.c.sample & _PERSON.c.retired_at.is_(None)
    rows = tx.all(select(_PERSON.c.name).where(played).order_by(_PERSON.c.name))
    return [] if any_real(tx) else [row.name for row in rows]


def any_real(tx: Tx) -> bool:
    """Is, or was, an account registered that is no stand-in?"""
    return tx.first(_REAL) is not None


def needs_factor(roles: Sequence[str]) -> bool:
    """Does what they do count for others, if only on one account? `roles`: as the register keeps them."""
    everywhere, on = held(roles)
    return bool(WITH_FACTOR & {*everywhere, *(role for role, _ in on)})


def has_factor(tx: Tx, person: str) -> bool:
    """Do they sign in with a second factor, or a passkey, which is one?"""
    row = proofs.password(tx, person)
    return (row is not None and row.seed != "") or bool(proofs.passkeys(tx, person))
