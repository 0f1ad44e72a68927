"""The guards of the daemon: a wrong clock, a second daemon, a database from the past."""

import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select
from world import ANN, BO, GUS, ROOT, World, config_text

from publisher import daemon
from publisher.cli.acts import command
from publisher.config import load
from publisher.daemon import guard, health, lock
from publisher.daemon.restored import stop_if_restored
from publisher.desk import adopting, review, schedule, stops
from publisher.errors import Conflict, NotPermitted, TryAgain, Usage
from publisher.read.stops import stops as in_force
from publisher.release import recover
from publisher.roles import MACHINE
from publisher.store import audit, ledger, mark, seals
from publisher.store import tables as t
from publisher.store.tables import core
from publisher.words import read, say_part

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


class Clocks:
    """A wall clock that anybody may set, one that nobody can, and what a second source says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall, self.boot = NOON, 1000.0
        self.second: datetime | None = NOON
        self.asked = 0
        monkeypatch.setattr(guard.clock, "since_boot", lambda: self.boot)

    def passes(self, seconds: float) -> None:
        """Real time goes by, for every clock."""
        self.boot += seconds
        self.wall += timedelta(seconds=seconds)
        if self.second:
            self.second += timedelta(seconds=seconds)

    def ask(self) -> datetime | None:
        self.asked += 1
        return self.second

    def guard(self) -> guard.ClockGuard:
        return guard.ClockGuard(lambda: self.wall, self.ask, lambda: "Asia/Tokyo")


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    return Clocks(monkeypatch)


@pytest.mark.hazard("H15")
def test_without_a_thread_to_ask_in_it_stays_closed_and_asks_again(clocks: Clocks) -> None:
    made = clocks.guard()

    def refused(_: Callable[[], None]) -> None:
        raise RuntimeError

    made.apart = refused
    assert not made.look()
    made.apart = lambda ask: ask()
    made.look()
    assert made.open


@pytest.mark.hazard("H15")
def test_a_start_is_closed_until_a_second_clock_agrees(clocks: Clocks) -> None:
    made = clocks.guard()
    assert not made.open
    clocks.second = None
    assert not made.look()
    assert "no second clock answers" in read(made.said, "en")
    clocks.second = NOON + timedelta(seconds=20)
    assert made.look()
    assert made.said == ""


@pytest.mark.hazard("H15")
def test_a_daemon_started_under_a_wrong_clock_stays_closed(clocks: Clocks) -> None:
    clocks.wall += timedelta(hours=1)
    made = clocks.guard()
    assert not made.look()
    assert read(made.said, "en").endswith("which says Tue 2026-12-01 21:00 (Asia/Tokyo)")
    clocks.wall = NOON
    assert made.look()


@pytest.mark.hazard("H15")
@pytest.mark.parametrize("jump", [61, -61, 3600, -3600, 86_400 * 400])
def test_a_jump_of_over_a_minute_either_way_closes_it(clocks: Clocks, jump: int) -> None:
    made = clocks.guard()
    assert made.look()
    clocks.wall += timedelta(seconds=jump)
    assert not made.look()
    clocks.second = None
    clocks.passes(900)
    assert not made.look(), "time alone proves nothing"
    clocks.second = clocks.wall
    assert made.look()


@pytest.mark.hazard("H15")
@pytest.mark.parametrize("jump", [59, -59])
def test_a_small_correction_is_no_jump_and_asks_nobody(clocks: Clocks, jump: int) -> None:
    made = clocks.guard()
    assert made.look()
    asked = clocks.asked
    clocks.wall += timedelta(seconds=jump)
    assert made.look()
    assert clocks.asked == asked


@pytest.mark.hazard("H15")
@pytest.mark.parametrize("step", [20, -20])
def test_a_slow_drift_is_noticed_as_a_jump_is(clocks: Clocks, step: int) -> None:
    made = clocks.guard()
    assert made.look()
    for _ in range(3):
        clocks.passes(15)
        clocks.wall += timedelta(seconds=step)
        assert made.look()
    clocks.passes(15)
    clocks.wall += timedelta(seconds=step)
    assert not made.look()
    clocks.second = clocks.wall  # it was the other that drifted
    assert made.look()
    clocks.wall += timedelta(seconds=step)
    assert made.look(), "what was agreed last counts from now on"


@pytest.mark.hazard("H15")
def test_a_second_clock_that_does_not_answer_keeps_nothing_back(clocks: Clocks) -> None:
    """It is asked apart, one question at a time; what the clock did meanwhile is noticed."""
    asked: list[Callable[[], None]] = []
    made = guard.ClockGuard(lambda: clocks.wall, clocks.ask, apart=asked.append)
    assert not made.look()
    assert not made.look()
    assert len(asked) == 1, "the answer to the first is still on its way"
    asked.pop()()
    clocks.wall += timedelta(hours=1)
    assert not made.look(), "it jumped after the answer"
    clocks.second = clocks.wall
    asked.pop()()
    assert made.look()


def test_a_question_that_fails_is_asked_again(clocks: Clocks) -> None:
    asked: list[Callable[[], None]] = []
    made = guard.ClockGuard(lambda: clocks.wall, clocks.ask, apart=asked.append)

    def fails() -> None:
        raise TryAgain("The database did not answer.")

    made.ask = fails
    made.look()
    with pytest.raises(TryAgain):
        asked.pop()()
    made.ask = clocks.ask
    made.look()
    asked.pop()()
    assert made.look()


@pytest.mark.hazard("H15")
def test_a_daemon_passes_on_while_a_second_clock_is_asked(lite: World) -> None:
    answer = threading.Event()

    def slow() -> datetime:
        assert answer.wait(10)
        return lite.clock()

    with at_rest(lite) as made:
        made.clock = guard.ClockGuard(lite.app.now, slow, apart=made._ask_apart)
        assert not made.clock.look()
        made._news.clear()
        answer.set()
        assert made._news.wait(10), "what waited for the answer goes on at once"
        assert made.clock.look()


@pytest.mark.hazard("H15")
def test_a_machine_that_slept_has_not_jumped(clocks: Clocks) -> None:
    made = clocks.guard()
    assert made.look()
    clocks.passes(8 * 3600)
    assert made.look()


@pytest.mark.hazard("H15")
def test_while_the_clock_is_not_believed_nothing_goes_out_and_nothing_expires(
    world: World,
) -> None:
    post = world.approved("The fair opens", "x")
    world.releaser.may_claim = lambda: False
    world.clock.forward(days=400)
    world.settle()
    assert world.net.sent == []
    assert world.state(post) == "waiting"
    world.clock.forward(days=-400)
    world.releaser.may_claim = lambda: True
    world.settle()
    assert world.state(post) == "published"


@pytest.mark.hazard("H15")
def test_our_own_loop_wakes_the_scheduler_whatever_it_believes_the_time_is(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = daemon.Daemon(lite.app, command)
    woken: list[int] = []
    monkeypatch.setattr(made._metronome, "wakeup", lambda: woken.append(1))
    made._wake.changed()
    lite.clock.forward(hours=-1)
    made._sleep(daemon.clock.monotonic() + 0.01)
    assert woken == [1]
    assert daemon.TICK <= 15
    made._wake._look.close()
    made._wake._socket.close()
    made._mark.close()
    made._lock.release()


@contextmanager
def at_rest(world: World) -> Iterator[daemon.Daemon]:
    """A daemon that does not run, and believes its clock."""
    made = daemon.Daemon(world.app, command)
    made.clock = guard.ClockGuard(world.app.now, world.app.now)
    yield made
    made._wake._look.close()
    made._wake._socket.close()
    made._mark.close()
    made._lock.release()


def test_a_daemon_answers_for_itself_also_where_another_holds_the_lock_by_now(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder was deleted and made anew: what it says is not said of the one that runs there."""
    with at_rest(lite) as made:
        another = {"pid": 1, "host": "here", "since": "2026-12-01T01:00:00Z"}
        monkeypatch.setattr("publisher.daemon.health.holder", lambda _: another)
        assert made._health()["daemon"]["pid"] == os.getpid()


