"""Prepared before the instant, sent at the instant, and judged then as ever."""

import io
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from by_hand import ByHand, restart
from PIL import Image
from sqlalchemy import select
from world import ANN, BO, Obedient, World

from publisher import media
from publisher.desk import compose, review, schedule, stops
from publisher.networks import Credentials, Intent, Later
from publisher.networks.registry import images
from publisher.release import ahead
from publisher.roles import MACHINE
from publisher.store import tables as t
from publisher.store.tables import core

ACCOUNT, LEDGER = core(t.Account), core(t.LedgerRow)
NOON = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)  # in Tokyo
DRAFT = {"draft": "7", "post_id": 7, "at": "http://127.0.0.1:9/blog"}


@pytest.fixture
def soon(world: World) -> World:
    """Every account is known to be who it is, and the networks have something to prepare."""
    ByHand(world).recognised()
    world.net.on_prepare = lambda _: dict(DRAFT)
    return world


def at_noon(world: World, account: str = "blog", **more: Any) -> str:
    return world.approved("The fair opens", account, at="2026-12-01 12:00", **more)


def until(world: World, seconds: float) -> None:
    """Pass at so many seconds before noon."""
    world.clock.at = NOON - timedelta(seconds=seconds)
    world.settle()


def verbs(world: World, post: str) -> list[str]:
    with world.app.store.read() as tx:
        rows = tx.all(select(LEDGER).where(LEDGER.c.post_id == post).order_by(LEDGER.c.seq))
    return [row.verb for row in rows]


def asked(world: World) -> list[Intent]:
    """The intents that preparing was asked for, from now on."""
    seen: list[Intent] = []

    def prepare(intent: Intent) -> Mapping[str, Any]:
        seen.append(intent)
        return dict(DRAFT)

    world.net.on_prepare = prepare
    return seen


def left(world: World, post: str) -> Mapping[str, Any]:
    """What is noted of a cancelled post's draft, once that was removed."""
    for seconds in (30, 29, 28):
        until(world, seconds)
    row = world.delivery(post, "blog")
    assert (row.state, row.tidy_at) == ("cancelled", None)
    return {name: note for name, note in row.notes.items() if name in ("post_id", "dropped")}


def test_a_draft_is_made_a_minute_before_and_at_the_instant_there_is_only_the_request(
    soon: World,
) -> None:
    made, post = asked(soon), at_noon(soon)
    until(soon, 90)
    assert made == []
    until(soon, 60)
    row = soon.delivery(post, "blog")
    assert (row.state, row.fence, row.notes) == ("waiting", 0, DRAFT)
    assert soon.net.sent == []
    until(soon, 0)
    assert len(made) == 1, "not again"
    assert soon.net.sent[0].notes == DRAFT
    assert verbs(soon, post)[-4:] == ["note", "claim", "intend", "publish"]


def test_nothing_is_sent_before_the_instant_however_often_it_is_looked_at(soon: World) -> None:
    post = at_noon(soon)
    for seconds in (75, 60, 45, 30, 15, 1, 0.001):
        until(soon, seconds)
    assert soon.net.sent == []
    assert soon.state(post, "blog") == "waiting"


def test_it_is_looked_at_once_and_not_in_each_pass(soon: World) -> None:
    soon.net.on_prepare = lambda _: Later("busy", own=True)
    at_noon(soon)
    until(soon, 60)
    with soon.app.store.read() as tx:
        news, _, _ = ahead.look(tx, soon.releaser.flight.seen, soon.releaser._gate, 10)
    assert news == []


def test_what_fails_ahead_is_tried_again_at_the_instant_and_nobody_is_told(soon: World) -> None:
    soon.net.on_prepare = lambda _: Credentials("no")
    post = at_noon(soon)
    until(soon, 60)
    assert soon.state(post, "blog") == "waiting"
    assert soon.notices() == []
    soon.net.on_prepare = lambda _: dict(DRAFT)
    until(soon, 0)
    assert soon.state(post, "blog") == "published"


def test_who_we_are_is_asked_before_the_instant(world: World) -> None:
    post = at_noon(world, "x")
    until(world, 60)
    with world.app.store.read() as tx:
        row = tx.first(select(ACCOUNT).where(ACCOUNT.c.id == "x"))
    assert row.whoami_id == row.remote_user_id
    until(world, 0)
    assert verbs(world, post)[-3:] == ["claim", "intend", "publish"]


