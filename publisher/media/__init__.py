"""Images: re-encoded once on a fresh canvas, kept under the hash of the very bytes we send."""

import errno
import hashlib
import os
import re
import tempfile
from pathlib import Path

from publisher.content import Media
from publisher.errors import NotFound, PublisherError, TryAgain, Usage

MAX_ALT = 1_000  # characters; X's limit, the smallest

_SHA256 = re.compile(r"[0-9a-f]{64}")


def put(folder: Path, data: bytes, alt: str = "") -> Media:
    """Re-encode an image and store it in `folder`; it is on the disk when this returns.

    Raises Usage when it is not an image that we send, TryAgain when it cannot be stored.
    """
    from publisher.media.encode import reencode  # noqa: PLC0415  # Pillow: only who sends images pays

    alt = alt.strip()
    if len(alt) > MAX_ALT:
        raise Usage(
            f"The description of an image may have {MAX_ALT} characters, this one has {len(alt)}. "
            "Shorten it; nothing was stored."
        )
    image = reencode(data)
    sha256 = hashlib.sha256(image.data).hexdigest()
    try:
        _store(folder, sha256, image.data)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = "the disk is full" if full else (error.strerror or "the disk refused")
        raise TryAgain(
            f"The image could not be stored in {folder}: {why}. The post was not saved; "
            "put that right and say it again."
        ) from None
    return Media(sha256, image.mime, image.width, image.height, alt)


def read(folder: Path, sha256: str) -> bytes:
    """The stored bytes, checked against their hash.

    Raises NotFound when there are none, PublisherError when they are not what was stored.
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
        raise PublisherError(
            f"The image {sha256[:12]}… in {folder} is damaged: these are not the bytes that were "
            "approved, so they are not sent. Bring it back from a backup, or attach it again."
        )
    return data


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
