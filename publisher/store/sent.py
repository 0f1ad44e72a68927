"""What left, remembered beside the mark: a line for each intention, durable before its first byte.

The mark knows the newest one only. By these a daemon misses the row of every delivery that went out
before it started, when somebody puts an older state of that delivery back.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from publisher.content import canonical, digest
from publisher.store.mark import is_number, sync, write_all, write_whole

FILE = "sent"
KEPT = 100_000  # lines: more than can still go out

Numbered = tuple[int, str]  # number and hash of a row of the ledger


def append(folder: Path, made: Mapping[str, Numbered]) -> None:
    """Deliveries, each with the row of its intention. Raises OSError."""
    fd = os.open(folder / FILE, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(fd).st_size
        torn = size > 0 and os.pread(fd, 1, size - 1) != b"\n"
        write_all(fd, (b"\n" if torn else b"") + _lines(made))
    finally:
        os.close(fd)
    if size == 0:
        sync(folder)


def read(folder: Path) -> dict[str, Numbered]:
    """The newest row of each delivery; what is damaged counts for nothing. Cuts what is too old off."""
    file = folder / FILE
    if not file.exists():
        return {}
    lines = file.read_bytes().splitlines()
    found = dict(one for one in map(_parsed, lines[-KEPT:]) if one is not None)
    if len(lines) > 2 * KEPT:
        with suppress(OSError):  # a full disk: the next start tries again
            write_whole(file, _lines(found), 0o600)
    return found


def set_aside(folder: Path, stamp: str) -> None:
    """A person went on with a database that lacks some of these rows."""
    file = folder / FILE
    if file.exists():
        file.rename(folder / f"{FILE}.{stamp}")


def _lines(made: Mapping[str, Numbered]) -> bytes:
    bodies = [[name, *row] for name, row in made.items()]
    return b"".join(canonical([*body, digest(body)[:16]]) + b"\n" for body in bodies)


def _parsed(line: bytes) -> tuple[str, Numbered] | None:
    try:
        *body, check = json.loads(line)
        name, seq, said = body
        whole = check == digest(body)[:16] and is_number(seq)
    except (ValueError, TypeError, RecursionError):
        return None
    texts = isinstance(name, str) and isinstance(said, str)
    return (name, (seq, said)) if whole and texts else None
