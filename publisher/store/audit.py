"""What `audit verify` walks: the chain against its signed checkpoints, and the tables against the ledger.

All of it; the history alone; or what came since the checkpoint up to which all of it held the last time.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import func, select

from publisher.clock import rfc3339
from publisher.store import Store, Tx, bound, holds, meta, witness
from publisher.store.compare import compared, differences
from publisher.store.mark import (
    Checkpoint,
    MarkFile,
    checkpoints,
    held,
    keep_verified,
    last_verified,
)
from publisher.store.rows import LedgerRow, SealRow
from publisher.store.seals import BATCH, LEAF, after, chained, leaves, parted, row_hash, seal
from publisher.store.tables import LedgerRow as Ledger
from publisher.store.tables import Payload, Seal, core
from publisher.words import ENGLISH, Part, part, say_part

_LEDGER = core(Ledger)
_PAYLOAD = core(Payload)
_SEAL = core(Seal)

Scope = Literal["all", "history", "new"]
Progress = Callable[[int, int], None]  # rows looked at so far, of how many


@dataclass(frozen=True)
class Verified:
    """What `verify` found: flaws in order, how far the chain reaches, and where it was broken off."""

    flaws: tuple[Part, ...]
    rows: int
    sealed_to: int
    unsealed: int
    checkpoints: int
    since: int = 0  # the row behind which it began
    breaks: tuple[Part, ...] = ()
    forgotten: int = 0  # posts whose particulars are gone, as the policy says

    @property
    def problems(self) -> tuple[str, ...]:
        """Each flaw in English."""
        return tuple(say_part(one, ENGLISH) for one in self.flaws)


def _said(forged: Sequence[LedgerRow]) -> list[Part]:
    return [part("audit.forged", row=row.seq) for row in forged]


def silent(_done: int, _of: int) -> None:
    """For whoever does not wait to be told."""


def verify(
    store: Store, folder: Path, scope: Scope = "all", progress: Progress = silent
) -> Verified:
    """Walk the chain in short reads; seals what is unsealed, unless the witness contradicts.

    Then the next start has still to see which rows came after the last that is as it was. `all`
    compares every row that the daemon acts on with what the ledger says as well. `new` begins behind
    the checkpoint up to which `all` held the last time; without one it walks the whole history.
    """
    signed, flaws = checkpoints(folder)
    flaws += _vanished(store, folder, max((c.count for c in signed), default=0))
    base = last_verified(folder) if scope == "new" else None
    base = base or Checkpoint(0, 0, "", "")
    walked = Walked(base.n, base.hash, 0, base.seq)
    promised = {c.n: c for c in signed if c.n > base.n}
    told = Told(progress, _ahead(store, base.seq, tables=scope == "all"))
    try:
        flaws += _still_there(store, base)
        flaws += _walk(store, walked, promised, told) + _cut_off(promised, walked.last_seq)
        flaws += _check_mark(store, folder) + _forgotten(store, folder)
        if not flaws:
            while seal(store):
                pass
            flaws += _walk(store, walked, promised, told)
        flaws += _strays(store) + _tail(store, walked.last_seq)
        flaws += differences(store, told.more) if scope == "all" else []
    except ValueError:  # a time that is none, or the like
        flaws.append(part("audit.unreadable", row=walked.last_seq))
    if scope == "all" and walked.n and not flaws:
        _remember(folder, walked, store)
    left = _unsealed(store, walked.last_seq)
    found = tuple(flaws), walked.rows, walked.last_seq, left, len(signed)
    with store.read() as tx:
        gone = holds.count_forgotten(tx)
    return Verified(*found, since=base.seq, breaks=_breaks(store), forgotten=gone)


def _remember(folder: Path, walked: "Walked", store: Store) -> None:
    """From here the next one may begin; who may not write beside the witness walks all of it again."""
    at = rfc3339(store.now())
    with suppress(OSError, ValueError):
        keep_verified(folder, Checkpoint(walked.n, walked.last_seq, walked.previous, at))


def _ahead(store: Store, seq: int, *, tables: bool) -> int:
    """How many rows there are to be looked at behind this one, roughly."""
    with store.read() as tx:
        newest = tx.value(select(func.max(_LEDGER.c.seq))) or 0
        return int(max(newest - seq, 0) + (compared(tx) if tables else 0))


def _still_there(store: Store, base: Checkpoint) -> list[Part]:
    with store.read() as tx:
        there = tx.value(select(_SEAL.c.hash).where(_SEAL.c.n == base.n))
    return [] if (there or "") == base.hash else [part("audit.seal_other", seal=base.n)]


@dataclass
class Walked:
    """How far `verify` has come."""

    n: int = 0
    previous: str = ""
    rows: int = 0
    last_seq: int = 0


@dataclass
class Told:
    """Who waits is told how far it is."""

    progress: Progress
    of: int
    done: int = 0

    def more(self, rows: int) -> None:
        """So many rows more have been looked at."""
        self.done = min(self.done + rows, self.of)
        self.progress(self.done, self.of)


def _walk(store: Store, at: Walked, promised: dict[int, Checkpoint], told: Told) -> list[Part]:
    """From where it has come to the newest seal; what was promised and is there is taken out."""
    flaws: list[Part] = []
    for link in _links(store, at.n):
        flaws += _check_link(store, link, at.n + 1, at.previous, at.last_seq)
        if link.n in promised and promised.pop(link.n).hash != link.hash:
            flaws.append(part("audit.seal_other", seal=link.n))
        at.n, at.previous, at.last_seq = link.n, link.hash, link.last_seq
        at.rows += link.rows
        told.more(link.rows)
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
        kept, forged = parted(tx, rows)
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
        _, forged = parted(tx, after(tx, last_seq, BATCH))
    return _said(forged)


def _bad_link(
    link: SealRow,
    previous: str,
    parted: tuple[Sequence[LedgerRow], Sequence[LedgerRow]],
    hashes: Sequence[str],
) -> Part | None:
    rows, forged = parted
    if link.previous == previous and link.hash == chained(previous, hashes, link.at):
        told = (link.leaves, link.rows, link.first_seq, link.last_seq)
        whole = rows and told == (leaves(rows, hashes), len(rows), rows[0].seq, rows[-1].seq)
        return None if whole else part("audit.seal_changed", seal=link.n)
    return _first_bad(link, rows, hashes, {row.seq for row in forged}) or part(
        "audit.no_fit", seal=link.n, first=link.first_seq, last=link.last_seq
    )


def _first_bad(
    link: SealRow, rows: Sequence[LedgerRow], hashes: Sequence[str], forged: Collection[int]
) -> Part | None:
    expected = json.loads(link.leaves)
    present = {row.seq: value[:LEAF] for row, value in zip(rows, hashes, strict=True)}
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
    # erased by law, or forgotten when its time was over, with a row that says so; else made to vanish
    erased = bound.vouched(tx, {f"payload {seq}": "" for seq in gone})
    posts = {row.seq: row.post_id for row in rows if row.seq in gone and row.post_id}
    upto = holds.forgotten(tx, set(posts.values()))
    lost = [
        seq
        for seq in gone
        if f"payload {seq}" not in erased and seq > upto.get(posts.get(seq, ""), 0)
    ]
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
