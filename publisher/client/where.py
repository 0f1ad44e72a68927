"""Where the desk is: a socket on this machine, or a web address."""

import ipaddress
import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from publisher.client import stored
from publisher.errors import NotFound, Usage

_NAME = re.compile(r"[^\s\x00-\x20\x7f]+")  # of a host
# Beside config.toml, unless that says otherwise.
SOCKET = "run/desk.sock"
DATA = "data"


@dataclass(frozen=True)
class Socket:
    """On this machine; the operating system says who asks."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True)
class Web:
    """Over TCP, at this address; `secret` is what is shown there, "" for nothing."""

    url: str
    secret: str = field(default="", repr=False)

    def __str__(self) -> str:
        return self.url


Where = Socket | Web


def find(env: Mapping[str, str], here: Path) -> Where:
    """$PUBLISHER_URL, else $PUBLISHER_SOCKET, else a sign-in that is kept, else what config.toml says.

    Raises OSError and ValueError as `settings`, and NotPermitted for an address where nobody is signed in.
    """
    if named := env.get("PUBLISHER_URL"):
        url = address(named)
        token = env.get("PUBLISHER_TOKEN", "").strip()  # a file that it came from ends its line
        if not (token.isascii() and token.isprintable()):
            raise Usage("client.no_token", url=url)
        return Web(url, token or stored.of(url, env).secret)
    if not env.get("PUBLISHER_SOCKET"):
        for one in stored.read(env):
            return Web(one.url, one.secret)
    return local(env, here)


def address(typed: str) -> str:
    """The address of a desk, as it is kept. Raises Usage for what is none, or is readable on the way."""
    try:
        parts = urlsplit(typed)
        port = f":{parts.port}" if parts.port else ""
        host = parts.hostname or ""
        named = _NAME.fullmatch(host) and host.encode("idna")
    except ValueError:  # of a name that no address can have as well
        raise Usage("client.no_address", field="address", given=typed) from None
    bare = parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username)
    if parts.scheme not in ("http", "https") or not parts.hostname or not (named and bare):
        raise Usage("client.no_address", field="address", given=typed)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if parts.scheme == "http" and not _loopback(parts.hostname):
        raise Usage("client.in_the_open", field="address", given=typed)
    return f"{parts.scheme}://{host}{port}"


def _loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def quoted(name: str) -> str:
    """A name as one step of a path. Raises NotFound for what can be none, and so is nobody's name."""
    if name in ("", ".", "..") or "/" in name:
        raise NotFound("client.nobodys_name", name=name)
    return quote(name, safe="")


def local(env: Mapping[str, str], here: Path) -> Socket:
    """The socket on this machine: $PUBLISHER_SOCKET, else what config.toml says. Raises as `settings`."""
    if named := env.get("PUBLISHER_SOCKET"):
        return Socket(Path(named).absolute())
    said = settings(env, here).get("desk")
    socket = said.get("socket") if isinstance(said, Mapping) else None
    folder = _file(env, here).resolve().parent
    return Socket((folder / str(socket or SOCKET)).resolve())


def data(env: Mapping[str, str], here: Path) -> Path:
    """The data folder, by what config.toml says. Raises OSError, ValueError as `settings`."""
    said = settings(env, here).get("data")
    return (_file(env, here).resolve().parent / str(said or DATA)).resolve()


def settings(env: Mapping[str, str], here: Path) -> Mapping[str, Any]:
    """What $PUBLISHER_CONFIG, else config.toml `here`, says; unchecked, for a client needs little.

    Raises OSError where there is none that may be read, ValueError for what is no TOML.
    """
    return tomllib.loads(_file(env, here).read_text("utf-8"))


def _file(env: Mapping[str, str], here: Path) -> Path:
    return Path(env.get("PUBLISHER_CONFIG") or here / "config.toml")
