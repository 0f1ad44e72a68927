"""What waits for a second person: changes of config.toml, versions of the policy."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from unicodedata import normalize

from sqlalchemy import select

from publisher.config import Config
from publisher.desk.parts import seen
from publisher.desk.parts.selves import Had, had, selves
from publisher.errors import Do
from publisher.gate.accounts import account_value, place_of
from publisher.networks.place import place
from publisher.roles import sees
from publisher.store import Tx, bound
from publisher.store import tables as t
from publisher.store.bound import CONFIG_CHANGE, POLICY, believed
from publisher.store.people import gone
from publisher.store.provision import KINDS, OPEN, differences, is_founded, said_of
from publisher.store.rows import AccountRow, ChangeRow, PersonRow, PolicyRow
from publisher.store.tables import core
from publisher.words import part, word

_CHANGE = core(t.ConfigChange)
_POLICY = core(t.PolicyVersion)
_PERSON = core(t.Person)
_ACCOUNT = core(t.Account)
OWNER = "policy owner"
RECOVER = Do("operate", {"how": "recover"})


def open_changes(tx: Tx) -> Sequence[ChangeRow]:
    """What is asked for and neither confirmed nor withdrawn, the oldest first."""
    return believed(tx, CONFIG_CHANGE, tx.all(select(_CHANGE).where(*OPEN).order_by(_CHANGE.c.id)))


def owners(tx: Tx, row: ChangeRow) -> list[str]:
    """The policy owners who may confirm this change, by the register and not by config.toml."""
    subject = subject_of(tx, row)
    demonstration = _is_demonstration(row, subject) and not _has_real(tx)
    known = had(tx)
    concerned = _concerned(tx, row, known)
    said = {one.name: _plain(one.display) for one in tx.all(select(_PERSON))}

    def called(name: str) -> set[str]:
        return {one for other in selves(known, name) for one in (other, said[other])}

    return [
        person.name
        for person in policy_owners(tx)
        if not called(person.name) & concerned
        and (demonstration if person.sample else bool(person.os_users))
    ]


def confirms(tx: Tx, row: ChangeRow) -> bool:
    """May the actor confirm it, as such an owner or the deputy of one, and of nobody whom it concerns?"""
    me, known = {tx.actor.person, *tx.actor.stands_for}, had(tx)
    concerned = _concerned(tx, row, known)
    said = {one.name: _plain(one.display) for one in tx.all(select(_PERSON))}
    mine = {other for one in me for other in selves(known, one)}
    return bool(me & {*owners(tx, row)}) and not {*mine, *(said[one] for one in mine)} & concerned


def ahead(tx: Tx, config: Config) -> Iterator[dict[str, Any]]:
    """What the next start with this config.toml would ask a second person for, each a `part`."""
    if is_founded(tx):
        for one in differences(tx, config):
            if one.asked:
                kind, change = word("kind", one.kind), said_of(one.was, one.asked)
                yield part("changes.ahead", kind=kind, name=one.name, change=change)


def stuck(tx: Tx) -> Iterator[tuple[dict[str, Any], Sequence[Do]]]:
    """What waits for a second person, and where there is none left: each a `part`, and what helps."""
    for row in open_changes(tx):
        kind, change = word("kind", row.kind), said_of(row.old, row.new)
        what = {"kind": kind, "name": row.name, "change": change}
        if owners(tx, row):
            yield part("changes.waits", **what), [Do("confirm config", {"change": str(row.id)})]
        else:
            yield part("changes.nobody_left", **what), [RECOVER]
    real = tx.first(
        select(_ACCOUNT).where(
            _ACCOUNT.c.active, _ACCOUNT.c.retired_at.is_(None), ~_ACCOUNT.c.sandbox
        )
    )
    if real is not None and not any(p.os_users and not p.sample for p in policy_owners(tx)):
        yield part("changes.no_owner_left"), [RECOVER]


def seen_changes(tx: Tx) -> Sequence[ChangeRow]:
    """Those that concern an account that there is for whoever acts; all, where all accounts are."""
    rows = open_changes(tx)
    if sees(tx.actor) is None:
        return rows
    return [row for row in rows if row.kind == "account" and seen.there(tx, row.name)]


def policy_owners(tx: Tx) -> list[PersonRow]:
    """Who has the role, and has not left."""
    rows = tx.all(select(_PERSON).order_by(_PERSON.c.name))
    return [row for row in rows if OWNER in row.roles and not gone(tx, row)]


def subject_of(tx: Tx, row: ChangeRow) -> Any:
    """The account or person of the register that a change is about."""
    kind = KINDS[row.kind]
    found = tx.first(select(kind.table).where(kind.table.c[kind.key[0]] == row.name))
    assert found is not None
    return found


def _concerned(tx: Tx, row: ChangeRow, known: Had) -> set[str]:
    """The person whose rights change, under each of their names; or whose account it is, was, or is to be.

    An account that stands in the register under another name as well is the same account.
    """
    subject = subject_of(tx, row)
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


def _is_demonstration(row: ChangeRow, subject: AccountRow | PersonRow) -> bool:
    """Is it a sandbox account, or a sample person, and does it stay one?"""
    key = "sandbox" if row.kind == "account" else "sample"
    return bool(getattr(subject, key) and row.new.get(key, True))


def _has_real(tx: Tx) -> bool:
    """Is, or was, a real account registered? Its credentials are here, and a stand-in may be given them.

    Then a sample person, who may be anybody, confirms nothing: not even a sandbox account.
    """
    real = select(_ACCOUNT.c.id).where(_ACCOUNT.c.sandbox.is_(False))
    return tx.first(real.limit(1)) is not None


def about(tx: Tx, row: ChangeRow) -> dict[str, Any]:
    """Whose it is, as a `part`."""
    subject = subject_of(tx, row)
    if row.kind == "person":
        users = row.new.get("os_users", ())
        others = selves(had(tx), row.name, users) - {row.name}
        return part(
            "changes.person",
            person=subject.display,
            users=list(subject.os_users) or part("changes.none"),
            before=part("changes.same_as", people=sorted(others)) if others else "",
        )
    return part(
        "changes.account",
        network=subject.network,
        user=subject.remote_user_id,
        where=subject.base_url or part("changes.own_address"),
        calendar=subject.calendar,
        notices=subject.disclaimers,
    )


def saying_yes(number: int) -> Do:
    """What a second person does: see what the version changes, and say yes to it."""
    return Do("confirm policy", {"version": str(number)})


def proposals(tx: Tx) -> list[PolicyRow]:
    """The versions that wait for a second person: proposed since the one in force came into force."""
    rows = believed(
        tx,
        POLICY,
        tx.all(select(_POLICY).where(_POLICY.c.activated_at.is_(None)).order_by(_POLICY.c.id)),
    )
    since = bound.activation(tx)
    made = bound.newest(tx, [POLICY.fact(row) for row in rows])
    return [row for row in rows if since is None or made[POLICY.fact(row)].seq > since.seq]
