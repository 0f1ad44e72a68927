"""Sign-ins that this user keeps on this machine, one a desk, the newest first: for nobody else to read."""

import json
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from publisher.errors import Do, NotPermitted, Problem

_OTHERS = 0o077  # the rights of everybody but the owner


@dataclass(frozen=True)
class Stored:
    """A sign-in: at which address, as whom, and what is shown there."""

    url: str
    person: str
    secret: str = field(repr=False)


def file_of(env: Mapping[str, str]) -> Path:
    """Where they are kept (XDG base directories)."""
    home = Path(env.get("HOME") or Path.home())
    return Path(env.get("XDG_CONFIG_HOME") or home / ".config") / "publisher" / "sign-ins.json"


def read(env: Mapping[str, str]) -> Sequence[Stored]:
    """All of them. Raises NotPermitted where others could read them, too, and Problem for what is none."""
    file = file_of(env)
    try:
        with file.open("rb") as stream:
            is_ = os.fstat(stream.fileno())
            if is_.st_uid != os.geteuid() or stat.S_IMODE(is_.st_mode) & _OTHERS:
                raise NotPermitted("client.open_to_others", path=str(file))
            found = json.load(stream)
        return [Stored(one["url"], one["person"], one["secret"]) for one in found]
    except (FileNotFoundError, NotADirectoryError):  # some users have no home
        return []
    except OSError as error:
        raise Problem("client.unread", path=str(file), why=error.strerror or "") from None
    except (ValueError, TypeError, KeyError):
        raise Problem("client.unread", path=str(file), why="JSON") from None


def of(url: str, env: Mapping[str, str]) -> Stored:
    """The one for this address. Raises NotPermitted where there is none."""
    for one in read(env):
        if one.url == url:
            return one
    raise NotPermitted("client.not_signed_in", Do("sign in", {"how": "there", "url": url}), url=url)


def keep(new: Stored, env: Mapping[str, str]) -> None:
    """Keep it, in the place of any other for this address; it is the one that is used from now on."""
    _write([new, *(one for one in read(env) if one.url != new.url)], env)


def forget(url: str, env: Mapping[str, str]) -> None:
    """Keep none for this address any more."""
    _write([one for one in read(env) if one.url != url], env)


def _write(all_: Sequence[Stored], env: Mapping[str, str]) -> None:
    """Whole, or not at all; never readable by others, not for an instant."""
    file = file_of(env)
    new = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            json.dump([asdict(one) for one in all_], stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(file)
    except OSError as error:
        raise Problem("client.unwritten", path=str(file), why=error.strerror or "") from None
