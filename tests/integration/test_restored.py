"""A database from the past: every witness is believed, nothing is forgotten, nothing doubled (H8)."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from by_hand import ByHand, quiet
from sqlalchemy import func, select, text
from world import ANN, BO, CY, EVE, GUS, World

from publisher.content import canonical, digest
from publisher.daemon import adopt, health, lock
from publisher.daemon.restored import stop_if_restored
from publisher.desk import compose, door, policies, review, schedule, stops, takedown
from publisher.desk.adopting import Adopted
from publisher.errors import Conflict, HeldByPolicy, TryAgain
from publisher.networks import Absent, Accepted, CannotTell, Published, Unknown
from publisher.release import whoami
from publisher.roles import MACHINE
from publisher.store import audit, mark, seals, sent, witness
from publisher.store import tables as t
from publisher.store.mark import Mark, MarkFile
from publisher.store.past import kept
from publisher.store.tables import METADATA, core
from publisher.words import read, say_part

pytestmark = pytest.mark.hazard("H8")


@dataclass
class Copy:
    """Every row of every table, as a dump holds it: what a restore brings back on either database."""

    rows: dict[str, list[dict[str, Any]]]


def back_up(world: World) -> Copy:
    seal(world)
    with world.app.store.read() as tx:
        return Copy(
            {
                table.name: [dict(row._mapping) for row in tx.all(select(table))]
                for table in METADATA.sorted_tables
            }
        )


def seal(world: World) -> None:
    """As the daemon does within a second."""
    while seals.seal(world.app.store):
        pass


def signed(world: World) -> None:
    """As the daemon does every minute."""
    seal(world)
    seals.checkpoint(world.app.store, folder(world), 0)


def folder(world: World) -> Path:
    return world.mark.path.parent


def bring_back(world: World, copy: Copy) -> None:
    """Put the tables back as they were, numbers included; triggers do not hold a restore up."""
    world.releaser.finish(0)
    engine = world.app.store.engine
    if world.app.store.sqlite:
        with engine.connect() as conn:
            conn.exec_driver_sql("PRAGMA foreign_keys=OFF")
            conn.exec_driver_sql("BEGIN IMMEDIATE")
            triggers = conn.execute(
                text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            ).all()
            for name, _ in triggers:
                conn.exec_driver_sql(f"DROP TRIGGER {name}")
            _refill(conn, copy)
            highest = max((row["seq"] for row in copy.rows["ledger"]), default=0)
            conn.execute(
                text("UPDATE sqlite_sequence SET seq = :n WHERE name = 'ledger'"), {"n": highest}
            )
            for _, sql in triggers:
                conn.exec_driver_sql(sql)
            conn.commit()
            conn.exec_driver_sql("PRAGMA foreign_keys=ON")
    else:
        with engine.begin() as conn:
            conn.execute(text("SET session_replication_role = replica"))
            _refill(conn, copy)
            highest = max((row["seq"] for row in copy.rows["ledger"]), default=0)
            conn.execute(
                text("SELECT setval(pg_get_serial_sequence('ledger', 'seq'), :n)"), {"n": highest}
            )
            conn.execute(text("SET session_replication_role = DEFAULT"))
    world.app.store._policy = None
    world.releaser = world.new_releaser()


def _refill(conn: Any, copy: Copy) -> None:
    for table in reversed(METADATA.sorted_tables):
        conn.execute(table.delete())
    for table in METADATA.sorted_tables:
        if copy.rows[table.name]:
            conn.execute(table.insert(), copy.rows[table.name])


def start(world: World) -> str:
    """What the daemon does when it starts."""
    why = stop_if_restored(world.app.store, world.mark.read(), folder(world))
    world.releaser.start()
    return read(why, "en")


def taken_on(world: World) -> Adopted:
    return adopt(world.app, GUS, "the newest that we have")


def decided(found: Adopted) -> list[str]:
    return [say_part(one, "en") for one in found.lines]


def resumed(world: World) -> None:
    with world.app.store.write(CY) as tx:
        stops.resume(tx)


# ---- every human decision since the backup starts it stopped, and none is forgotten


def _cancel(world: World, post: str) -> None:
    with world.app.store.write(ANN) as tx:
        schedule.cancel(tx, post)


def _pause(world: World, post: str) -> None:
    with world.app.store.write(ANN) as tx:
        schedule.pause(tx, post, "the fair may move")


def _send_back(world: World, post: str) -> None:
    with world.app.store.write(BO) as tx:
        review.send_back(tx, post, "a typing error")


def _edit(world: World, post: str) -> None:
    with world.app.store.write(ANN) as tx:
        compose.edit(tx, post, {"text": "The fair opens late"})


def _reschedule(world: World, post: str) -> None:
    with world.app.store.write(ANN) as tx:
        schedule.reschedule(tx, post, "2026-12-09 10:00")


def _retract(world: World, post: str) -> None:
    with world.app.store.write(CY) as tx:
        takedown.retract(tx, post, "a mistake")


KINDS: dict[str, Callable[[World, str], None]] = {
    "cancel": _cancel,
    "pause": _pause,
    "return": _send_back,
    "edit": _edit,
    "reschedule": _reschedule,
}


@pytest.mark.parametrize(
    ("kind", "checkpoint"), [*((kind, False) for kind in KINDS), ("cancel", True)]
)
def test_what_was_decided_since_the_backup_is_not_forgotten(
    world: World, kind: str, checkpoint: bool
) -> None:
    """Tried: backup, then cancel, restore, up: the cancelled post went out."""
    post = world.approved("The fair opens", "board", at="2026-12-01 10:30")
    copy = back_up(world)
    KINDS[kind](world, post)
    if checkpoint:
        signed(world)
    bring_back(world, copy)
    assert "older copy" in start(world), "though nothing was sent since"
    world.clock.forward(minutes=31)
    quiet(world)
    assert world.net.sent == []
    found = taken_on(world)
    who = "bo" if kind == "return" else "ann"
    assert any(f"{who}  {kind}  {post}" in line for line in decided(found))
    assert found.known
    quiet(world)
    assert world.net.sent == [], "kept back until a person says otherwise"
    assert f"{kind} by" in read(world.delivery(post, "board").paused, "en")
    with world.app.store.write(ANN) as tx:
        schedule.confirm(tx, post)
    quiet(world)
    assert [one.rendered.text[:14] for one in world.net.sent] == ["The fair opens"]


def test_a_lost_stop_is_put_back(world: World) -> None:
    post = world.approved("The fair opens", "board", at="2026-12-01 10:30")
    copy = back_up(world)
    with world.app.store.write(CY) as tx:
        stops.stop(tx, why="calls about a recall")
    bring_back(world, copy)
    assert start(world)
    found = taken_on(world)
    assert say_part(found.stopped[0], "en").startswith("everything: put back: cy stopped it at")
    world.clock.forward(minutes=31)
    quiet(world)
    assert world.net.sent == [], "it is stopped, by a person"
    resumed(world)
    assert world.state(post, "board") == "waiting"


def test_a_stop_that_was_lifted_again_is_not_put_back(world: World) -> None:
    copy = back_up(world)
    with world.app.store.write(CY) as tx:
        stops.stop(tx, "x", why="a strange post")
    with world.app.store.write(CY) as tx:
        stops.resume(tx)
    bring_back(world, copy)
    assert start(world)
    assert taken_on(world).stopped == ()


def test_what_a_network_answered_is_no_decision(world: World) -> None:
    with world.app.store.write(GUS) as tx:
        whoami.recognised(tx, "x", "1120", "a credential")
    assert witness.read(folder(world)).decisions == ()


def test_a_lost_policy_stops_everything_until_it_is_decided_again(world: World) -> None:
    world.approved("The fair opens", "board", at="2026-12-01 10:30")
    copy = back_up(world)
    files = dict(world.files)
    files["approval.toml"] = files["approval.toml"].replace(b"count = 1 ", b"count = 2 ")
    with world.app.store.write(EVE) as tx:
        policies.activate(tx, files)
    bring_back(world, copy)
    assert "older copy" in start(world)
    [stopped] = taken_on(world).stopped
    assert "activate policy by eve" in say_part(stopped, "en")
    world.clock.forward(minutes=31)
    quiet(world)
    assert world.net.sent == []


def test_a_post_that_was_written_since_is_named_as_possibly_public(world: World) -> None:
    copy = back_up(world)
    post = world.approved("Only in what was lost", "board")
    world.settle()
    bring_back(world, copy)
    assert start(world)
    lines = decided(taken_on(world))
    assert all("not in this database" in line for line in lines)
    assert any(post in line and "write" in line for line in lines)


# ---- what may have gone out since is looked up first, by every key it may have had


@pytest.fixture
def forwarded(world: World) -> tuple[World, str]:
    """Asked for in a week; after the backup it was edited and moved forward, and went out."""
    post = world.approved("The fair opens", "x", "page", "blog", "board", at="2026-12-08 10:00")
    copy = back_up(world)
    with world.app.store.write(ANN) as tx:
        compose.edit(tx, post, {"text": "The fair opens today"})
    with world.app.store.write(ANN) as tx:
        schedule.reschedule(tx, post, "now")
    world.approve(post)
    for _ in range(5):
        world.settle()
        world.clock.forward(minutes=10)
    assert len(world.net.public) == 4
    world.net.sent.clear()
    bring_back(world, copy)
    return world, post


@pytest.mark.parametrize("account", ["blog", "board"])
def test_what_was_moved_forward_is_looked_up_by_every_revision_it_may_have_had(
    forwarded: tuple[World, str], account: str
) -> None:
    world, post = forwarded
    asked: list[str] = []

    def find(intent: Any) -> Any:
        if intent.account.id != account:
            return CannotTell("not now")
        asked.append(intent.key[-2:])
        return Published("77") if intent.key.endswith("r2") else Absent("no such key")

    world.net.on_find = find
    assert start(world)
    quiet(world)
    assert asked == ["r1", "r2"]
    assert world.state(post, account) == "published"
    assert world.net.sent == []


def test_where_it_may_have_gone_out_in_other_words_a_person_sees_what_is_there(
    forwarded: tuple[World, str],
) -> None:
    world, post = forwarded
    changed: list[bool] = []
    world.net.on_find = lambda intent: changed.append(intent.notes["changed"]) or CannotTell("see")
    assert start(world)
    quiet(world)
    assert set(changed) == {True}
    assert {d["state"] for d in world.show(post)["deliveries"]} == {"unknown"}


def test_what_nobody_touched_and_was_asked_for_later_stays_as_it_was(world: World) -> None:
    """Ten thousand posts of next year are no ten thousand questions."""
    later = [world.approved(f"Fair {n}", "x", at=f"2026-12-0{n} 10:00") for n in (3, 4, 8)]
    due = world.approved("The fair opens", "x", at="2026-12-01 10:10")
    copy = back_up(world)
    world.clock.forward(minutes=11)
    world.settle()
    assert len(world.net.public) == 1
    bring_back(world, copy)
    assert start(world)
    assert world.state(due) == "unknown"
    assert {world.state(post) for post in later} == {"waiting"}
    taken_on(world)
    quiet(world)
    assert world.state(due) == "published", "found"
    assert {world.delivery(post).paused for post in later} == {""}


def test_without_a_witness_of_decisions_everything_is_doubted(world: World) -> None:
    later = world.approved("Next week", "board", "x", at="2026-12-08 10:00")
    copy = back_up(world)
    world.approved("Today", "board")
    world.settle()
    (folder(world) / "decisions").unlink()
    bring_back(world, copy)
    assert start(world)
    quiet(world)
    assert {world.state(later, a) for a in ("board", "x")} == {"unknown"}, "not there is no proof"
    found = taken_on(world)
    assert not found.known
    assert "nobody knows what people decided" in say_part(found.stopped[0], "en")


def test_what_is_proved_not_there_waits_for_a_person_when_it_came_due(world: World) -> None:
    post = world.approved("The fair opens", "board", at="2026-12-01 10:30")
    copy = back_up(world)
    world.approved("Another", "x")
    world.settle()
    bring_back(world, copy)
    world.clock.forward(minutes=31)
    assert start(world)
    quiet(world)
    row = world.delivery(post, "board")
    assert (row.state, row.unproven) == ("waiting", "")
    taken_on(world)
    quiet(world)
    assert not any(i.account.id == "board" for i in world.net.sent)
    with world.app.store.write(ANN) as tx:
        schedule.confirm(tx, post)
    quiet(world)
    assert world.state(post, "board") == "published"


def test_what_did_not_go_out_may_have_been_revived_since(world: World) -> None:
    post = world.approved("The fair opens", "board", at="2026-12-01 10:30")
    with world.app.store.write(CY) as tx:
        stops.stop(tx, why="a strange post")
    world.clock.forward(hours=3)
    world.settle()
    assert world.state(post, "board") == "expired"
    copy = back_up(world)
    resumed(world)
    with world.app.store.write(ANN) as tx:
        schedule.confirm(tx, post)
    world.settle()
    assert world.state(post, "board") == "published"
    bring_back(world, copy)
    assert start(world)
    assert world.state(post, "board") == "unknown"
    quiet(world)
    assert world.state(post, "board") == "published", "found: nobody sends it twice"


def test_a_second_start_before_it_is_adopted_doubts_nothing_again(world: World) -> None:
    copy = back_up(world)
    world.approved("Today", "board")
    world.settle()
    bring_back(world, copy)
    assert start(world)
    fresh = world.approved("Written while it is stopped", "board", again=True)
    assert start(world)
    assert world.state(fresh, "board") == "waiting"
    with world.app.store.read() as tx:
        assert tx.value(select(func.count()).select_from(core(t.Stop))) == 1


def test_a_crash_between_two_batches_of_doubting_goes_on_where_it_was(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from publisher.daemon import restored
    from publisher.release import doubt as doubts

    posts = [world.approved(f"Fair {n}", "board", at="2026-12-01 10:30") for n in range(5)]
    copy = back_up(world)
    world.approved("Today", "x")
    world.settle()
    bring_back(world, copy)
    world.clock.forward(hours=1)
    assert doubts.AT_ONCE == 100, "rows in one transaction (H21)"
    monkeypatch.setattr(doubts, "AT_ONCE", 2)
    turns: list[int] = []

    def once_only(tx: Any) -> int:
        if turns:
            raise KeyboardInterrupt
        turns.append(doubts.doubt(tx))
        return turns[0]

    monkeypatch.setattr(restored, "doubt", once_only)
    with pytest.raises(KeyboardInterrupt):
        stop_if_restored(world.app.store, world.mark.read(), folder(world))
    monkeypatch.setattr(restored, "doubt", doubts.doubt)
    assert sorted(world.state(p, "board") for p in posts) == ["unknown"] * 2 + ["waiting"] * 3
    assert start(world)
    assert {world.state(p, "board") for p in posts} == {"unknown"}


# ---- the witness itself


def test_a_database_that_is_ahead_of_its_witness_is_no_finding(world: World) -> None:
    """A crash between the commit and the line; the daemon writes the line later."""
    world.post("The fair opens", "board")
    file = folder(world) / "decisions"
    whole = file.read_bytes()
    file.write_bytes(b"\n".join(whole.splitlines()[:-1]) + b"\n")
    assert start(world) == ""
    seal(world)
    assert witness.complete(world.app.store, folder(world)) == 1
    assert set(file.read_bytes().splitlines()) == set(whole.splitlines())
    assert witness.complete(world.app.store, folder(world)) == 0


def test_completing_the_witness_reads_what_is_new_and_not_what_is_old(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is done every minute, beside what is due: years of decisions must not hold that up."""
    old = [
        witness.Decision(1, "2020-01-01T00:00:00Z", "ann", "cancel", f"d{n}") for n in range(5000)
    ]
    witness.append(folder(lite), old)
    with lite.app.store.write(MACHINE) as tx:
        witness.meta.note(tx, witness.COMPLETE_TO, "1")
    lite.post("The fair opens", "board")
    seal(lite)
    read: list[bytes] = []
    parsed = witness._parsed
    monkeypatch.setattr(witness, "_parsed", lambda line: read.append(line) or parsed(line))
    assert witness.complete(lite.app.store, folder(lite)) == 0, "all are there"
    assert len(read) < 2000


