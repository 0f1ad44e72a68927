"""Pictures that were uploaded and wait for a post: how each was drawn, under the hash of its bytes."""

import json
import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from publisher import media
from publisher.content import Fit, Media, media_from_json, media_json
from publisher.errors import NotFound, TryAgain

_SHA256 = re.compile(r"[0-9a-f]{64}")


def keep(data: Path, sent: bytes, fits: Collection[Fit]) -> Media:
    """Draw a picture for every network and keep it below `data`. Raises Usage, TryAgain."""
    made = media.put(data / "media", sent, fits)
    try:
        media.store(data / "uploads", made.sha256, json.dumps(media_json([made])).encode())
    except OSError as error:
        why = str(error.strerror)
        raise TryAgain("media.not_stored", folder=str(data / "uploads"), why=why) from None
    return made


def take(data: Path, name: str, alt: str) -> Media:
    """An uploaded picture with what it shows in words. Raises NotFound, Usage."""
    media.refuse_long(alt)
    file = data / "uploads" / name
    if not (_SHA256.fullmatch(name) and file.is_file()):
        raise NotFound("media.no_upload", field="images", image=name[:12])
    [known] = media_from_json(json.loads(file.read_bytes()))
    return replace(known, alt=alt.strip())
