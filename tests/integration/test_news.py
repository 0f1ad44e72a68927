"""What changed is told once it is there, whatever the order in which it was committed."""

from world import ANN, World

from publisher.read import news
from publisher.read.news import Heard
from publisher.store import Tx, ledger, seals


def told(world: World, heard: Heard) -> tuple[Heard, list[str]]:
    with world.app.store.read(ANN) as tx:
        heard, found = news.since(tx, heard)
        return heard, [one.id for one in found]


def happens(tx: Tx, name: str) -> None:
    ledger.record(tx, "write", name, {}, post=name)


def test_each_thing_is_told_once(world: World) -> None:
    with world.app.store.read(ANN) as tx:
        heard = news.now(tx)
    assert told(world, heard)[1] == []
    with world.app.store.write(ANN) as tx:
        happens(tx, "aaaa")
        happens(tx, "aaaa")
    heard, found = told(world, heard)
    assert found == ["aaaa"]
    assert told(world, heard)[1] == []
    seals.seal(world.app.store)
    assert told(world, told(world, heard)[0])[1] == []


def test_what_is_committed_behind_a_newer_entry_is_told_too(world: World) -> None:
    if world.app.store.sqlite:
        return  # has one writer
    with world.app.store.read(ANN) as tx:
        heard = news.now(tx)
    with world.app.store.write(ANN) as slow:
        happens(slow, "slow")
        with world.app.store.write(ANN) as quick:
            happens(quick, "quick")
        heard, found = told(world, heard)
        assert found == ["quick"]
        again = Heard(heard.known)  # somebody whose line broke and who asks anew
    assert told(world, heard)[1] == ["slow"]
    assert told(world, again)[1][-2:] == ["slow", "quick"]


def test_many_entries_that_nothing_seals_come_to_an_end(world: World) -> None:
    with world.app.store.write(ANN) as tx:
        for number in range(news.MOST + 300):
            happens(tx, f"p{number}")
    heard, found = Heard(0), list[str]()
    for _ in range(5):
        heard, some = told(world, heard)
        found += [name for name in some if name[0] == "p" and name[1:].isdigit()]
    assert found == [f"p{number}" for number in range(news.MOST + 300)]


def test_after_an_older_database_was_put_back_what_happens_is_told(world: World) -> None:
    with world.app.store.read(ANN) as tx:
        newest = ledger.head(tx)[0]
    heard, found = told(world, Heard(newest + 1000))
    assert found == []
    with world.app.store.write(ANN) as tx:
        happens(tx, "anew")
    assert told(world, heard)[1] == ["anew"]
