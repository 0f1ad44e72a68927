"""config.toml: what is true of this machine. Read once, checked whole, never written by us.

What is allowed stands in the policy folder; what is true of posts stands in the database.
Secrets stand nowhere in here: where one is needed stands a reference, `env:NAME` or `file:PATH`.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, cast

from publisher.config import sandbox
from publisher.config.checks import LEASE_MARGIN, check
from publisher.config.door import Door, door
from publisher.config.file import AccountTable, File, LogFormat, PersonTable
from publisher.content import Account, Lang
from publisher.documents import by_line, parse, placed
from publisher.errors import BadConfig
from publisher.roles import ON, Actor, Role, held
from publisher.words import part

__all__ = [
    "LEASE_MARGIN",
    "AccountSetting",
    "Company",
    "Config",
    "Daemon",
    "Desk",
    "Door",
    "Heartbeat",
    "PersonSetting",
    "find",
    "load",
    "read",
    "show",
    "write_sandbox_credentials",
]


@dataclass(frozen=True)
class Company:
    """The legal entity under whose name the accounts are opened, and its own website.

    `lang`: what its people read, where a person has no other (see `words`).
    """

    name: str
    website: str
    lang: str


@dataclass(frozen=True)
class Daemon:
    """How the daemon works. Times in seconds, space in bytes.

    `lease` is how long a claim lasts; it outlasts `send_deadline` by `LEASE_MARGIN` at least.
    `look_again` overrides the delays at which an unknown outcome is looked up; None keeps each
    network's own.
    """

    workers: int
    send_deadline: int
    lease: int
    free_space_reserve: int
    health_host: str
    health_port: int
    look_again: tuple[float, ...] | None


@dataclass(frozen=True)
class Desk:
    """Where the desk is reached: its socket on this machine (absolute), and over TCP, if it is."""

    socket: Path
    door: Door | None


@dataclass(frozen=True)
class Heartbeat:
    """An address to call every `every` seconds: plain, or a reference when it is a secret."""

    url: str
    every: int


@dataclass(frozen=True)
class Way:
    """The way out for every call: `proxy` is an address, or a reference when a password is in it.

    `ca_file` is absolute, or "".
    """

    proxy: str
    ca_file: str


@dataclass(frozen=True)
class AccountSetting:
    """One official account as config.toml registers it.

    `credentials` are references; {} where they are in the vault.
    """

    id: str
    network: str
    calendar: str
    disclaimers: str
    lang: Lang
    user_id: str
    base_url: str
    credentials: Mapping[str, str]
    options: Mapping[str, str]
    sandbox: bool
    owner: str
    active: bool
    since: date | None
    public_url: str

    def account(self, name: str | None = None) -> Account:
        """The account as rules and adapters see it."""
        return Account(
            id=name or self.id,
            network=self.network,
            calendar=self.calendar,
            disclaimers=self.disclaimers,
            lang=self.lang,
            remote_user_id=self.user_id,
            base_url=self.base_url,
            options=self.options,
            sandbox=self.sandbox,
            active=self.active,
        )


@dataclass(frozen=True)
class PersonSetting:
    """Someone who acts, and the operating-system users that are they. `notify` are references.

    `only`: by role, the accounts for which they have it, where that is not for all. `until`: the day from
    which on they are nobody, on the company's clock.
    """

    id: str
    name: str
    roles: frozenset[Role]
    only: Mapping[Role, tuple[str, ...]]
    os_users: tuple[str, ...]
    sample: bool
    deputy: str
    until: date | None
    lang: str
    notify: tuple[str, ...]

    @property
    def kept(self) -> list[str]:
        """Their roles as the register keeps them: see `roles.held`."""
        everywhere = self.roles - self.only.keys()
        on = (f"{role}{ON}{account}" for role, there in self.only.items() for account in there)
        return sorted({*everywhere, *on})

    def actor(self, os_user: str) -> Actor:
        """The person, acting through `os_user`."""
        roles, on = held(self.kept)
        return Actor(self.id, roles, os_user, self.sample, on=on)


@dataclass(frozen=True)
class Config:
    """All of config.toml. Paths are absolute; `database` may hold a password: no repr shows it.

    `database_setting` is what the file says. `notify` maps a role, or "default", to references.
    `ledger_key` is a `file:` reference, or "" for the key beside the witness; `vault_key` as well, or an
    `env:` one.
    """

    file: Path
    data: Path
    witness: Path
    policy: Path
    database: str = field(repr=False)
    database_setting: str
    company: Company
    daemon: Daemon
    desk: Desk
    ledger_key: str
    vault_key: str
    log_format: LogFormat
    notify: Mapping[str, tuple[str, ...]]
    outbound: Way
    heartbeat: Heartbeat | None
    accounts: Mapping[str, AccountSetting]
    people: Mapping[str, PersonSetting]

    @property
    def folder(self) -> Path:
        """The folder that holds config.toml: relative paths and `file:` references start there."""
        return self.file.parent


def find(start: Path, env: Mapping[str, str] | None = None) -> Path:
    """$PUBLISHER_CONFIG, else `start`/config.toml. Raises BadConfig when there is no such file."""
    given = (os.environ if env is None else env).get("PUBLISHER_CONFIG")
    path = Path(given) if given else start / "config.toml"
    if path.is_file():
        return path.resolve()
    code = "config.named_nowhere" if given else "config.none_here"
    raise BadConfig([part(code, path=str(path))])


def read(path: Path, env: Mapping[str, str]) -> Config:
    """The settings in `path`; raises BadConfig with every problem at once, by line."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else part("document.no_utf8")
        said = part("document.unread", path=str(path), why=why)
        raise BadConfig(placed("", path.name, [((), said)])) from None
    return load(text, path.resolve(), env)


