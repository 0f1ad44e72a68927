"""What is done when nothing is due, some at a time: SQLite's one writer is never held for long (H21)."""

from collections.abc import Callable
from dataclasses import dataclass

from publisher import clock
from publisher.daemon.prepare import PLANNED_WITH
from publisher.release import forgetting, recover
from publisher.roles import MACHINE
from publisher.store import Store, findable, meta


def replan_some(store: Store, after: str, data: str) -> str | None:
    """Plan a hundred deliveries behind `after` anew; the last one, None when there are no more.

    `data`: with what they are planned then.
    """
    with store.write(MACHINE) as tx:
        rows = recover.replan(tx, after)
        if not rows:
            meta.put(tx, PLANNED_WITH, data)
    return rows[-1].id if rows else None


@dataclass
class Quiet:
    """What no person waits for. `believed`: is the wall clock? `after`: behind which row to look for what
    may go; None: later.
    """

    store: Store
    believed: Callable[[], bool]
    after: int | None = 0
    again: float = 0.0  # when that begins anew, on the clock that nobody can set

    def tend(self) -> bool:
        """Some of it; True while there is more."""
        more = findable.read_some(self.store) > 0
        return self._forget() or more

    def _forget(self) -> bool:
        """By a clock that is not believed nothing has grown old: what is forgotten does not come back."""
        if not self.believed():
            return False
        if self.after is None and clock.monotonic() < self.again:
            return False
        self.after = forgetting.forget_some(self.store, self.after or 0)
        if self.after is None:
            self.again = clock.monotonic() + forgetting.AGAIN.total_seconds()
        return self.after is not None
