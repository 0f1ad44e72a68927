"""What people decided, remembered beside the mark: a line each, so that a restored copy is found out.

The process that committed writes and fsyncs the line after the commit and before it answers, whether
a daemon runs or not. A crash between the two leaves the database ahead of its witness, which is no
finding: `complete` writes what is missing. A line holds no text and no secret.
"""

import fcntl
import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import bindparam, func, select

from publisher.clock import rfc3339
from publisher.content import canonical, digest
from publisher.errors import Do, Problem
from publisher.roles import MACHINE
from publisher.store import Store, Tx, bound, meta
from publisher.store import tables as t
from publisher.store.ledger import FOLLOWS
from publisher.store.mark import folder_of, is_number
from publisher.store.tables import core
from publisher.words import as_text, part

_LEDGER = core(t.LedgerRow)
_SEAL = core(t.Seal)
_HELD = select(_LEDGER).where(_LEDGER.c.seq.in_(bindparam("numbers", expanding=True)))

FILE = "decisions"
BEGIN = "begin"  # the verb of a file's first line: what people decided after this row is all here
UNWITNESSED = "unwitnessed"  # the fact that status is red for
COMPLETE_TO = "witnessed_to"
AT_ONCE = 500
BLOCK = 65_536  # bytes read at once from the end: some hundred lines


@dataclass(frozen=True)
class Decision:
    """One row of the ledger that a person wrote: its number, RFC 3339 time, who, what, about what."""

    seq: int
    at: str
    by: str
    verb: str
    subject: str
    post: str = ""


@dataclass(frozen=True)
class Remembered:
    """What a witness folder holds. `begin`: decisions after this row are all here; None: no file.

    `end`: which file that was, and how far it was read.
    """

    begin: int | None
    decisions: tuple[Decision, ...]
    damaged: int = 0
    end: tuple[int, int] = (0, 0)


def decision(row: Mapping[Any, Any]) -> Decision:
    """The line for a ledger row as it was (or is) written."""
    return Decision(
        row["seq"], rfc3339(row["at"]), row["actor"], row["verb"], row["subject"], row["post_id"]
    )


def watch(store: Store, root: Path) -> None:
    """From now on what people commit through this store is witnessed in `root`."""
    store.on_decided.append(partial(note, store, root))


