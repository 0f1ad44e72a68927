"""Accounts and people of config.toml become rows: one ledger row per difference.

Removed from the file means retired, never deleted: the register stays complete.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select, update

from publisher.config import Config
from publisher.store import Tx, ledger
from publisher.store.tables import Account, Person, core

_ACCOUNT = core(Account)
_PERSON = core(Person)


def provision(tx: Tx, config: Config) -> int:
    """Bring both tables to what config.toml says; how many rows differed."""
    accounts = {
        name: {
            "network": a.network, "calendar": a.calendar, "disclaimers": a.disclaimers,
            "lang": a.lang, "remote_user_id": a.user_id, "base_url": a.base_url,
            "options": dict(a.options), "credentials": dict(a.credentials), "owner": a.owner,
            "sandbox": a.sandbox, "active": a.active,
        }
        for name, a in config.accounts.items()
    }  # fmt: skip
    people = {
        name: {
            "display": p.name, "roles": sorted(p.roles), "os_users": sorted(p.os_users),
            "sample": p.sample,
        }
        for name, p in config.people.items()
    }  # fmt: skip
    changed = _bring(tx, _ACCOUNT, _ACCOUNT.c.id, accounts)
    if changed:
        tx.bump_epoch()
        tx.wakes = True
    return changed + _bring(tx, _PERSON, _PERSON.c.name, people)


def _bring(tx: Tx, table: Any, key: Any, wanted: Mapping[str, Mapping[str, Any]]) -> int:
    have = {row._mapping[key.name]: row for row in tx.all(select(table))}  # noqa: SLF001
    changed = 0
    for name, values in wanted.items():
        row = have.get(name)
        if row is None:
            tx.run(insert(table).values({key.name: name, **_empty(table), **values}))
            _record(tx, table, "register", name, values)
        elif row.managed_by == "config" and (difference := _difference(row, values)):
            tx.run(update(table).where(key == name).values(**difference, retired_at=None))
            _record(tx, table, "change", name, difference)
        else:
            continue
        changed += 1
    for name, row in have.items():
        if name not in wanted and row.managed_by == "config" and row.retired_at is None:
            tx.run(update(table).where(key == name).values(retired_at=tx.now))
            _record(tx, table, "retire", name, {})
            changed += 1
    return changed


def _difference(row: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    found = {k: v for k, v in values.items() if getattr(row, k) != v}
    return found or ({"managed_by": "config"} if row.retired_at is not None else {})


def _empty(table: Any) -> dict[str, Any]:
    base = {"managed_by": "config"}
    if table is _ACCOUNT:
        base |= {"broken_reason": "", "whoami_id": "", "whoami_credential": ""}
    return base


def _record(tx: Tx, table: Any, verb: str, name: str, values: Mapping[str, Any]) -> None:
    ledger.record(tx, f"{verb} {table.name}", name, {"values": dict(values)})
