"""`publisher doctor`: one line for each thing that must be right, with what to do when it is not."""

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from publisher import clock, config
from publisher.app import build
from publisher.cli.common import mine, spoken, sqlite_file
from publisher.errors import Do, Problem

if TYPE_CHECKING:
    from publisher.app import App
    from publisher.config import Config

Line = tuple[str, str, str]  # state, what, what is said


def checkup() -> list[dict[str, str]]:
    """Every check in turn; one that cannot be made fails, and the next is made all the same."""
    return [{"state": s, "what": w, "said": said} for s, w, said in _lines()]


def _lines() -> Iterator[Line]:
    yield "ok", "python", sys.version.split()[0]
    try:
        found = config.read(config.find(Path.cwd()), os.environ)
    except Problem as error:
        yield "fail", "config.toml", error.said(mine())
        return
    counted = {"accounts": len(found.accounts), "people": len(found.people)}
    yield "ok", "config.toml", spoken("doctor.configuration", **counted)
    made = build(found)
    checks: list[tuple[str, Callable[[], Iterator[Line]]]] = [
        ("policy folder", lambda: _policy(found)),
        ("folders", lambda: _folders(found)),
        ("secrets", lambda: _secrets(found)),
        ("database", lambda: _database(made)),
        ("accounts", lambda: _accounts(made)),
        ("register", lambda: _register(made)),
        ("daemon", lambda: _daemon(made)),
    ]
    for what, check in checks:
        failed = False
        try:
            for line in check():
                yield line
                failed = failed or line[:2] == ("fail", "database")
        except Exception as error:  # noqa: BLE001  # a check that fails is a finding
            said = error.said(mine()) if isinstance(error, Problem) else str(error)
            yield "fail", what, said or type(error).__name__
            failed = True
        if failed and what == "database":
            break  # what follows would only say the same again
    made.store.close()


def _policy(found: "Config") -> Iterator[Line]:
    from publisher.policy import bundle

    policy = bundle.load(bundle.read_folder(found.policy))
    counted = {"calendars": len(policy.calendars), "data": bundle.calendar_data()}
    yield "ok", "policy folder", spoken("doctor.policy", **counted)


def _folders(found: "Config") -> Iterator[Line]:
    for name, path in (("data", found.data), ("witness", found.witness)):
        if not path.exists():
            yield "warn", name, spoken("doctor.no_folder", path=str(path))
        elif not os.access(path, os.W_OK):
            yield "fail", name, spoken("doctor.not_writable", path=str(path))
        else:
            free = shutil.disk_usage(path).free
            low = free < found.daemon.free_space_reserve
            room = {"path": str(path), "size": f"{free // 1_000_000:,}"}
            yield "fail" if low else "ok", name, spoken("doctor.free", **room)


def _secrets(found: "Config") -> Iterator[Line]:
    from publisher.networks.registry import about
    from publisher.store.secrets import resolve

    for name, account in found.accounts.items():
        try:
            names = about(account.network).names
            resolve(account.credentials, found.folder, os.environ, names=names)
        except Problem as error:
            said = spoken("doctor.secrets", why=error.said(mine()))
            yield "warn", f"credentials of {name}", said
            continue
        open_to_all = [r for r in account.credentials.values() if _readable(found.folder, r)]
        if open_to_all:
            said = spoken("doctor.readable", file=open_to_all[0])
            yield "warn", f"credentials of {name}", said
        else:
            yield "ok", f"credentials of {name}", spoken("doctor.there")


def _readable(folder: Path, reference: str) -> bool:
    kind, _, where = reference.partition(":")
    path = folder / where
    return kind == "file" and path.exists() and bool(path.stat().st_mode & stat.S_IROTH)


def _database(made: "App") -> Iterator[Line]:
    from publisher.store import schema

    file = sqlite_file(made.config)  # looking must not create one
    at = None if file is not None and not file.exists() else schema.current(made.store)
    if at is None:
        upgrade = Do("operate", {"how": "upgrade"})
        yield "fail", "database", spoken("doctor.no_database", upgrade)
        return
    state = "ok" if at == schema.NEWEST else "fail"
    yield state, "database", spoken("doctor.schema", at=at, needed=schema.NEWEST)
    with made.store.read() as tx:
        yield "ok", "policy in force", tx.policy.version[:12]
        from publisher.store import ledger

        _, newest = ledger.head(tx)
        behind = newest is not None and newest > tx.now
        now = clock.shown(tx.now, tx.zone())
    said = spoken("doctor.behind", now=now) if behind else now
    yield "fail" if behind else "ok", "clock", said


def _accounts(made: "App") -> Iterator[Line]:
    from publisher.desk.parts.find import registered
    from publisher.words import read

    with made.store.read() as tx:
        found = registered(tx)
    for one in found:
        if one.broken_reason:
            reason = read(one.broken_reason, mine())
            yield "fail", one.id, spoken("recognition.needs", reason=reason)
        elif one.active and one.retired_at is None and not one.whoami_id:
            verify = Do("verify accounts", {"account": one.id})
            yield "warn", one.id, spoken("recognition.not_yet", verify)


def _register(made: "App") -> Iterator[Line]:
    from publisher.cli.acts import told
    from publisher.desk.parts.pending import stuck

    with made.store.read() as tx:
        found = [told(said, [act.json() for act in acts], mine()) for said, acts in stuck(tx)]
    yield from (("warn", "register", said) for said in found)


def _daemon(made: "App") -> Iterator[Line]:
    from publisher.cli.acts import told
    from publisher.daemon.health import seen_from_outside
    from publisher.daemon.lock import named

    found = seen_from_outside(made, partial(told, lang=mine()))
    for problem in found["problems"]:
        yield "fail", "daemon", problem
    for note in found["notes"]:
        yield "warn", "daemon", note
    if found["healthy"]:
        which = named(found["daemon"], found["zone"])
        yield "ok", "daemon", spoken("problem.plain", said=which)
