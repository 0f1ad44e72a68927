"""Slots, seals and quiet: what many writers, long texts and idle hours do to the database."""

import ast
import json
import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, func, select
from world import ANN, ROOT, World

from publisher.content import rendered_json
from publisher.desk import compose, door, stops
from publisher.errors import Conflict, Problem
from publisher.networks import CannotTell, Unknown
from publisher.networks.text import count
from publisher.read import check
from publisher.release import recover
from publisher.roles import MACHINE
from publisher.store import audit, ledger, meta, seals
from publisher.store import tables as t
from publisher.store.tables import core
from publisher.store.trail import trail
from publisher.store.wake import SocketWake


def together(*calls: Any) -> list[BaseException]:
    """Run each in a thread of its own, all starting at once; what they raised."""
    start, raised = threading.Barrier(len(calls)), []

    def run(call: Any) -> None:
        start.wait(10)
        try:
            call()
        except BaseException as error:  # noqa: BLE001  # handed back to the test
            raised.append(error)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


# ---- H21: slots


@pytest.mark.hazard("H21")
def test_plans_made_at_once_never_take_one_slot(world: World) -> None:
    def post(number: int) -> None:
        with world.app.store.write(ANN) as tx:
            made = compose.create(tx, door.NewPost(f"Fair number {number}", ("x",)))
            compose.submit(tx, made)

    assert together(*[lambda n=n: post(n) for n in range(8)]) == []
    table = core(t.Delivery)
    with world.app.store.read() as tx:
        times = sorted(row[0] for row in tx.all(select(table.c.release_at)))
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert len(times) == 8
    assert min(gaps) >= timedelta(minutes=10)


@pytest.mark.hazard("H21")
def test_planning_everything_again_takes_a_hundred_at_a_time(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recover.replan, "__defaults__", (3,))
    for number in range(7):
        lite.post(f"Fair number {number}", "board")
    after, sizes = "", []
    while True:
        with lite.app.store.write(MACHINE) as tx:
            rows = recover.replan(tx, after)
        if not rows:
            break
        sizes.append(len(rows))
        after = rows[-1].id
    assert sizes == [3, 3, 1]
    assert recover.AT_ONCE == 100


@pytest.mark.hazard("H21")
def test_what_was_planned_too_close_still_keeps_its_distance_when_sent(world: World) -> None:
    first = world.approved("The fair opens", "x")
    second = world.approved("The fair closes", "x", at="2026-12-01 10:30")
    world.by_hand(  # as two planners that did not see each other
        "UPDATE delivery SET release_at = (SELECT min(release_at) FROM delivery), "
        "wake_at = (SELECT min(release_at) FROM delivery)"
    )
    world.settle()
    for _ in range(45):
        world.clock.forward(minutes=1)
        world.settle()
    assert (world.state(first), world.state(second)) == ("published", "published")
    started = [intent.started_at for intent in world.net.sent]
    assert started[1] - started[0] >= timedelta(minutes=10)


# ---- H22: seals beside writers


@pytest.mark.hazard("H22")
def test_a_row_that_commits_late_is_not_skipped(world: World) -> None:
    if world.app.store.sqlite:
        pytest.skip("SQLite has one writer")
    wrote, sealed = threading.Event(), threading.Event()

    def slow() -> None:
        with world.app.store.write(MACHINE) as tx:
            ledger.record(tx, "slow", "1", {"n": 1})
            wrote.set()
            assert not sealed.wait(0.3), "the sealer must wait for whoever has a number already"

    def quick() -> None:
        wrote.wait(10)
        with world.app.store.write(MACHINE) as tx:
            ledger.record(tx, "quick", "2", {"n": 2})

    def sealer() -> None:
        wrote.wait(10)
        while seals.seal(world.app.store):
            pass
        sealed.set()

    assert together(slow, quick, sealer) == []
    found = audit.verify(world.app.store, world.mark.path.parent)
    assert (found.problems, found.unsealed) == ((), 0)


@pytest.mark.hazard("H22")
def test_many_writers_and_a_sealer_leave_one_whole_chain(world: World) -> None:
    done = threading.Event()

    def writer() -> None:
        for number in range(15):
            with world.app.store.write(MACHINE) as tx:
                ledger.record(tx, "note", str(number), {"n": number})

    def sealer() -> None:
        while not done.wait(0.002):
            seals.seal(world.app.store, 4)

    thread = threading.Thread(target=sealer)
    thread.start()
    try:
        assert together(writer, writer, writer, writer) == []
    finally:
        done.set()
        thread.join(30)
    found = audit.verify(world.app.store, world.mark.path.parent)
    assert (found.problems, found.unsealed) == ((), 0)
    with world.app.store.read() as tx:
        assert found.rows == tx.value(select(func.count()).select_from(core(t.LedgerRow)))


