"""What config.toml asks for takes a second person: a policy owner whose own it is not (invariant 12)."""

from sqlalchemy import select

from publisher.clock import rfc3339
from publisher.config import Config
from publisher.desk.parts.pending import OWNER, confirms, open_changes, policy_owners, subject_of
from publisher.errors import Conflict, Do, NotFound, NotPermitted, Usage
from publisher.roles import ROLES, authorize, refuse_another_login
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.bound import CONFIG_CHANGE
from publisher.store.ledger import Line
from publisher.store.notices import tell
from publisher.store.provision import apply, said_of
from publisher.store.rows import ChangeRow
from publisher.store.tables import core
from publisher.words import foreign, word

_PERSON = core(t.Person)

_CHANGE = core(t.ConfigChange)


def confirm(tx: Tx, number: int) -> ChangeRow:
    """A policy owner's yes to what config.toml asked for; it is in force from now on.

    Raises NotPermitted for whoever's rights or accounts change by it.
    """
    authorize(tx.actor, "confirm config")
    refuse_another_login(tx.actor, "confirm config")
    row = next((one for one in open_changes(tx) if one.id == number), None)
    if row is None:
        raise NotFound("changes.not_waiting", Do("read", {"how": "changes"}), change=number)
    subject = subject_of(tx, row)
    if not confirms(tx, row):
        raise NotPermitted("changes.own", person=tx.actor.person)
    if any(getattr(subject, key) != value for key, value in row.old.items()):
        raise Conflict("changes.changed_since", kind=word("kind", row.kind), name=row.name)
    apply(tx, (row.kind, row.name), f"confirm {row.kind}", row.new)
    line = Line("confirm config change", f"{row.kind} {row.name}", {"old": row.old, "new": row.new})
    ledger.change(
        tx, (CONFIG_CHANGE, row.id), line, confirmed_by=tx.actor.person, confirmed_at=tx.now
    )
    tell(
        tx,
        f"config confirmed:{row.id}",
        OWNER,
        "config_confirmed",
        kind=word("kind", row.kind),
        name=row.name,
        person=tx.actor.person,
        change=said_of(row.old, row.new),
    )
    return row


def recover_owner(tx: Tx, config: Config, name: str, why: str) -> None:
    """Name a policy owner where nobody could confirm one; told to everybody.

    Raises Conflict while somebody else could, and Usage unless config.toml says so of this person.
    """
    authorize(tx.actor, "recover owner")
    why = foreign(why)
    setting = config.people.get(name)
    if setting is None or setting.sample or OWNER not in setting.kept or not setting.os_users:
        raise Usage("changes.write_first", name=name, role=OWNER)
    if len(why.strip()) < 5:
        raise Usage("changes.say_why", field="reason")
    row = tx.first(select(_PERSON).where(_PERSON.c.name == name))
    if row is None or row.retired_at is not None:
        raise NotFound("changes.not_registered", Do("operate", {"how": "upgrade"}), name=name)
    others = [p.name for p in policy_owners(tx) if p.os_users and not p.sample]
    if others:
        raise Conflict("changes.others_can", people=others)
    changes = {
        "roles": sorted({*row.roles, OWNER}),
        "os_users": sorted(setting.os_users),
        "sample": False,
    }
    tx.bump_epoch()
    apply(tx, ("person", name), "recover owner", changes)
    ledger.record(tx, "recover owner", name, {"reason": why})
    for one in open_changes(tx):  # the next start asks anew for what is left of it
        if (one.kind, one.name) == ("person", name):
            withdrawn = Line("withdraw config change", f"person {name}", {"asked": one.new})
            ledger.change(tx, (CONFIG_CHANGE, one.id), withdrawn, withdrawn_at=tx.now)
    for role in ROLES:
        tell(
            tx,
            f"owner recovered:{name}:{rfc3339(tx.now)}:{role}",
            role,
            "owner_recovered",
            name=name,
            os_user=tx.actor.os_user,
            why=why,
        )
