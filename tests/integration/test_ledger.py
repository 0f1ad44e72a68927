"""The history holds, or `verify` names the first row that does not."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError
from world import World

from publisher.daemon import health
from publisher.release import follow
from publisher.roles import MACHINE
from publisher.store import Store, Tx, audit, bound, ledger, mark, seals
from publisher.store.audit import Verified
from publisher.store.bound import DELIVERY
from publisher.store.compare import differences
from publisher.store.keys import NoKey
from publisher.store.ledger import Line
from publisher.store.notices import tell
from publisher.store.vouch import vouch


def told(world: World) -> World:
    """A world with some history, all of it sealed and signed."""
    world.approved("The fair opens", "x", "board")
    world.settle()
    seals.seal(world.app.store, 7)
    while seals.seal(world.app.store, 7):
        pass
    sign(world)
    return world


def sign(world: World) -> None:
    seals.checkpoint(world.app.store, world.mark.path.parent, 0)


def verify(world: World) -> Verified:
    return audit.verify(world.app.store, world.mark.path.parent)


def rogue(world: World, *statements: str, **params: Any) -> None:
    """Somebody with the database's own powers takes the guards away first."""
    with world.app.store.engine.begin() as conn:
        if world.app.store.sqlite:
            guards = conn.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
            for (name,) in guards.all():
                conn.execute(text(f"DROP TRIGGER {name}"))
        else:
            conn.execute(text("SET session_replication_role = replica"))
        for statement in statements:
            conn.execute(text(statement), params)
        if not world.app.store.sqlite:
            conn.execute(text("SET session_replication_role = origin"))


def test_a_history_that_nobody_touched_holds(world: World) -> None:
    found = verify(told(world))
    assert found.problems == ()
    assert found.unsealed == 0
    assert found.checkpoints == 1
    assert found.rows > 7


@pytest.mark.parametrize(
    "column", ["actor", "os_user", "verb", "subject", "post_id", "before", "after"]
)
def test_an_edited_row_is_named(lite: World, column: str) -> None:
    told(lite)
    rogue(lite, f"UPDATE ledger SET {column} = 'mallory' WHERE seq = 9")
    assert verify(lite).problems[0] == "row 9 has been changed"


def test_a_deleted_row_is_named(world: World) -> None:
    told(world)
    rogue(world, "DELETE FROM ledger WHERE seq = 9")
    assert verify(world).problems[0] == "row 9 has been deleted"


def test_two_rows_that_changed_places_are_named(world: World) -> None:
    told(world)
    rogue(
        world,
        "UPDATE ledger SET seq = -1 WHERE seq = 9",
        "UPDATE ledger SET seq = 9 WHERE seq = 10",
        "UPDATE ledger SET seq = 10 WHERE seq = -1",
    )
    assert verify(world).problems[0] == "row 9 has been changed"


def test_a_row_put_into_a_gap_is_named(world: World) -> None:
    told(world)
    rogue(
        world,
        "INSERT INTO ledger (seq, at, actor, os_user, verb, subject, post_id, before, after, "
        "payload_sha256) SELECT 0, at, actor, os_user, 'approve', subject, post_id, before, after, "
        "payload_sha256 FROM ledger WHERE seq = 1",
    )
    assert verify(world).problems[0] == "row 0 was put in afterwards"


def test_an_end_that_was_cut_off_is_missed_by_the_signed_checkpoint(world: World) -> None:
    told(world)
    (world.mark.path.parent / "mark").unlink()  # the checkpoint alone must tell
    rogue(
        world,
        "DELETE FROM ledger WHERE seq > 14",
        "DELETE FROM payload WHERE seq > 14",
        "DELETE FROM seal WHERE last_seq > 14",
    )
    [problem] = [one for one in verify(world).problems if "cut off" in one]
    assert problem.startswith("the ledger ends at row 14")


def test_an_end_that_was_cut_off_is_missed_by_the_mark(world: World) -> None:
    told(world)
    (world.mark.path.parent / "checkpoints").unlink()
    rogue(
        world,
        "DELETE FROM ledger WHERE seq > 7",
        "DELETE FROM payload WHERE seq > 7",
        "DELETE FROM seal WHERE last_seq > 7",
    )
    assert any("something was sent under row" in one for one in verify(world).problems)


