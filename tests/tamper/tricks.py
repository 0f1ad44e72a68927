"""Every trick of somebody who can write the database, or the witness folder, and does not hold the key.

A trick is a name and what it does to a world. The guards (triggers, foreign keys) are taken away first.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select, text
from world import World

from publisher.desk.parts import approving
from publisher.desk.parts.find import target
from publisher.store import tables as t
from publisher.store.tables import METADATA, core

Trick = Callable[[World], None]
SECRET = "Nobody approved this"  # words, not a password

# What a key becomes in a row that is put in, and a column whose change means something.
KEYS: dict[str, dict[str, Any]] = {
    "approval": {"id": 9001},
    "exception_grant": {"id": "forged0000"},
    "stop": {"id": 9001},
    "policy_version": {"id": 9001},
    "account": {"id": "forged"},
    "person": {"name": "mallory"},
    "post": {"id": "forged0000", "key": None},
    "revision": {"number": 99},
    "delivery": {"id": "f" * 32, "remote_id": None, "state": "cancelled"},
    "attempt": {"id": "f" * 32},
    "measure": {"id": "f" * 32, "state": "cancelled"},
    "notification": {"id": 9001, "dedupe": "forged"},
    "network_pause": {"network": "forged"},
    "meta": {"key": "forged"},
    "payload": {"seq": 9001},
    "ledger": {"seq": 9001},
    "seal": {"n": 9001},
    "exception_use": {"delivery_id": "f" * 32},
    "config_change": {"id": 9001},
    "epoch": {"id": 2},
    "hold": {"id": 9001},
    "token": {"id": "forged0000", "hash": "f" * 64},
    "sign_in": {"id": "forged0000", "hash": "f" * 64},
    "invite": {"id": "forged0000", "hash": "f" * 64},
    "password": {"person": "mallory"},
    "passkey": {"id": "forged0000", "credential": "forged"},
    "credential": {"field": "forged"},
}
CHANGES: dict[str, dict[str, Any]] = {
    "approval": {"person": "cy"},
    "exception_grant": {"reason": "another"},
    "exception_use": {"at": None},
    "stop": {"reason": "another"},
    "policy_version": {"proposed_by": "mallory"},
    "account": {"calendar": "always"},
    "person": {"roles": ["approver", "duty officer", "policy owner"]},
    "post": {"author": "mallory"},
    "revision": {"text": "Other words"},
    "delivery": {"remote_url": "https://evil.example/"},
    "attempt": {"request": {"rendered": "other bytes"}},
    "measure": {"target": "7001_7003"},
    "notification": {"body": "All is well."},
    "network_pause": {"paused_since": None},
    "meta": {"value": "another"},
    "epoch": {"value": 1},
    "payload": {"body": "{}"},
    "ledger": {"actor": "mallory"},
    "seal": {"leaves": "[]"},
    "config_change": {"confirmed_by": "mallory"},
    "hold": {"name": "another"},
    "token": {"scopes": ["read", "stop", "takedown", "write"]},
    "sign_in": {"person": "cy"},
    "invite": {"person": "mallory"},
    "password": {"hash": "another"},
    "passkey": {"key": "another"},
    "credential": {"record": "v1|another|key|too"},
}


def rogue(world: World, work: Callable[[Connection], Any]) -> None:
    """Somebody with the database's own powers takes the guards away first."""
    lite = world.app.store.sqlite
    with world.app.store.engine.connect() as conn:
        if lite:
            conn.exec_driver_sql("PRAGMA foreign_keys = OFF")
            for (name,) in conn.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            ).all():
                conn.execute(text(f"DROP TRIGGER {name}"))
        else:
            conn.execute(text("SET session_replication_role = replica"))
        work(conn)
        if not lite:
            conn.execute(text("SET session_replication_role = origin"))
        conn.commit()
        if lite:
            conn.exec_driver_sql("PRAGMA foreign_keys = ON")


def sql(*statements: str, **params: Any) -> Trick:
    """Run these statements."""
    return lambda world: rogue(
        world, lambda conn: [conn.execute(text(one), params) for one in statements]
    )


def _first(conn: Connection, table: Table) -> dict[str, Any]:
    return dict(conn.execute(select(table).order_by(*table.primary_key)).first()._mapping)  # type: ignore[union-attr]