# ---- H25: counting is slow


@pytest.mark.hazard("H25")
def test_a_text_of_over_ten_times_the_limit_is_never_parsed(lite: World) -> None:
    before = count.weighted.cache_info().misses
    with pytest.raises(Problem, match=r"[Tt]oo long"):
        lite.post("word " * 19_000, "x")
    assert count.weighted.cache_info().misses == before


@pytest.mark.hazard("H25")
def test_what_was_counted_in_a_look_is_not_counted_again_in_the_write(lite: World) -> None:
    new = door.NewPost("A text that nobody has counted before 4711", ("x",))
    with lite.app.store.write(ANN) as tx:
        check.check(tx, new)
    before = count.weighted.cache_info().misses
    with lite.app.store.write(ANN) as tx:
        compose.submit(tx, compose.create(tx, new))
    lite.settle()
    assert count.weighted.cache_info().misses == before


# ---- H26: the command was killed after its COMMIT


@pytest.mark.hazard("H26")
def test_the_same_key_answers_with_the_same_post(world: World) -> None:
    first = world.post("The fair opens", "x", key="fair-1")
    with world.app.store.write(ANN) as tx:
        assert compose.create(tx, door.NewPost("The fair opens", ("x",), key="fair-1")) == first
    with world.app.store.write(ANN) as tx:
        compose.edit(tx, first, {"text": "The fair opens at ten"})
    with world.app.store.write(ANN) as tx:
        assert compose.create(tx, door.NewPost("The fair opens", ("x",), key="fair-1")) == first


@pytest.mark.hazard("H26")
@pytest.mark.parametrize(
    "other",
    [{"text": "The fair closes"}, {"accounts": ("x", "board")}, {"title": "News"}],
    ids=lambda other: next(iter(other)),
)
def test_the_same_key_for_something_else_is_a_conflict(lite: World, other: Any) -> None:
    lite.post("The fair opens", "x", key="fair-1")
    new = door.NewPost(**{"text": "The fair opens", "accounts": ("x",), "key": "fair-1", **other})
    with lite.app.store.write(ANN) as tx, pytest.raises(Conflict, match="key"):
        compose.create(tx, new)


@pytest.mark.hazard("H26")
def test_one_key_used_twice_at_once_makes_one_post(world: World) -> None:
    def post() -> None:
        with world.app.store.write(ANN) as tx:
            compose.create(tx, door.NewPost("The fair opens", ("x",), key="fair-1"))

    raised = together(post, post, post)
    assert all(isinstance(error, Problem) for error in raised)
    with world.app.store.read() as tx:
        assert tx.value(select(func.count()).select_from(core(t.Post))) == 1


@pytest.mark.hazard("H26")
def test_the_same_words_to_the_same_account_ask_for_again(world: World) -> None:
    world.post("The fair opens", "x")
    with world.app.store.write(ANN) as tx, pytest.raises(Conflict) as refused:
        compose.create(tx, door.NewPost("The fair opens", ("x", "board")))
    assert (refused.value.code, refused.value.field) == ("compose.repetition", "again")
    with world.app.store.write(ANN) as tx:
        compose.create(tx, door.NewPost("The fair opens", ("board",)))
    world.post("The fair opens", "x", again=True)
    world.clock.forward(hours=25)
    world.post("The fair opens", "x")


# ---- H28: quiet when idle


def weather(world: World) -> None:
    """A bit of everything that waits: a stop, an unknown, an unapproved one, a takedown, the future."""
    world.net.on_send = lambda i: Unknown("lost") if i.account.id == "page" else None
    world.net.on_find = lambda _: CannotTell("no answer")
    world.approved("The fair opens", "x", "page", "board")
    for _ in range(8):
        world.settle()
        world.clock.forward(seconds=40)
    world.post("Not approved", "blog")
    world.approved("Far ahead", "x", at="2027-01-20 10:00")
    with world.app.store.write(ANN) as tx:
        stops.stop(tx, "board", why="something is wrong")
    world.approved("Stopped", "board")
    world.settle()
    while seals.seal(world.app.store):
        pass