def test_a_history_sealed_anew_over_an_edit_is_not_the_one_that_was_signed(world: World) -> None:
    told(world)
    rogue(world, "UPDATE ledger SET actor = 'mallory' WHERE seq = 9", "DELETE FROM seal")
    assert any("signed" in one for one in verify(world).problems)


def test_a_forged_checkpoint_is_named(world: World) -> None:
    told(world)
    path = world.mark.path.parent / "checkpoints"
    path.write_text(path.read_text().replace("[", "[9", 1))
    assert "line 1 of the checkpoint file is damaged or forged" in verify(world).problems


def test_a_lost_public_key_is_said_and_not_a_traceback(world: World) -> None:
    told(world)
    (world.mark.path.parent / "checkpoint.pub").unlink()
    assert any("checkpoint" in one for one in verify(world).problems)


@pytest.mark.parametrize("adopted", [False, True])
def test_a_crash_between_signing_and_counting_is_no_tampering(
    world: World, adopted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = world.mark.path.parent
    if adopted:
        told(world)
        with world.app.store.write(MACHINE) as tx:
            ledger.record(tx, "note", "something", {})
        seals.seal(world.app.store)
        sign(world)
    signed = seals.sign

    def crash(*args: Any) -> int:
        signed(*args)
        raise KeyboardInterrupt

    sign_it = (
        partial(seals.adopt, world.app.store, folder, "before") if adopted else partial(told, world)
    )
    with monkeypatch.context() as patch:
        patch.setattr(seals, "sign", crash)
        with pytest.raises(KeyboardInterrupt):
            sign_it()
    found = verify(world)
    assert (found.problems, found.checkpoints) == ((), 1)


class FullDisk:
    """`os.write` of a disk on which so many more bytes find room."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
        self.room, self._write = room, os.write
        monkeypatch.setattr(mark.os, "write", self)

    def __call__(self, fd: int, data: bytes) -> int:
        if self.room == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        done = self._write(fd, data[: self.room])
        self.room -= done
        return done


@pytest.mark.parametrize("room", [0, 10, 32, 40, 64, 100])
def test_a_disk_that_fills_while_a_checkpoint_is_signed_leaves_nothing_that_is_wrong(
    world: World, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        FullDisk(patch, room)
        with pytest.raises(OSError, match="No space left"):
            told(world)
    folder = world.mark.path.parent
    assert mark.newest_checkpoint(folder) is None
    assert verify(world).problems == ()
    sign(world)
    found = verify(world)
    assert (found.problems, found.checkpoints) == ((), 1)
    assert mark.newest_checkpoint(folder) is not None


def with_payload(world: World) -> int:
    with world.app.store.read() as tx:
        return int(tx.value(text("SELECT min(seq) FROM payload")))


def test_a_changed_payload_is_named_and_one_erased_by_law_is_not(world: World) -> None:
    told(world)
    with world.app.store.write(MACHINE) as tx:
        erased = int(tx.value(text("SELECT min(seq) FROM payload")))
        ledger.erase(tx, erased, "a person asked for it")
    assert verify(world).problems == ()
    seq = with_payload(world)
    assert seq > erased
    rogue(world, f"UPDATE payload SET body = '{{}}' WHERE seq = {seq}")
    assert verify(world).problems == (f"the payload of row {seq} has been changed",)


def test_a_payload_that_vanished_is_named(world: World) -> None:
    told(world)
    seq = with_payload(world)
    rogue(world, f"DELETE FROM payload WHERE seq = {seq}")
    assert verify(world).problems == (f"the payload of row {seq} has been deleted",)


def test_a_forged_row_is_not_sealed_and_an_administrator_is_told(world: World) -> None:
    told(world)
    rogue(
        world,
        "INSERT INTO ledger (seq, at, actor, os_user, verb, subject, post_id, before, after, "
        "payload_sha256, fact, binds, mac) SELECT 9001, at, actor, os_user, 'resume', subject, "
        "post_id, before, after, '', fact, binds, mac FROM ledger WHERE seq = 1",
    )
    assert "Row 9001" in verify(world).problems[0]
    assert "Row 9001 of the history is forged" in world.notices()
    assert any("row 9001" in one for one in health.health(world.app)["problems"])


def test_history_from_before_there_were_signatures_is_vouched_for_once(world: World) -> None:
    post = world.approved("The fair opens", "x", at="2026-12-01 12:00")
    rogue(
        world,
        "UPDATE ledger SET fact = '', binds = '', mac = ''",
        "UPDATE delivery SET tried = '{}'",
    )
    assert vouch(world.app.store) > 0
    assert vouch(world.app.store) == 0
    assert verify(world).problems == ()
    world.clock.forward(hours=2)
    world.settle()
    assert world.state(post) == "published"
    assert verify(world).problems == ()


def test_a_missing_key_beside_a_signed_history_stops_with_a_clear_error(world: World) -> None:
    told(world)
    (world.mark.path.parent / "ledger.key").unlink()
    world.app.store.signer = None
    with pytest.raises(NoKey, match="cannot be read"), world.app.store.write(MACHINE) as tx:
        ledger.record(tx, "anything", "at all", {})
    assert not (world.mark.path.parent / "ledger.key").exists()


def test_a_payload_that_nobody_recorded_is_named(world: World) -> None:
    told(world)
    rogue(world, "INSERT INTO payload (seq, body) VALUES (100000, 'x')")
    assert verify(world).problems == ("the payload 100000 belongs to no row",)


@pytest.mark.parametrize("table", ["ledger", "seal"])
@pytest.mark.parametrize("way", ["UPDATE", "DELETE"])
def test_the_database_itself_refuses_to_change_history(world: World, table: str, way: str) -> None:
    told(world)
    column = "actor" if table == "ledger" else "hash"
    said = f"UPDATE {table} SET {column} = 'x'" if way == "UPDATE" else f"DELETE FROM {table}"
    with (
        world.app.store.engine.connect() as conn,
        pytest.raises(DBAPIError, match="append-only"),
    ):
        conn.execute(text(said))


@pytest.mark.parametrize(("table", "number"), [("ledger", "seq"), ("seal", "n")])
@pytest.mark.parametrize("verb", ["INSERT OR REPLACE INTO", "REPLACE INTO"])
def test_replacing_is_refused_on_a_connection_without_our_pragmas(
    lite: World, table: str, number: str, verb: str
) -> None:
    told(lite)
    with closing(sqlite3.connect(lite.app.store.engine.url.database or "")) as conn:
        assert conn.execute("PRAGMA recursive_triggers").fetchone() == (0,)
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            conn.execute(f"{verb} {table} SELECT * FROM {table} WHERE {number} = 1")


def test_truncating_is_refused_on_postgresql(world: World) -> None:
    if world.app.store.sqlite:
        pytest.skip("SQLite has no TRUNCATE")
    with world.app.store.engine.connect() as conn, pytest.raises(DBAPIError, match="append-only"):
        conn.execute(text("TRUNCATE ledger"))


# ---- any single change of any column of any row is found


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One finished history for many examples, its guards taken away."""
    world = told(World(tmp_path_factory.mktemp("old"), None))
    rogue(world)
    yield world
    world.close()


@contextmanager
def copied(world: World) -> Iterator[tuple[sqlite3.Connection, Store]]:
    """A copy to tamper with: `verify` seals what it finds, so each example needs its own."""
    path = world.folder / "copy.db"
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    source = world.app.store.engine.url.database or ""
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(path)) as conn:
        live.backup(conn)
    store = Store(f"sqlite:///{path}", world.clock, world.app.store.key)
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as conn:
            conn.row_factory = sqlite3.Row
            yield conn, store
    finally:
        store.close()


