"""What `env:NAME` and `file:PATH` stand for. Values are handed on, never kept or logged."""

import hashlib
import hmac
import stat
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from publisher import hidden, log
from publisher.content import canonical
from publisher.errors import BadConfig
from publisher.words import part

_LARGEST = 65_536  # bytes: a key is a few hundred, so anything above is the wrong file
_CREDENTIALS = "$CREDENTIALS_DIRECTORY"
_DOMAIN = b"publisher credential fingerprint 1"
_told: set[Path] = set()


class MissingSecret(BadConfig):
    """A reference leads to nothing; a flaw names the reference, never a value."""


def resolve(
    refs: Mapping[str, str], base: Path, env: Mapping[str, str], *, names: Collection[str] = ()
) -> Mapping[str, str]:
    """The values behind `refs` (field: `env:NAME` or `file:PATH`; relative paths start at `base`).

    `file:$CREDENTIALS_DIRECTORY/NAME` is what systemd's LoadCredential= provides. Every value but
    those of `names` is hidden from the logs from here on. Raises MissingSecret
    naming every reference that fails.
    """
    values: dict[str, str] = {}
    flaws: list[dict[str, Any]] = []
    for field, ref in refs.items():
        try:
            values[field] = _value(ref, base, env)
        except MissingSecret as error:
            flaws += [part("document.value", where=field, said=flaw) for flaw in error.flaws]
            continue
        if field not in names:
            hidden.hide(values[field])
    if flaws:
        raise MissingSecret(flaws)
    return values


def resolve_one(ref: str, base: Path, env: Mapping[str, str]) -> str:
    """The value behind one reference, or a plain address as it is; raises MissingSecret."""
    if ref.startswith(("http://", "https://")):
        return ref
    value = _value(ref, base, env)
    hidden.hide(value)
    return value


def path_of(ref: str, base: Path, env: Mapping[str, str]) -> Path:
    """The file that a `file:` reference names; raises MissingSecret without systemd's folder."""
    return _path(ref, ref.partition(":")[2], base=base, env=env)


def fingerprint(values: Mapping[str, str], *, key: bytes = _DOMAIN) -> str:
    """HMAC-SHA256 (hex) over credentials: tells whether they changed, and not what they are."""
    return hmac.new(key, canonical(dict(values)), hashlib.sha256).hexdigest()


def _value(ref: str, base: Path, env: Mapping[str, str]) -> str:
    kind, _, where = ref.partition(":")
    if kind == "env":
        value = env.get(where, "").rstrip("\r\n")
        if not value:
            raise MissingSecret([part("secret.unset", name=where, reference=ref)])
        return value
    if kind == "file":
        return _content(ref, _path(ref, where, base=base, env=env))
    raise MissingSecret([part("secret.no_reference")])


def _path(ref: str, where: str, *, base: Path, env: Mapping[str, str]) -> Path:
    if not where.startswith(_CREDENTIALS + "/"):
        return base / where
    folder = env.get(_CREDENTIALS[1:], "")
    if not folder:
        raise MissingSecret([part("secret.no_folder", name=_CREDENTIALS, reference=ref)])
    return Path(folder) / where.removeprefix(_CREDENTIALS + "/")


def _content(ref: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            mode = path.stat().st_mode
            data = file.read(_LARGEST + 1)
        value = data.decode().rstrip("\r\n")
    except OSError as error:
        unread = part("document.unread", path=ref, why=error.strerror)
        raise MissingSecret([unread]) from None
    except UnicodeDecodeError:
        raise MissingSecret([part("secret.no_text", reference=ref)]) from None
    if not value or len(data) > _LARGEST:
        raise MissingSecret([part(f"secret.{'empty' if not value else 'large'}", reference=ref)])
    if mode & stat.S_IROTH and path not in _told:
        _told.add(path)
        log.get(__name__).warning(
            "a file with a secret can be read by every user of this machine: chmod 600 it",
            file=str(path),
        )
    return value