def _where(table: Table, row: dict[str, Any]) -> Any:
    return [column == row[column.name] for column in table.primary_key]


def put_in(table: Table) -> Trick:
    """A copy of the first row under another key."""

    def work(conn: Connection) -> None:
        conn.execute(table.insert().values({**_first(conn, table), **KEYS[table.name]}))

    return lambda world: rogue(world, work)


def changed(table: Table) -> Trick:
    """One column of the first row."""

    def work(conn: Connection) -> None:
        row = _first(conn, table)
        change = dict(CHANGES[table.name])
        if change.get("at", "") is None:
            change["at"] = row["at"] + timedelta(days=1)
        conn.execute(table.update().where(*_where(table, row)).values(change))

    return lambda world: rogue(world, work)


def deleted(table: Table) -> Trick:
    """The first row."""

    def work(conn: Connection) -> None:
        conn.execute(table.delete().where(*_where(table, _first(conn, table))))

    return lambda world: rogue(world, work)


def every_table() -> Iterator[tuple[str, Trick]]:
    """A row put in, changed and deleted, on each table."""
    for name in sorted(METADATA.tables):
        table = METADATA.tables[name]
        yield f"{name}: a row put in", put_in(table)
        yield f"{name}: a row changed", changed(table)
        yield f"{name}: a row deleted", deleted(table)


# ---- aimed at something


def forged_approval(world: World) -> None:
    """The one INSERT that once sent an unapproved post."""
    with world.app.store.read() as tx:
        post = tx.value(select(core(t.Revision).c.post_id).where(core(t.Revision).c.text == SECRET))
        known = approving.seen_now(tx, target(tx, post).every)
        prints = approving.fingerprints(known)
        values = {
            "post_id": post,
            "revision": 1,
            "decision": "approve",
            "person": "bo",
            "at": tx.now,
            "expires_at": tx.now + timedelta(days=30),
            "deliveries": dict(prints),
            "reason": "",
            "fingerprint": approving.post_fingerprint(prints),
            "policy": tx.policy.version,
        }
    rogue(world, lambda conn: conn.execute(core(t.Approval).insert().values(values)))


def forged_approval_with_a_row(world: World) -> None:
    """And with a ledger row, as good as one can be without the key."""
    forged_approval(world)
    ledger = core(t.LedgerRow)

    def work(conn: Connection) -> None:
        last = dict(conn.execute(select(ledger).where(ledger.c.verb == "approve")).first()._mapping)  # type: ignore[union-attr]
        head = conn.execute(select(ledger.c.seq).order_by(ledger.c.seq.desc())).scalar() or 0
        made = conn.execute(text("SELECT max(id) FROM approval")).scalar()
        conn.execute(ledger.insert().values({**last, "seq": head + 1, "fact": f"approval {made}"}))

    rogue(world, work)


def tail_cut(world: World) -> None:
    """The end of the history, with its seal and payloads."""
    sql(
        "DELETE FROM payload WHERE seq > (SELECT max(seq) - 3 FROM ledger)",
        "DELETE FROM ledger WHERE seq > (SELECT max(seq) - 3 FROM ledger)",
        "DELETE FROM seal WHERE n = (SELECT max(n) FROM seal)",
    )(world)


def sealed_anew(world: World) -> None:
    """A row changed, and every seal taken away, so that all is sealed anew."""
    sql("UPDATE ledger SET actor = 'mallory' WHERE seq = 9", "DELETE FROM seal")(world)


def file(name: str, change: Callable[[Path], Any]) -> Trick:
    """Do something to a file of the witness."""
    return lambda world: change(world.mark.path.parent / name)


def _edit(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"[", b"[9", 1))


def _cut(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))


def _another(path: Path) -> None:
    path.chmod(0o600)
    path.write_text("0" * 64 + "\n")


