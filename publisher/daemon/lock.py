"""One daemon per database, so that at start every lease is known to be dead."""

import fcntl
import json
import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import make_url, text

from publisher.clock import from_rfc3339, rfc3339, shown
from publisher.errors import Conflict
from publisher.store import Store

_ADVISORY = 7316000  # PostgreSQL's session lock of the one daemon


@dataclass
class Lock:
    """Held while the daemon lives; the kernel (or the server) lets go when it dies."""

    fd: int
    session: Any = None

    def release(self) -> None:
        """Let the next daemon start."""
        with suppress(Exception):
            if self.session is not None:
                self.session.invalidate()  # one that only went back to the pool would keep the lock
                self.session.close()
        os.close(self.fd)

    def held(self) -> bool:
        """False when the PostgreSQL session that holds the lock is gone."""
        if self.session is None:
            return True
        try:
            self.session.execute(text("SELECT 1"))
            self.session.commit()
        except Exception:  # noqa: BLE001  # however it went, the lock is no longer certain
            return False
        return True


def lock_file(url: str, data: Path) -> Path:
    """Beside a SQLite database, so that two configurations of one database meet; else in `data`."""
    database = make_url(url).database if url.startswith("sqlite") else None
    return Path(database + ".lock") if database else data / "daemon.lock"


def take(store: Store, data: Path) -> Lock:
    """Become the one daemon of this database; raises Conflict naming who is it."""
    path = lock_file(store.url, data)
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        raise Conflict(_refusal(store, holder(path))) from None
    session = None
    if not store.sqlite:
        session = store.engine.connect()
        if not session.execute(text(f"SELECT pg_try_advisory_lock({_ADVISORY})")).scalar():
            session.close()
            os.close(fd)
            raise Conflict(_refusal(store, None))
        session.commit()
    os.ftruncate(fd, 0)
    said = {"pid": os.getpid(), "host": socket.gethostname(), "since": rfc3339(store.now())}
    os.pwrite(fd, json.dumps(said).encode(), 0)
    return Lock(fd, session)


def holder(path: Path) -> dict[str, Any] | None:
    """Who holds this `lock_file`: pid, host, since; None when no daemon runs."""
    try:
        fd = os.open(path, os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with suppress(ValueError):
            found: dict[str, Any] = json.loads(os.pread(fd, 4096, 0))
            return found
        return {"pid": 0, "host": "?", "since": "?"}
    finally:
        os.close(fd)
    return None


def named(who: dict[str, Any], zone: str) -> str:
    """The daemon that `holder` found, for people, on the clock of `zone`."""
    since = who["since"]
    with suppress(ValueError):  # it has begun this very moment
        since = shown(from_rfc3339(since).replace(microsecond=0), zone)
    return f"process {who['pid']} on {who['host']}, since {since}"


def _refusal(store: Store, who: dict[str, Any] | None) -> str:
    zone = "UTC"
    with suppress(Exception):  # the other may be making the database just now
        zone = store.zone()
    other = named(who, zone) if who else "another machine"
    return (
        f"A daemon already runs on this database: {other}. Two would be one too many, so this one "
        "did not start. Stop the other first; publisher status shows how it is."
    )
