"""`publisher doctor`: one line for each thing that must be right, with what to do when it is not."""

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from publisher import config, unix
from publisher.app import build
from publisher.cli.common import clock_of, mine, spoken, sqlite_file
from publisher.config import owner
from publisher.errors import Do, Problem
from publisher.words import Part, part, say_part

if TYPE_CHECKING:
    from collections.abc import Collection, Generator

    from publisher.app import App
    from publisher.config import Config


@dataclass(frozen=True)
class Looked:
    """Of one thing whether it is right, and what is said of it. `what`: a name of ours, or an account."""

    state: Literal["ok", "warn", "fail"]
    what: Part | str
    said: str

    def named(self, lang: str) -> str:
        """What was looked at; programs know it by its English name."""
        return self.what if isinstance(self.what, str) else say_part(self.what, lang)


def checkup() -> list[Looked]:
    """Every check in turn; one that cannot be made fails, and the next is made all the same."""
    return list(_lines())


def _lines() -> Iterator[Looked]:
    yield Looked("ok", "python", sys.version.split()[0])
    try:
        found = config.read(config.find(Path.cwd()), os.environ)
    except Problem as error:
        yield Looked("fail", "config.toml", error.said(mine()))
        return
    counted = {"accounts": len(found.accounts), "people": len(found.people)}
    yield Looked("ok", "config.toml", spoken("doctor.configuration", **counted))
    yield from _belongs(found)
    if any(owner.others(found)):
        return  # nothing of it is this user's to look at
    made = build(found)
    checks: list[tuple[str, Callable[[], Iterator[Looked]]]] = [
        ("policy_folder", lambda: _policy(found)),
        ("folders", lambda: _folders(found)),
        ("secrets", lambda: _secrets(made)),
        ("database", lambda: _database(made)),
        ("accounts", lambda: _accounts(made)),
        ("register", lambda: _register(made)),
        ("daemon", lambda: _daemon(made)),
    ]
    database = part("checked.database")
    for what, check in checks:
        failed = False
        try:
            for line in check():
                yield line
                failed = failed or (line.state == "fail" and line.what == database)
        except Exception as error:  # noqa: BLE001  # a check that fails is a finding
            said = error.said(mine()) if isinstance(error, Problem) else str(error)
            yield Looked("fail", part(f"checked.{what}"), said or type(error).__name__)
            failed = True
        if failed and what == "database":
            break  # what follows would only say the same again
    made.store.close()


def _policy(found: "Config") -> Iterator[Looked]:
    from publisher.policy import bundle

    policy = bundle.load(bundle.read_folder(found.policy))
    counted = {"calendars": len(policy.calendars), "data": bundle.calendar_data()}
    yield Looked("ok", part("checked.policy_folder"), spoken("doctor.policy", **counted))


def _folders(found: "Config") -> Iterator[Looked]:
    for name, path in (
        (part("checked.data"), found.data),
        (part("checked.witness"), found.witness),
    ):
        if not path.exists():
            yield Looked("warn", name, spoken("doctor.no_folder", path=str(path)))
        elif not os.access(path, os.W_OK):
            yield Looked("fail", name, spoken("doctor.not_writable", path=str(path)))
        else:
            free = shutil.disk_usage(path).free
            low = free < found.daemon.free_space_reserve
            room = {"path": str(path), "size": f"{free // 1_000_000:,}"}
            yield Looked("fail" if low else "ok", name, spoken("doctor.free", **room))


def _belongs(found: "Config") -> Iterator[Looked]:
    flaws = [
        Looked("fail", part("checked.belongs"), say_part(one, mine())) for one in owner.flaws(found)
    ]
    user = spoken("doctor.belongs", user=unix.user_name(os.geteuid()))
    yield from flaws or [Looked("ok", part("checked.belongs"), user)]


def _secrets(made: "App") -> Iterator[Looked]:
    from publisher.networks.registry import about
    from publisher.store.secrets import resolve

    found, held = made.config, _vaulted(made)
    keys = (yield from _vault_keys(made)) if held else None
    for name, account in found.accounts.items():
        what = part("checked.credentials", account=name)
        if sealed := held.get(name):
            lacking = set() if keys is None else sealed - keys
            yield _in_vault(what, lacking, too=bool(account.credentials))
            continue
        if not account.credentials:
            connect = Do("connect account", {"account": name})
            yield Looked("warn", what, spoken("doctor.no_secrets", connect))
            continue
        try:
            names = about(account.network).names
            resolve(account.credentials, found.folder, os.environ, names=names)
        except Problem as error:
            yield Looked("warn", what, spoken("doctor.secrets", why=error.said(mine())))
            continue
        open_to_all = [r for r in account.credentials.values() if _readable(found.folder, r)]
        if open_to_all:
            yield Looked("warn", what, spoken("doctor.readable", file=open_to_all[0]))
        else:
            yield Looked("ok", what, spoken("doctor.there"))


