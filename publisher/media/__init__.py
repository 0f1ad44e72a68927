"""Images: re-encoded once on a fresh canvas, kept under the hash of the very bytes we send."""

import errno
import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Collection
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
    alt = alt.strip()
    if len(alt) > MAX_ALT:
        raise Usage(
            f"The description of an image may have {MAX_ALT} characters, this one has {len(alt)}. "
            "Shorten it; nothing was stored."
        )
    images = reencode(data, fits)
    try:
        first, *smaller = [_stored(folder, image, alt) for image in images]
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = "the disk is full" if full else (error.strerror or "the disk refused")
        raise TryAgain(
            f"The image could not be stored in {folder}: {why}. The post was not saved; "
            "put that right and say it again."
        ) from None
    return replace(first, smaller=tuple(smaller))


def taken(file: Path) -> bytes:
    """The bytes of a person's file. Raises Usage, before reading, for what is no file or too large."""
    try:
        # Not blocking: a pipe that nobody writes to would wait for ever.
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as stream:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise Usage("This is no file but a folder, a device or a pipe. Name an image file.")
            if found.st_size > MAX_INPUT:
                size, most = found.st_size / 1_000_000, MAX_INPUT / 1_000_000
                raise Usage(f"The image file has {size:.1f} MB; up to {most:.0f} MB are taken.")
            return stream.read(MAX_INPUT + 1)
    except OSError as error:
        raise Usage(f"The file cannot be read: {error.strerror}.") from None
    except ValueError:  # a NUL in the name
        raise Usage("The name of the file cannot be one.") from None


def read(folder: Path, sha256: str) -> bytes:
    """The stored bytes, checked against their hash.

    Raises NotFound when there are none, Problem when they are not what was stored.
    """
    if not _SHA256.fullmatch(sha256):
        raise NotFound("That is no name of a stored image.")
    try:
        data = (folder / sha256).read_bytes()
    except FileNotFoundError:
        raise NotFound(
            f"The image {sha256[:12]}… is not in {folder}. Bring it back from a backup, "
            "or edit the post and attach it again."
        ) from None
    except OSError as error:
        raise TryAgain(f"The image {sha256[:12]}… cannot be read: {error.strerror}.") from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Problem(
            f"The image {sha256[:12]}… in {folder} is damaged: these are not the bytes that were "
            "attached, so they are not sent. Bring it back from a backup, or attach it again."
        )
    return data


def _stored(folder: Path, image: "Encoded", alt: str) -> Media:
    sha256 = hashlib.sha256(image.data).hexdigest()
    _store(folder, sha256, image.data)
    return Media(sha256, image.mime, image.width, image.height, alt, len(image.data))


def _store(folder: Path, name: str, data: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
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
