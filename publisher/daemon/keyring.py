"""The keys of the vault, by id: the last one seals, the others still open.

They lie outside of the data directory, so that whoever has a copy of the database has no credential.
"""

import os
import re
import secrets as random
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from publisher import hidden
from publisher.config import Config
from publisher.errors import Conflict, Problem
from publisher.store import secrets
from publisher.store.mark import folder_of

_LARGEST = 65_536  # bytes: a key takes a line of 74
_ID = re.compile(r"[0-9a-z]{4,32}")
_KEY = re.compile(r"[0-9a-f]{64}")


class NoKey(Conflict):
    """The keys of the vault cannot be had, or are none."""


@dataclass(frozen=True)
class Ring:
    """Keys of 32 bytes by their ids, the newest last."""

    keys: Mapping[str, bytes] = field(repr=False)

    @property
    def newest(self) -> str:
        """The id of the one that seals."""
        return list(self.keys)[-1]


def new_id() -> str:
    """One that no other key has, also after a restore."""
    return random.token_hex(4)


def new_key() -> bytes:
    """256 random bits."""
    return random.token_bytes(32)


@dataclass(frozen=True)
class Place:
    """Where the keys are: beside the history's own, or where `[vault] key` says.

    `ref` is "", `env:NAME` or `file:PATH`; relative paths start at `base`.
    """

    ref: str
    beside: Path
    base: Path
    env: Mapping[str, str]

    @property
    def said(self) -> str:
        """The place, for people."""
        return self.ref or str(self.beside)

    @property
    def ours(self) -> bool:
        """Is it a file that we may write, and neither systemd's nor the environment?"""
        return not self.ref.startswith(("env:", "file:$"))

    @property
    def writable(self) -> bool:
        """May this process write it? One of root's is root's to renew."""
        path = self.path() if self.ours else None
        return path is not None and os.access(path.parent, os.W_OK)

    def path(self) -> Path | None:
        """The file behind any links; None in the environment.

        Raises MissingSecret without systemd's folder.
        """
        if self.ref.startswith("env:"):
            return None
        where = secrets.path_of(self.ref, self.base, self.env) if self.ref else self.beside
        return where.resolve()

    def mark(self) -> Any:
        """Changes whenever the keys may have: one look at the file."""
        try:
            path = self.path()
            is_ = path.stat() if path else None
        except (OSError, Problem):
            return None
        if is_ is None:
            return self.env.get(self.ref.removeprefix("env:"))
        return is_.st_mtime_ns, is_.st_ctime_ns, is_.st_ino, is_.st_size

    def is_there(self) -> bool:
        """Is there anything, whatever it is?"""
        path = self.path()
        return path.exists() if path else self.mark() is not None

    def read(self) -> Ring:
        """The keys; raises NoKey, which never says what stands there."""
        path = self.path()
        text = self.env.get(self.ref.removeprefix("env:"), "") if path is None else self._text(path)
        words = text.split()
        pairs = dict(zip(words[::2], words[1::2], strict=False))
        known = all(_ID.fullmatch(one) and _KEY.fullmatch(key) for one, key in pairs.items())
        if not pairs or not known or len(pairs) * 2 != len(words):
            raise NoKey("vault.no_keys" if text.strip() else "vault.no_key", where=self.said)
        for key in pairs.values():
            hidden.hide(key)
        return Ring({one: bytes.fromhex(key) for one, key in pairs.items()})

    def _text(self, path: Path) -> str:
        try:
            with path.open("rb") as file:
                is_ = os.fstat(file.fileno())
                data = file.read(_LARGEST)
        except FileNotFoundError:
            raise NoKey("vault.no_key", where=self.said) from None
        except OSError as error:
            raise NoKey("vault.unread_key", where=self.said, why=error.strerror) from None
        if self.ours:
            _refuse_open(path, is_)
        return data.decode("utf-8", "replace")

    def write(self, ring: Ring) -> None:
        """The whole file anew, or as it was: durable when this returns. Raises OSError."""
        path = self.path()
        assert path is not None
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        text = "".join(f"{one} {key.hex()}\n" for one, key in ring.keys.items())
        part = path.with_name(f"{path.name}.{os.getpid()}")
        part.unlink(missing_ok=True)
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(fd)
        part.rename(path)
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def place(config: Config, installation: str, env: Mapping[str, str]) -> Place:
    """Where this installation's are."""
    beside = folder_of(config.witness, installation) / "vault.keys"
    return Place(config.vault_key, beside, config.folder, env)


def _refuse_open(path: Path, is_: os.stat_result) -> None:
    """It is this user's alone, or root's, who chooses the group that reads it."""
    group = stat.S_IWGRP if is_.st_uid == 0 else stat.S_IRWXG
    if is_.st_uid not in (0, os.geteuid()):
        raise NoKey("vault.another_owner", where=str(path))
    if is_.st_mode & (stat.S_IRWXO | group):
        raise NoKey("vault.open_key", where=str(path))