def _in_vault(what: Part, lacking: "Collection[str]", *, too: bool) -> Looked:
    if lacking:
        return Looked("fail", what, spoken("doctor.no_vault_key", key=min(lacking)))
    state: Literal["warn", "ok"] = "warn" if too else "ok"
    return Looked(state, what, spoken("doctor.vault_too" if too else "doctor.vault"))


def _vaulted(made: "App") -> dict[str, set[str]]:
    """For which accounts the vault holds something, and sealed with which keys."""
    from publisher.store import schema, vault

    file = sqlite_file(made.config)
    if (file is not None and not file.exists()) or schema.current(made.store) != schema.NEWEST:
        return {}
    with made.store.read() as tx:
        held = vault.rows(tx)
    return {name: {vault.key_of(row.record) for row in rows} for name, rows in held.items()}


def _vault_keys(made: "App") -> "Generator[Looked, None, set[str] | None]":
    """The ids of the keys that are there; None where this shell cannot know, and the daemon may."""
    from publisher.daemon import keyring
    from publisher.store import meta

    with made.store.read() as tx:
        place = keyring.place(made.config, meta.get(tx, "installation"), made.env)
    what = part("checked.vault_key")
    try:
        keys = set(place.read().keys)
    except Problem as error:
        why = error.said(mine())
        said = why if place.ours else spoken("doctor.secrets", why=why)
        yield Looked("fail" if place.ours else "warn", what, said)
        return None
    yield Looked("ok", what, place.said)
    return keys


def _readable(folder: Path, reference: str) -> bool:
    kind, _, where = reference.partition(":")
    path = folder / where
    return kind == "file" and path.exists() and bool(path.stat().st_mode & stat.S_IROTH)


def _database(made: "App") -> Iterator[Looked]:
    from publisher.store import schema

    file = sqlite_file(made.config)  # looking must not create one
    at = None if file is not None and not file.exists() else schema.current(made.store)
    if at is None:
        upgrade = Do("operate", {"how": "upgrade"})
        yield Looked("fail", part("checked.database"), spoken("doctor.no_database", upgrade))
        return
    said = spoken("doctor.schema", at=at, needed=schema.NEWEST)
    yield Looked("ok" if at == schema.NEWEST else "fail", part("checked.database"), said)
    with made.store.read() as tx:
        yield Looked("ok", part("checked.policy_in_force"), tx.policy.version[:12])
        from publisher.store import ledger

        _, newest = ledger.head(tx)
        behind = newest is not None and newest > tx.now
        now = clock_of(tx.now, tx.zone())
    said = spoken("doctor.behind", now=now) if behind else now
    yield Looked("fail" if behind else "ok", part("checked.clock"), said)


def _accounts(made: "App") -> Iterator[Looked]:
    from publisher.desk.parts.find import registered
    from publisher.store import vault
    from publisher.words import read

    with made.store.read() as tx:
        found, soon, zone = registered(tx), vault.soon(tx), tx.zone()
    for one in found:
        if one.id in soon:
            connect = Do("connect account", {"account": one.id})
            ends = spoken("connect.until", connect, at=clock_of(soon[one.id], zone))
            yield Looked("warn", one.id, ends)
        if one.broken_reason:
            reason = read(one.broken_reason, mine())
            yield Looked("fail", one.id, spoken("recognition.needs", reason=reason))
        elif one.active and one.retired_at is None and not one.whoami_id:
            verify = Do("verify accounts", {"account": one.id})
            yield Looked("warn", one.id, spoken("recognition.not_yet", verify))


def _register(made: "App") -> Iterator[Looked]:
    from publisher.cli.acts import told
    from publisher.desk.parts.pending import stuck

    with made.store.read() as tx:
        found = [told(said, [act.json() for act in acts], mine()) for said, acts in stuck(tx)]
    yield from (Looked("warn", part("checked.register"), said) for said in found)


def _daemon(made: "App") -> Iterator[Looked]:
    from publisher.cli.acts import told
    from publisher.daemon.health import seen_from_outside
    from publisher.daemon.lock import named

    found = seen_from_outside(made, partial(told, lang=mine()))
    for problem in found["problems"]:
        yield Looked("fail", part("checked.daemon"), problem)
    for note in found["notes"]:
        yield Looked("warn", part("checked.daemon"), note)
    if found["healthy"]:
        which = named(found["daemon"], found["zone"])
        yield Looked("ok", part("checked.daemon"), spoken("problem.plain", said=which))
