"""What will not go out for want of credentials is known before: they end, or are another's, or refused."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from joining import ACCOUNT, Office, opened
from sqlalchemy import update
from world import World, founded

from publisher.networks import WhoAmIFailed
from publisher.store import seals


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(tmp_path, founded("sqlite")[0]) as made:
        yield made


def a_minute(world: World) -> None:
    """The releaser's rare chores are due again."""
    world.releaser._next_whoami = 0.0
    world.settle()


def told(world: World) -> list[str]:
    return [title for title in world.notices() if "credentials" in title]


def test_an_administrator_is_told_14_7_3_and_1_days_ahead_and_at_the_end_once_each(
    office: Office,
) -> None:
    world = office.world
    office.sandbox.world.settings["facebook_token_days"] = 30
    office.connect("page")
    office.connect("board")
    counted = []
    for _ in range(32):
        a_minute(world)
        a_minute(world)
        counted.append(len(told(world)))
        world.clock.forward(days=1)
    steps = [day for day in range(1, 32) if counted[day] != counted[day - 1]]
    assert steps == [16, 23, 27, 29, 30]
    assert counted[-1] == 5
    first, *_, last = [one for one in world.letters() if "credentials" in one[1]]
    assert first[0] == "admin"
    assert first[1].startswith("page: its credentials end ")
    assert "publisher accounts connect page" in first[2]
    assert last[1] == "page: its credentials have ended"


def test_connected_anew_it_is_quiet_until_the_new_end_comes_near(office: Office) -> None:
    world = office.world
    office.sandbox.world.settings["facebook_token_days"] = 10
    office.connect("page")
    a_minute(world)
    assert len(told(world)) == 1
    office.sandbox.world.settings["facebook_token_days"] = 60
    office.connect("page")
    world.clock.forward(days=9)
    a_minute(world)
    assert len(told(world)) == 1


def test_nothing_is_written_when_everybody_was_told(office: Office) -> None:
    office.sandbox.world.settings["facebook_token_days"] = 10
    office.connect("page")
    a_minute(office.world)
    seals.seal(office.world.app.store)
    a_minute(office.world)
    assert not seals.unsealed(office.world.app.store)


def test_by_a_clock_that_is_not_believed_nothing_ends(office: Office) -> None:
    office.sandbox.world.settings["facebook_token_days"] = 10
    office.connect("page")
    office.world.releaser.may_claim = lambda: False
    a_minute(office.world)
    assert told(office.world) == []


def test_status_accounts_and_figures_say_it(office: Office) -> None:
    office.sandbox.world.settings["facebook_token_days"] = 10
    office.connect("page")
    office.connect("board")
    found = office.counter.get("/status", by="").json()["findings"]
    [said] = [one for one in found if one["code"] == "health.credentials_end"]
    assert said["args"]["account"] == "page"
    assert not said["red"]
    text = office.counter.ask("GET", "/metrics", by="", bare=True).text
    lines = [one for one in text.splitlines() if one.startswith("publisher_credentials_days")]
    assert lines == ['publisher_credentials_days_to_expiry{account="page"} 10.0']
    office.world.clock.forward(days=12)
    text = office.counter.ask("GET", "/metrics", by="", bare=True).text
    assert 'publisher_credentials_days_to_expiry{account="page"} -2.0' in text
    office.world.by_hand(update(ACCOUNT).where(ACCOUNT.c.id == "page").values(active=False))
    text = office.counter.ask("GET", "/metrics", by="", bare=True).text
    assert "publisher_credentials_days_to_expiry{" not in text


# -- the day before --------------------------------------------------------------------------------


def asked(world: World, answer: Any = None) -> list[str]:
    """Whom the networks are asked about from here on."""
    found: list[str] = []

    def whoami(name: str) -> Any:
        found.append(name)
        return answer

    world.net.on_whoami = whoami
    return found


def far(world: World, hours: float) -> str:
    """When, on the account's clock."""
    return (world.clock() + timedelta(hours=9 + hours)).strftime("%Y-%m-%d %H:%M")


def test_who_we_are_is_asked_a_day_before_a_post_is_due_and_once_a_day(lite: World) -> None:
    found = asked(lite, WhoAmIFailed("no answer"))
    lite.approved("The fair opens", "board", at=far(lite, 30))
    a_minute(lite)
    assert found == []
    lite.clock.forward(hours=7)
    for _ in range(5):
        lite.clock.forward(minutes=1)
        a_minute(lite)
    assert found == ["board"]
    assert told(lite) == []


def test_what_the_network_refuses_is_known_a_day_before(lite: World) -> None:
    asked(lite, WhoAmIFailed("revoked", credentials=True))
    lite.approved("The fair opens", "board", at=far(lite, 20))
    a_minute(lite)
    assert [who for who, title, _ in lite.letters() if "board" in title] == ["admin"]


def test_that_it_is_another_account_is_known_a_day_before_and_told_once(lite: World) -> None:
    found = asked(lite, "999")
    post = lite.approved("The fair opens", "board", at=far(lite, 20))
    a_minute(lite)
    a_minute(lite)
    assert found == ["board"]
    assert told(lite) == ["board: its credentials belong to another user"]
    lite.clock.forward(hours=20)
    lite.settle()
    assert lite.state(post, "board") == "blocked"
    assert lite.net.sent == []


def test_what_is_due_does_not_wait_for_a_network_that_is_asked_ahead(lite: World) -> None:
    """The threads that ask are not those that send."""
    go_on = Event()

    def whoami(name: str) -> Any:
        if name == "board":
            assert go_on.wait(20)
        return None

    lite.net.on_whoami = whoami
    lite.approved("Tomorrow", "board", at=far(lite, 20))
    lite.releaser._next_whoami = 0.0
    lite.releaser.once()
    now = lite.approved("Now", "x")
    for _ in range(100):
        lite.releaser.once()
        if lite.state(now) == "published":
            break
        lite.releaser._moved.wait(0.05)
    assert lite.state(now) == "published"
    assert "board" in lite.releaser.flight.asking
    go_on.set()
    lite.settle()
