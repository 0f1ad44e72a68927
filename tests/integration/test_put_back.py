"""Rows taken out from under newer ones, and older ones put back, while a daemon runs (H8)."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from by_hand import quiet
from sqlalchemy import Connection, select, text
from world import ANN, BO, CY, GUS, World

from publisher import daemon
from publisher.cli.acts import command
from publisher.daemon import adopt, guard, restored
from publisher.desk import compose, exceptions, review, schedule, stops
from publisher.errors import PutBack
from publisher.networks import Later
from publisher.roles import MACHINE, Actor
from publisher.store import Tx, ledger, seals, sent, witness
from publisher.store import tables as t
from publisher.store.tables import METADATA, core
from publisher.words import read
from tests.tamper.tricks import rogue

pytestmark = pytest.mark.hazard("H8")

HISTORY = ("ledger", "payload", "seal")


@contextmanager
def put_back(world: World, *, blank: bool = False) -> Iterator[None]:
    """What happens within is undone by hand; only a row of somebody else's, after it, is left.

    `blank`: its rows of the history are left too, made to vouch for nothing.
    """
    with world.app.store.read() as tx:
        kept = {
            table.name: [row._mapping for row in tx.all(select(table))]
            for table in METADATA.sorted_tables
        }
        first, _ = seals.believed(tx)
    yield
    with world.app.store.write(GUS) as tx:
        last = ledger.record(tx, "note", "something else", {})

    def back(conn: Connection) -> None:
        for table in reversed(METADATA.sorted_tables):
            rows = table.delete()
            if table.name == "ledger" and blank:
                rows = table.update().values(fact="").where(table.c.seq > first)
            elif table.name in ("ledger", "payload"):
                rows = rows.where(table.c.seq > first, table.c.seq < last)
            if table.name != "seal":
                conn.execute(rows)
        for table in METADATA.sorted_tables:
            if table.name not in HISTORY and kept[table.name]:
                conn.execute(table.insert(), [dict(row) for row in kept[table.name]])

    rogue(world, back)
    world.app.store._policy = None


@contextmanager
def watched(world: World) -> Iterator[restored.Seen]:
    """A daemon's memory of this world, asked before anything leaves."""
    folder = world.mark.path.parent
    why, known = restored.look(world.app.store, world.mark.read(), folder)
    assert why == ""
    seen = restored.Seen(world.app.store, world.mark, known, sent.read(folder))
    world.releaser.vouch, world.releaser.promise = seen.vouch, seen.promise
    yield seen
    world.releaser.vouch, world.releaser.promise = lambda _tx, _ready: None, lambda: None


DECISIONS: dict[str, tuple[Actor, Callable[[Tx, str], Any]]] = {
    "cancel": (ANN, schedule.cancel),
    "pause": (ANN, lambda tx, post: schedule.pause(tx, post, "the fair may move")),
    "return": (BO, lambda tx, post: review.send_back(tx, post, "which fair?")),
    "edit": (ANN, lambda tx, post: compose.edit(tx, post, {"text": "There is no fair"})),
    "reschedule": (ANN, lambda tx, post: schedule.reschedule(tx, post, "2026-12-09 10:00")),
    "stop": (GUS, lambda tx, _: stops.stop(tx, why="calls about a recall")),
}


def decide(world: World, decided: str, post: str) -> None:
    actor, work = DECISIONS[decided]
    with world.app.store.write(actor) as tx:
        work(tx, post)


@pytest.mark.parametrize("decided", DECISIONS)
@pytest.mark.parametrize("seen_first", [True, False], ids=["seen", "unseen"])
def test_a_decision_that_is_not_there_any_more_is_missed_before_anything_leaves(
    world: World, decided: str, seen_first: bool
) -> None:
    post = world.approved("The fair opens", "board", at="2026-12-01 10:30")
    with watched(world) as seen:
        with put_back(world):
            decide(world, decided, post)
            if seen_first:
                seen.look()
        world.clock.forward(minutes=31)
        with pytest.raises(PutBack, match="which was there, is not in it any more"):
            world.settle()
        assert world.net.sent == []


