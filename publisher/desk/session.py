"""Who acts: from a credential to a person of the register, whom the history vouches for."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import NoReturn, cast

from publisher import roles
from publisher.desk.parts import proving
from publisher.desk.parts.proving import (
    Invited,
    Knows,
    Uses,
    any_real,
    believe,
    has_factor,
    needs_factor,
    present,
    there,
)
from publisher.errors import Do, NotPermitted, NotSignedIn
from publisher.roles import NOBODY, Actor, held
from publisher.store import Store, Tx, proofs
from publisher.store import tables as t
from publisher.store.bound import believed
from publisher.store.people import rights, stands_for
from publisher.store.rows import PersonRow, SignInRow, TokenRow
from publisher.store.tables import core
from publisher.words import part

_PERSON = core(t.Person)


@dataclass(frozen=True)
class OsUser:
    """An operating-system user, as the kernel names whoever runs a command.

    `kept`: how the history keeps it. `login`: the user who logged in, by the kernel's own account, ""
    where none is set. `sample`: the sample person of the demonstration to act as.
    """

    name: str
    kept: str
    login: str = ""
    sample: str = ""


@dataclass(frozen=True)
class Held:
    """What somebody holds: the sha256 of an API token's secret, or of a sign-in's.

    `fresh`: for this one act its person has just proved anew who they are. `page`: a browser showed it.
    """

    what: proofs.What
    hash: str
    fresh: bool = False
    page: bool = False


Credential = OsUser | Held | Knows | Invited | Uses


@dataclass(frozen=True)
class Session:
    """A person at the desk: each transaction asks anew who they are."""

    store: Store
    credential: Credential

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """One consistent look at the database. Raises NotPermitted for nobody of the register."""
        with self.store.read() as tx:
            tx.actor = actor(tx, self.credential)
            yield tx

    @contextmanager
    def writing(self) -> Iterator[Tx]:
        """One transaction of theirs; the daemon is woken after it. Raises NotPermitted for nobody."""
        with self.store.write(NOBODY) as tx:
            tx.actor = actor(tx, self.credential)
            yield tx


def actor(tx: Tx, credential: Credential) -> Actor:
    """The person behind the credential; raises NotPermitted when there is none to be believed."""
    if isinstance(credential, Held):
        return holder(tx, credential)[0]
    if isinstance(credential, Knows | Invited | Uses):
        return proving.actor(tx, credential)
    people = there(tx)
    chosen = _sample(people, credential) if credential.sample else _person(tx, people, credential)
    absent = believe(tx, chosen, stands_for(tx, chosen.name, people))
    login = "" if chosen.sample else _login(people, chosen, credential.login)
    return replace(_acting(chosen, absent, credential.kept), login=login)


def _acting(person: PersonRow, absent: Sequence[PersonRow], kept: str) -> Actor:
    """With their own roles, and those of whom they act for, which the history says beside their name."""
    (everywhere, on), names = held(rights(person, absent)), tuple(one.name for one in absent)
    kept = f"{kept}, for {' and '.join(names)}" if names else kept
    lang, sample = person.lang, person.sample
    return Actor(person.name, everywhere, kept, sample, lang=lang, on=on, stands_for=names)


def reads(tx: Tx, credential: OsUser) -> str:
    """The language of whom this is said to be, before anybody is let in; "" for the company's."""
    people = there(tx)
    name = credential.sample
    mine = (p for p in people if p.name == name or (not name and credential.name in p.os_users))
    return next((p.lang for p in mine), "")


def holder(tx: Tx, credential: Held) -> tuple[Actor, TokenRow | SignInRow]:
    """The person behind what somebody holds, and its row. Raises NotSignedIn for what is no proof."""
    row = cast(TokenRow | SignInRow | None, proofs.found(tx, credential.what, credential.hash))
    if row is None or not proofs.good(row, credential.what, tx.now):
        raise NotSignedIn("session.ended")
    if not believed(tx, proofs.KINDS[credential.what], [row]):
        raise NotSignedIn("session.ended")
    if (getattr(row, "kind", "") == "page") != credential.page:
        raise NotSignedIn("session.ended")  # neither is taken for the other
    return _holding(tx, credential, row), row


def _holding(tx: Tx, credential: Held, row: TokenRow | SignInRow) -> Actor:
    """With the limits of what they hold; the history says by what they were known."""
    person, absent = present(tx, row.person)
    what = "page" if credential.page else credential.what
    kept = f'{what} "{row.name}"'
    if credential.what == "token":  # a program is nobody's deputy
        made = _acting(person, (), kept)
        return replace(made, proof="token", scopes=frozenset(cast(TokenRow, row).scopes))
    made = _acting(person, absent, kept)
    if credential.fresh:
        return replace(made, os_user=f"{made.os_user}, confirmed")
    if credential.page and _is_fresh(tx, cast(SignInRow, row), made):
        return replace(made, os_user=f"{made.os_user}, fresh")
    return replace(made, proof="login")


def _is_fresh(tx: Tx, row: SignInRow, made: Actor) -> bool:
    """Whose roles, also lent ones, have come to need a second factor proves nothing without one.

    A sample person without a password has nothing to prove, and may nothing where anybody is real.
    """
    if made.sample and proofs.password(tx, made.person) is None:
        return True
    enough = not needs_factor(roles.kept(made)) or has_factor(tx, made.person)
    return proofs.fresh(row, tx.now) and enough


def _sample(people: Sequence[PersonRow], credential: OsUser) -> PersonRow:
    chosen = next((p for p in people if p.name == credential.sample and p.sample), None)
    if chosen is None:
        samples = _samples(people) or part("session.no_samples")
        raise NotPermitted(
            "session.no_sample", field="sample", person=credential.sample, samples=samples
        )
    return chosen


def _person(tx: Tx, people: Sequence[PersonRow], credential: OsUser) -> PersonRow:
    chosen = next((p for p in people if credential.name in p.os_users), None)
    if chosen is None:
        _refuse([] if any_real(tx) else _samples(people), credential.name)
    return chosen


def _refuse(samples: Sequence[str], user: str) -> NoReturn:
    """In the demonstration a sample person helps; else the register does."""
    if samples:
        hint = part("session.try_out", samples=samples)
        raise NotPermitted("session.nobody", field="sample", user=user, hint=hint)
    raise NotPermitted("session.nobody", Do("read", {"how": "changes"}), user=user, hint="")


def _samples(people: Sequence[PersonRow]) -> list[str]:
    return [f"{p.name} ({', '.join(p.roles)})" for p in people if p.sample]


def _login(people: Sequence[PersonRow], chosen: PersonRow, login: str) -> str:
    """Who logged in, when it is somebody else."""
    if not login or login in chosen.os_users:
        return ""
    return next((p.name for p in people if login in p.os_users), login)
