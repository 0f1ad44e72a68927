"""Accounts and people of config.toml become rows: one ledger row per difference.

The first config.toml of an empty database is in force. Later what narrows acts at once, and what loosens
is asked for: it stands in `config_change` until a policy owner confirms it. Removed from the file means
retired, never deleted: the register stays complete.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select, update

from publisher.clock import rfc3339
from publisher.config import Config
from publisher.errors import Do
from publisher.lifecycle import UNCLEAR
from publisher.policy.bundle import Policy
from publisher.store import NoPolicy, Tx, bound, former, ledger, meta, proofs
from publisher.store import tables as t
from publisher.store.ledger import Line
from publisher.store.looser import CLOSED, acting
from publisher.store.notices import tell
from publisher.store.tables import Account, ConfigChange, Person, core
from publisher.words import word

Subject = Literal["account", "person"]

KINDS: Mapping[Subject, bound.Kind] = {"account": bound.ACCOUNT, "person": bound.PERSON}
_MODELS: Mapping[str, Any] = {"account": Account, "person": Person}
_ACCOUNT = core(Account)
_CHANGE = core(ConfigChange)
_DELIVERY = core(t.Delivery)
_PLACE = frozenset({"network", "base_url", "remote_user_id", "credentials"})
_RIGHTS = frozenset({"roles", "until", "retired_at"})  # on which it depends whose yes counts
_EMPTY = {"broken_reason": "", "whoami_id": "", "whoami_credential": "", "whoami_place": ""}

FOUNDED = "founded"
REGISTER = "register"  # counts changes of accounts and of what people may: plans depend on them


@dataclass(frozen=True)
class Difference:
    """What config.toml wants of one account or person, beside its row (None when it is new).

    `now` acts at once, `asked` waits for a second person; `was` is what stays in force meanwhile.
    """

    kind: Subject
    name: str
    row: Any | None
    now: Mapping[str, Any]
    was: Mapping[str, Any]
    asked: Mapping[str, Any]
    retire: bool = False


def provision(tx: Tx, config: Config) -> int:
    """Bring both tables to what config.toml says, as far as one person may; how many rows differed."""
    tx.lock_epoch(exclusive=True)
    if not is_founded(tx):
        changed = _found(tx, config)
        former.keep(tx, config, ())
        return changed
    changed, before = 0, former.known(tx)
    for one in differences(tx, config):
        changed += _narrow(tx, one)
        _ask(tx, one)
    former.keep(tx, config, before)
    return changed


def differences(tx: Tx, config: Config) -> Iterator[Difference]:
    """Every account and person of the file, and every one that is no longer in it. Writes nothing."""
    policy = _policy(tx)
    for kind, wanted in _wanted(config).items():
        table, key = KINDS[kind].table, KINDS[kind].key[0]
        have = {getattr(row, key): row for row in tx.all(select(table))}
        whole = {getattr(row, key) for row in bound.believed(tx, KINDS[kind], [*have.values()])}
        for name, values in wanted.items():
            row = have.get(name)
            if row is None or name not in whole:  # changed outside Publisher: as if it were new
                yield _difference((kind, name), None, values, policy)
            elif row.managed_by == "config":
                yield _difference((kind, name), row, values, policy)
        for name, row in have.items():
            if name not in wanted and row.managed_by == "config" and row.retired_at is None:
                yield Difference(kind, name, row, {}, {}, {}, retire=True)


def _difference(
    of: tuple[Subject, str], row: Any | None, wanted: Mapping[str, Any], policy: Policy | None
) -> Difference:
    """A new one, and one that comes back, may do nothing until somebody has confirmed it."""
    kind, name = of
    old = dict(wanted) if row is None else {key: getattr(row, key) for key in wanted}
    if row is None or row.retired_at is not None:
        old |= CLOSED[kind]
    acts = {key: acting(kind, key, (old[key], wanted[key]), policy) for key in wanted}
    asked = {key: value for key, value in wanted.items() if acts[key] != value}
    if row is None:
        now = acts
    else:
        now = {key: value for key, value in acts.items() if getattr(row, key) != value}
        now |= {"retired_at": None} if row.retired_at is not None else {}
    return Difference(kind, name, row, now, {key: acts[key] for key in asked}, asked)


def _narrow(tx: Tx, one: Difference) -> int:
    if one.row is None:
        _register(tx, one.kind, one.name, one.now)
        return 1
    if one.retire:
        away: dict[str, Any] = {"deputy": {}} if one.kind == "person" and one.row.deputy else {}
        apply(tx, (one.kind, one.name), f"retire {one.kind}", {"retired_at": tx.now, **away})
        if one.kind == "person":  # nor do they come back with the person
            proofs.end_all(tx, one.name)
            proofs.forget(tx, one.name)
    elif one.now:
        apply(tx, (one.kind, one.name), f"change {one.kind}", one.now)
    else:
        return 0
    said = said_of({key: getattr(one.row, key) for key in one.now}, one.now)
    _tell(tx, one, "config_retired" if one.retire else "config_narrowed", change=said)
    return 1


def _register(tx: Tx, kind: Subject, name: str, values: Mapping[str, Any]) -> None:
    more = _EMPTY if kind == "account" else {}
    key = KINDS[kind].key[0]
    columns = {"managed_by": "config", **more, **values}
    table = KINDS[kind].table
    if tx.first(select(table).where(table.c[key] == name)) is None:
        row = _MODELS[kind](**{key: name, **columns})
        ledger.put(tx, row, Line(f"register {kind}", name, {"values": dict(values)}))
    else:
        tx.run(update(table).where(table.c[key] == name).values(**columns, retired_at=None))
        line = Line(f"restore {kind}", name, {"values": dict(values)})
        ledger.restate(tx, (KINDS[kind], name), line)
    if kind == "account":
        _count(tx)


def apply(tx: Tx, of: tuple[Subject, str], verb: str, changes: Mapping[str, Any]) -> None:
    """Change columns of one account or person, recorded; what is in flight judges again."""
    kind, name = of
    values = {k: rfc3339(v) if k == "retired_at" and v else v for k, v in changes.items()}
    ledger.change(tx, (KINDS[kind], name), Line(verb, name, {"values": values}), **changes)
    if kind == "account" or _RIGHTS & set(changes):
        _count(tx)
    if kind == "account" and _PLACE & set(changes):
        look_again(tx, name)


def look_again(tx: Tx, account: str) -> None:
    """Another host, user id or credential: what was wrong with the old one says nothing about it.

    What was held, or could not be looked up where the account was, may go now.
    """
    row = tx.first(select(_ACCOUNT).where(_ACCOUNT.c.id == account))
    if row is not None and row.broken_since is not None:
        line = Line("try again", account, {"was": row.broken_reason})
        ledger.change(tx, (bound.RECOGNITION, account), line, broken_since=None, broken_reason="")
    mine = _DELIVERY.c.account == account
    held = (_DELIVERY.c.state == "waiting") & (_DELIVERY.c.release_at <= tx.now)
    unclear = t.ATTENTION & _DELIVERY.c.state.in_(UNCLEAR)
    for these in (held & t.LIVE, unclear):
        tx.run(update(_DELIVERY).where(mine, these).values(wake_at=tx.now))


def _count(tx: Tx) -> None:
    tx.bump_epoch()
    tx.wakes = True
    meta.put(tx, REGISTER, str(int(meta.get(tx, REGISTER) or 0) + 1))


def _ask(tx: Tx, one: Difference) -> None:
    """The asked-for part, as one row; what was asked for before and is no longer is withdrawn."""
    mine = (_CHANGE.c.kind == one.kind, _CHANGE.c.name == one.name)
    before = tx.first(select(_CHANGE).where(*mine, *OPEN))
    if before is not None:
        if (before.old, before.new) == (one.was, one.asked):
            return
        line = Line("withdraw config change", f"{one.kind} {one.name}", {"asked": before.new})
        ledger.change(tx, (bound.CONFIG_CHANGE, before.id), line, withdrawn_at=tx.now)
    if not one.asked:
        return
    row = ConfigChange(
        kind=one.kind, name=one.name, old=dict(one.was), new=dict(one.asked), asked_at=tx.now
    )
    line = Line("ask config change", f"{one.kind} {one.name}", {"old": one.was, "new": one.asked})
    number = ledger.put(tx, row, line)
    yes = Do("confirm config", {"change": str(number)})
    _tell(tx, one, "config_asks", yes, change=said_of(one.was, one.asked))


OPEN = (_CHANGE.c.confirmed_at.is_(None), _CHANGE.c.withdrawn_at.is_(None))


def said_of(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """`calendar: office → always; active: no → yes`."""
    return "; ".join(f"{key}: {_said(old.get(key))} → {_said(new[key])}" for key in new)


def _said(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{k}={v}" for k, v in sorted(value.items())) or "none"
    return ", ".join(value) or "none" if isinstance(value, list) else str(value) or "none"


def _tell(tx: Tx, one: Difference, code: str, *acts: Do, change: str) -> None:
    tell(
        tx,
        f"config:{one.kind}:{one.name}:{rfc3339(tx.now)}:{code}",
        "policy owner",
        code,
        *acts,
        kind=word("kind", one.kind),
        name=one.name,
        change=change,
    )


def is_founded(tx: Tx) -> bool:
    """Was there ever a config.toml in force? A database from before this was asked has accounts."""
    return bool(meta.get(tx, FOUNDED)) or any(
        tx.first(select(kind.table).limit(1)) is not None for kind in KINDS.values()
    )


def _found(tx: Tx, config: Config) -> int:
    """The first config.toml of an empty database: there is nobody yet who could confirm it."""
    wanted = _wanted(config)
    for kind, rows in wanted.items():
        for name, values in rows.items():
            _register(tx, kind, name, values)
    meta.put(tx, FOUNDED, rfc3339(tx.now))
    ledger.record(tx, FOUNDED, "config.toml", {kind: sorted(rows) for kind, rows in wanted.items()})
    return sum(len(rows) for rows in wanted.values())


def _policy(tx: Tx) -> Policy | None:
    try:
        return tx.policy
    except NoPolicy:
        return None


def _wanted(config: Config) -> dict[Subject, dict[str, dict[str, Any]]]:
    accounts = {
        name: {
            "network": a.network,
            "calendar": a.calendar,
            "disclaimers": a.disclaimers,
            "lang": a.lang,
            "remote_user_id": a.user_id,
            "base_url": a.base_url,
            "options": dict(a.options),
            "credentials": dict(a.credentials),
            "owner": a.owner,
            "sandbox": a.sandbox,
            "active": a.active,
        }
        for name, a in config.accounts.items()
    }
    people = {
        name: {
            "display": p.name,
            "roles": p.kept,
            "os_users": sorted(p.os_users),
            "sample": p.sample,
            "lang": p.lang,
            "until": p.until.isoformat() if p.until else "",
        }
        for name, p in config.people.items()
    }
    return {"account": accounts, "person": people}
