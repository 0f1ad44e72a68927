"""Hiding somebody else's comment: asked for by one person, sent once, looked up, never doubled."""

from datetime import timedelta
from typing import Any

import pytest
from by_hand import LIMITS, NO_DELAY, ByHand, quiet, restart
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from world import ANN, BO, CY, World, number_of

from publisher.daemon.restored import stop_if_restored
from publisher.desk import measures, stops
from publisher.desk.measures import NewMeasure
from publisher.errors import Conflict, NotFound, NotPermitted, Usage
from publisher.measures import MEASURES, About
from publisher.networks import CannotTell, Credentials, Later, MeasureIntent, Refused, Unknown
from publisher.release import walks, whoami
from publisher.release.follow import THREE, count_unknown
from publisher.roles import MACHINE
from publisher.store import tables as t
from publisher.store.compare import differences
from publisher.store.mark import Mark
from publisher.store.tables import core
from publisher.words import read

COMMENT = "7001_7002"


def asked(world: World, comment: str = COMMENT, by=CY, **more: str) -> str:
    new = {"account": "page", "comment": comment, "what": "hide", "why": "insults", **more}
    with world.app.store.write(by) as tx:
        return measures.ask(tx, NewMeasure(**new))


def row(world: World, measure: str):
    table = core(t.Measure)
    with world.app.store.read() as tx:
        return tx.first(select(table).where(table.c.id == measure))


def ledger_of(world: World, measure: str) -> list[tuple[str, str, str]]:
    table = core(t.LedgerRow)
    with world.app.store.read() as tx:
        rows = tx.all(select(table).where(table.c.subject == measure).order_by(table.c.seq))
    return [(one.verb, one.before, one.after) for one in rows]


# ---- asking


def test_one_person_asks_and_the_others_are_told_to_look_at_it(world: World) -> None:
    measure = asked(world)
    made = row(world, measure)
    there = f"facebook 127.0.0.1:9/page {number_of('page')}"
    assert (made.state, made.target, made.place) == ("waiting", COMMENT, there)
    assert (made.asked_by, made.wake_at) == ("cy", world.clock.at)
    assert ledger_of(world, measure) == [("measure", "", "waiting")]
    assert "A comment on page is to be hidden" in world.notices()
    assert differences(world.app.store) == []


def test_an_author_may_not(world: World) -> None:
    with pytest.raises(NotPermitted, match="may not do something about a comment"):
        asked(world, by=ANN)


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"account": "x"}, Conflict, "Nothing can be done about a comment on X"),
        ({"comment": "../me"}, Usage, "is not the id of a comment"),
        ({"why": " "}, Usage, "Say why"),
        ({"what": "show"}, NotPermitted, "by two people"),
    ],
)
def test_what_cannot_be_asked_for_says_why(world: World, change, error, said: str) -> None:
    with pytest.raises(error, match=said):
        asked(world, **change)


def test_a_post_of_ours_is_taken_down_instead(world: World) -> None:
    world.approved("The fair opens", "page")
    world.settle()
    world.by_hand("UPDATE delivery SET remote_id = '7001_7002' WHERE account = 'page'")
    with pytest.raises(Conflict, match="is a post of ours"):
        asked(world)


def test_what_waits_is_called_off_by_a_reason_and_by_the_next_word(world: World) -> None:
    first = asked(world)
    second = asked(world)
    assert [row(world, one).state for one in (first, second)] == ["cancelled", "waiting"]
    with world.app.store.write(BO) as tx, pytest.raises(Usage, match="Say why"):
        measures.call_off(tx, second, "")
    with world.app.store.write(BO) as tx:
        measures.call_off(tx, second, "it was irony")
    assert (row(world, second).state, row(world, second).reason) == ("cancelled", "it was irony")
    with world.app.store.write(BO) as tx, pytest.raises(NotFound):
        measures.call_off(tx, "nothing", "it was irony")


