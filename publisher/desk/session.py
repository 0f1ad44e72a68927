"""Who acts: from a credential to a person of the register, whom the history vouches for."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn

from sqlalchemy import select

from publisher.errors import Do, NotPermitted
from publisher.roles import NOBODY, Actor
from publisher.store import Store, Tx
from publisher.store import tables as t
from publisher.store.bound import PERSON, believed
from publisher.store.rows import PersonRow
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


Credential = OsUser


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
    people = [p for p in tx.all(select(_PERSON)) if p.retired_at is None]
    chosen = _sample(people, credential) if credential.sample else _person(people, credential)
    if not believed(tx, PERSON, [chosen]):
        raise NotPermitted("session.not_vouched", Do("audit"), person=chosen.name)
    login = "" if chosen.sample else _login(people, chosen, credential.login)
    return Actor(chosen.name, frozenset(chosen.roles), credential.kept, chosen.sample, login)


def server(credential: Credential) -> Actor:
    """Whoever holds the server itself, and its database, while no daemon runs."""
    return Actor("server", frozenset({"server"}), credential.kept)


def _sample(people: Sequence[PersonRow], credential: Credential) -> PersonRow:
    chosen = next((p for p in people if p.name == credential.sample and p.sample), None)
    if chosen is None:
        samples = _samples(people) or part("session.no_samples")
        raise NotPermitted(
            "session.no_sample", field="sample", person=credential.sample, samples=samples
        )
    return chosen


def _person(people: Sequence[PersonRow], credential: Credential) -> PersonRow:
    chosen = next((p for p in people if credential.name in p.os_users), None)
    if chosen is None:
        _refuse(people, credential.name)
    return chosen


def _refuse(people: Sequence[PersonRow], user: str) -> NoReturn:
    """In the demonstration a sample person helps; else the register does."""
    if samples := _samples(people):
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