def test_completing_the_witness_finds_what_fills_many_blocks(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witness, "BLOCK", 300)
    for number in range(5):
        lite.post(f"The fair opens door {number}", "board")
    seal(lite)
    whole = (folder(lite) / "decisions").read_bytes()
    assert len(whole) > 3 * 300
    assert witness.complete(lite.app.store, folder(lite)) == 0
    assert (folder(lite) / "decisions").read_bytes() == whole
    (folder(lite) / "decisions").write_bytes(b"")  # cut short since
    lite.post("The fair closes", "board")
    seal(lite)
    witness.complete(lite.app.store, folder(lite))
    verbs = [one.verb for one in witness.read(folder(lite)).decisions]
    assert verbs == ["write", "submit"]


def test_what_was_undone_within_a_transaction_is_no_decision_that_was_lost(world: World) -> None:
    with world.app.store.write(ANN) as tx:
        post = compose.create(tx, door.NewPost("word " * 100, ("x",)))
        with pytest.raises(HeldByPolicy), tx.part():
            compose.submit(tx, post)
    assert [one.verb for one in witness.read(folder(world)).decisions if one.post == post] == [
        "write"
    ]
    seal(world)
    assert audit.verify(world.app.store, folder(world)).problems == ()
    assert start(world) == ""


@pytest.mark.parametrize("cut", [1, 20])
def test_a_torn_last_line_counts_for_nothing_and_harms_no_later_one(lite: World, cut: int) -> None:
    post = lite.approved("The fair opens", "board", at="2026-12-01 10:30")
    file = folder(lite) / "decisions"
    file.write_bytes(file.read_bytes()[:-cut])
    before = len(witness.read(folder(lite)).decisions)
    assert start(lite) == ""
    _cancel(lite, post)
    after = witness.read(folder(lite)).decisions
    assert [one.verb for one in after[before:]] == ["cancel", "cancel"], (
        "of the delivery, of the post"
    )


