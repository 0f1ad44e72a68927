"""The one composition root: configuration in, everything that runs out."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from publisher import clock, hidden, media
from publisher.clock import Now
from publisher.config import Config
from publisher.gate.accounts import account_value
from publisher.networks import Network, Outbound, Tools
from publisher.networks.registry import about, network
from publisher.store import Store, wake, witness
from publisher.store.keys import LedgerKey
from publisher.store.rows import AccountRow
from publisher.store.secrets import MissingSecret, fingerprint, resolve, resolve_one
from publisher.words import part

Adapters = Callable[[AccountRow, Tools, Mapping[str, str]], Network]


def real_adapter(account: AccountRow, tools: Tools, secrets: Mapping[str, str]) -> Network:
    """The adapter of the account's network."""
    return network(account.network)(account_value(account), secrets, tools)


class Vault(Protocol):
    """Opens what the database holds of credentials: `daemon.vault`."""

    def mark(self, account: str) -> Any:
        """None where it holds nothing of the account; else it changes with what it holds."""
        ...

    def read(self, account: AccountRow) -> Mapping[str, str]:
        """The account's credentials; raises a Problem."""
        ...


@dataclass
class App:
    """What the edges are given: the store, the clock, adapters, secrets.

    `vault`: of the daemon alone. What it holds of an account goes before what config.toml refers to.
    """

    config: Config
    store: Store
    now: Now = clock.utc_now
    make_adapter: Adapters = real_adapter
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)
    vault: Vault | None = None

    def __post_init__(self) -> None:
        """Wires the store: where pictures lie, the witness of what people commit, a poke for the daemon."""
        self.store.picture = partial(media.read, self.media_folder)
        witness.watch(self.store, self.config.witness)
        if self.store.sqlite:
            self.store.on_wake.append(partial(wake.poke, self.config.data))
        self._secrets: dict[str, tuple[Any, Mapping[str, str], str]] = {}

    @property
    def media_folder(self) -> Path:
        """Where images lie, by the sha256 of their bytes."""
        return self.config.data / "media"

    @property
    def tools(self) -> Tools:
        """What adapters work with."""
        return Tools(self.now, clock.monotonic, self.store.picture, self.outbound)

    @cached_property
    def outbound(self) -> Outbound:
        """The way out for every call of ours; raises MissingSecret when it cannot be read."""
        way = self.config.outbound
        proxy = way.proxy
        if proxy.startswith(("env:", "file:")):
            proxy = resolve_one(proxy, self.config.folder, self.env)
        if password := urlsplit(proxy).password:
            hidden.hide(password)
        return Outbound(proxy, way.ca_file)

    def credential_of(self, account: AccountRow) -> str:
        """The fingerprint of the credential in use now; "" when it cannot be read."""
        return self._known_secrets(account)[1]

    def adapter(self, account: AccountRow) -> Network:
        """An adapter with the account's secrets; raises MissingSecret, and what the vault raises."""
        values = self._known_secrets(account)[0]
        if not values:
            values = self._read(account)
        return self.make_adapter(account, self.tools, values)

    def _known_secrets(self, account: AccountRow) -> tuple[Mapping[str, str], str]:
        """Read again whenever a file changed: a swapped credential is noticed at once (H23)."""
        vaulted = self.vault.mark(account.id) if self.vault else None
        seen = vaulted or self._signature(account.credentials)
        known = self._secrets.get(account.id)
        if known is None or known[0] != seen:
            try:
                values = self._read(account)
                known = (seen, values, fingerprint(values))
            except Exception:  # noqa: BLE001  # unreadable: who-am-I then fails and says why
                known = (seen, {}, "")
            self._secrets[account.id] = known
        return known[1], known[2]

    def _read(self, account: AccountRow) -> Mapping[str, str]:
        if self.vault and self.vault.mark(account.id):
            return self.vault.read(account)
        if not account.credentials:
            raise MissingSecret([part("secret.nowhere")])
        names = about(account.network).names
        return resolve(account.credentials, self.config.folder, self.env, names=names)

    def _signature(self, refs: Mapping[str, str]) -> tuple[Any, ...]:
        return tuple(self._mark(ref) for _, ref in sorted(refs.items()))

    def _mark(self, ref: str) -> Any:
        kind, _, where = ref.partition(":")
        if kind == "env":
            return self.env.get(where)
        try:
            stat = os.stat(os.path.join(self.config.folder, where))  # noqa: PTH116, PTH118  # hot path
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size, stat.st_ino


def build(
    config: Config,
    *,
    now: Now = clock.utc_now,
    make_adapter: Adapters = real_adapter,
    env: Mapping[str, str] | None = None,
) -> App:
    """An App over the configured database. Opens nothing until it is used."""
    config.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    env = os.environ if env is None else env
    key = LedgerKey(config.witness, config.ledger_key, config.folder, env)
    return App(config, Store(config.database, now, key), now, make_adapter, env)
