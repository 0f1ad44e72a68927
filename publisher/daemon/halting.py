"""The stop file becomes a stop of the database, and is taken away once that is lifted.

Nothing but takedowns goes out while it is there (`release.engine`), whatever the database says.
"""

import threading
from pathlib import Path

from sqlalchemy import select

from publisher import beside
from publisher.desk import stops
from publisher.errors import Problem
from publisher.roles import server
from publisher.store import Store, Tx, meta
from publisher.store import tables as t
from publisher.store.tables import core

_HEEDED = "stop file"  # the file that was recorded last, and the stop that it became
_STOP = core(t.Stop)
_one = threading.Lock()  # a pass and a question over the line may see it at once


def heed(store: Store, data: Path, by: str = "") -> None:
    """Record a stop file that is new; take away one whose stop was lifted since.

    `by`: who put it there, where the kernel says. Taken away by hand it changes nothing: what was
    recorded stays. Raises Problem: then it stays, and so does all that would go out.
    """
    try:
        if (found := beside.look(data)) is not None:
            _heed(store, data, found, by or found.by)
    except OSError as error:
        raise Problem("beside.unread", path=str(data / beside.STOP), why=error.strerror) from None


def _heed(store: Store, data: Path, found: beside.StopFile, by: str) -> None:
    with _one:
        with store.read() as tx:
            became = _became(tx, found)
            lifted = became is not None and _is_lifted(tx, became)
        if lifted:
            beside.take_away(data, found)
        elif became is None:
            _record(store, found, by)


def _record(store: Store, found: beside.StopFile, by: str) -> None:
    with store.write(server(by)) as tx:
        made = stops.stop_beside(tx, found.why)
        meta.put(tx, _HEEDED, f"{found.id} {made}")


def _became(tx: Tx, found: beside.StopFile) -> int | None:
    """The stop that this file was recorded as; None when it was not."""
    name, _, number = meta.get(tx, _HEEDED).partition(" ")
    return int(number) if name == found.id and number.isdigit() else None


def _is_lifted(tx: Tx, number: int) -> bool:
    return (
        tx.first(select(_STOP.c.id).where(_STOP.c.id == number, _STOP.c.lifted_at.is_(None)))
        is None
    )
