"""Where the desk is: a socket on this machine."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOCKET = "run/desk.sock"  # beside config.toml, unless that says otherwise


@dataclass(frozen=True)
class Socket:
    """On this machine; the operating system says who asks."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)


def find(env: Mapping[str, str], here: Path) -> Socket:
    """$PUBLISHER_SOCKET, else what config.toml says. Raises OSError, ValueError as `settings`."""
    if named := env.get("PUBLISHER_SOCKET"):
        return Socket(Path(named).absolute())
    said = settings(env, here).get("desk")
    socket = said.get("socket") if isinstance(said, Mapping) else None
    folder = _file(env, here).resolve().parent
    return Socket((folder / str(socket or SOCKET)).resolve())


def settings(env: Mapping[str, str], here: Path) -> Mapping[str, Any]:
    """What $PUBLISHER_CONFIG, else config.toml `here`, says; unchecked, for a client needs little.

    Raises OSError where there is none that may be read, ValueError for what is no TOML.
    """
    return tomllib.loads(_file(env, here).read_text("utf-8"))


def _file(env: Mapping[str, str], here: Path) -> Path:
    return Path(env.get("PUBLISHER_CONFIG") or here / "config.toml")
