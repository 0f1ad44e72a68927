"""Makes a configured machine ready: folders, database, register, policy, demonstration credentials."""

import gc
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

from sqlalchemy import select

from publisher import app, clock
from publisher.app import App
from publisher.config import Config, write_sandbox_credentials
from publisher.daemon import lock
from publisher.daemon.children import refuse_desk
from publisher.errors import Conflict
from publisher.networks.registry import REGISTRY, network
from publisher.networks.text import count
from publisher.policy.bundle import calendar_data, read_folder
from publisher.release import leavers
from publisher.roles import MACHINE, server
from publisher.store import Tx, ledger, meta, policies, witness
from publisher.store import tables as t
from publisher.store.mark import Mark, MarkFile, folder_of
from publisher.store.notices import tell
from publisher.store.provision import REGISTER, provision
from publisher.store.tables import core
from publisher.store.vouch import vouch

PLANNED_WITH = "planned_with"
SELDOM = 1_000_000  # collections of what is young, before one of everything comes by itself
AT_ONCE = ("accounts", "people", "notify", "company")  # what of config.toml needs no restart


def prepare(config: Config, *, beside: bool = False) -> App:
    """Bring everything to where a daemon can start; safe to repeat, and quick the second time.

    Raises Conflict where a daemon runs, so that a start which is refused has changed nothing under it.
    `beside`: no start, so where a daemon runs there is nothing to do unless the schema is another one.
    """
    made = app.build(config)
    try:
        _alone_or_not(made, beside=beside)
    except BaseException:
        made.store.close()
        raise
    return made


def _alone_or_not(made: App, *, beside: bool) -> None:
    try:
        _alone(made)
    except Conflict:
        if not (beside and _is_newest(made)):
            raise


def _alone(made: App) -> None:
    held = lock.take(made.store, made.config.data)
    try:
        upgrade(made)
        _bring_about(made)
    finally:
        held.release()


def _bring_about(made: App) -> None:
    """Credentials of the demonstration, installation, register and policy, as far as they lack."""
    config = made.config
    write_sandbox_credentials(config)
    with made.store.write(MACHINE) as tx:
        if not meta.has_installation(tx):
            old = sorted(p.parent.name for p in config.witness.glob("*/mark") if _used(p.parent))
            _first_mark(config, meta.installation(tx))
            _ask_for_the_old_one(tx, config, old)
        provision(tx, config)
        if not policies.in_force(tx)[1]:
            policies.found(tx, read_folder(config.policy))
        leavers.see(tx)


def again(made: App, config: Config, by: str) -> int:
    """Bring the register to what config.toml says now, beside whatever runs; how many rows differed.

    `by`: who asked for it, as the history keeps them.
    """
    write_sandbox_credentials(config)
    with made.store.write(MACHINE) as tx:
        changed = provision(tx, config)
        leavers.see(tx)
        tx.actor = server(by)
        ledger.record(tx, "reload", "config.toml", {"changed": changed})
    fresh = {name: getattr(config, name) for name in AT_ONCE}
    made.config = replace(made.config, **fresh)
    return changed


def needs_restart(running: Config, config: Config) -> list[str]:
    """What of config.toml differs from what runs, and is read at a start only."""
    names = {
        "ledger_key": "ledger",
        "vault_key": "vault",
        "log_format": "log",
        "database_setting": "database",
    }
    differ = (
        one.name
        for one in fields(Config)
        if one.name not in AT_ONCE and getattr(running, one.name) != getattr(config, one.name)
    )
    return sorted({names.get(name, name) for name in differ})


def _used(folder: Path) -> bool:
    """Was anything promised there? A first start that failed leaves a folder where nothing was."""
    file = MarkFile(folder)
    try:
        mark = file.read()
    finally:
        file.close()
    return (folder / "checkpoints").exists() or (mark is not None and mark.seq > 0)


def _ask_for_the_old_one(tx: Tx, config: Config, old: Sequence[str]) -> None:
    """A new database beside an old witness: perhaps the data directory is not mounted."""
    if old:
        tell(
            tx,
            f"new beside old:{old[-1]}",
            "admin",
            "new_beside_old",
            witness=str(config.witness),
            old=list(old),
            data=str(config.data),
        )


def _first_mark(config: Config, installation: str) -> None:
    """So that a copy elsewhere, or one without its witness, is noticed before it ever sends."""
    file = MarkFile(folder_of(config.witness, installation))
    file.write(Mark(installation, 0, ""))
    file.close()
    witness.begin(folder_of(config.witness, installation), 0)


def _is_newest(made: App) -> bool:
    from publisher.store import schema  # noqa: PLC0415  # alembic takes 0.3 s to import

    return schema.current(made.store) == schema.NEWEST


def upgrade(made: App) -> None:
    """Run missing migrations, after a backup of what is there."""
    from publisher.store import schema  # noqa: PLC0415  # alembic takes 0.3 s to import

    at = schema.current(made.store)
    if at == schema.NEWEST:
        return
    refuse_desk(made.config)
    if at is not None and made.store.sqlite:
        from publisher.store.backup import backup  # noqa: PLC0415

        stamp = clock.rfc3339(made.now()).replace(":", "")
        backup(made.store, made.config.data / f"before-upgrade-{stamp}.db")
    schema.upgrade(made.store)
    vouch(made.store)


def warm_up(made: App) -> None:
    """Import now what the first post of each network would be a third of a second late for."""
    with made.store.read() as tx:
        names = {row[0] for row in tx.all(select(core(t.Account).c.network).distinct())}
    for name in names & set(REGISTRY):
        network(name)
        count.length("warm", REGISTRY[name].unit, REGISTRY[name].limit)


def keep_still() -> None:
    """From here on the interpreter stops by itself for what is young only: to walk over all that was
    imported takes it 90 ms, and 30 over what is kept since. The daemon has it collected in a quiet moment.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], SELDOM)


def data_in_use(tx: Tx) -> str:
    """What plans depend on besides the rows: policy, register, zone data, holiday data (H9)."""
    return f"{tx.policy.version} {meta.get(tx, REGISTER)} {calendar_data()}"
