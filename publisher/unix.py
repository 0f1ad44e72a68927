"""What the operating system names: a socket however long its path is, who is at it, a user, a login."""

import errno
import os
import pwd
import select
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
NO_LOGIN = 2**32 - 1  # as the kernel says it: a daemon, a container
_CREDENTIALS = struct.Struct("3i")
_PEER_PIDFD = 77  # SO_PEERPIDFD, Linux 6.5; Python does not name it


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


@dataclass(frozen=True)
class Peer:
    """A process on this machine: its user, and who logged in (None where the kernel does not say)."""

    pid: int
    uid: int
    gid: int
    login: int | None

    @property
    def kept(self) -> str:
        """How the history keeps it: the user, and who logged in where that is somebody else."""
        user = user_name(self.uid)
        login = user if self.login is None else user_name(self.login)
        return user if login == user else f"{user} (logged in as {login})"


def peer_of(sock: socket.socket) -> Peer | None:
    """The process that connected to a Unix socket (SO_PEERCRED, unix(7)).

    None over TCP, and for a process that has ended: who logged in there can no longer be read, while
    a child of it may hold the connection.
    """
    if sock.family != socket.AF_UNIX:
        return None
    raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, gid = _CREDENTIALS.unpack(raw)
    with suppress(ProcessLookupError):
        return Peer(pid, uid, gid, _login(sock, pid))
    return None


def _login(sock: socket.socket, pid: int) -> int | None:
    """Read while the process is held, so that no other one has got its number meanwhile.

    Raises ProcessLookupError when it has ended.
    """
    try:
        held = sock.getsockopt(socket.SOL_SOCKET, _PEER_PIDFD)
    except OSError as error:
        if error.errno == errno.ENOPROTOOPT:  # an older kernel: nobody is sure whose number that is
            return None
        raise ProcessLookupError from None
    try:
        uid = login_of(str(pid))
        if not _lives(held):
            raise ProcessLookupError
        return uid
    finally:
        os.close(held)


def _lives(held: int) -> bool:
    """A pidfd becomes readable when its process ends (pidfd_open(2))."""
    return not readable(held)


def readable(file: int) -> bool:
    """Has something come there that can be read at once, or has the other end closed it?"""
    look = select.poll()  # select(2) takes no descriptor beyond 1023
    look.register(file, select.POLLIN)
    return bool(look.poll(0))
