"""A long history: how long `audit verify` takes for all of it, and for what came since the last time."""

import hashlib
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from publisher.roles import MACHINE
from publisher.store import Store, ledger, meta, seals
from publisher.store.audit import verify
from publisher.store.ledger import Line
from publisher.store.mark import Mark, MarkFile, folder_of
from tests.bench.stage import fill, stage
from tests.chaos.stage import Stage

ACCOUNTS = 100
AT_ONCE = 2000
SAID = {
    "findings": [{"rule": "calendar", "effect": "PASS", "args": {}, "clauses": ["U4a"]}] * 2,
    "policy": 1,
    "verdict": "PASS",
    "bytes": {"text": "The fair opens at nine: bring an umbrella and good shoes. " * 3},
}


@dataclass(frozen=True)
class Audit:
    """Seconds each: all of it, once more over what is new, and bare SQLite with sha256."""

    rows: int
    whole: float
    since: float
    bare: float


def measure(url: str, rows: int) -> Audit:
    """A history of about this many rows: three in ten vouch for rows of tables, the rest tell of them."""
    with stage(url, ACCOUNTS) as where:
        fill(where.app, rows // 5, ACCOUNTS)
        _tell(where.app.store, rows)
        folder = _sealed(where)
        whole = _verify(where.app.store, folder)
        _tell(where.app.store, rows + rows // 1000)
        _seal(where.app.store, folder)
        since = _verify(where.app.store, folder, "new")
        with where.app.store.read() as tx:
            number, _ = ledger.head(tx)
        return Audit(number, whole, since, _bare(where.app.config.data / "publisher.db"))


def _tell(store: Store, upto: int) -> None:
    with store.read() as tx:
        number, _ = ledger.head(tx)
    while number < upto:
        with store.write(MACHINE) as tx:
            lines = [Line("note", f"{number + one}", SAID) for one in range(AT_ONCE)]
            number = ledger._append(tx, [ledger._entry(tx, line) for line in lines])


def _sealed(where: Stage) -> Path:
    with where.app.store.read() as tx:
        folder = folder_of(where.app.config.witness, meta.installation(tx))
    with where.app.store.read() as tx:
        seq, head = seals.newest(tx)
    MarkFile(folder).write(Mark(folder.name, seq, head))
    _seal(where.app.store, folder)
    return folder


def _seal(store: Store, folder: Path) -> None:
    while seals.seal(store):
        pass
    seals.checkpoint(store, folder, 0)


def _verify(store: Store, folder: Path, scope: Any = "all") -> float:
    began = time.monotonic()
    found = verify(store, folder, scope)
    assert found.problems == (), found.problems
    return time.monotonic() - began


def _bare(file: Path) -> float:
    """Every byte of the history read and hashed, and no more: nobody can be faster than that."""
    began, known = time.monotonic(), hashlib.sha256()
    with sqlite3.connect(file) as conn:
        rows: Any = conn.execute("SELECT * FROM ledger LEFT JOIN payload USING (seq) ORDER BY seq")
        for row in rows:
            known.update(repr(row).encode())
    return time.monotonic() - began
