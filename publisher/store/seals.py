"""The sealer chains committed ledger rows into seals; `verify` names the first bad row.

One chain for both databases: rows carry their payload's hash, and a seal is taken over whole rows
once they are committed, so writers never wait for each other's hashes.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select, text

from publisher.clock import rfc3339
from publisher.content import canonical
from publisher.errors import Do, TryAgain
from publisher.roles import MACHINE
from publisher.store import LEDGER_LOCK, Store, Tx, bound, ledger, meta, witness
from publisher.store.compare import differences
from publisher.store.mark import Checkpoint, MarkFile, checkpoints, held, set_aside, sign
from publisher.store.notices import tell
from publisher.store.rows import SealRow
from publisher.store.tables import LedgerRow, Payload, Seal, core
from publisher.words import ENGLISH, Part, part, say_part

_LEDGER = core(LedgerRow)
_PAYLOAD = core(Payload)
_SEAL = core(Seal)
_LAST = select(_LEDGER).order_by(_LEDGER.c.seq.desc()).limit(20)
_NEWEST = select(_LEDGER).order_by(_LEDGER.c.seq.desc()).limit(1)
BATCH = 2000  # rows per seal: bounds the transaction, and the reader of `verify`
_LEAF = 16  # hex digits of a row's hash kept in the seal, so that one bad row can be named


@dataclass(frozen=True)
class Verified:
    """What `verify` found: flaws in order, how far the chain reaches, and where it was broken off."""

    flaws: tuple[Part, ...]
    rows: int
    sealed_to: int
    unsealed: int
    checkpoints: int
    breaks: tuple[Part, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        """Each flaw in English."""
        return tuple(say_part(one, ENGLISH) for one in self.flaws)


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
        rows = _after(tx, last.last_seq if last else 0, most)
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
                leaves=_leaves(rows, hashes),
                at=tx.now,
                previous=previous,
                hash=_link(previous, hashes, tx.now),
            )
        )
        return len(rows)


def _ours(tx: Tx, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
    """Without those that nobody who held the key wrote; each of them is recorded, once."""
    kept, forged = _parted(tx, rows)
    known = bound.newest(tx, [f"forged {row.seq}" for row in forged])
    for row in forged:
        if f"forged {row.seq}" not in known:
            ledger.distrust(tx, row.seq)
            tell(tx, f"forged:{row.seq}", "admin", "forged", Do("audit"), row=row.seq)
    return kept


def _said(forged: Sequence[LedgerRow]) -> list[Part]:
    return [part("audit.forged", row=row.seq) for row in forged]


def _parted(tx: Tx, rows: Sequence[LedgerRow]) -> tuple[list[LedgerRow], list[LedgerRow]]:
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


def verify(store: Store, folder: Path, *, tables: bool = True) -> Verified:
    """Walk the whole chain in short reads; seals what is unsealed, unless the witness contradicts.

    Then the next start has still to see which rows came after the last that is as it was. With
    `tables` every row that the daemon acts on is compared with what the ledger says as well.
    """
    signed, flaws = checkpoints(folder)
    flaws += _vanished(store, folder, max((c.count for c in signed), default=0))
    walked, promised = Walked(), {c.n: c for c in signed}
    try:
        flaws += _walk(store, walked, promised) + _cut_off(promised, walked.last_seq)
        flaws += _check_mark(store, folder) + _forgotten(store, folder)
        if not flaws:
            while seal(store):
                pass
            flaws += _walk(store, walked, promised)
        flaws += _strays(store) + _tail(store, walked.last_seq)
        flaws += differences(store) if tables else []
    except ValueError:  # a time that is none, or the like
        flaws.append(part("audit.unreadable", row=walked.last_seq))
    left = _unsealed(store, walked.last_seq)
    found = tuple(flaws), walked.rows, walked.last_seq, left, len(signed)
    return Verified(*found, breaks=_breaks(store))


@dataclass
class Walked:
    """How far `verify` has come."""

    n: int = 0
    previous: str = ""
    rows: int = 0
    last_seq: int = 0


def _walk(store: Store, at: Walked, promised: dict[int, Checkpoint]) -> list[Part]:
    """From where it has come to the newest seal; what was promised and is there is taken out."""
    flaws: list[Part] = []
    for link in _links(store, at.n):
        flaws += _check_link(store, link, at.n + 1, at.previous, at.last_seq)
        if link.n in promised and promised.pop(link.n).hash != link.hash:
            flaws.append(part("audit.seal_other", seal=link.n))
        at.n, at.previous, at.last_seq = link.n, link.hash, link.last_seq
        at.rows += link.rows
    return flaws


def _cut_off(promised: dict[int, Checkpoint], end: int) -> list[Part]:
    if not promised:
        return []
    lost = max(promised.values(), key=lambda c: c.seq)
    return [part("audit.cut_off", end=end, row=lost.seq)]


def _check_link(store: Store, link: SealRow, n: int, previous: str, last_seq: int) -> list[Part]:
    if link.n != n:
        return [part("audit.seal_gone", seal=n)]
    with store.read() as tx:
        rows = tx.all(
            select(_LEDGER)
            .where(_LEDGER.c.seq > last_seq, _LEDGER.c.seq <= link.last_seq)
            .order_by(_LEDGER.c.seq)
        )
        kept, forged = _parted(tx, rows)
        hashes = [row_hash(row) for row in kept]
        bad = _bad_link(link, previous, (kept, forged), hashes) or _bad_payload(
            tx, rows, last_seq, link
        )
    return [bad] if bad else _said(forged)


def _vanished(store: Store, folder: Path, last: int) -> list[Part]:
    with store.read() as tx:
        said = meta.get(tx, meta.CHECKPOINTS) or ("" if last else "0")
    if not said.isdecimal():
        return [part("audit.count_changed")]
    count, there = int(said), held(folder)
    if there >= count:
        return []
    return [part("audit.taken_away", count=count, there=there)]


def _tail(store: Store, last_seq: int) -> list[Part]:
    """What cannot be sealed at the end."""
    with store.read() as tx:
        _, forged = _parted(tx, _after(tx, last_seq, BATCH))
    return _said(forged)


def _bad_link(
    link: SealRow,
    previous: str,
    parted: tuple[Sequence[LedgerRow], Sequence[LedgerRow]],
    hashes: Sequence[str],
) -> Part | None:
    rows, forged = parted
    if link.previous == previous and link.hash == _link(previous, hashes, link.at):
        told = (link.leaves, link.rows, link.first_seq, link.last_seq)
        whole = rows and told == (_leaves(rows, hashes), len(rows), rows[0].seq, rows[-1].seq)
        return None if whole else part("audit.seal_changed", seal=link.n)
    return _first_bad(link, rows, hashes, {row.seq for row in forged}) or part(
        "audit.no_fit", seal=link.n, first=link.first_seq, last=link.last_seq
    )


def _first_bad(
    link: SealRow, rows: Sequence[LedgerRow], hashes: Sequence[str], forged: Collection[int]
) -> Part | None:
    expected = json.loads(link.leaves)
    present = {row.seq: value[:_LEAF] for row, value in zip(rows, hashes, strict=True)}
    for seq, leaf in expected:
        if seq not in present and seq not in forged:
            return part("audit.row_deleted", row=seq)
        if seq in forged or present[seq] != leaf:
            return part("audit.row_changed", row=seq)
    extra = sorted(set(present) - {seq for seq, _ in expected})
    return part("audit.row_added", row=extra[0]) if extra else None


def _bad_payload(tx: Tx, rows: Sequence[LedgerRow], last_seq: int, link: SealRow) -> Part | None:
    wanted = {row.seq: row.payload_sha256 for row in rows}
    there = set()
    here = (_PAYLOAD.c.seq > last_seq) & (_PAYLOAD.c.seq <= link.last_seq)
    for row in tx.all(select(_PAYLOAD).where(here).order_by(_PAYLOAD.c.seq)):
        there.add(row.seq)
        if hashlib.sha256(row.body.encode()).hexdigest() != wanted.get(row.seq):
            return part("audit.payload_changed", row=row.seq)
    gone = [seq for seq, sha in wanted.items() if sha and seq not in there]
    # erased by law, with a row that says so; else it was made to vanish
    erased = bound.vouched(tx, {f"payload {seq}": "" for seq in gone})
    lost = [seq for seq in gone if f"payload {seq}" not in erased]
    return part("audit.payload_deleted", row=lost[0]) if lost else None


def _check_mark(store: Store, folder: Path) -> list[Part]:
    if not (folder / "mark").exists():
        return [part("audit.no_mark")]
    file = MarkFile(folder)
    try:
        mark = file.read()
    finally:
        file.close()
    with store.read() as tx:
        row = tx.first(select(_LEDGER).where(_LEDGER.c.seq == mark.seq)) if mark else None
        end = tx.value(select(func.max(_LEDGER.c.seq))) or 0
    if mark and mark.seq > end:
        return [part("audit.sent_beyond", end=end, row=mark.seq)]
    if mark and row is not None and row_hash(row) != mark.head:
        return [part("audit.sent_other", row=mark.seq)]
    return []


def _forgotten(store: Store, folder: Path) -> list[Part]:
    with store.read() as tx:
        lost = len(witness.missing(tx, witness.read(folder).decisions))
    return [part("reason.decisions_gone", count=lost)] if lost else []


def _breaks(store: Store) -> tuple[Part, ...]:
    """Where a person went on with an older copy: that is shown for ever."""
    with store.read() as tx:
        rows = tx.all(select(_LEDGER).where(_LEDGER.c.verb == "adopt").order_by(_LEDGER.c.seq))
        zone = tx.zone() if rows else ""
    return tuple(
        part("audit.break", row=row.seq, at=row.at, zone=zone, by=row.actor, lost=row.subject)
        for row in rows
    )


def _links(store: Store, n: int) -> Iterator[SealRow]:
    """The seals after number `n`."""
    while True:
        with store.read() as tx:
            rows = tx.all(select(_SEAL).where(_SEAL.c.n > n).order_by(_SEAL.c.n).limit(50))
        if not rows:
            return
        yield from rows
        n = rows[-1].n


def _last(tx: Tx) -> SealRow | None:
    newest: SealRow | None = tx.first(select(_SEAL).order_by(_SEAL.c.n.desc()).limit(1))
    return newest


def _after(tx: Tx, seq: int, most: int) -> Sequence[LedgerRow]:
    return tx.all(select(_LEDGER).where(_LEDGER.c.seq > seq).order_by(_LEDGER.c.seq).limit(most))


def _leaves(rows: Sequence[LedgerRow], hashes: Sequence[str]) -> str:
    return canonical([[r.seq, h[:_LEAF]] for r, h in zip(rows, hashes, strict=True)]).decode()


def _link(previous: str, hashes: Sequence[str], at: datetime) -> str:
    return hashlib.sha256("".join([previous, rfc3339(at), *hashes]).encode()).hexdigest()


def _strays(store: Store) -> list[Part]:
    """What lies before the first or after the newest row: nobody recorded it."""
    with store.read() as tx:
        first = tx.value(select(func.min(_LEDGER.c.seq)))
        end = tx.value(select(func.max(_LEDGER.c.seq))) or 0
        outside = (_PAYLOAD.c.seq < 1) | (_PAYLOAD.c.seq > end)
        stray = tx.value(select(func.min(_PAYLOAD.c.seq)).where(outside))
        link = tx.value(select(func.min(_SEAL.c.n)))
    early = [part("audit.row_added", row=first)] if first is not None and first < 1 else []
    early += [part("audit.seal_added", seal=link)] if link is not None and link < 1 else []
    return early + ([] if stray is None else [part("audit.payload_alone", row=stray)])


def _unsealed(store: Store, last_seq: int) -> int:
    with store.read() as tx:
        count = select(func.count()).select_from(_LEDGER).where(_LEDGER.c.seq > last_seq)
        return int(tx.value(count))
