"""Images: re-encoded once on a fresh canvas, kept under the hash of the very bytes we send."""

import errno
import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.content import Fit, Media
from publisher.errors import NotFound, Problem, TryAgain, Usage
from publisher.media.child import reencode

if TYPE_CHECKING:
    from publisher.media.encode import Encoded

MAX_INPUT = 30_000_000  # bytes of a file; phones make 3 to 15 million
MAX_ALT = 1_000  # characters; X's limit, the smallest

_SHA256 = re.compile(r"[0-9a-f]{64}")


def put(folder: Path, data: bytes, fits: Collection[Fit], *, alt: str = "") -> Media:
    """Re-encode an image once for each limit and store it in `folder`; on the disk on return.

    Raises Usage when it is not an image that we send, TryAgain when it cannot be stored.
    """
    refuse_long(alt)
    return kept(folder, reencode(data, fits), alt.strip())


def kept(folder: Path, images: "Iterable[Encoded]", alt: str = "") -> Media:
    """Images as they were drawn, the largest first, in `folder`; on the disk on return. Raises TryAgain."""
    with storing():
        first, *smaller = [_stored(folder, image, alt) for image in images]
    return replace(first, smaller=tuple(smaller))


@contextmanager
def storing() -> Iterator[None]:
    """What a disk refuses to keep, as TryAgain."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = "the disk is full" if full else (error.strerror or "the disk refused")
        raise TryAgain("media.not_stored", why=str(why)) from None


def refuse_long(alt: str) -> None:
    """Raises Usage for a description that is longer than any network takes."""
    if len(alt.strip()) > MAX_ALT:
        length = len(alt.strip())
        raise Usage("media.long_description", field="images", most=MAX_ALT, length=length)


def taken(file: Path) -> bytes:
    """The bytes of a person's file. Raises Usage, before reading, for what is no file or too large."""
    try:
        # Not blocking: a pipe that nobody writes to would wait for ever.
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as stream:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise Usage("media.no_file", field="images")
            if found.st_size > MAX_INPUT:
                size, most = f"{found.st_size / 1_000_000:.1f}", MAX_INPUT // 1_000_000
                raise Usage("media.large_file", field="images", size=size, most=most)
            return stream.read(MAX_INPUT + 1)
    except OSError as error:
        raise Usage("media.unread_file", field="images", why=str(error.strerror)) from None
    except ValueError:  # a NUL in the name
        raise Usage("media.no_name", field="images") from None


def mime_of(data: bytes) -> str:
    """What stored bytes are: only what `put` draws is ever stored."""
    return "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"


def read(folder: Path, sha256: str) -> bytes:
    """The stored bytes, checked against their hash.

    Raises NotFound when there are none, Problem when they are not what was stored.
    """
    if not _SHA256.fullmatch(sha256):
        raise NotFound("media.no_hash")
    try:
        data = (folder / sha256).read_bytes()
    except FileNotFoundError:
        raise NotFound("media.gone", image=sha256[:12]) from None
    except OSError as error:
        raise TryAgain("media.unread", image=sha256[:12], why=str(error.strerror)) from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Problem("media.damaged", image=sha256[:12])
    return data


def _stored(folder: Path, image: "Encoded", alt: str) -> Media:
    sha256 = hashlib.sha256(image.data).hexdigest()
    store(folder, sha256, image.data)
    return Media(sha256, image.mime, image.width, image.height, alt, len(image.data))


def store(folder: Path, name: str, data: bytes) -> None:
    """Put a file there whole, on the disk on return. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, folder / name)  # noqa: PTH105  # one word, and it says what it does
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync(folder)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    """Put the names in `folder` on the disk: without it a power cut may take the file away."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