def test_of_one_comment_only_one_is_open(world: World) -> None:
    made = row(world, asked(world))
    twin = {**made._mapping, "id": "another"}
    with pytest.raises(IntegrityError), world.app.store.engine.begin() as conn:
        conn.execute(core(t.Measure).insert().values(twin))


# ---- vouched for


def test_what_somebody_changes_by_hand_is_found(world: World) -> None:
    asked(world)
    with world.app.store.engine.begin() as conn:
        conn.execute(text("UPDATE measure SET target = '7001_7003'"))
    assert len(differences(world.app.store)) == 1


# ---- going


def hides(world: World) -> int:
    return sum(one.what == "hide" for one in world.net.measured)


def test_it_is_claimed_intended_sent_once_and_settled(world: World) -> None:
    measure = asked(world)
    world.settle()
    done = row(world, measure)
    assert (done.state, done.attempts, done.wake_at) == ("done", 1, None)
    assert world.net.hidden == {COMMENT}
    assert hides(world) == 1
    verbs = [verb for verb, _, _ in ledger_of(world, measure)]
    assert verbs == ["measure", "claim", "intend", "take"]
    assert differences(world.app.store) == []


def test_it_goes_under_a_stop_and_beside_a_post_of_the_same_account(world: World) -> None:
    with world.app.store.write(ANN) as tx:
        stops.stop(tx, why="a fire")
    post = world.approved("The fair opens", "page")
    measure = asked(world)
    world.settle()
    assert (row(world, measure).state, world.state(post, "page")) == ("done", "waiting")


def test_the_mark_is_durable_before_it_leaves(world: World) -> None:
    seen = []

    def send(_: MeasureIntent) -> None:
        mark = world.mark.read()
        assert mark is not None
        with world.app.store.read() as tx:
            seq = core(t.LedgerRow).c.seq
            intend = core(t.LedgerRow).c.verb == "intend"
            seen.append(mark.seq >= tx.value(select(seq).where(intend)))

    world.net.on_measure = send
    asked(world)
    world.settle()
    assert seen == [True]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE measure SET target = '7001_9999'",
        "UPDATE account SET base_url = 'http://127.0.0.1:9/elsewhere' WHERE id = 'page'",
    ],
)
def test_what_the_history_does_not_vouch_for_is_held(world: World, change: str) -> None:
    measure = asked(world)
    with world.app.store.engine.begin() as conn:
        conn.execute(text(change))
    world.settle()
    assert row(world, measure).state == "waiting"
    assert "changed outside" in read(row(world, measure).reason, "en")
    assert world.net.measured == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            "UPDATE person SET roles = '[\"author\"]' WHERE name = 'cy'",
            "may not ask for this any more",
        ),
        (
            "UPDATE account SET base_url = 'http://127.0.0.1:9/e' WHERE id = 'page'",
            "the comment is at",
        ),
    ],
    ids=["person", "place"],
)
def test_what_is_not_right_any_more_is_refused(world: World, change: str, why: str) -> None:
    measure = asked(world)
    world.by_hand(change)
    world.settle()
    assert row(world, measure).state == "refused"
    assert why in read(row(world, measure).reason, "en")
    assert world.net.measured == []
    assert "A comment on page is not hidden" in world.notices()


def test_who_we_are_is_asked_first_and_another_answer_holds_it(world: World) -> None:
    world.net.on_whoami = lambda _: "somebody"
    measure = asked(world)
    world.settle()
    assert row(world, measure).state == "waiting"
    assert world.net.measured == []
    world.net.on_whoami = None
    world.clock.forward(minutes=10)
    with world.app.store.write(MACHINE) as tx:
        account = tx.first(select(core(t.Account)).where(core(t.Account).c.id == "page"))
        whoami.recognised(tx, "page", number_of("page"), world.app.credential_of(account))
    world.settle()
    assert row(world, measure).state == "done"


# ---- what networks answer