def note(store: Store, root: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write down what a person has just committed. What cannot be written is said, never undone."""
    try:
        with store.read() as tx:
            installation = meta.get(tx, "installation")
        if installation:
            append(folder_of(root, installation), [decision(row) for row in rows])
    except OSError as error:
        missed(store, str(error.strerror))
    except Problem:  # its words say that nothing was changed, and that is not true any more
        missed(store, as_text("reason.no_answer"))


def missed(store: Store, why: str) -> None:
    """A line could not be written: status is red until it is, and the person is told."""
    reason = as_text("reason.unwitnessed", why=why)
    with suppress(Problem), store.write(MACHINE) as tx:
        meta.note(tx, UNWITNESSED, reason)
    store.say(part("witness.missed", why=reason), [Do("read", {"how": "status"})])


def append(folder: Path, decisions: Sequence[Decision]) -> None:
    """Durable when it returns: one write at the end of the file. Raises OSError."""
    if not decisions:
        return
    with _locked(folder, fcntl.LOCK_SH):
        _write(folder / FILE, decisions)


def begin(folder: Path, seq: int) -> None:
    """Start the file, where there is none: what people decide after row `seq` is in it."""
    with _locked(folder, fcntl.LOCK_SH):
        if not (folder / FILE).exists():
            _write(folder / FILE, [Decision(seq, "", "", BEGIN, "")])


def replace(folder: Path, seq: int, keep: Iterable[Decision], aside: str) -> None:
    """Go on with these lines; the file as it was stays beside it, as `decisions.ASIDE`."""
    with _locked(folder, fcntl.LOCK_EX):
        file, part = folder / FILE, folder / f"{FILE}.part"
        part.unlink(missing_ok=True)
        _write(part, [Decision(seq, "", "", BEGIN, ""), *keep])
        if file.exists():
            (folder / f"{FILE}.{aside}").unlink(missing_ok=True)
            (folder / f"{FILE}.{aside}").hardlink_to(file)
        part.rename(file)
        _sync(folder)


def read(folder: Path) -> Remembered:
    """Every whole line, oldest first. A torn last one was never answered for, and counts for nothing."""
    try:
        with (folder / FILE).open("rb") as file:
            number, data = os.fstat(file.fileno()).st_ino, file.read()
    except FileNotFoundError:
        return Remembered(None, ())
    lines = data.split(b"\n")
    found = [_parsed(line) for line in lines]
    whole = [one for one in found if one is not None]
    damaged = sum(1 for line, one in zip(lines[:-1], found, strict=False) if line and one is None)
    starts = [one.seq for one in whole if one.verb == BEGIN]
    first = min(starts, default=whole[0].seq if whole else None)
    decisions = tuple(one for one in whole if one.verb != BEGIN)
    return Remembered(first, decisions, damaged, (number, len(data) - len(lines[-1])))


def added(folder: Path, known: tuple[int, int]) -> tuple[Sequence[Decision], tuple[int, int]]:
    """The whole lines since that `end`, and the end of the last of them.

    Of a file that took the place of the known one, or was cut short: all of them. Where there is
    none: nothing new.
    """
    try:
        found = (folder / FILE).stat()
        if (found.st_ino, found.st_size) == known:
            return (), known
        with (folder / FILE).open("rb") as file:
            number = os.fstat(file.fileno()).st_ino
            start = known[1] if number == known[0] and found.st_size >= known[1] else 0
            file.seek(start)
            new = file.read()
    except OSError:  # gone in between, and looked for again
        return (), known
    whole = new[: new.rfind(b"\n") + 1]
    lines = [one for one in map(_parsed, whole.split(b"\n")) if one is not None]
    return [one for one in lines if one.verb != BEGIN], (number, start + len(whole))


def _after(folder: Path, seq: int) -> set[Decision]:
    """The lines about rows after `seq`, read from the end: it costs what is new, not what is old.

    Lines stand in the order of their commits but for late ones. One that stands a whole block before
    its place is not seen; then it is written twice, which harms nobody.
    """
    found: set[Decision] = set()
    with suppress(FileNotFoundError), (folder / FILE).open("rb") as file:
        for lines in _backwards(file):
            new = {one for one in map(_parsed, lines) if one is not None and one.seq > seq}
            if not new:
                break
            found |= new
    return found


def _backwards(file: BinaryIO) -> Iterator[list[bytes]]:
    """Its lines, block by block from the end."""
    end, rest = file.seek(0, os.SEEK_END), b""
    while end:
        start = max(end - BLOCK, 0)
        file.seek(start)
        torn, *lines = (file.read(end - start) + rest).split(b"\n")
        yield lines if start else [torn, *lines]
        end, rest = start, torn


def missing(tx: Tx, decisions: Sequence[Decision]) -> list[Decision]:
    """Which of these the ledger does not hold, under that number and with that content."""
    there = held(tx, rows(tx, [one.seq for one in decisions]))
    return [one for one in decisions if there.get(one.seq) != one]


def rows(tx: Tx, numbers: Collection[int]) -> list[Any]:
    """What stands in the ledger under these numbers, whoever wrote it."""
    asked = list(numbers)
    parts = [asked[start : start + AT_ONCE] for start in range(0, len(asked), AT_ONCE)]
    return [row for part in parts for row in tx.all(_HELD, {"numbers": part})]


def held(tx: Tx, rows: Iterable[Any]) -> dict[int, Decision]:
    """What these rows say, by number; one that somebody has changed says nothing."""
    return {row.seq: decision(row._mapping) for row in rows if _whole(tx, row)}  # noqa: SLF001  # its public name


def _whole(tx: Tx, row: Any) -> bool:
    return bound.signed(tx, row) if row.mac else row.seq <= bound.unsigned_to(tx)


def complete(store: Store, folder: Path) -> int:
    """Write the lines that a crash or a full disk left out, as far as the ledger is sealed; how many.

    Sealed rows are settled: no writer of an earlier one is still on its way. Raises OSError.
    """
    with store.read() as tx:
        known = int(meta.get(tx, COMPLETE_TO) or 0)
        failed = meta.get(tx, UNWITNESSED)
        sealed = int(tx.value(select(func.max(_SEAL.c.last_seq))) or 0)
        if sealed <= known and not failed:
            return 0
        rows = list(_decided(tx, known, sealed))
    there = _after(folder, known) if rows else set()
    left = [one for one in rows if one not in there]
    append(folder, left)
    if rows or failed:  # without either there is nothing to remember
        with store.write(MACHINE) as tx:
            meta.note(tx, COMPLETE_TO, str(sealed))
            meta.note(tx, UNWITNESSED, "")
    return len(left)


def _decided(tx: Tx, after: int, last: int) -> Iterator[Decision]:
    rows = tx.all(
        select(_LEDGER)
        .where(
            _LEDGER.c.seq > after,
            _LEDGER.c.seq <= last,
            _LEDGER.c.actor != MACHINE.person,
            _LEDGER.c.verb.not_in(FOLLOWS),
        )
        .order_by(_LEDGER.c.seq)
    )
    return (decision(row._mapping) for row in rows)  # noqa: SLF001  # its public name


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    """Nobody writes into a file that is being replaced."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(fd, how)
        yield
    finally:
        os.close(fd)


def _write(file: Path, decisions: Sequence[Decision]) -> None:
    fd = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(fd).st_size
        if size == 0:
            first = decisions[0]
            if first.verb != BEGIN:
                decisions = [Decision(first.seq - 1, "", "", BEGIN, ""), *decisions]
        torn = size > 0 and os.pread(fd, 1, size - 1) != b"\n"
        data = (b"\n" if torn else b"") + b"".join(map(_line, decisions))
        if os.write(fd, data) != len(data):
            raise OSError(28, "No space left on device")
        os.fsync(fd)
    finally:
        os.close(fd)
    if size == 0:
        _sync(file.parent)


def _line(one: Decision) -> bytes:
    body = list(astuple(one))
    return canonical([*body, digest(body)[:16]]) + b"\n"


def _parsed(line: bytes) -> Decision | None:
    try:
        *body, check = json.loads(line)
        one, whole = Decision(*body), check == digest(body)[:16]
    except (ValueError, TypeError, RecursionError):
        return None
    seq, *texts = body
    fits = is_number(seq) and all(isinstance(text, str) for text in texts)
    return one if whole and fits else None


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