WAITING = "state = 'waiting'"
AIMED: list[tuple[str, Trick]] = [
    ("an approval forged", forged_approval),
    ("an approval forged, with a ledger row", forged_approval_with_a_row),
    ("every stop lifted", sql("UPDATE stop SET lifted_by = 'cy', lifted_at = at")),
    ("every stop deleted", sql("DELETE FROM stop")),
    ("every return deleted", sql("DELETE FROM approval WHERE decision = 'return'")),
    ("a return made a yes", sql("UPDATE approval SET decision = 'approve'")),
    (
        "a permission that lasts for ever",
        sql("UPDATE exception_grant SET expires_at = '2030-01-01'"),
    ),
    (
        "a permission back from being revoked",
        sql("UPDATE exception_grant SET revoked_at = NULL, revoked_by = ''"),
    ),
    (
        "a published one waiting again",
        sql(
            "UPDATE delivery SET state = 'waiting', remote_id = NULL, "
            "wake_at = release_at, expires_at = '2030-01-01' WHERE state = 'published'"
        ),
    ),
    (
        "a cancelled one waiting again",
        sql(
            "UPDATE delivery SET state = 'waiting', "
            "wake_at = release_at, expires_at = '2030-01-01' WHERE state = 'cancelled'"
        ),
    ),
    (
        "a later one brought forward",
        sql(
            "UPDATE delivery SET release_at = '2026-12-01', "
            "wake_at = '2026-12-01', requested_at = '2026-12-01' WHERE state = 'waiting'"
        ),
    ),
    ("every one said to need no slot", sql("UPDATE delivery SET slot = false")),
    ("every one said to be a takedown", sql("UPDATE delivery SET slot = false, transmits = false")),
    ("a pause taken off", sql("UPDATE delivery SET paused = ''")),
    (
        "an unknown one proved absent",
        sql(
            "UPDATE delivery SET state = 'waiting', unproven = '', "
            "wake_at = release_at WHERE state = 'unknown'"
        ),
    ),
    (
        "what was asked for confirmed by hand",
        sql("UPDATE config_change SET confirmed_by = 'eve', confirmed_at = asked_at"),
    ),
    ("an ended token good again", sql("UPDATE token SET ended_at = NULL")),
    ("a token that never runs out", sql("UPDATE token SET expires_at = '2030-01-01'")),
    ("every revision deleted", sql("DELETE FROM revision")),
    ("the words of all posts", sql("UPDATE revision SET text = 'Other words'")),
    ("another address for an account", sql("UPDATE account SET base_url = 'http://127.0.0.1:8/'")),
    ("another user for an account", sql("UPDATE account SET remote_user_id = '666'")),
    (
        "who-am-I answered by hand",
        sql("UPDATE account SET whoami_id = remote_user_id, whoami_at = '2026-12-01'"),
    ),
    ("the distance of posts forgotten", sql("UPDATE account SET last_sent_at = NULL")),
    ("a throttle taken off", sql("UPDATE account SET not_before = '2026-01-01'")),
    (
        "an older policy made the newest",
        sql("UPDATE policy_version SET activated_at = '2030-01-01' WHERE id = 1"),
    ),
    ("the policy's files", sql("UPDATE policy_version SET files = '{}'")),
    ("every attempt deleted", sql("DELETE FROM attempt")),
    ("an attempt's outcome", sql("UPDATE attempt SET outcome = 'refused'")),
    ("every payload deleted", sql("DELETE FROM payload")),
    ("every notice deleted", sql("DELETE FROM notification")),
    ("every notice told", sql("UPDATE notification SET sent_at = created_at")),
    (
        "a whole post deleted",
        sql(
            "DELETE FROM attempt",
            "DELETE FROM approval",
            "DELETE FROM delivery",
            "DELETE FROM revision",
            "DELETE FROM post",
        ),
    ),
    ("the end of the history cut off", tail_cut),
    ("the history sealed anew", sealed_anew),
    (
        "the last ledger row deleted",
        sql("DELETE FROM ledger WHERE seq = (SELECT max(seq) FROM ledger)"),
    ),
    ("all signatures taken off", sql("UPDATE ledger SET mac = ''")),
    ("a binding changed", sql("UPDATE ledger SET binds = '' WHERE fact <> ''")),
    ("the checkpoints deleted", file("checkpoints", Path.unlink)),
    ("the last checkpoint cut off", file("checkpoints", _cut)),
    ("a checkpoint edited", file("checkpoints", _edit)),
    ("the checkpoints' key deleted", file("checkpoint.pub", Path.unlink)),
    ("the mark deleted", file("mark", Path.unlink)),
    ("the key deleted", file("ledger.key", Path.unlink)),
    ("another key put in its place", file("ledger.key", _another)),
]


def tricks() -> list[tuple[str, Trick]]:
    """All of them."""
    return [*every_table(), *AIMED]