def test_a_refusal_ends_it_and_who_asked_is_told(world: World) -> None:
    world.net.on_measure = lambda _: Refused("no such comment")
    measure = asked(world)
    world.settle()
    assert (row(world, measure).state, row(world, measure).reason) == ("refused", "no such comment")
    told = [who for who, title, _ in world.letters() if title == "A comment on page is not hidden"]
    assert told == ["cy"]


def test_later_is_tried_again_and_credentials_wait_for_the_account(world: World) -> None:
    answers = iter([Later("busy"), Credentials("reconnect")])
    world.net.on_measure = lambda _: next(answers, None)
    measure = asked(world)
    world.settle()
    assert row(world, measure).state == "waiting"
    world.clock.forward(minutes=2)
    world.settle()
    assert (row(world, measure).state, hides(world)) == ("waiting", 2)
    world.clock.forward(minutes=20)
    world.settle()
    assert hides(world) == 2, "its account is broken"
    with world.app.store.write(MACHINE) as tx:
        account = tx.first(select(core(t.Account)).where(core(t.Account).c.id == "page"))
        whoami.recognised(tx, "page", number_of("page"), world.app.credential_of(account))
    world.settle()
    assert row(world, measure).state == "done"


def test_what_could_not_go_for_a_week_expires_and_is_told(world: World) -> None:
    world.net.on_measure = lambda _: Credentials("reconnect")
    measure = asked(world)
    world.settle()
    world.clock.forward(days=8)
    world.settle()
    assert row(world, measure).state == "expired"
    assert "A comment on page is not hidden" in world.notices()


def test_an_unknown_is_looked_up_and_done(world: World) -> None:
    world.net.on_measure = lambda intent: (world.net.take(intent), Unknown("reset"))[1]
    measure = asked(world)
    quiet(world)
    assert (row(world, measure).state, hides(world)) == ("done", 1)
    assert differences(world.app.store) == []


def test_an_unknown_that_does_not_stand_is_asked_for_again(world: World) -> None:
    answers = iter([Unknown("reset")])
    world.net.on_measure = lambda _: next(answers, None)
    measure = asked(world)
    quiet(world)
    assert (row(world, measure).state, hides(world)) == ("done", 2)
    assert row(world, measure).unproven == ""


def test_what_cannot_be_repeated_is_for_a_person(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MEASURES, "hide", About(tightens=True, repeatable=False))
    world.net.on_measure = lambda _: Unknown("reset")
    measure = asked(world)
    quiet(world)
    assert (row(world, measure).state, row(world, measure).wake_at) == ("unknown", None)
    assert hides(world) == 1
    assert "Is a comment on page hidden?" in world.notices()


def test_what_nobody_can_tell_is_called_off_by_a_person_and_asked_again(world: World) -> None:
    world.net.on_measure = lambda _: Unknown("reset")
    world.net.on_standing = lambda _: CannotTell("down")
    measure = asked(world)
    world.settle()
    with pytest.raises(Conflict, match="cannot be called off"):
        asked(world)
    quiet(world)
    assert (row(world, measure).state, row(world, measure).wake_at) == ("unknown", None)
    world.net.on_measure = None
    again = asked(world)
    world.settle()
    assert [row(world, one).state for one in (measure, again)] == ["cancelled", "done"]


def test_called_off_while_it_is_claimed_it_does_not_go(world: World) -> None:
    measure = asked(world)
    with world.app.store.write(MACHINE) as tx:
        [(claimed, fence)] = walks.claim(tx, 8, LIMITS.lease).items()
    assert (claimed, fence, row(world, measure).state) == (measure, 1, "claimed")
    with world.app.store.write(CY) as tx:
        measures.call_off(tx, measure, "it was irony")
    assert (row(world, measure).state, row(world, measure).fence) == ("cancelled", 2)
    with world.app.store.write(MACHINE) as tx:
        assert walks.intend(tx, [measure], ByHand(world).gate).ready == []


# ---- crashes and restores


