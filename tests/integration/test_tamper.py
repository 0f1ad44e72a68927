"""A short selection of `make tamper`, on both databases: nothing forged goes out, and it is found."""

from pathlib import Path

import pytest
from world import migrated_url

from tests.tamper.stage import company, tried
from tests.tamper.tricks import AIMED, SECRET, tricks

CHOSEN = (
    "an approval forged, with a ledger row",
    "every stop deleted",
    "a return made a yes",
    "a published one waiting again",
    "a later one brought forward",
    "every one said to be a takedown",
    "every attempt deleted",
    "every revision deleted",
    "the policy's files",
    "an ended token good again",
    "person: a row changed",
    "the end of the history cut off",
    "the last checkpoint cut off",
)


@pytest.mark.parametrize("name", [*CHOSEN, ""])
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_what_is_done_without_the_key_is_held_and_found(
    tmp_path: Path, database: str, name: str
) -> None:
    url = migrated_url() if database == "postgresql" else None
    if database == "postgresql" and url is None:
        pytest.skip("no PostgreSQL: install the test extra, or set TEST_PG_URL")
    world = company(tmp_path, url)
    try:
        out, said = tried(world, dict(tricks()).get(name))
    finally:
        world.close()
    words = [one.split("\n")[0] for one in out]
    assert set(words) <= {"Due in an hour"}
    assert len(words) == len(set(words))
    assert SECRET not in "".join(out)
    assert bool(said) == bool(name), said
    if not name:
        assert words == ["Due in an hour"]


def test_there_are_many_tricks() -> None:
    names = [name for name, _ in tricks()]
    assert len(names) == len(set(names)) >= 60
    assert set(CHOSEN) <= set(names)
    assert len(AIMED) > 30
