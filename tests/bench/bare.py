"""The bare database limit: the commits, look-ups, inserts and updates of lives, and nothing else.

Three commits a group, as the releaser makes them: claim, intend, settle. Raw sqlite3 on a database
with the same tables, indexes, triggers and pragmas; every value is made beforehand.
"""

import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from publisher.store import LOG_PAGES

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    f"wal_autocheckpoint={LOG_PAGES}",
    "recursive_triggers=ON",
)
EVERY = 0.03  # seconds between two commits
LATER = "2027-01-01 00:00:00.000000"
BODY = '{"attempt":"' + "x" * 700 + '"}'  # as long as what an intent records of a short post
_DUE = (
    "SELECT id, account, post_id FROM delivery WHERE state = 'waiting' AND wake_at <= ? "
    "AND release_at <= ? ORDER BY wake_at LIMIT ?"
)
_MOVE = "UPDATE delivery SET state = ?, fence = 1, wake_at = ? WHERE id = ? AND state = ?"
_LEDGER = (
    "INSERT INTO ledger (at, actor, os_user, verb, subject, post_id, before, after, "
    "payload_sha256) VALUES (?, 'machine', '', ?, ?, ?, ?, ?, '')"
)
_PAYLOAD = "INSERT INTO payload (seq, body) VALUES (last_insert_rowid(), ?)"
_ATTEMPT = (
    "INSERT INTO attempt (id, delivery_id, account, fence, key, revision, request, notes, "
    "started_at, not_after, outcome, reason, remote_id) "
    "VALUES (?, ?, ?, 1, ?, 1, ?, '{}', ?, ?, '', '', '')"
)
_LOOK = (
    "SELECT * FROM delivery WHERE id = ?",
    "SELECT * FROM account WHERE id = ?",
    "SELECT * FROM post WHERE id = ?",
    "SELECT * FROM revision WHERE post_id = ?",
    "SELECT * FROM approval WHERE post_id = ?",
)
_SENT = "UPDATE account SET last_sent_at = ? WHERE id = ?"
_PUBLISHED = (
    "UPDATE delivery SET state = 'published', wake_at = NULL, remote_id = id, "
    "settled_at = ? WHERE id = ? AND state = 'sending'"
)
_CLOSED = "UPDATE attempt SET ended_at = ?, outcome = 'published', remote_id = ? WHERE id = ?"

Due = Sequence[tuple[str, str, str]]  # delivery, account, post


@contextmanager
def committing(database: Path, taken: list[float]) -> Iterator[None]:
    """One row after the other meanwhile, each made durable by itself: milliseconds of each commit."""
    ended = threading.Event()

    def commit() -> None:
        conn = sqlite3.connect(database, isolation_level=None)
        for pragma in PRAGMAS:
            conn.execute(f"PRAGMA {pragma}")
        conn.execute("CREATE TABLE one (body TEXT)")
        while not (taken and ended.wait(EVERY)):
            began = time.perf_counter()
            with _commit(conn):
                conn.execute("INSERT INTO one VALUES (?)", (BODY,))
            taken.append((time.perf_counter() - began) * 1000)
        conn.close()

    thread = threading.Thread(target=commit)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        taken.sort()


def lives_per_second(database: Path, group: int) -> float:
    """On a copy of `database`, whatever is due in it, so many at a time."""
    copy = database.with_name("bare.db")
    shutil.copy(database, copy)
    conn = sqlite3.connect(copy, isolation_level=None)
    for pragma in PRAGMAS:
        conn.execute(f"PRAGMA {pragma}")
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    done, began = 0, time.perf_counter()
    while due := _claim(conn, group):
        _intend(conn, due)
        _settle(conn, due)
        done += len(due)
    taken = time.perf_counter() - began
    conn.close()
    copy.unlink()
    return done / taken


@contextmanager
def _commit(conn: sqlite3.Connection) -> Iterator[None]:
    conn.execute("BEGIN IMMEDIATE")
    yield
    conn.execute("COMMIT")


def _claim(conn: sqlite3.Connection, group: int) -> Due:
    with _commit(conn):
        due: Due = conn.execute(_DUE, (LATER, LATER, group)).fetchall()
        for one, _, post in due:
            conn.execute(_MOVE, ("claimed", LATER, one, "waiting"))
            conn.execute(_LEDGER, (LATER, "claim", one, post, "waiting", "claimed"))
    return due


def _intend(conn: sqlite3.Connection, due: Due) -> None:
    with _commit(conn):
        for one, account, post in due:
            for statement, key in zip(_LOOK, (one, account, post, post, post), strict=True):
                conn.execute(statement, (key,)).fetchall()
            conn.execute(_MOVE, ("sending", LATER, one, "claimed"))
            conn.execute(_LEDGER, (LATER, "intend", one, post, "claimed", "sending"))
            conn.execute(_PAYLOAD, (BODY,))
            conn.execute(_ATTEMPT, (one, one, account, one, BODY, LATER, LATER))


def _settle(conn: sqlite3.Connection, due: Due) -> None:
    with _commit(conn):
        for one, account, post in due:
            conn.execute(_LOOK[0], (one,)).fetchall()
            conn.execute(_PUBLISHED, (LATER, one))
            conn.execute(_LEDGER, (LATER, "publish", one, post, "sending", "published"))
            conn.execute(_PAYLOAD, (BODY[:150],))
            conn.execute(_SENT, (LATER, account))
            conn.execute(_CLOSED, (LATER, one, one))