def test_a_witness_holds_numbers_and_names_and_no_words(world: World) -> None:
    post = world.approved("Secret words of the fair", "board", at="2026-12-01 10:30")
    _pause(world, post)
    said = (folder(world) / "decisions").read_text()
    assert post in said
    assert "pause" in said
    assert "words" not in said
    assert "may move" not in said
    verbs = [one.verb for one in witness.read(folder(world)).decisions]
    assert verbs == ["write", "submit", "approve", "pause"]


def test_a_witness_that_cannot_be_written_is_said_and_the_decision_stands(world: World) -> None:
    post = world.approved("The fair opens", "board", at="2026-12-01 10:30")
    file = folder(world) / "decisions"
    aside = file.rename(file.with_name("elsewhere"))
    file.mkdir()
    heard: list[str] = []
    world.app.store.say = lambda said, _: heard.append(say_part(said, "en"))
    _cancel(world, post)
    assert world.state(post, "board") == "cancelled"
    assert heard[0].startswith("Your decision stands, but the witness could not be written")
    problems = health.health(world.app)["problems"]
    assert any("not in the witness" in one for one in problems)
    file.rmdir()
    aside.rename(file)
    seal(world)
    witness.complete(world.app.store, folder(world))
    assert witness.read(folder(world)).decisions[-1].verb == "cancel"
    assert not any("witness" in one for one in health.health(world.app)["problems"])


