"""The walk of a post one step at a time, so that a test can stand between two of them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from world import World

from publisher.networks import Intent, Outcome
from publisher.release import whoami
from publisher.release.claim import claim
from publisher.release.intend import Gate, Judgement, Limits, Ready, intend, send
from publisher.release.settle import settle
from publisher.release.unprepared import note
from publisher.roles import MACHINE
from publisher.store import tables as t
from publisher.store.tables import core

LIMITS = Limits(lease=timedelta(seconds=60), send=timedelta(seconds=30))
NO_DELAY = (0.0, 30.0, 120.0)


class ByHand:
    """A releaser without memory: whatever is not in the database is lost between two calls."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.gate = Gate(world.app.credential_of, self._needs_preparing, LIMITS)

    def _needs_preparing(self, account: Any, intent: Intent) -> bool:
        adapter: Any = self.world.app.adapter(account)
        return bool(adapter.needs_preparing(intent))

    def recognised(self) -> None:
        """Every account was asked who it is, a moment ago."""
        with self.world.app.store.write(MACHINE) as tx:
            for row in tx.all(select(core(t.Account))):
                credential = self.world.app.credential_of(row)
                whoami.recognised(tx, row.id, row.remote_user_id, credential)

    def claim(self, most: int = 8) -> list[str]:
        with self.world.app.store.write(MACHINE) as tx:
            return claim(tx, most, LIMITS.lease)

    def intend(self, ids: Sequence[str]) -> Judgement:
        with self.world.app.store.write(MACHINE) as tx:
            return intend(tx, ids, self.gate)

    def prepare(self, judgement: Judgement) -> None:
        for row, account, wanted in judgement.prepare:
            notes: Any = self.world.app.adapter(account).prepare(wanted)
            with self.world.app.store.write(MACHINE) as tx:
                note(tx, row, account, notes)

    def send(self, ready: Ready) -> Outcome:
        return send(self.world.app.adapter(ready.account_row), ready.intent)

    def settle(self, ready: Ready, outcome: Outcome) -> None:
        with self.world.app.store.write(MACHINE) as tx:
            settle(tx, [(ready, outcome)], NO_DELAY)


def restart(world: World) -> None:
    """The process is gone with everything it held; a new one takes over."""
    world.releaser.finish(0)
    world.releaser = world.new_releaser()
    world.releaser.start()


def quiet(world: World, minutes: float = 4) -> None:
    """Until every look-up that is planned has been made."""
    world.settle()
    for _ in range(int(minutes * 2)):
        world.clock.forward(seconds=30)
        world.settle()