COLUMNS = [
    *(
        ("ledger", "seq", c)
        for c in (
            "seq",
            "at",
            "actor",
            "os_user",
            "verb",
            "subject",
            "post_id",
            "before",
            "after",
            "payload_sha256",
        )
    ),
    *(("payload", "seq", c) for c in ("seq", "body")),
    *(
        ("seal", "n", c)
        for c in ("n", "first_seq", "last_seq", "rows", "leaves", "at", "previous", "hash")
    ),
]
NUMBERS = {"seq", "n", "first_seq", "last_seq", "rows"}


def other(column: str, value: Any, draw: st.DataObject) -> Any:
    """Another value that the column could hold."""
    if column in NUMBERS:
        return value + draw.draw(st.integers(-500, 500).filter(lambda n: n != 0))
    if column == "at":
        return draw.draw(st.sampled_from(["2026-01-01 00:00:00.000000", value[:-1] + "7", "never"]))
    return draw.draw(st.text(st.characters(codec="ascii"), max_size=5)) + value[1:]


def rows(conn: sqlite3.Connection, table: str, number: str) -> list[Any]:
    return conn.execute(f"SELECT * FROM {table} ORDER BY {number}").fetchall()


@given(draw=st.data(), place=st.sampled_from(COLUMNS))
@settings(max_examples=60, deadline=None)
def test_any_single_change_is_found(old: World, draw: st.DataObject, place: Any) -> None:
    table, number, column = place
    with copied(old) as (conn, store):
        row = draw.draw(st.sampled_from(rows(conn, table, number)))
        value = other(column, row[column], draw)
        taken = {one[column] for one in rows(conn, table, number)} if column == number else set()
        assume(value != row[column] and value not in taken)
        conn.execute(f"UPDATE {table} SET {column} = ? WHERE {number} = ?", (value, row[number]))
        assert audit.verify(store, old.mark.path.parent).problems != ()


