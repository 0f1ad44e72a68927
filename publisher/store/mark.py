"""What the outside world remembers of the ledger: a mark file, and signed checkpoints.

Both lie in the witness folder, outside the data directory, so that a restored or truncated
database is seen to be older than what it once promised.
"""

import errno
import hashlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from publisher.content import canonical, digest
from publisher.words import Part, part

_SLOT = 256  # bytes; two slots are written in turn, so a torn write loses only the newer one


@dataclass(frozen=True)
class Mark:
    """The newest ledger row that was durable before something was sent."""

    installation: str
    seq: int
    head: str


def is_number(seq: Any) -> bool:
    """Can a row of the ledger have it?"""
    return type(seq) is int and 0 <= seq < 2**63


def folder_of(witness: Path, installation: str) -> Path:
    """Each installation has a folder of its own: an old one stays as evidence beside it."""
    return witness / installation


class MarkFile:
    """Two fixed slots with checksums, one fdatasync per write."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = folder / "mark"
        self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        self._turn = 1 - self._newest()[1]  # a torn write must never cost the newest mark

    def write(self, mark: Mark) -> None:
        """Durable when it returns; raises OSError when it cannot be, or is not where it is looked for."""
        if not os.path.samestat(os.fstat(self._fd), self.path.stat()):
            raise OSError(errno.ESTALE, "another file is in its place: restart the daemon")
        body = [mark.installation, mark.seq, mark.head]
        line = canonical([*body, digest(body)])
        os.pwrite(self._fd, line.ljust(_SLOT), self._turn * _SLOT)
        os.fdatasync(self._fd)
        self._turn = 1 - self._turn

    def read(self) -> Mark | None:
        """The newest valid mark; None when there is none."""
        return self._newest()[0]

    def _newest(self) -> tuple[Mark | None, int]:
        """The newest valid mark, and the slot that it stands in."""
        found: list[tuple[Mark, int]] = []
        for slot in (0, 1):
            try:
                *body, check = json.loads(os.pread(self._fd, _SLOT, slot * _SLOT))
                one, whole = Mark(*body), check == digest(body)
            except (ValueError, TypeError):
                continue
            texts = isinstance(one.installation, str) and isinstance(one.head, str)
            if whole and texts and is_number(one.seq):
                found.append((one, slot))
        return max(found, key=lambda one: one[0].seq, default=(None, 1))

    def reset(self, mark: Mark) -> None:
        """Both slots: a person adopted a ledger that is older than what was promised."""
        self.write(mark)
        self.write(mark)

    def close(self) -> None:
        """Give the file back."""
        os.close(self._fd)


VERIFIED = "verified"  # the file that says up to where all of the history held


@dataclass(frozen=True)
class Checkpoint:
    """A signed statement: seal `n` had this hash and covered the ledger up to `seq`.

    `count` is its line in the file, and `previous` the sha256 of the line before it: so none can be
    taken out of the middle. How many there are, the database remembers as well.
    """

    n: int
    seq: int
    hash: str
    at: str
    adopted: bool = False  # what was promised for later seals no longer counts
    count: int = 0
    previous: str = ""


def sign(folder: Path, checkpoint: Checkpoint) -> int:
    """Append a checkpoint, signed with Ed25519 (RFC 8032); its line. Makes the key on first use."""
    key = _key(folder)
    before = _lines(folder)
    count, previous = len(before) + 1, _sha(before[-1]) if before else ""
    line = _signed(key, list(vars(replace(checkpoint, count=count, previous=previous)).values()))
    fd = os.open(folder / "checkpoints", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.ftruncate(fd, sum(len(one) + 1 for one in before))  # a torn line promised nothing
        write_all(fd, line)
    finally:
        os.close(fd)
    return count


def _signed(key: Ed25519PrivateKey, body: list[Any]) -> bytes:
    return canonical([*body, key.sign(canonical(body)).hex()]) + b"\n"


def _read(public: Ed25519PublicKey, line: bytes) -> Checkpoint:
    """Raises ValueError, TypeError, RecursionError or InvalidSignature for what nobody signed."""
    return Checkpoint(*_body(public, line))


def _body(public: Ed25519PublicKey, line: bytes) -> list[Any]:
    body: list[Any]
    *body, signature = json.loads(line)
    public.verify(bytes.fromhex(signature), canonical(body))
    return body


def keep_verified(folder: Path, checkpoint: Checkpoint) -> None:
    """Remember up to where all of the history held, signed; raises OSError or ValueError."""
    if (folder / "checkpoint.key").exists():  # none is made for this
        # It says what it is: else any checkpoint could be put in its place.
        body = [VERIFIED, *vars(checkpoint).values()]
        write_whole(folder / VERIFIED, _signed(_key(folder), body), 0o600)


def last_verified(folder: Path) -> Checkpoint | None:
    """Up to where all of the history held the last time; None when that is not known."""
    try:
        what, *body = _body(_public(folder), (folder / VERIFIED).read_bytes())
        return Checkpoint(*body) if what == VERIFIED else None
    except (OSError, ValueError, TypeError, RecursionError, InvalidSignature):
        return None


def held(folder: Path) -> int:
    """How many lines the checkpoint file has; 0 without one."""
    return len(_lines(folder))


def _lines(folder: Path) -> list[bytes]:
    """Whole lines: one that a full disk or a crash tore was never answered for."""
    path = folder / "checkpoints"
    return path.read_bytes().split(b"\n")[:-1] if path.exists() else []


def _sha(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def checkpoints(folder: Path) -> tuple[list[Checkpoint], list[Part]]:
    """Every checkpoint whose signature holds, and a complaint for each line where it does not.

    An adoption takes back what was promised beyond it; it is signed as well, and stays readable.
    """
    lines = _lines(folder)
    good: list[Checkpoint] = []
    bad: list[Part] = []
    if not lines:
        return [], []
    try:
        public = _public(folder)
    except (OSError, ValueError):
        return [], [part("audit.no_public_key")]
    for number, line in enumerate(lines, start=1):
        try:
            one = _read(public, line)
            before = _sha(lines[number - 2]) if number > 1 else ""
            if one.count and (one.count, one.previous) != (number, before):
                bad.append(part("audit.line_gone", line=number))
            good = [c for c in good if not one.adopted or c.n <= one.n] + [one]
        except (ValueError, TypeError, RecursionError, InvalidSignature):
            bad.append(part("audit.line_forged", line=number))
    return good, bad


def newest_checkpoint(folder: Path) -> Checkpoint | None:
    """The newest one whose signature holds, read from the end of the file; None when there is none.

    A torn last line promised nothing yet. Raises OSError or ValueError when none can be checked.
    """
    path = folder / "checkpoints"
    if not path.exists():
        return None
    public = _public(folder)
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 4096))
        lines = stream.read().split(b"\n")[:-1]
    for line in reversed(lines):
        try:
            return _read(public, line)
        except (ValueError, TypeError, RecursionError, InvalidSignature):
            continue
    if lines:
        raise ValueError("the signed checkpoints are damaged or forged")
    return None


def last_signed(folder: Path) -> int:
    """The number of the newest signed seal; 0 when nothing was signed yet."""
    try:
        found = newest_checkpoint(folder)
    except (OSError, ValueError):
        return 0
    return found.n if found else 0


def set_aside(folder: Path, stamp: str) -> None:
    """Keep the checkpoints beside, with the key to check them; what follows is signed anew."""
    for name in ("checkpoints", "checkpoint.pub"):
        path = folder / name
        if path.exists():
            (folder / f"{name}.{stamp}").write_bytes(path.read_bytes())
    for name in ("checkpoints", VERIFIED):
        (folder / name).unlink(missing_ok=True)
    if (folder / "checkpoint.key").exists():  # the half that anybody may have, made again if lost
        public = _key(folder).public_key().public_bytes_raw()
        (folder / "checkpoint.pub").write_bytes(public)


def _key(folder: Path) -> Ed25519PrivateKey:
    """The private half, made on first use: both halves whole or not at all, the public one first."""
    path = folder / "checkpoint.key"
    if not path.exists() or path.stat().st_size == 0:
        made = Ed25519PrivateKey.generate()
        write_whole(folder / "checkpoint.pub", made.public_key().public_bytes_raw(), 0o600)
        write_whole(path, made.private_bytes_raw(), 0o600)
    return Ed25519PrivateKey.from_private_bytes(path.read_bytes())


def write_whole(path: Path, data: bytes, mode: int) -> None:
    """Durable when it returns; a full disk leaves what was there."""
    part = path.with_name(f"{path.name}.{os.getpid()}")
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        write_all(fd, data)
        part.rename(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    finally:
        os.close(fd)
    sync(path.parent)


def sync(folder: Path) -> None:
    """A name in it is durable when this returns."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_all(fd: int, data: bytes) -> None:
    """Durable when it returns; a disk that fills takes a part and raises nothing."""
    if os.write(fd, data) != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(fd)


def _public(folder: Path) -> Ed25519PublicKey:
    path = folder / "checkpoint.pub"
    return Ed25519PublicKey.from_public_bytes(path.read_bytes())
