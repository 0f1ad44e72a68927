"""Facts about this database: who it is, and what data its plans were made with."""

from sqlalchemy import select, text

from publisher.store import Tx, ledger
from publisher.store.bound import META
from publisher.store.ids import new_id
from publisher.store.ledger import Line
from publisher.store.tables import Meta, core

_META = core(Meta)
CHECKPOINTS = "checkpoints"  # how many were signed into the witness
_PUT = text(
    "INSERT INTO meta (key, value) VALUES (:key, :value) "
    "ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)


def get(tx: Tx, key: str) -> str:
    """The fact, or "" when it is not known."""
    return tx.value(select(_META.c.value).where(_META.c.key == key)) or ""


def put(tx: Tx, key: str, value: str) -> None:
    """Remember a fact; the history vouches for it."""
    tx.run(_PUT, {"key": key, "value": value})
    ledger.restate(tx, (META, key), Line("remember", key, {"value": value}))


def note(tx: Tx, key: str, value: str) -> None:
    """Remember how far some work has come: no decision rests on it, so the history is not told."""
    tx.run(_PUT, {"key": key, "value": value})


def has_installation(tx: Tx) -> bool:
    """Was this database started before?"""
    return bool(get(tx, "installation"))


def installation(tx: Tx) -> str:
    """The id of this installation, made on first use; a restored copy has the same."""
    found = get(tx, "installation")
    if not found:
        found = new_id(tx.now)
        tx.run(_PUT, {"key": "installation", "value": found})  # the ledger's key is made of it
    return found