def test_what_is_first_known_of_an_account_is_vouched_for(world: World) -> None:
    with world.app.store.write(MACHINE) as tx:
        follow.break_account(tx, "x", "the token is gone")
    assert verify(world).problems == ()


# ---- what one transaction has written it need not look up


def moved(tx: Tx, delivery: Any, **reason: str) -> Any:
    """Claim it, as it stands there now."""
    ledger.move(tx, delivery, "claim", fence=delivery.fence + 1, wake_at=tx.now, **reason)
    return tx.first(select(DELIVERY.table).where(DELIVERY.table.c.id == delivery.id))


def test_a_second_move_in_one_transaction_rests_on_the_first(world: World) -> None:
    row = world.delivery(world.approved("The fair opens", "x"))
    with world.app.store.write(MACHINE) as tx:
        ledger.move(tx, moved(tx, row), "hold", wake_at=tx.now, verdict="HOLD")
    with world.app.store.read() as tx:
        assert bound.believed(tx, DELIVERY, [world.delivery(row.post_id)])
    assert verify(world).problems == ()


def test_a_row_changed_between_two_moves_of_one_transaction_is_not_believed(world: World) -> None:
    row = world.delivery(world.approved("The fair opens", "x"))
    with world.app.store.write(MACHINE) as tx:
        claimed = moved(tx, row)
        tx.conn.execute(text("UPDATE delivery SET target = 'elsewhere'"))
        changed = tx.first(select(DELIVERY.table).where(DELIVERY.table.c.id == row.id))
        assert bound.believed(tx, DELIVERY, [claimed])
        assert not bound.believed(tx, DELIVERY, [changed])
        ledger.move(tx, claimed, "hold", wake_at=tx.now)
    with world.app.store.read() as tx:
        assert not bound.believed(tx, DELIVERY, [world.delivery(row.post_id)])


def test_what_was_undone_within_a_transaction_vouches_for_nothing(world: World) -> None:
    row = world.delivery(world.approved("The fair opens", "x"))
    with world.app.store.write(MACHINE) as tx:
        with suppress(ZeroDivisionError), tx.part():
            undone = moved(tx, row, reason="never was")
            raise ZeroDivisionError
        assert bound.believed(tx, DELIVERY, [row])
        assert not bound.believed(tx, DELIVERY, [undone])
        moved(tx, row)
    with world.app.store.read() as tx:
        assert bound.believed(tx, DELIVERY, [world.delivery(row.post_id)])
    assert verify(world).problems == ()


# ---- a daemon goes on writing while somebody verifies