def numbers_taken(engine: Engine) -> list[str | None]:
    """The number that each of our transactions has at its end; autovacuum takes some of its own."""
    taken: list[str | None] = []

    def look(conn: Connection) -> None:
        found = conn.exec_driver_sql("SELECT pg_current_xact_id_if_assigned()::text")
        taken.append(found.scalar())

    event.listen(engine, "commit", look)
    event.listen(engine, "rollback", look)
    return taken


@pytest.mark.hazard("H28")
def test_a_transaction_that_writes_is_seen_to_take_a_number(world: World) -> None:
    if world.app.store.sqlite:
        pytest.skip("a SQLite transaction has no number")
    numbers = numbers_taken(world.app.store.engine)
    with world.app.store.write(MACHINE) as tx:
        meta.note(tx, "seen", "yes")
    assert any(numbers)


@pytest.mark.hazard("H28")
def test_twenty_idle_passes_write_nothing(world: World) -> None:
    weather(world)
    with world.app.store.read() as tx:
        before = ledger.head(tx)
    if world.app.store.sqlite:
        path = Path(world.app.store.engine.url.database or "")
        wal = path.with_name(path.name + "-wal")
        with closing(sqlite3.connect(path)) as conn:
            look = "PRAGMA data_version"
            version, size = conn.execute(look).fetchone(), wal.stat().st_size
            for _ in range(20):
                world.releaser.once()
            assert conn.execute(look).fetchone() == version
            assert wal.stat().st_size == size
    else:
        numbers = numbers_taken(world.app.store.engine)
        for _ in range(20):
            world.releaser.once()
        assert numbers, "our transactions are watched"
        assert set(numbers) == {None}, "a transaction that writes takes a number"
    with world.app.store.read() as tx:
        assert ledger.head(tx) == before


@pytest.mark.hazard("H28")
def test_our_own_commits_do_not_keep_us_awake(lite: World) -> None:
    wake = SocketWake(lite.app.config.data, lite.app.store.engine)
    try:
        lite.approved("The fair opens", "x")
        assert wake.changed()
        passes = 0
        lite.settle()
        while wake.changed():
            lite.releaser.once()
            if seals.unsealed(lite.app.store):
                seals.seal(lite.app.store)
            passes += 1
            assert passes < 5
    finally:
        wake._look.close()
        wake._socket.close()


@pytest.mark.hazard("H28")
def test_verify_reads_in_short_transactions(lite: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lite.approved("The fair opens", "x")
    lite.settle()
    while seals.seal(lite.app.store, 5):
        pass
    reads = []
    real = lite.app.store.read
    monkeypatch.setattr(lite.app.store, "read", lambda: reads.append(1) or real())
    found = audit.verify(lite.app.store, lite.mark.path.parent)
    assert found.problems == ()
    assert len(reads) > found.rows // 5


# ---- every connection is durable


def test_every_connection_is_durable_and_guarded(lite: World) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "wal_autocheckpoint": 8000,
    }
    engine = lite.app.store.engine
    conns = [engine.connect() for _ in range(12)]  # more than the pool keeps
    try:
        for conn in conns:
            said = {k: conn.exec_driver_sql(f"PRAGMA {k}").scalar() for k in wanted}
            assert said == wanted
    finally:
        for conn in conns:
            conn.close()


# ---- P1: one gate


def test_nothing_in_the_program_sends_but_the_releaser() -> None:
    found = []
    for path in (ROOT / "publisher").rglob("*.py"):
        inside = path.relative_to(ROOT / "publisher").as_posix()
        if inside.startswith(("networks/", "sandbox/")):
            continue  # the adapters themselves, and what stands in for networks
        for node in ast.walk(ast.parse(path.read_text())):
            call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if call and node.func.attr == "send":
                found.append((inside, ast.unparse(node.func.value)))
    to_us = {("daemon/post_office.py", "notify"), ("daemon/answerer.py", "caller.sock")}
    assert {inside for inside, _ in set(found) - to_us} == {"release/intend.py"}


@pytest.mark.clause("P1", kind="deny")
def test_whatever_reached_a_network_was_decided_for_exactly_these_bytes(world: World) -> None:
    weather(world)
    with world.app.store.read() as tx:
        rows = [row for row in trail(tx) if row.verb == "intend"]
    decided = {json.loads(row.body)["key"]: json.loads(row.body) for row in rows}
    assert len(world.net.sent) == len(rows) == 3
    for intent in world.net.sent:
        decision = decided[intent.key]
        assert decision["bytes"]["rendered"] == json.loads(
            json.dumps(rendered_json(intent.rendered))
        )
        assert (decision["bytes"]["act"], decision["verdict"] in ("PASS", "WARN")) == (
            intent.act,
            True,
        )
