"""What the operating system names: a socket however long its path is, a user, who logged in."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PROC = Path("/proc")
NO_LOGIN = 2**32 - 1  # as the kernel says it: a daemon, a container


@contextmanager
def address(path: Path) -> Iterator[str]:
    """A short name of `path` as long as this is open, through its open folder. Raises OSError.

    A socket's own path may have 100 bytes only (sun_path, unix(7)).
    No other place would do: one that others can write to may be taken by them.
    """
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def user_name(uid: int) -> str:
    """The user's name, else the number: a container may run under one that has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def login_of(process: str = "self") -> int | None:
    """The uid that logged in, as the kernel keeps it across sudo and su; None where none is set."""
    with suppress(OSError, ValueError):
        uid = int((PROC / process / "loginuid").read_text())
        return None if uid == NO_LOGIN else uid
    return None