@pytest.mark.parametrize("table", ["notification", "delivery", "attempt", "approval", "account"])
def test_what_is_written_while_it_is_verified_is_no_alarm(world: World, table: str) -> None:
    """A row read before, and what the ledger says of it after, would look like a forgery."""
    with world.app.store.write(MACHINE) as tx:
        tell(tx, "one", "duty officer", "unreadable")
    world.approved("The fair opens", "x", "board")
    busy = False

    def meanwhile(*said: Any) -> None:
        nonlocal busy
        if f"FROM {table}" in " ".join(said[2].split()) and not busy:
            busy = True
            world.settle()
            with world.app.store.write(MACHINE) as tx:
                ledger.change(tx, (bound.NOTICE, 1), Line("told", "duty officer"), sent_at=tx.now)

    event.listen(world.app.store.engine, "after_cursor_execute", meanwhile)
    try:
        flaws = differences(world.app.store)
    finally:
        event.remove(world.app.store.engine, "after_cursor_execute", meanwhile)
    assert busy
    assert flaws == []
    assert differences(world.app.store) == []


# ---- what came since all of it held the last time


def new(world: World) -> Verified:
    return audit.verify(world.app.store, world.mark.path.parent, "new")


def test_what_held_once_is_not_walked_again(world: World) -> None:
    whole = verify(told(world))
    assert (whole.problems, whole.since) == ((), 0)
    world.approved("The fair closes", "x")
    world.settle()
    found = new(world)
    assert found.problems == ()
    assert found.since == whole.sealed_to
    assert found.rows == found.sealed_to - whole.sealed_to > 0
    assert (
        new(world).since == whole.sealed_to
    )  # tables were not compared: the next begins there, too


def test_before_all_of_it_held_once_the_whole_history_is_walked(lite: World) -> None:
    found = new(told(lite))
    assert (found.since, found.problems) == (0, ())
    assert found.rows == found.sealed_to


def test_a_row_that_was_changed_since_is_named(lite: World) -> None:
    last = verify(told(lite)).sealed_to
    lite.post("The fair closes", "x")
    assert seals.seal(lite.app.store)
    rogue(lite, f"UPDATE ledger SET actor = 'eve' WHERE seq = {last + 2}")
    assert new(lite).problems[0] == f"row {last + 2} has been changed"


def test_what_is_older_is_found_by_all_of_it_alone(lite: World) -> None:
    verify(told(lite))
    rogue(lite, "UPDATE ledger SET actor = 'eve' WHERE seq = 9")
    assert new(lite).problems == ()
    assert verify(lite).problems[0] == "row 9 has been changed"


def test_a_seal_that_is_another_than_the_one_that_held_is_named(lite: World) -> None:
    verify(told(lite))
    rogue(lite, "UPDATE seal SET hash = 'x' WHERE n = (SELECT max(n) FROM seal)")
    assert "seal" in new(lite).problems[0]


def test_nobody_else_can_say_up_to_where_it_held(lite: World) -> None:
    verify(told(lite))
    rogue(lite, "UPDATE ledger SET actor = 'eve' WHERE seq = 9")
    file = lite.mark.path.parent / "verified"
    file.write_bytes(file.read_bytes().replace(b"[", b"[9", 1))
    found = new(lite)
    assert found.since == 0
    assert found.problems[0] == "row 9 has been changed"


def test_a_checkpoint_does_not_say_up_to_where_it_held(lite: World) -> None:
    verify(told(lite))
    rogue(lite, "UPDATE ledger SET actor = 'eve' WHERE seq = 9")
    folder = lite.mark.path.parent
    line = (folder / "checkpoints").read_bytes().splitlines(keepends=True)[-1]
    (folder / "verified").write_bytes(line)
    found = new(lite)
    assert found.since == 0
    assert found.problems[0] == "row 9 has been changed"


def test_what_did_not_hold_is_remembered_as_nothing(lite: World) -> None:
    told(lite)
    rogue(lite, "UPDATE ledger SET actor = 'eve' WHERE seq = 9")
    assert verify(lite).problems
    assert not (lite.mark.path.parent / "verified").exists()


def test_whoever_waits_hears_how_far_it_is(lite: World) -> None:
    heard: list[tuple[int, int]] = []
    folder = told(lite).mark.path.parent
    audit.verify(lite.app.store, folder, "all", lambda done, of: heard.append((done, of)))
    assert heard == sorted(heard)
    done, of = heard[-1]
    assert done == of > 50
