"""Decoding in a process of its own: a hostile file costs that process, and never the post's.

What goes in: one JSON line with the limits, then the file. What comes out: one JSON line, either
the reason for the person or the images, then their bytes.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Collection
from typing import TYPE_CHECKING, BinaryIO

from publisher.content import Fit
from publisher.errors import Usage

if TYPE_CHECKING:
    from publisher.media.encode import Encoded

MOST_MEMORY = 1_500_000_000  # bytes of addresses; what is really used stays under 400 MB
MOST_SECONDS = 60  # of a processor
PATIENCE = 300  # seconds in all, on a busy machine


def reencode(data: bytes, fits: Collection[Fit]) -> "list[Encoded]":
    """As `encode.reencode`, in a child without our environment. Raises Usage."""
    from publisher.media.encode import Encoded  # noqa: PLC0415  # Pillow: only who sends images pays

    line = json.dumps([[fit.side, fit.size] for fit in fits]).encode() + b"\n"
    try:
        done = subprocess.run(  # noqa: S603  # our own module
            [sys.executable, "-I", "-m", __name__],
            input=line + data,
            capture_output=True,
            timeout=PATIENCE,
            check=True,
            env={"LC_ALL": "C.UTF-8"},
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        raise Usage("media.too_much", field="images") from None
    head, _, rest = done.stdout.partition(b"\n")
    told = json.loads(head)
    if isinstance(told, dict):
        raise Usage(field="images", **told)
    found, at = [], 0
    for mime, width, height, size in told:
        found.append(Encoded(rest[at : at + size], mime, width, height))
        at += size
    return found


def main(given: BinaryIO, taken: BinaryIO) -> None:
    """The child's part."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    from publisher.media import encode  # noqa: PLC0415  # under the limits

    fits = [Fit(*one) for one in json.loads(given.readline())]
    try:
        made = encode.reencode(given.read(), fits)
    except Usage as error:
        taken.write(json.dumps({"code": error.code, **error.values}).encode() + b"\n")
        return
    told = [[one.mime, one.width, one.height, len(one.data)] for one in made]
    taken.write(json.dumps(told).encode() + b"\n")
    taken.writelines(one.data for one in made)


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
