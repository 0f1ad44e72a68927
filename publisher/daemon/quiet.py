"""What is done when nothing is due, some at a time: SQLite's one writer is never held for long (H21)."""

from publisher.daemon.prepare import PLANNED_WITH
from publisher.release import recover
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


def tend(store: Store) -> bool:
    """What no person waits for; True while there is more of it."""
    return findable.read_some(store) > 0
