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

from publisher.clock import from_rfc3339, rfc3339
from publisher.errors import Conflict, Do
from publisher.store import Store, clear_errors
from publisher.words import Part, part, word

_ADVISORY = 7316000  # PostgreSQL's session lock of the one daemon


@dataclass
class Lock:
    """Held while the daemon lives; the kernel (or the server) lets go when it dies."""

    fd: int
    session: Any = None

    def release(self) -> None:
        """Let the next daemon start."""
        if self.session is not None:
            with suppress(Exception):  # closing alone lets go only when the server notices
                self.session.execute(text(f"SELECT pg_advisory_unlock({_ADVISORY})"))
            with suppress(Exception):
                self.session.invalidate()  # back in the pool it might keep the lock
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
    """Beside a SQLite database, so that two configurations of one database meet; else in `data`.

    Where its name is a link, beside the file itself.
    """
    database = make_url(url).database if url.startswith("sqlite") else None
    return Path(f"{Path(database).resolve()}.lock") if database else data / "daemon.lock"


def take(store: Store, data: Path) -> Lock:
    """Become the one daemon of this database; raises Conflict naming who is it."""
    path = lock_file(store.url, data)
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        raise _refusal(store, holder(path)) from None
    try:
        session = None if store.sqlite else _session(store)
        os.ftruncate(fd, 0)
        said = {"pid": os.getpid(), "host": socket.gethostname(), "since": rfc3339(store.now())}
        os.pwrite(fd, json.dumps(said).encode(), 0)
    except BaseException:
        os.close(fd)
        raise
    return Lock(fd, session)


def _session(store: Store) -> Any:
    """A session of PostgreSQL that holds the lock of the one daemon."""
    with clear_errors():
        session = store.engine.connect()
        taken = session.execute(text(f"SELECT pg_try_advisory_lock({_ADVISORY})")).scalar()
        session.commit()
    if not taken:
        session.close()
        raise _refusal(store, elsewhere(store))
    return session


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


_ELSEWHERE = text(
    "SELECT a.client_addr, a.backend_start FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
    "WHERE l.locktype = 'advisory' AND l.classid = 0 AND l.objid = :number AND l.objsubid = 1 "
    "AND l.granted AND l.database = "
    "(SELECT oid FROM pg_database WHERE datname = current_database())"
)


def elsewhere(store: Store) -> dict[str, Any] | None:
    """Who is the daemon of a PostgreSQL database, as the server knows it: also on another machine."""
    if store.sqlite:
        return None
    with store.read() as tx:
        row = tx.first(_ELSEWHERE, {"number": _ADVISORY})
    if row is None:
        return None
    since = rfc3339(row.backend_start) if row.backend_start else "?"  # not shown to everybody
    return {"pid": 0, "host": str(row.client_addr or "another machine"), "since": since}


def named(who: dict[str, Any], zone: str) -> Part:
    """The daemon that `holder` found, for people, on the clock of `zone`."""
    since = who["since"]
    with suppress(ValueError):  # it has begun this very moment
        since = from_rfc3339(since).replace(microsecond=0)
    code = "running.here" if who["pid"] else "running.elsewhere"
    host = word("daemon", who["host"])
    return part(code, pid=who["pid"], host=host, since=since, zone=zone)


def _refusal(store: Store, who: dict[str, Any] | None) -> Conflict:
    zone = "UTC"
    with suppress(Exception):  # the other may be making the database just now
        zone = store.zone()
    other = named(who, zone) if who else part("daemon.another_machine")
    return Conflict("daemon.runs_already", Do("read", {"how": "status"}), other=other)
