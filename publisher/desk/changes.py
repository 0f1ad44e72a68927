"""What config.toml asks for takes a second person: a policy owner whose own it is not (invariant 12)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from unicodedata import normalize

from sqlalchemy import Row, select

from publisher.clock import rfc3339
from publisher.config import Config
from publisher.desk.selves import Had, had, selves
from publisher.errors import Conflict, NotFound, NotPermitted, Usage
from publisher.gate.facts import account_value, place_of
from publisher.networks.place import place
from publisher.roles import ROLES, authorize, refuse_another_login
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.bound import CONFIG_CHANGE, believed
from publisher.store.ledger import Line
from publisher.store.notices import tell
from publisher.store.provision import KINDS, OPEN, apply, said_of
from publisher.store.tables import core

_CHANGE = core(t.ConfigChange)
_PERSON = core(t.Person)
_ACCOUNT = core(t.Account)

OWNER = "policy owner"
RECOVER = "with the daemon stopped: publisher recover owner NAME --reason …"


def open_changes(tx: Tx) -> Sequence[Row[Any]]:
    """What is asked for and neither confirmed nor withdrawn, the oldest first."""
    return believed(tx, CONFIG_CHANGE, tx.all(select(_CHANGE).where(*OPEN).order_by(_CHANGE.c.id)))


def confirm(tx: Tx, number: int) -> Row[Any]:
    """A policy owner's yes to what config.toml asked for; it is in force from now on.

    Raises NotPermitted for whoever's rights or accounts change by it.
    """
    authorize(tx.actor, "confirm config")
    refuse_another_login(tx.actor, "confirm config")
    row = next((one for one in open_changes(tx) if one.id == number), None)
    if row is None:
        raise NotFound(f"Change {number} is not waiting. List: publisher config changes")
    subject = _subject(tx, row)
    if tx.actor.person not in owners(tx, row):
        raise NotPermitted(
            f"{tx.actor.person} cannot confirm this: it takes a policy owner whose own rights or "
            "accounts do not change by it, and for what is no demonstration no sample person."
        )
    if any(getattr(subject, key) != value for key, value in row.old.items()):
        raise Conflict(f"{row.kind} {row.name} was changed since; nothing was confirmed.")
    apply(tx, (row.kind, row.name), f"confirm {row.kind}", row.new)
    line = Line("confirm config change", f"{row.kind} {row.name}", {"old": row.old, "new": row.new})
    ledger.change(tx, (CONFIG_CHANGE, row.id), line, confirmed_by=tx.actor.person,
                  confirmed_at=tx.now)  # fmt: skip
    tell(tx, f"config confirmed:{row.id}", OWNER, "config_confirmed", kind=row.kind, name=row.name,
         person=tx.actor.person, change=said_of(row.old, row.new))  # fmt: skip
    return row


def owners(tx: Tx, row: Row[Any]) -> list[str]:
    """The policy owners who may confirm this change, by the register and not by config.toml."""
    subject = _subject(tx, row)
    demonstration = _is_demonstration(row, subject) and not _has_real(tx)
    known = had(tx)
    concerned = _concerned(tx, row, known)
    said = {one.name: _plain(one.display) for one in tx.all(select(_PERSON))}

    def called(name: str) -> set[str]:
        return {one for other in selves(known, name) for one in (other, said[other])}

    return [
        person.name
        for person in _owners(tx)
        if not called(person.name) & concerned
        and (demonstration if person.sample else bool(person.os_users))
    ]


def stuck(tx: Tx) -> Iterator[str]:
    """What waits for a second person, and where there is none left: for `status` and `config check`."""
    for row in open_changes(tx):
        what = f"config.toml asks to loosen {row.kind} {row.name}: {said_of(row.old, row.new)}"
        if owners(tx, row):
            yield f"{what}. A policy owner confirms it: publisher config confirm {row.id}"
        else:
            yield f"{what}. Nobody is left who could confirm it; {RECOVER}"
    real = tx.first(select(_ACCOUNT).where(
        _ACCOUNT.c.active, _ACCOUNT.c.retired_at.is_(None), ~_ACCOUNT.c.sandbox))  # fmt: skip
    if real is not None and not any(p.os_users and not p.sample for p in _owners(tx)):
        yield f"No policy owner is left who could confirm what loosens; {RECOVER}"


def changes_json(tx: Tx) -> list[dict[str, Any]]:
    """`[{id, kind, name, old, new, asked_at, about, confirm}]`: `confirm` names who may."""
    return [
        {
            "id": row.id, "kind": row.kind, "name": row.name, "old": row.old, "new": row.new,
            "asked_at": rfc3339(row.asked_at), "about": _about(tx, row),
            "confirm": owners(tx, row),
        }
        for row in open_changes(tx)
    ]  # fmt: skip


def recover_owner(tx: Tx, config: Config, name: str, why: str) -> None:
    """Name a policy owner where nobody could confirm one; told to everybody.

    Raises Conflict while somebody else could, and Usage unless config.toml says so of this person.
    """
    setting = config.people.get(name)
    if setting is None or setting.sample or OWNER not in setting.roles or not setting.os_users:
        raise Usage(
            f'Write {name} into config.toml first: [people.{name}] with "{OWNER}" among the roles and '
            "os_users, and no sample person. Then say this again; nothing was changed."
        )
    if len(why.strip()) < 5:
        raise Usage("Say why nobody else can: --reason. Everybody is told.")
    row = tx.first(select(_PERSON).where(_PERSON.c.name == name))
    if row is None or row.retired_at is not None:
        raise NotFound(f"{name} is not in the register yet: publisher db upgrade, then this again.")
    others = [p.name for p in _owners(tx) if p.os_users and not p.sample]
    if others:
        raise Conflict(f"Nothing was changed: {', '.join(others)} can confirm changes.")
    changes = {"roles": sorted({*row.roles, OWNER}), "os_users": sorted(setting.os_users),
               "sample": False}  # fmt: skip
    tx.bump_epoch()
    apply(tx, ("person", name), "recover owner", changes)
    ledger.record(tx, "recover owner", name, {"reason": why})
    for one in open_changes(tx):  # the next start asks anew for what is left of it
        if (one.kind, one.name) == ("person", name):
            withdrawn = Line("withdraw config change", f"person {name}", {"asked": one.new})
            ledger.change(tx, (CONFIG_CHANGE, one.id), withdrawn, withdrawn_at=tx.now)
    for role in ROLES:
        tell(tx, f"owner recovered:{name}:{rfc3339(tx.now)}:{role}", role, "owner_recovered",
             name=name, os_user=tx.actor.os_user, why=why)  # fmt: skip


def _owners(tx: Tx) -> list[Row[Any]]:
    rows = tx.all(select(_PERSON).where(_PERSON.c.retired_at.is_(None)).order_by(_PERSON.c.name))
    return [row for row in rows if OWNER in row.roles]


def _subject(tx: Tx, row: Row[Any]) -> Row[Any]:
    kind = KINDS[row.kind]
    found = tx.first(select(kind.table).where(kind.table.c[kind.key[0]] == row.name))
    assert found is not None
    return found


def _concerned(tx: Tx, row: Row[Any], known: Had) -> set[str]:
    """The person whose rights change, under each of their names; or whose account it is, was, or is to be.

    An account that stands in the register under another name as well is the same account.
    """
    subject = _subject(tx, row)
    if row.kind == "person":
        return set(selves(known, row.name, row.new.get("os_users", ())))
    now = account_value(subject)
    to_be = {
        key: row.new[key] for key in ("network", "base_url", "remote_user_id") if key in row.new
    }
    places = {place(now), place(replace(now, **to_be))}
    same = [a.owner for a in tx.all(select(_ACCOUNT)) if place_of(a) in places]
    return {_plain(owner) for owner in (*same, subject.owner, row.new.get("owner", subject.owner))}


def _plain(name: str) -> str:
    """A name however it was typed: `Otto` and `otto ` are one person."""
    return " ".join(normalize("NFKC", name).casefold().split())


def _is_demonstration(row: Row[Any], subject: Row[Any]) -> bool:
    """Is it a sandbox account, or a sample person, and does it stay one?"""
    key = "sandbox" if row.kind == "account" else "sample"
    return bool(getattr(subject, key) and row.new.get(key, True))


def _has_real(tx: Tx) -> bool:
    """Is, or was, a real account registered? Its credentials are here, and a stand-in may be given them.

    Then a sample person, who may be anybody, confirms nothing: not even a sandbox account.
    """
    real = select(_ACCOUNT.c.id).where(_ACCOUNT.c.sandbox.is_(False))
    return tx.first(real.limit(1)) is not None


def _about(tx: Tx, row: Row[Any]) -> str:
    subject = _subject(tx, row)
    if row.kind == "person":
        users = row.new.get("os_users", ())
        others = selves(had(tx), row.name, users) - {row.name}
        before = f"; has or had the same as {', '.join(sorted(others))}" if others else ""
        return f"{subject.display}, operating-system users: {', '.join(subject.os_users) or 'none'}{before}"
    where = subject.base_url or "the network's own address"
    return (
        f"{subject.network} at {where}, user id {subject.remote_user_id}, calendar "
        f"{subject.calendar}, notices {subject.disclaimers}"
    )
