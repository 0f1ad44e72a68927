"""The history and the database as a whole: is it sound, and a copy of it."""

from pathlib import Path

from publisher.roles import Actor, authorize
from publisher.store import Store, meta, seals
from publisher.store.backup import backup
from publisher.store.mark import folder_of


def verify(store: Store, actor: Actor, witness: Path) -> seals.Verified:
    """Walk the whole chain, against the witness folder, and every table that is acted on."""
    authorize(actor, "read")
    with store.read() as tx:
        installation = meta.get(tx, "installation")
    return seals.verify(store, folder_of(witness, installation))


def copy(store: Store, actor: Actor, target: Path) -> Path:
    """A consistent copy of the database while everything runs. Raises Conflict where one lies."""
    authorize(actor, "operate")
    return backup(store, target)
