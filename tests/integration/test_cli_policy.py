"""The second person sees what they say yes to, whatever the policy folder holds by then."""

from collections.abc import Iterator

import pytest
from commands import Commands
from world import World


@pytest.fixture
def cli(lite: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Commands]:
    lite.by_hand("UPDATE person SET roles = '[\"policy owner\"]' WHERE name = 'eve'")
    lite.config.policy.mkdir()
    for name, data in lite.files.items():
        (lite.config.policy / name).write_bytes(data)
    return Commands(lite, monkeypatch)


def loosened(cli: Commands, before: bytes = b"09:00-17:30", after: bytes = b"09:00-20:00") -> str:
    """Eve writes it into the folder and proposes it; what the command says."""
    file = cli.world.config.policy / "calendars.toml"
    file.write_bytes(file.read_bytes().replace(before, after))
    return cli("policy", "activate", by="eve").out


def test_a_second_person_sees_what_a_version_changes_and_not_the_folder(cli: Commands) -> None:
    assert "publisher policy changes 2, then publisher policy activate --second 2" in loosened(cli)
    folder = cli.world.config.policy / "calendars.toml"
    folder.write_bytes(cli.world.files["calendars.toml"])  # as if nothing had been proposed
    said = cli("policy", "changes", by="bo").out
    assert "eve proposes, Tue 2026-12-01 10:00 (Asia/Tokyo)" in said
    assert "--- calendars.toml, in force" in said
    assert '-friday = ["09:00-17:30"]' in said
    assert '+friday = ["09:00-20:00"]' in said
    assert "pacing.toml" not in said
    [found] = cli("policy", "changes", "2", "--json", by="bo").json
    assert (found["id"], found["proposed_by"]) == (2, "eve")
    [asked] = [one for one in cli("todo", "--json", by="bo").json if "proposes" in one["what"]]
    assert asked["do"].startswith("publisher policy changes 2, then ")
    assert cli("policy", "activate", "--second", "2", by="bo").code == 0
    assert cli("policy", "changes", by="bo").out == "Nothing is proposed.\n"
    assert cli("policy", "changes", "2", by="bo").code == 6


def test_what_a_policy_would_let_out_is_for_those_who_may_confirm_it(cli: Commands) -> None:
    loosened(cli)
    assert cli("policy", "changes").code == 5  # an author: embargoes name what is confidential


def test_the_same_proposal_twice_is_one(cli: Commands) -> None:
    loosened(cli)
    again = cli("policy", "activate", by="eve")
    assert again.code == 7
    assert "eve proposed just this as version 2; nothing was changed" in again.err


def test_a_proposal_that_was_overtaken_is_asked_of_nobody(cli: Commands) -> None:
    loosened(cli)
    loosened(cli, b"09:00-20:00", b"09:00-19:00")
    assert cli("policy", "activate", "--second", "2", by="bo").code == 0
    assert not any("proposes" in one["what"] for one in cli("todo", "--json", by="bo").json)
    assert cli("policy", "changes", by="bo").out == "Nothing is proposed.\n"
    assert cli("policy", "activate", "--second", "3", by="bo").code == 7
