"""Unix sockets, however long the path to them is: a socket's own may have 100 bytes only (unix(7))."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def address(path: Path) -> Iterator[str]:
    """A short name of `path` as long as this is open, through its open folder. Raises OSError.

    No other place would do: one that others can write to may be taken by them.
    """
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