def test_a_database_that_goes_away_after_the_commit_is_no_decision_undone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own words, "nothing was changed", would make somebody decide it twice."""
    post = world.approved("The fair opens", "board", at="2026-12-01 10:30")
    heard: list[str] = []
    world.app.store.say = lambda said, _: heard.append(say_part(said, "en"))

    def away(*_: Any) -> str:
        raise TryAgain("The database did not answer; nothing was changed.")

    with monkeypatch.context() as gone:
        gone.setattr(witness.meta, "get", away)
        _cancel(world, post)
    assert world.state(post, "board") == "cancelled"
    assert heard[0].startswith("Your decision stands, but the witness could not be written")
    seal(world)
    witness.complete(world.app.store, folder(world))
    assert witness.read(folder(world)).decisions[-1].verb == "cancel"


KILLED = """
import os, signal, sys
from pathlib import Path
from publisher import app, config
from publisher.desk import schedule
from publisher.desk.session import OsUser, Session
from publisher.store import witness
witness.append = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
made = app.build(config.read(Path(sys.argv[1]), os.environ))
with Session(made.store, OsUser("root", "root", "", "ann")).writing() as tx:
    schedule.cancel(tx, sys.argv[2])
"""


def test_a_kill_between_the_commit_and_its_line_loses_nothing_and_is_no_finding(
    lite: World,
) -> None:
    post = lite.approved("The fair opens", "board", at="2026-12-01 10:30")
    argv = [sys.executable, "-c", KILLED, str(lite.config.file), post]
    ended = subprocess.run(argv, env={**os.environ, "SECRET": "x"}, check=False, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    assert lite.state(post, "board") == "cancelled", "what was committed is committed"
    assert start(lite) == "", "ahead of its witness"
    seal(lite)
    assert witness.complete(lite.app.store, folder(lite)) == 2, "the delivery's, and the post's"


def test_two_that_decide_at_once_both_have_their_line(lite: World) -> None:
    from concurrent.futures import ThreadPoolExecutor

    posts = [lite.post(f"Fair {n}", "board") for n in range(12)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda post: _cancel(lite, post), posts))
    found = witness.read(folder(lite))
    assert found.damaged == 0
    cancelled = {one.post for one in found.decisions if one.verb == "cancel"}
    assert cancelled == set(posts)


# ---- adopting heals, and the break stays to be seen


def test_after_adopting_the_history_holds_and_shows_the_break_for_ever(world: World) -> None:
    post = world.approved("The fair opens", "board", at="2026-12-01 10:30")
    copy = back_up(world)
    _cancel(world, post)
    signed(world)
    bring_back(world, copy)
    assert "signed for" in start(world)
    assert audit.verify(world.app.store, folder(world)).problems
    assert any("adopt" in one for one in health.health(world.app)["problems"])
    found = taken_on(world)
    assert read(found.lost, "en").startswith("rows ")
    assert not any("adopt" in one for one in health.health(world.app)["problems"])
    for _ in range(2):
        verified = audit.verify(world.app.store, folder(world))
        assert verified.problems == ()
        [broken] = verified.breaks
        said = say_part(broken, "en")
        assert "gus went on with an older copy" in said
        assert read(found.lost, "en") in said
        signed(world)
    assert list(folder(world).glob("checkpoints.before-*"))
    assert list(folder(world).glob("decisions.before-*"))
    assert start(world) == ""
    with world.app.store.read() as tx:
        assert kept(tx) is None
    with pytest.raises(Conflict, match="nothing to adopt"):
        taken_on(world)


def test_an_older_copy_can_be_adopted_before_any_daemon_has_looked_at_it(lite: World) -> None:
    post = lite.approved("The fair opens", "board", at="2026-12-01 10:30")
    copy = back_up(lite)
    _cancel(lite, post)
    bring_back(lite, copy)
    found = taken_on(lite)
    [line] = [line for line in decided(found) if " cancel " in line]
    assert any(line in body for _, _, body in lite.letters()), "the duty officer reads it as well"
    assert "cancel by ann" in read(lite.delivery(post, "board").paused, "en")


def test_what_is_adopted_can_be_lost_and_adopted_again(world: World) -> None:
    first = back_up(world)
    post = world.approved("The fair opens", "board", at="2026-12-01 10:30")
    bring_back(world, first)
    assert start(world)
    taken_on(world)
    second = back_up(world)
    other = world.approved("The fair closes", "board", at="2026-12-01 11:30")
    bring_back(world, second)
    assert start(world)
    lines = decided(taken_on(world))
    assert any(other in line for line in lines)
    assert not any(post in line for line in lines), "that was accepted the first time"
    assert len(audit.verify(world.app.store, folder(world)).breaks) == 2


def test_asked_before_the_first_start_the_history_does_not_hold(world: World) -> None:
    """Though nothing was sent, and nothing signed, since the backup."""
    post = world.approved("The fair opens", "board", at="2026-12-01 10:30")
    copy = back_up(world)
    _cancel(world, post)
    bring_back(world, copy)
    world.post("Written on the restored copy", "board")
    [problem] = audit.verify(world.app.store, folder(world)).problems
    assert problem == "2 decisions that people made are not in it: an older copy"
    assert start(world)
    taken_on(world)
    assert audit.verify(world.app.store, folder(world)).problems == ()


@pytest.mark.parametrize("looked", [False, True])
def test_commands_before_the_first_start_do_not_hide_the_lost_time(
    world: World, looked: bool
) -> None:
    """They number their rows like the lost ones, and come after what went out.

    `looked`: among them somebody asks whether the history holds.
    """
    post = world.approved("The fair opens", "x", at="2026-12-01 10:10")
    copy = back_up(world)
    world.clock.forward(minutes=11)
    world.settle()
    assert world.state(post) == "published"
    bring_back(world, copy)
    world.clock.forward(hours=5)
    for n in range(12):
        world.post(f"Written on the restored copy {n}", "board")
    if looked:
        assert audit.verify(world.app.store, folder(world)).problems
    spans: list[Any] = []
    world.net.on_find = lambda intent: spans.append(intent.started_at)
    assert start(world)
    quiet(world)
    assert min(spans) <= copy.rows["ledger"][-1]["at"].replace(tzinfo=spans[0].tzinfo)
    assert world.state(post) == "published"


def test_a_lost_takedown_is_made_again(world: World) -> None:
    post = world.approved("The fair opens", "x", "board")
    world.settle()
    copy = back_up(world)
    with world.app.store.write(CY) as tx:
        takedown.retract(tx, f"{post}/x", "a mistake")
    world.settle()
    assert len(world.net.removed) == 1
    bring_back(world, copy)
    assert start(world)
    assert taken_on(world).taken_down == (f"{post}/x",)
    quiet(world)
    assert world.state(post, "x", "retract") == "published"
    assert set(world.net.removed) == {world.delivery(post, "x").remote_id}


@pytest.mark.parametrize("step", ["claimed", "sending", "unknown", "accepted"])
def test_what_was_on_its_way_when_the_backup_was_made_is_looked_up_over_all_the_lost_time(
    world: World, step: str
) -> None:
    post = world.approved("The fair opens", "board")
    hand = ByHand(world)
    hand.recognised()
    ids = hand.claim()
    if step != "claimed":
        [ready] = hand.intend(ids).ready
        answer = {"unknown": Unknown("no answer"), "accepted": Accepted("moderators")}.get(step)
        if answer:
            hand.settle(ready, answer)
    copy = back_up(world)
    world.approved("Another", "x")
    world.settle()
    world.clock.forward(hours=3)
    world.net.sent.clear()
    bring_back(world, copy)
    asked: list[Any] = []
    world.net.on_find = lambda intent: asked.append(intent) or Published("77")
    assert start(world)
    quiet(world)
    assert (world.state(post, "board"), world.net.sent) == ("published", [])
    [intent] = asked
    assert intent.started_at <= copy.rows["ledger"][-1]["at"]
    assert intent.not_after >= world.clock() - timedelta(minutes=5)


@pytest.mark.parametrize("changed", [False, True])
def test_an_edit_that_waited_is_looked_up_before_it_is_sent(world: World, changed: bool) -> None:
    """A later edit may have gone out: sending the earlier one again would take it back."""
    post = world.approved("The fair opens", "board")
    world.settle()
    with world.app.store.write(CY) as tx:
        stops.stop(tx, why="a moment")
    _edit(world, post)
    world.approve(post)
    copy = back_up(world)
    resumed(world)
    with world.app.store.write(ANN) as tx:
        schedule.confirm(tx, post)
    quiet(world, minutes=11)
    assert world.state(post, "board", "edit") == "published"
    if changed:
        with world.app.store.write(ANN) as tx:
            compose.edit(tx, post, {"text": "The fair opens later still"})
        world.approve(post)
        quiet(world, minutes=11)
    world.net.sent.clear()
    public = world.net.public[-1][2]
    bring_back(world, copy)
    world.net.on_find = lambda intent: (
        Published(intent.target) if intent.rendered.text == public else Absent("not in these words")
    )
    assert start(world)
    quiet(world)
    taken_on(world)
    resumed(world)
    quiet(world)
    assert world.net.sent == []
    assert world.net.public[-1][2] == public
    row = world.delivery(post, "board", "edit")
    assert row.state == "published" if not changed else "edit by ann" in read(row.paused, "en")


def test_a_witness_that_contradicts_an_old_seal_is_healed_by_adopting_as_well(world: World) -> None:
    """A restore that an earlier version adopted: the guard is content, verifying is not."""
    from publisher.store.mark import Checkpoint, sign

    world.post("The fair opens", "board")
    seal(world)
    sign(folder(world), Checkpoint(1, 2, "0" * 64, "2026-12-01T00:00:00Z"))
    world.post("The fair closes", "board")
    signed(world)
    assert start(world) == ""
    assert audit.verify(world.app.store, folder(world)).problems
    assert "its witness said otherwise" in read(taken_on(world).lost, "en")
    assert audit.verify(world.app.store, folder(world)).problems == ()
    assert len(audit.verify(world.app.store, folder(world)).breaks) == 1


def test_a_running_daemon_that_has_not_noticed_is_to_be_restarted_first(lite: World) -> None:
    copy = back_up(lite)
    _cancel(lite, lite.approved("The fair opens", "board", at="2026-12-01 10:30"))
    bring_back(lite, copy)
    held = lock.take(lite.app.store, lite.config.data)
    try:
        with pytest.raises(Conflict, match="restart it"):
            taken_on(lite)
    finally:
        held.release()
    assert taken_on(lite).lines


def test_a_missing_key_to_the_checkpoints_stops_it_and_adopting_makes_it_again(
    world: World,
) -> None:
    world.post("The fair opens", "board")
    signed(world)
    (folder(world) / "checkpoint.pub").unlink()
    assert "cannot be checked" in start(world)
    taken_on(world)
    assert start(world) == ""
    assert audit.verify(world.app.store, folder(world)).problems == ()


def _behind(world: World) -> None:
    """A decision was made after the backup that was brought back."""
    post = world.approved("The fair opens", "board", at="2026-12-01 10:30")
    copy = back_up(world)
    _cancel(world, post)
    signed(world)
    bring_back(world, copy)


@pytest.mark.parametrize("error", [TryAgain("busy; nothing was changed"), OSError(28, "full")])
def test_what_fails_after_it_was_taken_on_is_not_called_undone(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    _behind(world)
    assert start(world)
    heard: list[str] = []
    world.app.store.say = lambda said, _: heard.append(say_part(said, "en"))

    def fails(*_: Any) -> None:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(seals, "set_aside", fails)
        assert taken_on(world).lines
    assert heard[0].startswith("This database is taken on, but its witness could not be told")
    assert "nothing was changed" not in heard[0]
    if start(world):
        taken_on(world)
    assert start(world) == ""
    assert audit.verify(world.app.store, folder(world)).problems == ()


def test_others_that_write_while_it_is_taken_on_do_no_harm(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL the sealer gives way to them after half a second."""
    _behind(world)
    assert start(world)

    def busy(*_: Any) -> int:
        raise TryAgain("The database did not answer; nothing was changed.")

    heard: list[str] = []
    world.app.store.say = lambda said, _: heard.append(say_part(said, "en"))
    with monkeypatch.context() as writing:
        writing.setattr(seals, "seal", busy)
        assert taken_on(world).lines
    assert heard == []
    assert start(world) == ""
    signed(world)
    assert audit.verify(world.app.store, folder(world)).problems == ()


