"""The desk's second way in, over TCP: where it listens, and what must be there before it may."""

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from publisher.config.file import DeskTable
from publisher.documents import Flaw
from publisher.words import part

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

HERE = ("localhost", "127.0.0.1", "[::1]")
_NO_PROXIES = ("127.0.0.1", "::1")


@dataclass(frozen=True)
class Door:
    """Where the desk listens on TCP. Files are absolute.

    `certificate` and `key`: it speaks TLS by itself; both or neither. `behind`: the address at which
    people reach it, when a proxy speaks TLS for it; "" else. `proxies`: whose word on who asks counts.
    `hosts`: the names by which it may be asked, lower case.
    """

    host: str
    port: int
    certificate: Path | None
    key: Path | None
    behind: str
    proxies: tuple[Network, ...]
    hosts: frozenset[str]

    @property
    def encrypted(self) -> bool:
        """Is what people send unreadable on the way?"""
        return self.certificate is not None or self.behind.startswith("https:")

    def address(self, port: int) -> str:
        """Where people reach it, listening on `port`. No bare number: it could carry no passkey."""
        if self.behind:
            return self.behind
        name = "localhost" if loopback(self.host) else min(self.hosts)
        return f"{'https' if self.certificate else 'http'}://{name}:{port}"


def door(table: DeskTable, folder: Path) -> Door | None:
    """What config.toml says, which `flaws` finds sound; None when the desk has its socket only."""
    if not table.listen:
        return None
    host, _, port = table.listen.rpartition(":")
    named = urlsplit(table.behind).hostname
    hosts = table.hosts or [*HERE, *([named] if named else [])]
    return Door(
        host=host.strip("[]"),
        port=int(port),
        certificate=folder / table.certificate if table.certificate else None,
        key=folder / table.key if table.key else None,
        behind=table.behind.rstrip("/"),
        proxies=tuple(map(ipaddress.ip_network, table.proxies or _NO_PROXIES))
        if table.behind
        else (),
        hosts=frozenset(one.lower() for one in hosts),
    )


def flaws(table: DeskTable, folder: Path) -> Iterator[Flaw]:
    """What keeps the desk from listening there."""
    if not table.listen:
        for key in ("certificate", "key", "behind", "proxies", "hosts"):
            if getattr(table, key):
                yield ("desk", key), part("config.nowhere_to_listen")
        return
    host, _, port = table.listen.rpartition(":")
    if not (_ip(host) and port.isascii() and port.isdigit() and 0 <= int(port) < 65_536):
        yield ("desk", "listen"), part("config.listen", setting=table.listen)
        return
    yield from _files(table, folder)
    yield from _behind(table)
    encrypted = bool(table.certificate or table.behind)
    if not loopback(host) and not encrypted:
        yield ("desk", "listen"), part("config.in_the_open", setting=table.listen)
    if not loopback(host) and not (table.behind or table.hosts):
        yield ("desk", "listen"), part("config.no_hosts")
    for one in table.hosts:
        if not _is_host(one):
            yield ("desk", "hosts"), part("config.host", given=one)


def _files(table: DeskTable, folder: Path) -> Iterator[Flaw]:
    if bool(table.certificate) != bool(table.key):
        yield ("desk", "certificate" if table.certificate else "key"), part("config.half_tls")
    for key in ("certificate", "key"):
        named = getattr(table, key)
        if named and not (folder / named).is_file():
            yield ("desk", key), part("config.no_tls_file")


def _behind(table: DeskTable) -> Iterator[Flaw]:
    if table.behind:
        if not _is_proxy(table.behind):
            yield ("desk", "behind"), part("config.behind")
    elif table.proxies:
        yield ("desk", "proxies"), part("config.proxies_alone")
    for one in table.proxies:
        try:
            ipaddress.ip_network(one)
        except ValueError:
            yield ("desk", "proxies"), part("config.proxy", given=one)


def _is_proxy(url: str) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # reading it is what validates it
    except ValueError:
        return False
    bare = parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username)
    return parts.scheme == "https" and _is_host(parts.hostname or "") and bare


def loopback(host: str) -> bool:
    """Does this lead to this machine only?"""
    found = _ip(host)
    return host == "localhost" or (found is not None and found.is_loopback)


def _ip(host: str) -> Any:
    try:
        return ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def _is_host(name: str) -> bool:
    """A name, or a number in the form that a request has it; without a port."""
    if name.startswith("["):
        return _ip(name) is not None
    labels: Sequence[str] = name.split(".")
    return all(one.isascii() and one.replace("-", "a").isalnum() for one in labels)