@pytest.mark.parametrize("step", ["claimed", "intended", "sent"])
def test_a_kill_after_any_step_loses_nothing_and_doubles_nothing(world: World, step: str) -> None:
    hand = ByHand(world)
    hand.recognised()
    measure = asked(world)
    with world.app.store.write(MACHINE) as tx:
        claimed = walks.claim(tx, 8, LIMITS.lease)
    if step != "claimed":
        with world.app.store.write(MACHINE) as tx:
            [ready] = walks.intend(tx, list(claimed), hand.gate).ready
        if step == "sent":
            hand.send(ready)
    restart(world)
    quiet(world)
    assert (row(world, measure).state, world.net.hidden) == ("done", {COMMENT})
    assert hides(world) == 1
    assert differences(world.app.store) == []


def test_a_late_answer_settles_what_was_declared_unknown(world: World) -> None:
    hand = ByHand(world)
    hand.recognised()
    measure = asked(world)
    with world.app.store.write(MACHINE) as tx:
        [ready] = walks.intend(tx, list(walks.claim(tx, 8, LIMITS.lease)), hand.gate).ready
    world.releaser.start()
    assert row(world, measure).state == "unknown"
    with world.app.store.write(MACHINE) as tx:
        walks.settle(tx, [(ready, hand.send(ready))], NO_DELAY)
    assert row(world, measure).state == "done"


@pytest.mark.parametrize("taken", [True, False])
def test_in_a_restored_database_it_is_looked_up_and_never_taken_by_itself(
    world: World, taken: bool
) -> None:
    measure = asked(world)
    if taken:
        world.net.hidden.add(COMMENT)
    with world.app.store.read() as tx:
        seq = tx.value(select(func.max(core(t.LedgerRow).c.seq)))
    world.mark.write(Mark(world.installation, seq + 3, "0" * 64))
    assert stop_if_restored(world.app.store, world.mark.read(), world.mark.path.parent)
    assert row(world, measure).state == "unknown"
    restart(world)
    quiet(world)
    now = row(world, measure)
    assert (now.state, now.wake_at) == ("done" if taken else "unknown", None)
    assert world.net.measured == []
    assert differences(world.app.store) == []


# ---- comments keep no official post waiting


def test_a_storm_of_comments_keeps_no_post_waiting(world: World) -> None:
    order: list[str] = []

    def sent(intent: Any) -> None:
        order.append("measure" if isinstance(intent, MeasureIntent) else "post")

    world.net.on_send = world.net.on_measure = sent
    for number in range(20):
        asked(world, f"7001_8{number:03}")
    world.approved("The fair opens", "x", "blog")
    world.settle(200)
    assert len(order) == 22
    assert order.index("post") < 5


def test_a_network_that_has_enough_of_measures_keeps_posts_for_minutes_at_most(
    world: World,
) -> None:
    at = world.clock.at
    world.net.on_measure = lambda _: Later("busy", at + timedelta(hours=6))
    asked(world)
    world.settle()
    post = world.approved("The fair opens", "page")
    world.clock.forward(minutes=6)
    world.settle()
    assert world.state(post, "page") == "published"


def test_measures_that_nobody_can_tell_of_pause_no_posts(world: World) -> None:
    world.net.on_measure = lambda _: Unknown("lost")
    world.net.on_standing = lambda _: CannotTell("cannot")
    for number in range(3):
        asked(world, f"7001_70{number:02}")
    world.settle()
    post = world.approved("The fair opens", "page")
    world.settle()
    assert world.state(post, "page") == "published"


def test_a_measure_that_was_taken_ends_no_row_of_unknown_posts(world: World) -> None:
    for told in range(THREE):
        if told == THREE - 1:
            asked(world)
            world.settle()
        with world.app.store.write(MACHINE) as tx:
            count_unknown(tx, "facebook")
    with world.app.store.read() as tx:
        assert tx.value(select(core(t.NetworkPause).c.paused_since)) is not None
