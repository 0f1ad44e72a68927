"""Pictures that were uploaded: how each was drawn, under the hash of its bytes.

What waits for a post lies in `uploads`, what a post took in `uploads/taken`, for good. What nobody has
taken within a day is removed with its picture, when another one is handed in.
"""

import hashlib
import json
import os
import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from publisher import media
from publisher.content import Fit, Media, media_from_json, media_json
from publisher.errors import NotFound
from publisher.media.child import reencode

if TYPE_CHECKING:
    from publisher.media.encode import Encoded

LONGEST = timedelta(days=1)  # that an upload waits for a post
MOST = 100  # that are removed at once

_SHA256 = re.compile(r"[0-9a-f]{64}")
_ALONE = Lock()  # who keeps or takes one meets nobody who removes it


def keep(data: Path, sent: bytes, fits: Collection[Fit], now: datetime) -> Media:
    """Draw a picture for every network and keep it below `data`. Raises Usage, TryAgain."""
    drawn = reencode(sent, fits)
    with _ALONE:
        _sweep(data, now - LONGEST)
        known = _known(data, drawn)
        made = media.kept(data / "media", drawn)
        waits = data / "uploads"
        # What lay there already may be a post's: it is never removed.
        folder = _taken(data) if known and not (waits / made.sha256).exists() else waits
        _note(folder, made)
        os.utime(folder / made.sha256, (now.timestamp(), now.timestamp()))
    return made


def look(data: Path, name: str, alt: str) -> Media:
    """An uploaded picture with what it shows in words. Raises NotFound, Usage."""
    media.refuse_long(alt)
    return replace(_read(data, name), alt=alt.strip())


def take(data: Path, name: str, alt: str) -> Media:
    """The same for a post: from here on it stays. Raises TryAgain as well."""
    with _ALONE:
        found = look(data, name, alt)
        if not (_taken(data) / name).exists():
            _note(_taken(data), replace(found, alt=""))
        (data / "uploads" / name).unlink(missing_ok=True)
    return found


def _taken(data: Path) -> Path:
    return data / "uploads" / "taken"


def _note(folder: Path, made: Media) -> None:
    with media.storing():
        media.store(folder, made.sha256, json.dumps(media_json([made])).encode())


def _read(data: Path, name: str) -> Media:
    """What was noted of it; what cannot be read, or lacks its picture, is as good as not there."""
    if _SHA256.fullmatch(name):
        for folder in (_taken(data), data / "uploads"):
            with suppress(OSError, ValueError, TypeError, AttributeError):
                [known] = media_from_json(json.loads((folder / name).read_bytes()))
                if all((data / "media" / one).is_file() for one in _names(known)):
                    return known
    raise NotFound("media.no_upload", field="images", image=name[:12])


def _names(of: Media) -> list[str]:
    return [of.sha256, *(one.sha256 for one in of.smaller)]


def _known(data: Path, drawn: "Collection[Encoded]") -> bool:
    names = (hashlib.sha256(one.data).hexdigest() for one in drawn)
    return any((data / "media" / name).exists() for name in names)


def _sweep(data: Path, before: datetime) -> None:
    """Remove some of what was handed in before then and taken by nobody."""
    with suppress(OSError):  # the next one tries again
        for number, note in enumerate(_old(data / "uploads", before)):
            if number == MOST:
                return
            _remove(data, note)


def _old(folder: Path, before: datetime) -> Iterator[Path]:
    for one in folder.iterdir() if folder.exists() else ():
        if _SHA256.fullmatch(one.name) and one.stat().st_mtime < before.timestamp():
            yield one


def _remove(data: Path, note: Path) -> None:
    """The note first. Whatever was stored since under the same hash is somebody else's, and stays."""
    written = note.stat().st_mtime_ns
    names: list[str] = []
    if not (_taken(data) / note.name).exists():
        with suppress(NotFound):
            names = _names(_read(data, note.name))
    note.unlink()
    for name in names:
        file = data / "media" / name
        if file.stat().st_mtime_ns <= written:
            file.unlink()
