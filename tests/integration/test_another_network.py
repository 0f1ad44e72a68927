"""A network that the program does not know is added by its ABOUT alone, and everything works with it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from alembic import command
from commands import Commands
from semaphore import ABOUT, TOWER, raise_towers
from world import ANN, CY, ROOT, World

from publisher import config
from publisher.config import fits
from publisher.daemon import health
from publisher.daemon.prepare import prepare, warm_up
from publisher.desk import compose, resolve, takedown
from publisher.errors import BadConfig, Usage
from publisher.networks import Absent, CannotTell, Found, Unknown
from publisher.networks.place import landing
from publisher.policy import bundle
from publisher.store import schema
from publisher.words import ENGLISH, say_part

FOG = CannotTell("fog", lasting=True)
HERE = Path("/srv/publisher/config.toml")
COMPANY = '[company]\nname = "Example"\n'


@pytest.fixture(autouse=True)
def towers(monkeypatch: pytest.MonkeyPatch) -> None:
    raise_towers(monkeypatch)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, None, extra=TOWER)
    yield made
    made.close()


def flaws(was: str, becomes: str) -> list[str]:
    assert was in TOWER
    with pytest.raises(BadConfig) as caught:
        config.load(COMPANY + TOWER.replace(was, becomes), HERE, {})
    return caught.value.problems


# ---- config.toml


def test_what_is_right_is_taken() -> None:
    found = config.load(COMPANY + TOWER, HERE, {}).accounts["tower"]
    assert (found.network, found.options) == ("semaphore", {"hill": "montmartre"})


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ('base_url = "http://127.0.0.1:9/tower"\n', "", "a sandbox account needs base_url"),
        (
            'base_url = "http://127.0.0.1:9/tower"\nowner = "Comms"\nsandbox = true\n',
            'owner = "Comms"\n',
            "a semaphore account needs base_url",
        ),
        (
            'flags = "env:SECRET"\n',
            "",
            "credentials.flags is missing (the colours of the tower's flags)",
        ),
        ("signaller", "signaler", 'unknown credential "signaler". Did you mean "signaller"?'),
        ('hill = "montmartre"', 'hill = "M1"', '"M1" is not the name of a hill'),
        ('hill = "montmartre"', 'height = "3"', "options.hill is missing"),
        ("{hill", '{hil = "a", hill', 'unknown option "hil". Did you mean "hill"?'),
    ],
)
def test_what_the_network_needs_is_asked_for(was: str, becomes: str, says: str) -> None:
    assert any(says in one for one in flaws(was, becomes)), flaws(was, becomes)


def test_two_towers_on_one_host_are_one_account_and_on_two_they_are_not() -> None:
    far = TOWER.replace("accounts.tower", "accounts.far").replace("9/tower", "9/far")
    config.load(COMPANY + TOWER + far, HERE, {})
    with pytest.raises(BadConfig, match="same account"):
        config.load(COMPANY + TOWER + far.replace("9/far", "9/tower"), HERE, {})


def test_its_notices_may_have_a_family_of_their_own_and_must_fit() -> None:
    settings = config.load(COMPANY + TOWER, HERE, {})
    files = bundle.read_folder(ROOT / "policy")
    assert list(fits.wrong(settings, bundle.load(files))) == []
    long = b'\n[sets.standard.families.semaphore.en]\nstandard = "' + b"No more. " * 60 + b'"\n'
    files["disclaimers.toml"] += long
    assert fits.unknown(files, settings.accounts) == []
    said = [say_part(what, ENGLISH) for _, what in fits.wrong(settings, bundle.load(files))]
    assert any("fits" in one and "400" in one for one in said), said


# ---- a new database, and an old one


def test_a_first_start_writes_its_credentials_and_registers_it(tmp_path: Path) -> None:
    there = TOWER.replace('flags = "env:SECRET"', 'flags = "file:data/sandbox/flags"')
    there = there.replace('signaller = "env:SECRET"', 'signaller = "file:data/sandbox/name"')
    text = COMPANY + f'[daemon]\nhealth = "127.0.0.1:0"\n{there}'
    path = tmp_path / "config.toml"
    path.write_text(text.replace("[company]", f'policy = "{ROOT / "policy"}"\n[company]', 1))
    made = prepare(config.read(path, {}))
    try:
        folder = tmp_path / "data" / "sandbox"
        assert (folder / "flags").read_text() == "sandbox-tower\n"
        assert (folder / "name").read_text() == "tower\n"
        warm_up(made)
    finally:
        made.store.close()


def test_a_database_from_before_it_was_known_where_posts_went_is_upgraded(world: World) -> None:
    sent = world.approved("The fair opens", "tower")
    world.settle()
    with world.app.store.engine.connect() as conn:
        conn.exec_driver_sql("BEGIN IMMEDIATE")
        command.downgrade(schema._alembic(conn), "0008")
        conn.commit()
    schema.upgrade(world.app.store)
    assert world.delivery(sent, "tower").place == "semaphore 127.0.0.1:9/tower 1794"


# ---- the life of a post


def test_a_post_goes_out_is_changed_and_taken_down(world: World) -> None:
    post = world.approved("The fair opens", "tower")
    world.settle()
    assert world.state(post, "tower") == "published"
    [text] = world.net.texts("tower")
    assert text.startswith("The fair opens")
    world.clock.forward(minutes=20)
    with world.app.store.write(ANN) as tx:
        compose.edit(tx, post, {"text": "The fair opens at nine"})
    world.approve(post)
    world.settle()
    assert world.net.texts("tower")[1].startswith("The fair opens at nine")
    with world.app.store.write(CY) as tx:
        takedown.retract(tx, post, "wrong hill")
    world.settle()
    assert world.net.removed == ["1"]
    assert world.state(post, "tower", "retract") == "published"


def test_where_a_post_lands_is_bound_by_an_approval(world: World) -> None:
    account = world.config.accounts["tower"].account()
    other = replace(account, options={"hill": "vanves"})
    high = replace(account, options={**account.options, "height": "3"})
    assert landing(other) != landing(account) == landing(high)


def unclear(world: World, found: Found = FOG) -> str:
    world.net.on_send = lambda _: Unknown("fog")
    world.net.on_find = lambda _: found
    post = world.approved("The fair opens", "tower")
    world.settle()
    assert world.state(post, "tower") == "unknown"
    return post


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9/tower/signals/7", "http://127.0.0.1:9/tower", "http://127.0.0.1:9/7"],
)
def test_an_address_that_is_no_posts_is_never_kept_as_an_id(world: World, url: str) -> None:
    post = unclear(world)
    with world.app.store.write(CY) as tx, pytest.raises(Usage) as caught:
        resolve.resolve(tx, post, url=url)
    assert "http://127.0.0.1:9/tower/signal/123" in str(caught.value)
    assert world.state(post, "tower") == "unknown"


def test_the_id_is_read_from_an_address_at_its_own_place(world: World) -> None:
    post = unclear(world)
    with world.app.store.write(CY) as tx, pytest.raises(Usage, match="is not where tower sent it"):
        resolve.resolve(tx, post, url="https://semaphore.example/signal/7")
    with world.app.store.write(CY) as tx:
        resolve.resolve(tx, post, url="http://127.0.0.1:9/tower/signal/7")
    row = world.delivery(post, "tower")
    assert (row.state, row.remote_id) == ("published", "7")


def test_an_address_that_the_network_listed_is_that_posts(world: World) -> None:
    there = "http://127.0.0.1:9/tower/fair"
    listed = (("", there, "?"), ("8", there, "The fair opens"))
    post = unclear(world, CannotTell("fog", listed, lasting=True))
    with world.app.store.write(CY) as tx:
        resolve.resolve(tx, post, url=there)
    assert (world.delivery(post, "tower").remote_id, world.state(post, "tower")) == (
        "8",
        "published",
    )


def test_a_twin_waits_where_only_the_list_of_posts_can_tell(world: World) -> None:
    unclear(world)
    again = world.approved("The fair opens", "tower", again=True)
    world.settle()
    assert world.state(again, "tower") == "waiting"


@pytest.fixture
def passing(world: World, monkeypatch: pytest.MonkeyPatch) -> str:
    """A post of which nothing is known, where the network forgets our key after a while."""
    raise_towers(monkeypatch, replace(ABOUT, dedupe="passing key"))
    return unclear(world, Absent("not listed"))


def test_under_a_passing_key_the_machine_repeats_and_a_twin_still_waits(
    world: World, passing: str
) -> None:
    again = world.approved("The fair opens", "tower", again=True)
    world.settle()
    assert world.state(again, "tower") == "waiting"
    world.net.on_send = None
    for _ in range(3):
        world.clock.forward(minutes=2)
        world.settle()
    assert world.state(passing, "tower") == "published"
    assert [one.key for one in world.net.sent[:2]] == [world.net.sent[0].key] * 2


def test_when_it_is_too_late_to_repeat_a_list_is_no_proof_under_a_passing_key(
    world: World, passing: str
) -> None:
    for _ in range(3):
        world.clock.forward(minutes=20)
        world.settle()
    row = world.delivery(passing, "tower")
    assert (row.state, row.wake_at, len(world.net.sent)) == ("unknown", None, 1)


# ---- looking after it


def test_who_it_is_is_verified_and_its_credentials_are_looked_at(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli = Commands(world, monkeypatch)
    [found] = cli("accounts", "verify", "tower", "--json", by="gus").json
    assert (found["fits"], found["rights"]) == (True, {})
    assert "credentials of tower" in cli("doctor", by="gus").out


def test_what_is_out_of_date_is_said(world: World) -> None:
    assert not any("hill" in note for note in health.health(world.app)["notes"])
    world.clock.at = datetime(2030, 1, 7, 1, 0, tzinfo=UTC)
    said = health.health(world.app)["notes"]
    assert "tower: the hill was built upon: choose another" in said
    assert ABOUT.outdated({}, date(2031, 1, 1)) is None