def load(text: str, path: Path, env: Mapping[str, str]) -> Config:
    """The settings in `text`, the content of `path` (absolute). No I/O. Raises BadConfig."""
    source = path.name
    flaws = placed(text, source, check(text, path.parent, env))
    try:
        parse(text, File, source)
    except BadConfig as error:
        flaws += error.flaws
    if flaws:
        raise BadConfig(by_line(flaws))
    return _config(File.model_validate(tomllib.loads(text)), path, env)


def _config(file: File, path: Path, env: Mapping[str, str]) -> Config:
    data = (path.parent / file.data).resolve()
    database = env[file.database[4:]] if file.database.startswith("env:") else file.database
    return Config(
        file=path,
        data=data,
        witness=(path.parent / file.witness).resolve(),
        policy=(path.parent / file.policy).resolve(),
        database=_database(database.replace("{data}", str(data)), path.parent),
        database_setting=file.database,
        company=Company(file.company.name, file.company.website, file.company.lang),
        daemon=_daemon(file),
        desk=Desk((path.parent / file.desk.socket).resolve(), door(file.desk, path.parent)),
        ledger_key=file.ledger.key,
        vault_key=file.vault.key,
        log_format=file.log.format,
        notify={role: tuple(references) for role, references in file.notify.items()},
        outbound=_way(file, path.parent),
        heartbeat=Heartbeat(file.heartbeat.url, file.heartbeat.every) if file.heartbeat else None,
        accounts={name: _account(name, table) for name, table in file.accounts.items()},
        people={name: _person(name, table) for name, table in file.people.items()},
    )


def _database(address: str, folder: Path) -> str:
    """A relative SQLite file starts at the folder of config.toml, wherever the command is run."""
    kind, separator, where = address.partition(":///")
    return f"{kind}{separator}{folder / where}" if kind == "sqlite" else address


def _way(file: File, folder: Path) -> Way:
    named = file.outbound.ca_file
    return Way(file.outbound.proxy, str(folder / named) if named else "")


def _daemon(file: File) -> Daemon:
    table = file.daemon
    host, _, port = table.health.rpartition(":")
    return Daemon(
        workers=table.workers,
        send_deadline=table.send_deadline,
        lease=table.lease,
        free_space_reserve=table.free_space_reserve,
        health_host=host.strip("[]"),
        health_port=int(port),
        look_again=None if table.look_again is None else tuple(table.look_again),
    )


def _account(name: str, table: AccountTable) -> AccountSetting:
    return AccountSetting(
        id=name, **{key: getattr(table, key) for key in AccountTable.model_fields}
    )


def _person(name: str, table: PersonTable) -> PersonSetting:
    return PersonSetting(
        id=name,
        name=table.name,
        roles=cast(frozenset[Role], frozenset(table.roles)),
        only={cast(Role, role): tuple(there) for role, there in table.only.items()},
        os_users=tuple(table.os_users),
        sample=table.sample,
        deputy=table.deputy,
        until=table.until,
        lang=table.lang,
        notify=tuple(table.notify),
    )


def show(config: Config) -> dict[str, Any]:
    """The settings in force as plain data: references as written, never what they stand for."""
    daemon = config.daemon
    return {
        "file": str(config.file),
        "data": str(config.data),
        "witness": str(config.witness),
        "policy": str(config.policy),
        "database": config.database_setting,
        "company": vars(config.company),
        "daemon": {**vars(daemon), "look_again": daemon.look_again and list(daemon.look_again)},
        "desk": {"socket": str(config.desk.socket), **_shown(config.desk.door)},
        "ledger": {"key": config.ledger_key},
        "vault": {"key": config.vault_key},
        "log": {"format": config.log_format},
        "notify": {role: list(references) for role, references in config.notify.items()},
        "outbound": vars(config.outbound),
        "heartbeat": vars(config.heartbeat) if config.heartbeat else None,
        "accounts": {name: _plain(setting) for name, setting in config.accounts.items()},
        "people": {name: _plain(setting) for name, setting in config.people.items()},
    }


def _shown(door: Door | None) -> dict[str, Any]:
    if door is None:
        return {"listen": ""}
    return {
        "listen": f"[{door.host}]:{door.port}" if ":" in door.host else f"{door.host}:{door.port}",
        "certificate": str(door.certificate or ""),
        "key": str(door.key or ""),
        "behind": door.behind,
        "proxies": [str(one) for one in door.proxies],
        "hosts": sorted(door.hosts),
    }


def _plain(setting: AccountSetting | PersonSetting) -> dict[str, Any]:
    return {key: _value(value) for key, value in vars(setting).items() if key != "id"}


def _value(value: Any) -> Any:
    if isinstance(value, frozenset | tuple):
        return sorted(value)
    if isinstance(value, Mapping):
        return {key: _value(one) for key, one in value.items()}
    return value.isoformat() if isinstance(value, date) else value


def write_sandbox_credentials(config: Config) -> None:
    """Create every missing file that a sandbox account refers to; raises OSError."""
    for name, setting in config.accounts.items():
        if setting.sandbox:
            sandbox.write(name, setting.network, setting.credentials, config.folder)