@pytest.mark.parametrize("decided", DECISIONS)
def test_a_decision_of_before_the_start_is_remembered_as_well(world: World, decided: str) -> None:
    post = world.approved("The fair opens", "board", at="2026-12-01 10:30")
    with ExitStack() as running:
        with put_back(world):
            decide(world, decided, post)
            running.enter_context(watched(world)).look()
        world.clock.forward(minutes=31)
        with pytest.raises(PutBack):
            world.settle()
        assert world.net.sent == []


def test_a_leave_that_was_taken_back_stays_taken_back(world: World) -> None:
    post = world.post("The shop is closed", "board", at="2026-12-01 10:30")
    with world.app.store.write(ANN) as tx:
        asked = exceptions.request(tx, post, "urgent", "outage", "people may travel in vain")
    world.grant(asked)
    with watched(world) as seen:
        with put_back(world), world.app.store.write(ANN) as tx:
            exceptions.revoke(tx, asked, "it is open after all")
        seen._row = (0, "")  # whatever else it would notice
        world.clock.forward(minutes=31)
        with pytest.raises(PutBack):
            world.settle()
        assert world.net.sent == []


def test_what_was_sent_is_not_sent_again_by_putting_back_the_rows_of_before(world: World) -> None:
    world.approved("The fair opens", "board", at="2026-12-01 10:30")
    with watched(world):
        world.clock.forward(minutes=31)
        with put_back(world):
            world.settle()
            assert len(world.net.sent) == 1
        with pytest.raises(PutBack):
            quiet(world)  # first the account is asked again who it is
        assert len(world.net.sent) == 1


@contextmanager
def put_back_alone(world: World, post: str) -> Iterator[None]:
    """Only what became of one delivery is undone by hand, while no daemon runs: others went out since."""
    before = world.delivery(post, "board")
    with world.app.store.read() as tx:
        first, _ = seals.believed(tx)
    yield
    mine = {"id": before.id, "first": first}

    def back(conn: Connection) -> None:
        table = core(t.Delivery)
        rows = "SELECT seq FROM ledger WHERE subject = :id AND seq > :first"
        conn.execute(text(f"DELETE FROM payload WHERE seq IN ({rows})"), mine)
        conn.execute(text("DELETE FROM ledger WHERE subject = :id AND seq > :first"), mine)
        conn.execute(text("DELETE FROM attempt WHERE delivery_id = :id"), {"id": before.id})
        conn.execute(table.update().where(table.c.id == before.id).values(dict(before._mapping)))

    rogue(world, back)


def test_what_was_sent_before_the_start_is_not_sent_again_either(world: World) -> None:
    post = world.approved("The fair opens", "board", at="2026-12-01 10:30")
    world.approved("Another", "x", at="2026-12-01 10:31")
    world.clock.forward(minutes=30)
    with put_back_alone(world, post), watched(world):
        world.settle()
        world.clock.forward(minutes=2)
        quiet(world)
        assert [one.account.id for one in world.net.sent] == ["board", "x"]
    assert world.state(post, "board") == "waiting"
    with watched(world), pytest.raises(PutBack):
        quiet(world)
    assert [one.account.id for one in world.net.sent] == ["board", "x"]
    why, _ = restored.look(world.app.store, world.mark.read(), world.mark.path.parent)
    assert "under which something was sent, is not in it" in read(why, "en")


def test_nothing_leaves_while_it_cannot_be_remembered(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = world.approved("The fair opens", "board", at="2026-12-01 10:30")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    world.clock.forward(minutes=31)
    with watched(world):
        with monkeypatch.context() as patch:
            patch.setattr(sent, "append", full)
            world.settle()
        assert world.net.sent == []
        assert world.state(post, "board") == "waiting"
        world.clock.forward(minutes=2)
        world.settle()
    assert len(world.net.sent) == 1


def test_a_torn_line_costs_no_other(tmp_path: Path) -> None:
    sent.append(tmp_path, {"a": (7, "x"), "b": (8, "y")})
    sent.append(tmp_path, {"a": (9, "z")})
    file = tmp_path / sent.FILE
    file.write_bytes(file.read_bytes() + b'["c",10,')
    assert sent.read(tmp_path) == {"a": (9, "z"), "b": (8, "y")}
    sent.append(tmp_path, {"c": (11, "w")})
    assert sent.read(tmp_path) == {"a": (9, "z"), "b": (8, "y"), "c": (11, "w")}


def test_what_is_too_old_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sent, "KEPT", 3)
    sent.append(tmp_path, {str(n): (n, "x") for n in range(7)})
    assert list(sent.read(tmp_path)) == ["4", "5", "6"]
    assert len((tmp_path / sent.FILE).read_bytes().splitlines()) == 3


