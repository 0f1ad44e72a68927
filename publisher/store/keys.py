"""The ledger's key. Whoever holds it and can write the database can write history that is believed."""

import hmac
import os
import secrets as random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from publisher.clock import rfc3339
from publisher.content import canonical
from publisher.errors import Problem
from publisher.store import secrets

_DOMAIN = b"publisher ledger 1\0"
_SHORTEST = 32  # characters: less can be guessed


class NoKey(Problem):
    """The key that this database's history was signed with cannot be had."""


@dataclass(frozen=True)
class Signer:
    """Signs ledger rows of one installation, and tells whether a row was signed so."""

    key: bytes

    def mac(self, values: tuple[Any, ...]) -> str:
        """HMAC-SHA256 (hex) over the canonical JSON of a row's columns, in order, number included."""
        return _mac(self.key, values)

    def holds(self, values: tuple[Any, ...], mac: str) -> bool:
        """Was this row written by somebody who held the key?"""
        return hmac.compare_digest(self.mac(values).encode(), mac.encode())


@lru_cache(maxsize=16_384)  # a row is looked at several times in its first minutes
def _mac(key: bytes, values: tuple[Any, ...]) -> str:
    plain = [rfc3339(v) if isinstance(v, datetime) else v for v in values]
    return hmac.digest(key, canonical(plain), "sha256").hex()


@dataclass(frozen=True)
class LedgerKey:
    """Where the key is kept: beside the witness's own keys, or where `[ledger] key` says.

    `ref` is "" or `file:PATH`; relative paths start at `base`.
    """

    witness: Path
    ref: str
    base: Path
    env: Mapping[str, str]

    def signer(self, installation: str, *, new: bool) -> Signer:
        """The signer of this installation; with `new` a missing key is made. Raises NoKey."""
        path = self.path(installation)
        try:
            path.stat()
        except OSError as error:
            if not (new and isinstance(error, FileNotFoundError)):
                raise NoKey("store.no_key", path=str(path), why=str(error.strerror)) from None
            _make(path)
        secret = secrets.resolve_one(f"file:{path}", self.base, self.env)
        if len(secret) < _SHORTEST:
            raise NoKey("store.short_key", path=str(path))
        # One key may serve several installations: a row of one means nothing in another.
        return Signer(hmac.digest(secret.encode(), _DOMAIN + installation.encode(), "sha256"))

    def path(self, installation: str) -> Path:
        """The file. Raises MissingSecret where systemd's folder is named and there is none."""
        if not self.ref:
            return self.witness / installation / "ledger.key"
        return secrets.path_of(self.ref, self.base, self.env)


def _make(path: Path) -> None:
    """A new key, whole or not at all; another process may make it in the same moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}")
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(fd, random.token_hex(32).encode() + b"\n")
        os.fsync(fd)
    finally:
        os.close(fd)
    try:
        path.hardlink_to(part)
    except FileExistsError:
        pass
    finally:
        part.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
