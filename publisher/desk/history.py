"""The history and the database as a whole: is it sound, and a copy of it."""

from pathlib import Path

from publisher.roles import Actor, authorize
from publisher.store import Store, Tx, audit, ledger, meta
from publisher.store.audit import Progress, Scope, silent
from publisher.store.backup import backup
from publisher.store.mark import folder_of


def verify(
    store: Store, actor: Actor, witness: Path, scope: Scope = "all", progress: Progress = silent
) -> audit.Verified:
    """Walk the chain against the witness folder, and the tables; see `audit.verify`."""
    authorize(actor, "read")
    with store.read() as tx:
        installation = meta.get(tx, "installation")
    return audit.verify(store, folder_of(witness, installation), scope, progress)


def exported(tx: Tx) -> None:
    """The whole history is about to be taken away: who did, and from where to where, is a part of it."""
    authorize(tx.actor, "audit")
    ledger.record(tx, "export history", "ledger", {"from": 1, "to": ledger.head(tx)[0]})


def copy(store: Store, actor: Actor, target: Path) -> Path:
    """A consistent copy of the database while everything runs. Raises Conflict where one lies."""
    authorize(actor, "operate")
    return backup(store, target)