def test_what_a_network_put_off_is_sent_again_without_any_doubt(world: World) -> None:
    world.approved("The fair opens", "board", at="2026-12-01 10:30")
    world.net.on_send = lambda _: Later("busy") if len(world.net.sent) == 1 else None
    with watched(world):
        world.clock.forward(minutes=31)
        world.settle()
        world.clock.forward(minutes=10)
        world.settle()
        assert len(world.net.public) == 1


def ready(post: str, account: str = "board") -> Any:
    row = SimpleNamespace(id=account)
    return SimpleNamespace(post=post, delivery=f"{post}-{account}", fence=1, account_row=row)


def test_what_a_person_takes_on_as_it_is_is_not_asked_for_any_more(world: World) -> None:
    post = world.approved("The fair opens", "board", at="2026-12-01 10:30")
    with watched(world) as seen:
        with put_back(world):
            decide(world, "pause", post)
            seen.look()
        folder = world.mark.path.parent
        why = restored.stop_if_restored(world.app.store, world.mark.read(), folder)
        assert "older copy" in read(why, "en")
        with pytest.raises(PutBack), world.app.store.write(MACHINE) as tx:
            seen.vouch(tx, [ready(post)])
        adopt(world.app, GUS, "the newest that we have")
        seen._row = (0, "")
        seen.look()
        with world.app.store.write(MACHINE) as tx:
            seen.vouch(tx, [ready(post)])


def test_a_restored_database_keeps_its_stopped_daemon_running_until_it_is_taken_on(
    world: World,
) -> None:
    post = world.approved("The fair opens", "board", at="2026-12-01 10:30")
    with put_back(world):
        decide(world, "pause", post)
    folder = world.mark.path.parent
    why, known = restored.look(world.app.store, world.mark.read(), folder)
    assert why
    seen = restored.Seen(world.app.store, world.mark, known, {})
    seen.look()
    adopt(world.app, GUS, "the newest that we have")
    seen.look()
    decide(world, "cancel", post)
    seen.look()


def test_what_a_daemon_missed_stops_the_next_start_as_well(world: World) -> None:
    world.approved("The fair opens", "board", at="2026-12-01 10:30")
    world.approved("Another", "x", at="2026-12-01 10:31")
    with watched(world):
        world.clock.forward(minutes=30)
        with put_back(world):
            world.settle()
            assert len(world.net.sent) == 1
        world.clock.forward(minutes=2)
        with pytest.raises(PutBack):
            quiet(world)
    why, _ = restored.look(world.app.store, world.mark.read(), world.mark.path.parent)
    assert "under which something was sent, is not in it" in read(why, "en")
    world.releaser.finish(0)
    world.releaser = world.new_releaser()
    world.releaser.start()
    quiet(world)
    assert [one.account.id for one in world.net.sent].count("board") == 1


@pytest.mark.parametrize("decided", DECISIONS)
def test_rows_that_stay_and_are_changed_are_as_good_as_gone(world: World, decided: str) -> None:
    post = world.approved("The fair opens", "board", at="2026-12-01 10:30")
    with watched(world) as seen:
        with put_back(world, blank=True):
            decide(world, decided, post)
            seen.look()
        world.clock.forward(minutes=31)
        with suppress(PutBack):  # or held already, for a reason of its own
            world.settle()
        assert world.net.sent == []


@pytest.mark.parametrize("column", ["", "at", "actor", "verb", "subject", "fact", "binds", "mac"])
def test_a_general_decision_that_was_believed_for_one_group_is_looked_at_for_the_next(
    world: World, column: str
) -> None:
    world.approved("The fair opens", "board", at="2026-12-01 10:30")
    world.approved("The fair closes", "x", at="2026-12-01 10:35")
    with world.app.store.write(GUS) as tx:
        stops.stop(tx, "blog", why="calls about a recall")
    with world.app.store.write(CY) as tx:
        stops.resume(tx, "blog")
    ledger_rows = core(t.LedgerRow)
    mine = ledger_rows.c.verb == "resume"
    with watched(world):
        world.clock.forward(minutes=31)
        world.settle()
        assert len(world.net.sent) == 1
        another: Any = world.clock() if column == "at" else "another"
        change = ledger_rows.update().values({column: another}) if column else ledger_rows.delete()
        rogue(world, lambda conn: conn.execute(change.where(mine)))
        world.clock.forward(minutes=5)
        with pytest.raises(PutBack):
            world.settle()
        assert len(world.net.sent) == 1


