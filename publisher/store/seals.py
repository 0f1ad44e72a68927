"""The sealer chains committed ledger rows into seals; `verify` names the first bad row.

One chain for both databases: rows carry their payload's hash, and a seal is taken over whole rows
once they are committed, so writers never wait for each other's hashes.
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select, text

from publisher.clock import rfc3339
from publisher.content import canonical
from publisher.errors import Do, TryAgain
from publisher.roles import MACHINE
from publisher.store import LEDGER_LOCK, Store, Tx, bound, ledger, meta
from publisher.store.mark import Checkpoint, set_aside, sign
from publisher.store.notices import tell
from publisher.store.rows import SealRow
from publisher.store.tables import LedgerRow, Payload, Seal, core

_LEDGER = core(LedgerRow)
_PAYLOAD = core(Payload)
_SEAL = core(Seal)
_LAST = select(_LEDGER).order_by(_LEDGER.c.seq.desc()).limit(20)
_NEWEST = select(_LEDGER).order_by(_LEDGER.c.seq.desc()).limit(1)
BATCH = 2000  # rows per seal: bounds the transaction, and the reader of `verify`
LEAF = 16  # hex digits of a row's hash kept in the seal, so that one bad row can be named


def row_hash(row: LedgerRow) -> str:
    """sha256 over every column of a ledger row, its number and its signature included."""
    columns = [
        row.seq,
        rfc3339(row.at),
        row.actor,
        row.os_user,
        row.verb,
        row.subject,
        row.post_id,
        row.before,
        row.after,
        row.payload_sha256,
    ]
    if row.mac:  # rows from before there were signatures have neither
        columns += [row.fact, row.binds, row.mac]
    return hashlib.sha256(canonical(columns)).hexdigest()


def sealed_to(tx: Tx) -> int:
    """The newest row that is sealed: no row before it can appear any more."""
    return int(tx.value(select(func.max(_SEAL.c.last_seq))) or 0)


def newest(tx: Tx, seq: int | None = None) -> tuple[int, str]:
    """Number and hash of the newest ledger row, or of row `seq`; (0, "") where there is none.

    What a transaction promises is its own row: another's newer one may be in a copy that lacks this.
    """
    row = tx.first(_NEWEST if seq is None else select(_LEDGER).where(_LEDGER.c.seq == seq))
    return (row.seq, row_hash(row)) if row is not None else (0, "")


def believed(tx: Tx) -> tuple[int, str]:
    """As `newest`, of the rows that somebody who held the key wrote; (0, "") for none among the last."""
    rows = tx.all(_LAST)
    return next(((r.seq, row_hash(r)) for r in rows if r.mac and bound.signed(tx, r)), (0, ""))


def seal(store: Store, most: int = BATCH) -> int:
    """Chain what is committed and not yet sealed, one batch; how many rows that was."""
    with store.write(MACHINE) as tx:
        if tx.postgres:  # waits until every writer of the ledger has committed or given up
            tx.conn.execute(text("SET LOCAL lock_timeout = '500ms'"))  # writers go first
            tx.conn.execute(text(f"SELECT pg_advisory_xact_lock({LEDGER_LOCK})"))
        last = _last(tx)
        rows = after(tx, last.last_seq if last else 0, most)
        if not rows:
            return 0
        rows = _ours(tx, rows)  # what was put in by hand is not sealed, and named
        if not rows:
            return 0
        hashes = [row_hash(row) for row in rows]
        previous = last.hash if last else ""
        tx.add(
            Seal(
                n=last.n + 1 if last else 1,
                first_seq=rows[0].seq,
                last_seq=rows[-1].seq,
                rows=len(rows),
                leaves=leaves(rows, hashes),
                at=tx.now,
                previous=previous,
                hash=chained(previous, hashes, tx.now),
            )
        )
        return len(rows)


def _ours(tx: Tx, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
    """Without those that nobody who held the key wrote; each of them is recorded, once."""
    kept, forged = parted(tx, rows)
    known = bound.newest(tx, [f"forged {row.seq}" for row in forged])
    for row in forged:
        if f"forged {row.seq}" not in known:
            ledger.distrust(tx, row.seq)
            tell(tx, f"forged:{row.seq}", "admin", "forged", Do("audit"), row=row.seq)
    return kept


def parted(tx: Tx, rows: Sequence[LedgerRow]) -> tuple[list[LedgerRow], list[LedgerRow]]:
    """Rows that are signed (or older than signatures), and rows that are not."""
    kept: list[LedgerRow] = []
    forged: list[LedgerRow] = []
    old = bound.unsigned_to(tx) if any(not row.mac for row in rows) else 0
    for row in rows:
        whole = bound.signed(tx, row) if row.mac else row.seq <= old
        (kept if whole else forged).append(row)
    return kept, forged


def unsealed(store: Store) -> bool:
    """Is there a row after the newest seal? Two index look-ups; nothing is written."""
    with store.read() as tx:
        last = tx.value(select(func.max(_SEAL.c.last_seq))) or 0
        return (tx.value(select(func.max(_LEDGER.c.seq))) or 0) > last


def checkpoint(store: Store, folder: Path, known: int) -> int:
    """Sign the newest seal into the witness folder, if it is newer than `known`; its number."""
    with store.read() as tx:
        last = _last(tx)
    if last is None or last.n <= known:
        return known
    _sign(store, folder, Checkpoint(last.n, last.last_seq, last.hash, rfc3339(store.now())))
    return int(last.n)


def _sign(store: Store, folder: Path, checkpoint: Checkpoint) -> None:
    """The database remembers how many were signed, so that none can vanish from the end.

    It has to begin counting first: else a full disk leaves a signature that it knows nothing of.
    """
    with store.write(MACHINE) as tx:
        if not meta.get(tx, meta.CHECKPOINTS):
            meta.note(tx, meta.CHECKPOINTS, "0")
    count = sign(folder, checkpoint)
    with store.write(MACHINE) as tx:
        meta.note(tx, meta.CHECKPOINTS, str(count))


def adopt(store: Store, folder: Path, stamp: str) -> None:
    """Sign that the ledger as it stands now is the one to go on with (after a restore).

    What was signed before stays beside, as `checkpoints.STAMP`.
    """
    with suppress(TryAgain):  # others are writing: the daemon seals the rest within a second
        while seal(store):
            pass
    with store.write(MACHINE) as tx:
        meta.note(tx, meta.CHECKPOINTS, "0")  # what is set aside is not asked for any more
        last = _last(tx)
    set_aside(folder, stamp)
    if last is not None:
        at = rfc3339(store.now())
        _sign(store, folder, Checkpoint(last.n, last.last_seq, last.hash, at, adopted=True))


def _last(tx: Tx) -> SealRow | None:
    newest: SealRow | None = tx.first(select(_SEAL).order_by(_SEAL.c.n.desc()).limit(1))
    return newest


def after(tx: Tx, seq: int, most: int) -> Sequence[LedgerRow]:
    return tx.all(select(_LEDGER).where(_LEDGER.c.seq > seq).order_by(_LEDGER.c.seq).limit(most))


def leaves(rows: Sequence[LedgerRow], hashes: Sequence[str]) -> str:
    return canonical([[r.seq, h[:LEAF]] for r, h in zip(rows, hashes, strict=True)]).decode()


def chained(previous: str, hashes: Sequence[str], at: datetime) -> str:
    return hashlib.sha256("".join([previous, rfc3339(at), *hashes]).encode()).hexdigest()
