"""An office whose accounts are on the sandbox, over real HTTP: service, daemon's line, vault."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from counter import Counter
from sqlalchemy import select, update
from world import World

from publisher.app import real_adapter
from publisher.daemon import asked, keyring
from publisher.daemon.vault import Vault
from publisher.sandbox import Server, serve, user_id
from publisher.store import tables as t
from publisher.store.tables import core

ACCOUNT, CREDENTIAL, LEDGER = core(t.Account), core(t.Credential), core(t.LedgerRow)
PLACES = {"x": "x", "page": "facebook", "blog": "wordpress", "board": "discourse"}
PREFIX = {"wordpress": "blog", "discourse": "board"}
# What is typed for each account, as its stand-in takes it.
TYPED = {
    "x": {
        "consumer_key": "sandbox",
        "consumer_secret": "sandbox",
        "access_token": "sandbox-x",
        "access_token_secret": "sandbox",
    },
    "page": {"access_token": "sandbox-page"},
    "blog": {"username": "blog", "password": "sandbox-blog"},
    "board": {"api_key": "sandbox-board", "api_username": "board"},
}


class Office:
    """`office.connect("x", **TYPED["x"])`: by Gus, the administrator, unless `by` says otherwise."""

    def __init__(self, world: World, sandbox: Server) -> None:
        self.world, self.sandbox = world, sandbox
        self.counter = Counter(world)
        with world.app.store.read() as tx:
            names = {row.id for row in tx.all(select(ACCOUNT))}
        for name in names & set(PLACES):
            network = PLACES[name]
            here = f"{sandbox.url}/{PREFIX.get(network, network)}"
            told = {"base_url": here, "remote_user_id": user_id(network, name), "credentials": {}}
            world.by_hand(update(ACCOUNT).where(ACCOUNT.c.id == name).values(**told))
        world.app.make_adapter = real_adapter
        self.starts()

    def starts(self) -> None:
        """A daemon, which knows nothing of what another one had in memory."""
        self.vault = Vault(self.world.app.store, self.place)
        self.world.app.vault = self.vault

    @property
    def place(self) -> keyring.Place:
        app = self.world.app
        return keyring.place(app.config, self.world.installation, app.env)

    @property
    def keys(self) -> Path:
        """The file of the keys."""
        found = self.place.path()
        assert found is not None
        return found

    @contextmanager
    def daemon(self) -> Iterator[None]:
        """Its line answers."""
        line = asked.opened(self.world.app, dict, lambda: None)
        assert line is not None
        try:
            yield
        finally:
            line.close()

    def ask(self, account: str, by: str = "gus", **body: Any) -> Any:
        """An asking to connect; the answer as HTTP has it."""
        return self.counter.post(f"/accounts/{account}/connect", body, by=by)

    def connect(self, account: str, by: str = "gus", **secrets: str) -> Any:
        """The same while a daemon runs, with what is typed for the account."""
        with self.daemon():
            return self.ask(account, by, secrets=secrets or TYPED[account])

    def rows(self, account: str = "") -> list[Any]:
        """What lies in the vault, sealed."""
        with self.world.app.store.read() as tx:
            found = tx.all(select(CREDENTIAL).order_by(CREDENTIAL.c.account, CREDENTIAL.c.field))
        return [row for row in found if account in ("", row.account)]

    def account(self, name: str) -> Any:
        """Its row in the register."""
        with self.world.app.store.read() as tx:
            return tx.first(select(ACCOUNT).where(ACCOUNT.c.id == name))

    def opened(self, name: str) -> Any:
        """What the daemon makes of it now."""
        return self.vault.read(self.account(name))

    def pin(self, address: str, name: str) -> str:
        """Say yes on X's page, as this account; the number that it shows."""
        import requests

        page = requests.get(address, params={"as": name}, timeout=5).text
        found = re.search(r"PIN: <b>(\d+)</b>", page)
        assert found
        return found[1]


@contextmanager
def opened(
    folder: Path, founded: Path | None = None, database: str | None = None
) -> Iterator[Office]:
    """The office, with its sandbox on a port of its own; its clock is the world's."""
    world = World(folder, database, founded=founded)
    with serve(port=0, clock=lambda: world.clock().timestamp()) as sandbox:
        yield Office(world, sandbox)
    world.close()