def test_where_the_network_says_somebody_else_nothing_is_prepared(world: World) -> None:
    world.net.on_whoami = lambda _: "9999"
    made, post = asked(world), at_noon(world)
    until(world, 60)
    until(world, 30)
    until(world, 0)
    assert made == []
    assert world.net.sent == []
    assert world.state(post, "blog") in ("waiting", "blocked")


def test_without_an_approval_nothing_is_prepared(soon: World) -> None:
    made = asked(soon)
    soon.post("The fair opens", "blog", at="2026-12-01 12:00")
    until(soon, 60)
    assert made == []


def test_under_a_stop_nothing_is_prepared(soon: World) -> None:
    made = asked(soon)
    at_noon(soon)
    with soon.app.store.write(ANN) as tx:
        stops.stop(tx, why="something is wrong")
    until(soon, 60)
    assert made == []


def test_a_stop_after_the_preparing_holds_it_at_the_instant(soon: World) -> None:
    post = at_noon(soon)
    until(soon, 60)
    with soon.app.store.write(ANN) as tx:
        stops.stop(tx, why="something is wrong")
    until(soon, 0)
    assert soon.net.sent == []
    assert soon.state(post, "blog") == "waiting"


def test_prepared_and_then_cancelled_its_draft_is_removed(soon: World) -> None:
    post = at_noon(soon)
    until(soon, 60)
    with soon.app.store.write(ANN) as tx:
        schedule.cancel(tx, post)
    assert left(soon, post) == {}


def _meanwhile(world: World, what: Any) -> str:
    """A post about which something is done while it is being prepared."""
    done = []

    def prepare(_: Intent) -> Mapping[str, Any]:
        if not done:
            done.append(what(post))
        return dict(DRAFT)

    world.net.on_prepare = prepare
    post = at_noon(world)
    until(world, 60)
    return post


def test_cancelled_while_it_is_prepared_its_draft_is_removed(soon: World) -> None:
    def cancel(post: str) -> None:
        with soon.app.store.write(ANN) as tx:
            schedule.cancel(tx, post)

    post = _meanwhile(soon, cancel)
    assert "tidy" in verbs(soon, post)
    assert left(soon, post) == {}


def test_edited_while_it_is_prepared_it_keeps_only_what_holds_for_other_words(soon: World) -> None:
    def edit(post: str) -> None:
        with soon.app.store.write(ANN) as tx:
            compose.edit(tx, post, {"text": "The fair opens at ten"})

    post = _meanwhile(soon, edit)
    assert soon.delivery(post, "blog").notes == {k: DRAFT[k] for k in ("post_id", "at")}
    soon.approve(post)
    until(soon, 0)
    assert [intent.rendered.text.splitlines()[0] for intent in soon.net.sent] == [
        "The fair opens at ten"
    ]


def test_edited_after_it_was_prepared_it_is_prepared_again(soon: World) -> None:
    made, post = asked(soon), at_noon(soon)
    until(soon, 60)
    with soon.app.store.write(ANN) as tx:
        compose.edit(tx, post, {"text": "The fair opens at ten"})
    soon.approve(post)
    until(soon, 30)
    assert [intent.key for intent in made] == [
        f"{soon.delivery(post, 'blog').id}r{n}" for n in (1, 2)
    ]


def test_sent_back_after_it_was_prepared_it_does_not_go_out(soon: World) -> None:
    post = at_noon(soon)
    until(soon, 60)
    with soon.app.store.write(BO) as tx:
        review.send_back(tx, post, "not like this")
    until(soon, 0)
    assert soon.net.sent == []


def test_what_is_being_prepared_at_the_instant_goes_when_it_is_and_is_not_prepared_twice(
    soon: World,
) -> None:
    during = []

    def prepare(_: Intent) -> Mapping[str, Any]:
        soon.clock.at = NOON + timedelta(seconds=1)
        during.append(soon.state(post, "blog"))
        return dict(DRAFT)

    soon.net.on_prepare = prepare
    post = at_noon(soon)
    until(soon, 1)
    soon.settle()
    assert during == ["waiting"]
    assert soon.state(post, "blog") == "published"


def test_who_we_are_may_be_heard_anew_while_it_is_prepared_once(soon: World) -> None:
    at_noon(soon)
    soon.clock.at = NOON - timedelta(seconds=60)
    submitted: list[Any] = []
    soon.releaser._preparers.submit = lambda *work: submitted.append(work)  # type: ignore[method-assign]
    soon.releaser._look_ahead()
    ByHand(soon).recognised()
    soon.releaser._look_ahead()
    assert len(submitted) == 1