def test_a_crash_while_it_is_taken_on_leaves_no_false_word(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mark was told already, and the database never committed."""
    _behind(world)
    said = start(world)
    assert said

    class Crash(BaseException):
        pass

    reset = MarkFile.reset

    def crashes(file: MarkFile, mark: Mark) -> None:
        reset(file, mark)
        raise Crash

    with monkeypatch.context() as crash:
        crash.setattr(MarkFile, "reset", crashes)
        with pytest.raises(Crash):
            taken_on(world)
    assert "under which something was sent" not in start(world)
    assert taken_on(world).lines
    assert start(world) == ""


def test_a_damaged_file_of_decisions_is_kept_beside_and_begun_anew(world: World) -> None:
    world.post("The fair opens", "board")
    file = folder(world) / "decisions"
    first, *others = file.read_bytes().splitlines()
    damaged = b"\n".join([first, b"[3,4,", *others[1:]]) + b"\n"
    file.write_bytes(damaged)
    assert witness.read(folder(world)).damaged == 1
    assert start(world) == "", "the database is not behind"
    found = witness.read(folder(world))
    assert (found.damaged, len(found.decisions)) == (0, len(others) - 1)
    [aside] = folder(world).glob("decisions.damaged-*")
    assert aside.read_bytes() == damaged


def test_wherever_a_write_was_torn_the_lines_before_it_are_read(tmp_path: Path) -> None:
    made = [witness.Decision(n, "2026-12-01T00:00:00Z", "ann", "cancel", f"d{n}") for n in (1, 2)]
    witness.append(tmp_path, made)
    file = tmp_path / "decisions"
    whole = file.read_bytes()
    ends = [n + 1 for n, byte in enumerate(whole) if byte == 10]
    for cut in range(len(whole) + 1):
        file.write_bytes(whole[:cut])
        lines = sum(end - 1 <= cut for end in ends)
        found = witness.read(tmp_path)
        assert found.decisions == tuple(made[: max(lines - 1, 0)])
        assert found.damaged == 0


def test_the_mark_names_the_row_of_the_intention_itself(world: World) -> None:
    """Another's newer row may be in a copy that lacks the intention."""
    world.approved("The fair opens", "board")
    hand = ByHand(world)
    hand.recognised()
    ids = hand.claim()
    judgement = hand.intend(ids)
    ledger = core(t.LedgerRow)
    with world.app.store.read() as tx:
        assert tx.value(select(ledger.c.verb).where(ledger.c.seq == judgement.seq)) == "intend"


def test_a_mark_torn_after_a_restart_leaves_the_newest_one_whole(tmp_path: Path) -> None:
    file = MarkFile(tmp_path)
    for seq in (1, 2, 3):
        file.write(Mark("i", seq, "h"))
    file.close()
    again = MarkFile(tmp_path)
    before = again.path.read_bytes()
    again.write(Mark("i", 4, "h"))
    after = again.path.read_bytes()
    torn = next(n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b)
    again.path.write_bytes(after[:torn] + b"x" + after[torn + 1 :])
    assert again.read() == Mark("i", 3, "h")
    again.close()


@pytest.mark.parametrize(
    "junk",
    [
        b"5",
        b"null",
        b"{}",
        b"[]",
        b"[" * 200_000,
        b"\xff\xfe",
        b"[1, 2]",
        b'["a"]',
        b'["\\ud800", 1, "h", "c"]',
    ],
)
def test_whatever_stands_in_a_witness_is_read_as_nothing(tmp_path: Path, junk: bytes) -> None:
    for name in (witness.FILE, sent.FILE, "checkpoints"):
        (tmp_path / name).write_bytes(junk + b"\n")
    (tmp_path / "checkpoint.pub").write_bytes(bytes(32))
    (tmp_path / "mark").write_bytes(junk[:256].ljust(512))
    assert witness.read(tmp_path).decisions == ()
    assert sent.read(tmp_path) == {}
    assert mark.checkpoints(tmp_path) == ([], [{"say": "audit.line_forged", "line": 1}])
    file = MarkFile(tmp_path)
    assert file.read() is None
    file.close()


@pytest.mark.parametrize(
    "body",
    [
        [["p"], 1, "h"],
        ["p", "1", "h"],
        ["p", 1.5, "h"],
        ["p", 10**30, "h"],
        ["p", -1, "h"],
        [1, 2, 3],
        ["p", 1, ["h"]],
        [[1], "t", "ann", "stop", "p", "p"],
        [1, ["t"], "ann", "stop", "p", "p"],
        [None] * 6,
    ],
)
def test_a_line_of_the_wrong_types_is_nothing_however_well_it_is_checked(
    tmp_path: Path, body: list[object]
) -> None:
    check = digest(body)
    for name in (witness.FILE, sent.FILE):
        (tmp_path / name).write_bytes(canonical([*body, check[:16]]) + b"\n")
    (tmp_path / "mark").write_bytes(canonical([*body, check]).ljust(256) * 2)
    assert witness.read(tmp_path).decisions == ()
    assert sent.read(tmp_path) == {}
    file = MarkFile(tmp_path)
    assert file.read() is None
    file.close()


def test_what_left_is_cut_once_it_is_long_and_the_newest_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sent, "KEPT", 3)
    for number in range(1, 9):
        sent.append(tmp_path, {f"d{number}": (number, "h")})
    newest = {f"d{number}": (number, "h") for number in (6, 7, 8)}
    assert sent.read(tmp_path) == newest
    assert len((tmp_path / sent.FILE).read_bytes().splitlines()) == 3
    sent.append(tmp_path, {"d9": (9, "h")})
    assert sent.read(tmp_path) == {"d7": (7, "h"), "d8": (8, "h"), "d9": (9, "h")}
    assert [one.name for one in tmp_path.iterdir()] == [sent.FILE]