def test_planning_again_that_fails_is_tried_again_and_not_without_a_pause(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    def broken(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(recover, "replan", broken)
    with at_rest(lite) as made:
        monkeypatch.setattr(made, "_sleep", slept.append)
        made._replan = ""
        made._pass()
        assert slept
        assert made._failing == "RecursionError"


@contextmanager
def put_back(world: World) -> Iterator[None]:
    """What happens within is taken back by a copy over the live database, under every connection."""
    live = sqlite3.connect(str(world.app.store.engine.url.database))
    with closing(live), closing(sqlite3.connect(":memory:")) as copy:
        live.backup(copy)
        yield
        copy.backup(live)


DECISIONS = {
    "cancel": schedule.cancel,
    "pause": lambda tx, post: schedule.pause(tx, post, "the fair may move"),
    "return": lambda tx, post: review.send_back(tx, post, "which fair?"),
    "stop": lambda tx, _: stops.stop(tx, why="calls about a recall"),
}


def decide(world: World, decided: str, post: str) -> None:
    with world.app.store.write(GUS if decided == "stop" else BO) as tx:
        DECISIONS[decided](tx, post)


@pytest.mark.hazard("H8")
@pytest.mark.parametrize("decided", DECISIONS)
@pytest.mark.parametrize("looked", [False, True], ids=["unseen", "seen"])
def test_a_copy_put_back_under_a_running_daemon_sends_nothing(
    lite: World, decided: str, looked: bool
) -> None:
    post = lite.approved("The fair opens", "board", at="2026-12-01 10:30")
    with at_rest(lite) as made:
        made._sleep = lambda _: lite.settle()
        with put_back(lite):
            decide(lite, decided, post)
            if looked:
                made._pass()
        lite.clock.forward(minutes=31)  # it is due, and has not expired
        made._pass()
        assert made.code == 1
        assert made._stopping.is_set()
    assert lite.net.sent == []
    with at_rest(lite) as again:
        assert "not in it" in read(again.restored, "en")
    assert not health.health(lite.app)["healthy"]


@pytest.mark.hazard("H8")
def test_a_daemon_that_is_written_beside_goes_on(lite: World) -> None:
    post = lite.approved("The fair opens", "board", at="2026-12-01 10:30")
    with at_rest(lite) as made:
        made._sleep = lambda _: None
        decide(lite, "cancel", post)
        made._pass()
        lite.post("Another", "board", at="2026-12-01 11:30")
        made._pass()
        assert made.code == 0
        assert not made._stopping.is_set()


def test_a_row_that_brings_no_news_is_sealed_all_the_same(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon, "SEAL_EVERY", 0.0)
    post = lite.approved("The fair opens", "board", at="2026-12-01 10:30")
    with at_rest(lite) as made:
        monkeypatch.setattr(made._wake, "changed", lambda: False)
        monkeypatch.setattr(made._metronome, "wakeup", lambda: None)
        for _ in range(2):  # all that there is, then nothing
            made._sleep(daemon.clock.monotonic() + 0.01)
        decide(lite, "cancel", post)
        assert seals.unsealed(lite.app.store)
        made._news.clear()
        made._sleep(daemon.clock.monotonic() + 0.01)
        assert not seals.unsealed(lite.app.store)


def test_chores_give_way_to_what_is_due_at_any_moment_but_not_for_long(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lite.approved("The fair opens", "board", at="2026-12-01 10:30")
    done: list[str] = []
    with at_rest(lite) as made:
        made._sleep = lambda _: None
        monkeypatch.setattr(made.releaser, "_chores", lambda: done.append("the releaser's"))
        monkeypatch.setattr(made, "_chores", lambda: done.append("the daemon's"))
        lite.clock.forward(minutes=29, seconds=59.9)
        made._pass()
        assert done == ["the releaser's", "the daemon's"]
        lite.clock.forward(seconds=0.08)
        made._pass()
        assert len(done) == 2
        made.releaser._chores_by = daemon.clock.monotonic()  # a second later
        made._pass()
        assert len(done) == 4


def test_what_has_lived_long_is_collected_by_the_minute(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected: list[str] = []
    monkeypatch.setattr(daemon.gc, "collect", lambda: collected.append("everything"))
    with at_rest(lite) as made:
        made._sleep = lambda _: None
        made._pass()
        assert collected == []
        made._signed -= daemon.SIGN_EVERY
        made._pass()
        made._pass()
        assert collected == ["everything"]


def test_the_sealer_gives_way_to_what_is_due_at_any_moment_but_not_for_long(lite: World) -> None:
    lite.approved("The fair opens", "board", at="2026-12-01 10:30")
    with at_rest(lite) as made:
        made._sleep = lambda _: None
        lite.clock.forward(minutes=29, seconds=59.98)
        made._pass()
        for ago, still in ((0.5, True), (1.5, True), (2.5, False)):
            made._sealed = daemon.clock.monotonic() - ago
            made._seal()
            assert seals.unsealed(lite.app.store) == still


def test_the_daemon_empties_the_log_so_that_no_commit_has_to(lite: World, tmp_path: Path) -> None:
    def in_the_file_itself(post: str) -> bool:
        shutil.copy(lite.config.data / "publisher.db", tmp_path / "alone.db")
        with closing(sqlite3.connect(tmp_path / "alone.db")) as alone:
            return bool(alone.execute("SELECT 1 FROM post WHERE id = ?", (post,)).fetchall())

    with at_rest(lite) as made:
        made._sealed = 0.0
        made._seal()
        post = lite.post("The fair opens", "board", at="2026-12-09 10:30")
        assert not in_the_file_itself(post)
        made._sealed = 0.0
        made._seal()
        assert in_the_file_itself(post)


def test_after_adopting_a_running_daemon_signs_the_very_next_seal(lite: World) -> None:
    """Not only those beyond what had been signed before."""
    witness = lite.mark.path.parent
    mark.sign(witness, mark.Checkpoint(99, 9999, "", "2026-12-01T00:00:00Z"))
    with at_rest(lite) as made:
        assert made.restored
        daemon.adopt(lite.app, GUS, "the newest that we have")
        lite.post("The fair opens", "board", at="2026-12-09 10:30")
        seals.seal(lite.app.store)
        made._sign()
        with lite.app.store.read() as tx:
            newest = tx.value(select(func.max(core(t.Seal).c.n)))
        assert mark.last_signed(witness) == newest


def test_the_ledger_knows_that_a_clock_is_behind(lite: World) -> None:
    world = lite
    ask = guard.second_clock(world.app.store)
    world.clock.forward(hours=-1)
    said = ask()
    assert said is not None
    assert said > world.clock.at + timedelta(minutes=59)


@pytest.mark.parametrize(
    "said",
    [
        "Fri, 31 Dec 9999 23:59:59 -1400",
        "Mon, 01 Jan 2024 00:00:00 +99999999999999999",
        "Mon, 99999999999999999999 Jan 2024 00:00:00 GMT",
        "no date",
    ],
)
def test_a_date_that_no_clock_shows_is_no_answer(
    lite: World, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    """Whatever stands in a host's header, the daemon goes on asking."""
    monkeypatch.setattr(guard, "call", lambda *_, **__: SimpleNamespace(headers={"Date": said}))
    clock = guard.ClockGuard(lite.app.now, guard.second_clock(lite.app.store))
    assert not clock.look()
    assert "no second clock answers" in read(clock.said, "en")


@pytest.mark.parametrize(("wrong", "agreed"), [([0], True), ([0, 1], False), ([0, 1, 2], False)])
def test_one_host_with_a_wrong_clock_does_not_stop_the_others(
    lite: World, monkeypatch: pytest.MonkeyPatch, wrong: list[int], agreed: bool
) -> None:
    hosts = ["https://a.example", "https://b.example", "https://c.example"]
    monkeypatch.setattr(guard, "_hosts", lambda _: hosts)

    def answer(_method: str, url: str, **_: object) -> SimpleNamespace:
        off = timedelta(hours=1) if hosts.index(url) in wrong else timedelta(0)
        return SimpleNamespace(headers={"Date": format_datetime(lite.clock.at + off)})

    monkeypatch.setattr(guard, "call", answer)
    clock = guard.ClockGuard(lite.app.now, guard.second_clock(lite.app.store))
    assert clock.look() is agreed


# ---- the lock


def test_a_second_daemon_is_refused_and_told_who_is_the_first(world: World) -> None:
    data = world.app.config.data
    first = lock.take(world.app.store, data)
    with pytest.raises(Conflict, match=f"process {os.getpid()} on"):
        lock.take(world.app.store, data)
    assert first.held()
    first.release()
    again = lock.take(world.app.store, data)
    again.release()
    assert lock.holder(lock.lock_file(world.app.store.url, data)) is None


def test_a_second_machine_on_the_same_postgresql_is_refused(world: World, tmp_path) -> None:
    if world.app.store.sqlite:
        pytest.skip("a SQLite database is on one machine")
    first = lock.take(world.app.store, world.app.config.data)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with pytest.raises(Conflict, match="another machine"):
        lock.take(world.app.store, elsewhere)
    first.release()


def test_a_daemon_on_another_machine_is_known_to_status(world: World, tmp_path) -> None:
    if world.app.store.sqlite:
        pytest.skip("a SQLite database is on one machine")
    assert lock.elsewhere(world.app.store) is None
    (tmp_path / "elsewhere").mkdir()
    first = lock.take(world.app.store, tmp_path / "elsewhere")
    found = health.health(world.app)
    assert found["healthy"]
    named = say_part(lock.named(found["daemon"], "UTC"), "en")
    assert named.startswith("one on another machine, since ")
    first.release()
    assert "no daemon is running" in health.health(world.app)["problems"][0]


def test_a_start_that_is_refused_has_changed_nothing(world: World) -> None:
    """Its config.toml is another machine's: what it narrows would act at once."""
    text = world.config.file.read_text().replace('calendar = "always"', 'calendar = "office"')
    other = load(text.replace("[people.gus]", "[people.hal]"), world.config.file, {})
    with world.app.store.read() as tx:
        before = ledger.head(tx)
    held = lock.take(world.app.store, world.app.config.data)
    with pytest.raises(Conflict, match="nothing was started"):
        daemon.prepare(other)
    with world.app.store.read() as tx:
        assert ledger.head(tx) == before
    daemon.prepare(other, beside=True).store.close()  # the tables; what it says is for a reload
    with world.app.store.read() as tx:
        assert ledger.head(tx) == before
    held.release()
    daemon.prepare(other).store.close()
    with world.app.store.read() as tx:
        assert ledger.head(tx) > before


@pytest.mark.parametrize("sent", [0, 7])
def test_a_new_database_asks_for_an_old_one_that_was_used(tmp_path, sent: int) -> None:
    """A first start that a full disk ended leaves a folder in which nothing was promised."""
    text = config_text().replace("[company]", f'policy = "{ROOT / "policy"}"\n[company]')
    (tmp_path / "config.toml").write_text(text)
    config = load(text, tmp_path / "config.toml", {})
    old = mark.MarkFile(config.witness / "old")
    old.write(mark.Mark("old", sent, ""))
    old.close()
    made = daemon.prepare(config)
    with made.store.read() as tx:
        told = [row.code for row in tx.all(select(core(t.Notification)))]
    made.store.close()
    assert ("new_beside_old" in told) is (sent > 0)


def test_two_names_of_one_database_are_one_database(lite: World, tmp_path) -> None:
    (tmp_path / "link.db").symlink_to(lite.config.data / "publisher.db")
    url = f"sqlite:///{tmp_path}/link.db"
    assert lock.lock_file(url, tmp_path) == lock.lock_file(lite.app.store.url, lite.config.data)


# ---- health


@pytest.fixture
def watched(world: World) -> Iterator[World]:
    """With a daemon's lock held, so that only what does not move is red."""
    held = lock.take(world.app.store, world.app.config.data)
    yield world
    held.release()


def test_without_a_daemon_it_is_red(world: World) -> None:
    found = health.health(world.app)
    assert not found["healthy"]
    assert "no daemon is running" in found["problems"][0]


def test_it_is_red_when_something_was_due_and_nothing_moved(watched: World) -> None:
    post = watched.approved("The fair opens", "x")
    assert health.health(watched.app)["healthy"]
    watched.clock.forward(seconds=61)
    found = health.health(watched.app)
    assert not found["healthy"]
    assert found["problems"][0].startswith(f"{post}/x was due")
    watched.settle()
    assert health.health(watched.app)["healthy"]


@pytest.mark.parametrize("name", ["mark", "ledger.key"])
@pytest.mark.parametrize("harm", ["gone", "empty"])
def test_a_witness_that_went_away_under_the_daemon_is_red(
    watched: World, name: str, harm: str
) -> None:
    """Its commands are refused already; who looks at the status must see why."""
    file = watched.mark.path.with_name(name)
    kept = file.read_bytes()
    if harm == "gone":
        file.unlink()
    else:
        file.write_bytes(b"")
    found = health.health(watched.app)
    assert not found["healthy"]
    assert any(f"{name} is gone or empty" in problem for problem in found["problems"])
    file.write_bytes(kept)
    assert health.health(watched.app)["healthy"]


@pytest.mark.hazard("H19")
@pytest.mark.parametrize("error", [None, OSError(2, "No such file or directory")])
def test_a_disk_without_room_is_named_and_ends_nothing(
    watched: World, monkeypatch: pytest.MonkeyPatch, error: OSError | None
) -> None:
    """Nothing is claimed meanwhile; whoever looks at the status sees why."""

    def statvfs(_: object) -> SimpleNamespace:
        if error:
            raise error
        return SimpleNamespace(f_bavail=-1, f_frsize=1)

    post = watched.approved("The fair opens", "x")
    with monkeypatch.context() as full:
        full.setattr("publisher.release.machine.os.statvfs", statvfs)
        watched.settle()
        assert watched.state(post) == "waiting"
        assert health.health(watched.app)["problems"][0].startswith("nothing goes out: the ")
    watched.settle()
    assert watched.state(post) == "published"
    assert health.health(watched.app)["healthy"]


@pytest.mark.hazard("H8")
def test_nothing_is_sent_on_a_promise_that_nobody_would_find(world: World) -> None:
    """The witness was moved, or its disk went away: the open file leads nowhere."""
    folder = world.mark.path.parent
    away = folder.rename(folder.with_name("away"))
    post = world.approved("The fair opens", "x")
    world.settle()
    assert world.net.sent == []
    assert world.state(post) == "waiting"
    away.rename(folder)
    world.clock.forward(minutes=5)
    world.settle()
    assert world.state(post) == "published"


def test_a_witness_that_is_gone_is_not_begun_anew_by_a_checkpoint(lite: World) -> None:
    """The true one, brought back, would find another in its place."""
    lite.post("The fair opens", "board")
    seals.seal(lite.app.store)
    folder = lite.mark.path.parent
    away = folder.rename(folder.with_name("away"))
    with pytest.raises(FileNotFoundError):
        seals.checkpoint(lite.app.store, folder, 0)
    assert not folder.exists()
    away.rename(folder)


def test_what_waits_for_a_person_is_not_red(watched: World) -> None:
    watched.post("The fair opens", "x")
    with watched.app.store.write(ANN) as tx:
        stops.stop(tx, why="something is wrong")
    watched.settle()
    watched.clock.forward(minutes=5)
    watched.settle()
    found = health.health(watched.app)
    assert found["healthy"]
    assert any("stopped: everything" in note for note in found["notes"])


def test_what_was_claimed_and_forgotten_is_red(watched: World) -> None:
    from publisher.release.claim import claim

    watched.approved("The fair opens", "x")
    with watched.app.store.write(MACHINE) as tx:
        claim(tx, 5, timedelta(seconds=60))
    watched.clock.forward(minutes=3)
    found = health.health(watched.app)
    assert any("claimed for too long" in problem for problem in found["problems"])


# ---- a database from the past


def restored(world: World) -> str:
    return stop_if_restored(world.app.store, world.mark.read(), world.mark.path.parent)


def test_the_database_that_we_know_starts_as_it_is(world: World) -> None:
    world.approved("The fair opens", "x")
    world.settle()
    assert restored(world) == ""


@pytest.mark.hazard("H8")
def test_a_copy_without_its_witness_starts_stopped_until_it_is_adopted(world: World) -> None:
    world.approved("The fair opens", "x")
    world.settle()
    world.clock.forward(minutes=30)
    post = world.approved("The fair closes", "x")
    why = stop_if_restored(world.app.store, None, world.mark.path.parent)
    assert "a copy" in read(why, "en")
    with world.app.store.read(ANN) as tx:
        assert [one.reason for one in in_force(tx, "ja")] == [read(why, "ja")]
    assert world.state(post) == "unknown", "it may have gone out before"
    with pytest.raises(NotPermitted):
        daemon.adopt(world.app, ANN, "it is the right one")
    with pytest.raises(Usage):
        daemon.adopt(world.app, GUS, " ")
    daemon.adopt(world.app, GUS, "the old disk burnt")
    assert stop_if_restored(world.app.store, world.mark.read(), world.mark.path.parent) == ""
    assert audit.verify(world.app.store, world.mark.path.parent).problems == ()


def test_a_stop_for_a_restored_database_is_not_lifted_by_resuming(world: World) -> None:
    world.approved("The fair opens", "x")
    world.settle()
    stop_if_restored(world.app.store, None, world.mark.path.parent)
    from world import CY

    with world.app.store.write(CY) as tx, pytest.raises(Conflict, match="adopt"):
        stops.resume(tx)
    assert stop_if_restored(world.app.store, None, world.mark.path.parent)
    table = core(t.Stop)
    with world.app.store.read() as tx:
        assert len(tx.all(table.select())) == 1, "one stop, however often it starts"


def test_there_is_nothing_to_adopt_in_a_database_that_was_not_restored(world: World) -> None:
    with world.app.store.write(GUS) as tx, pytest.raises(Conflict, match="nothing to adopt"):
        adopting.adopt(tx, "to be sure")
    with world.app.store.write(BO) as tx, pytest.raises(NotPermitted):
        adopting.adopt(tx, "to be sure")