def test_a_crash_between_preparing_and_noting_prepares_it_again_under_the_same_key(
    soon: World,
) -> None:
    made, post = asked(soon), at_noon(soon)
    soon.releaser._answer = lambda _: None  # type: ignore[method-assign]
    soon.clock.at = NOON - timedelta(seconds=60)
    soon.releaser.once()
    soon.releaser._preparers.close(wait=True)
    restart(soon)
    until(soon, 0)
    assert len({intent.key for intent in made}) == 1
    assert len(made) == 2
    assert soon.state(post, "blog") == "published"
    assert len(soon.net.public) == 1


def test_a_crash_after_noting_goes_on_with_the_notes(soon: World) -> None:
    made, post = asked(soon), at_noon(soon)
    until(soon, 60)
    restart(soon)
    until(soon, 0)
    assert len(made) == 1
    assert soon.state(post, "blog") == "published"


def test_under_a_clock_that_is_not_believed_nothing_is_prepared(soon: World) -> None:
    made = asked(soon)
    at_noon(soon)
    soon.releaser.may_claim = lambda: False
    until(soon, 60)
    assert made == []


def test_after_a_jump_of_the_clock_it_is_prepared_at_the_instant(soon: World) -> None:
    made, post = asked(soon), at_noon(soon)
    until(soon, -120)
    assert len(made) == 1
    assert soon.state(post, "blog") == "published"


def test_an_account_that_moves_after_the_preparing_forgets_what_lies_elsewhere(soon: World) -> None:
    at_noon(soon)
    until(soon, 60)
    soon.by_hand("UPDATE account SET base_url = 'http://127.0.0.1:9/other' WHERE id = 'blog'")
    ByHand(soon).recognised()
    seen = asked(soon)
    until(soon, 0)
    assert all("post_id" not in intent.notes for intent in seen)


def test_pictures_that_readers_could_see_wait_for_the_instant(soon: World) -> None:
    made, stream = asked(soon), io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(stream, "PNG")
    picture = media.put(soon.app.media_folder, stream.getvalue(), images(), alt="a red square")
    for account in ("blog", "board"):
        at_noon(soon, account, media=(picture,))
    until(soon, 60)
    assert [intent.account.id for intent in made] == ["board"]
    until(soon, 0)
    assert [intent.account.id for intent in made] == ["board", "blog"]


@pytest.mark.parametrize("ahead_too", [True, False])
@pytest.mark.parametrize("still", [True, False], ids=["for good", "until it is asked again"])
def test_an_adapter_that_fails_when_asked_what_to_prepare_holds_only_its_own(
    soon: World, monkeypatch: pytest.MonkeyPatch, *, ahead_too: bool, still: bool
) -> None:
    whole, failing = Obedient.needs_preparing, []

    def needs(adapter: Obedient, intent: Intent) -> bool:
        if intent.account.id == "board" and (still or not failing):
            failing.append(intent)
            raise KeyError("draft")
        return whole(adapter, intent)

    monkeypatch.setattr(Obedient, "needs_preparing", needs)
    posts = {name: at_noon(soon, name) for name in ("board", "blog", "page")}
    for seconds in (60, 30) if ahead_too else ():
        until(soon, seconds)
    until(soon, 0)
    states = {name: soon.state(post, name) for name, post in posts.items()}
    assert states == {
        "board": "waiting" if still else "published",
        "blog": "published",
        "page": "published",
    }
    if still:
        row = soon.delivery(posts["board"], "board")
        assert "KeyError" in row.reason
        assert row.wake_at > soon.clock.at


@pytest.mark.parametrize("most", [0, 1, 3])
def test_no_more_are_looked_at_in_one_pass_than_there_are_threads_for(
    soon: World, most: int
) -> None:
    for number, account in enumerate(("x", "page", "blog", "board")):
        soon.approved(f"The fair opens {number}", account, at="2026-12-01 12:00")
    soon.clock.at = NOON - timedelta(seconds=60)
    with soon.app.store.read() as tx:
        news, seen, needed = ahead.look(tx, set(), soon.releaser._gate, most)
    assert len(news) == len(seen) == len(needed.prepare) == most


def test_an_account_that_waits_longer_is_left_alone(soon: World) -> None:
    made = asked(soon)
    at_noon(soon)
    with soon.app.store.write(MACHINE) as tx:
        tx.run(ACCOUNT.update().values(not_before=NOON + timedelta(minutes=5)))
    until(soon, 60)
    assert made == []