def test_what_was_decided_about_an_account_is_asked_for_when_it_is_its_turn(world: World) -> None:
    post = world.approved("The fair opens", "board")
    with watched(world) as seen:
        with put_back(world), world.app.store.write(GUS) as tx:
            ledger.record(tx, "confirm config change", "account x", {})
        with world.app.store.write(MACHINE) as tx:
            seen.vouch(tx, [ready(post)])
            with pytest.raises(PutBack):
                seen.vouch(tx, [ready(post), ready(post, "x")])
        with pytest.raises(PutBack):
            seen.look()


def test_a_general_decision_is_believed_once_as_long_as_it_stands_there_unchanged(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world.app.store.write(GUS) as tx:
        stops.stop(tx, "blog", why="calls about a recall")
    with watched(world) as seen:
        seen.look()
        monkeypatch.setattr(witness, "_whole", lambda *_: pytest.fail("it is verified again"))
        seen.look()


def test_a_stop_does_not_vanish_with_the_row_that_says_what_is_stopped(world: World) -> None:
    world.approved("The fair opens", "board", at="2026-12-01 10:30")
    with world.app.store.write(GUS) as tx:
        stops.stop(tx, why="calls about a recall")
    rogue(
        world,
        lambda conn: [
            conn.execute(text(one))
            for one in ("DELETE FROM ledger WHERE verb = 'stops in force'", "DELETE FROM stop")
        ],
    )
    world.clock.forward(minutes=31)
    world.settle()
    assert world.net.sent == []


def test_a_row_forged_far_ahead_hides_no_intent(world: World) -> None:
    world.approved("The fair opens", "board", at="2026-12-01 10:30")
    with watched(world) as seen:
        rogue(
            world,
            lambda conn: conn.execute(
                text(
                    "INSERT INTO ledger (seq, at, actor, os_user, verb, subject, post_id, before, after,"
                    " payload_sha256, fact, binds, mac) SELECT 900000, at, actor, os_user, 'note', 'x',"
                    " '', '', '', '', '', '', '' FROM ledger WHERE seq = 1"
                )
            ),
        )
        seen.look()
        assert seen._row[0] < 900_000
        world.clock.forward(minutes=31)
        with put_back(world):
            world.settle()
            assert len(world.net.sent) == 1
        with pytest.raises(PutBack):
            quiet(world)
        assert len(world.net.sent) == 1


def test_a_witness_that_was_cut_short_is_heard_from_its_beginning(tmp_path: Path) -> None:
    lines = [
        witness.Decision(n, "2026-12-01T00:00:00Z", "ann", "pause", "p", "p") for n in (1, 2, 3)
    ]
    witness.append(tmp_path, lines)
    end = witness.read(tmp_path).end
    whole = (tmp_path / witness.FILE).read_bytes().splitlines(keepends=True)
    (tmp_path / witness.FILE).write_bytes(b"".join(whole[:2]))
    heard, end = witness.added(tmp_path, end)
    assert [one.seq for one in heard] == [1]
    witness.append(tmp_path, [witness.Decision(4, "", "ann", "cancel", "p", "p")])
    heard, _ = witness.added(tmp_path, end)
    assert [one.seq for one in heard] == [4]


def test_a_daemon_that_misses_something_ends_by_itself(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = daemon.Daemon(lite.app, command)
    made.clock = guard.ClockGuard(lite.app.now, lite.app.now)

    def refused() -> None:
        raise PutBack("row 7 is gone")

    monkeypatch.setattr(made.releaser, "once", refused)
    made._pass()
    assert made.code == 1
    assert made._stopping.is_set()
    made._wake._look.close()
    made._wake._socket.close()
    made._mark.close()
    made._lock.release()
