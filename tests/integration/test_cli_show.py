"""What `show`, `queue`, `when` and the history say of a post is true now, not when it was planned."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import Commands
from PIL import Image
from world import ANN, World

from publisher.cli import common
from publisher.desk import exceptions
from publisher.errors import Problem
from publisher.networks import Accepted, Refused


@pytest.fixture
def cli(lite: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Commands]:
    return Commands(lite, monkeypatch)


TOMORROW = ("--at", "2026-12-02 10:00")


def test_a_stop_that_came_later_is_said_of_what_waits(cli: Commands) -> None:
    post = cli.approved("The fair opens", "--to", "x", "--to", "board", *TOMORROW)
    assert "x goes out Wed" in cli("show", post).out
    cli("stop", "x", "--reason", "a wrong number")
    said = cli("show", post).out
    assert "x waits; its time is Wed" in said
    assert said.count("Stopped by ann") == 1
    assert "a wrong number" in said
    assert "board goes out Wed" in said
    assert "x                    waits" in cli("queue").out
    assert cli("when", post).out.count("a wrong number") == 1


def test_a_stop_that_was_lifted_is_no_longer_said(cli: Commands) -> None:
    cli("stop", "--reason", "a wrong number")
    post = cli.approved("The fair opens", "--to", "x", *TOMORROW)
    assert cli("show", post).out.count("a wrong number") == 1
    cli("resume", by="cy")
    for command in ("show", "when"):
        assert "Stopped" not in cli(command, post).out
    assert "x goes out Wed" in cli("show", post).out


def test_only_what_a_stop_is_about_says_it(cli: Commands) -> None:
    """A notice under a live permission goes out while everything else stands still."""
    cli.world.clock.forward(hours=10)
    post = cli(
        "urgent",
        "Our line is down",
        "--to",
        "x",
        "--category",
        "outage",
        "--reason",
        "callers get no answer",
    ).out.split()[0]
    cli("stop", "--except-notices", "--reason", "a wrong number")
    cli(
        "urgent",
        post,
        "--seen",
        cli("urgent", post, "--json", by="cy").json["fingerprint"],
        by="cy",
    )
    assert "Stopped" not in cli("show", post).out
    cli.world.settle()
    assert "x is public" in cli("show", post).out


def test_words_of_an_edit_that_was_cancelled_are_not_shown_as_what_is_there(cli: Commands) -> None:
    post = cli.approved("The fair opens", "--to", "board", "--to", "page")
    cli.world.settle()
    assert cli("edit", f"{post}/board", "--text", "The fair is off").code == 0
    assert "  | The fair is off" in cli("show", post).out
    assert cli("cancel", post).code == 8
    said = cli("show", post).out
    assert "board (edit) is cancelled" in said
    assert "  | The fair opens" in said
    assert "  | The fair is off" not in said


def test_what_was_cancelled_altogether_is_still_shown(cli: Commands) -> None:
    post = cli.approved("The fair opens", "--to", "board", *TOMORROW)
    cli("cancel", post)
    assert "  | The fair opens" in cli("show", post).out


def test_a_takedown_and_an_edit_are_not_told_as_a_publication(cli: Commands) -> None:
    post = cli.approved("The fair opens", "--to", "board")
    cli.world.settle()
    assert cli("edit", post, "--text", "The fair opens at nine").code == 0
    cli("approve", post, "--seen", cli("show", post, "--json").json["fingerprint"], by="bo")
    cli.world.clock.forward(minutes=11)
    cli.world.settle()
    cli.world.clock.forward(minutes=1)
    assert cli("retract", post, "--reason", "wrong day").code == 0
    cli.world.settle()
    said = [line for line in cli("show", post).out.splitlines() if line.startswith("tried")]
    first, second, third = said
    assert "board: published" in first
    assert "board (edit): changed" in second
    assert "board (take down): taken down" in third
    tries = cli("show", post, "--json").json["tries"]
    assert [one["act"] for one in tries] == ["publish", "edit", "retract"]
    history = cli("show", post, "--history").out
    assert "publish      board (take down) sending → published" in history
    assert f"{post}/board (edit)  sending → published" in cli("audit", "trail", post).out


def test_an_edit_says_whom_it_did_not_reach(cli: Commands) -> None:
    """The board's moderators have it; nobody knows yet whether it will be public there."""
    cli.world.net.on_send = lambda intent: Accepted("77") if intent.account.id == "board" else None
    post = cli.approved("The fair opens", "--to", "board", "--to", "page")
    cli.world.settle()
    said = cli("edit", post, "--text", "The fair opens at nine").out
    assert "board is with the network's moderators" in said
    assert said.count("It carries the words from before the last edit") == 1
    assert f"publisher edit {post}/board --text" in said


def test_status_says_what_the_states_mean(cli: Commands) -> None:
    cli.world.net.on_send = lambda _intent: Refused("no such page")
    cli.approved("The fair opens", "--to", "page")
    cli.world.settle()
    cli.approved("The fair closes", "--to", "x", *TOMORROW)
    said = cli("status").out
    assert "1 waiting: for their time, a yes, or what stands with them" in said
    assert "1 refused: the network said no, nothing of them is public" in said


def test_an_urgent_notice_that_is_asked_for_is_no_question_of_another_day(cli: Commands) -> None:
    cli.world.clock.forward(days=4)  # a Saturday
    post = cli(
        "urgent",
        "Our line is down",
        "--to",
        "x",
        "--category",
        "outage",
        "--reason",
        "callers get no answer",
    ).out.split()[0]
    said = cli("todo", by="cy").out
    assert f"publisher urgent {post}" in said
    assert "much later than asked" not in said
    assert cli("todo").out == "Nothing needs you.\n"


def test_no_yes_of_any_kind_is_given_to_another_picture(cli: Commands, tmp_path: Path) -> None:
    """Whoever calls: the desk looks, not the command."""
    picture = tmp_path / "fair.png"
    Image.new("RGB", (30, 20), "red").save(picture)
    post = cli.post("The fair opens", "--to", "page", "--image", f"{picture}=A stand", *TOMORROW)[
        "id"
    ]
    with cli.world.app.store.write(ANN) as tx:
        asked = exceptions.request(tx, post, "urgent", "outage", "callers get no answer")
    [stored] = (cli.world.config.data / "media").iterdir()
    Image.new("RGB", (30, 20), "blue").save(stored, "PNG")
    with pytest.raises(Problem, match="not the bytes"):
        cli.world.approve(post)
    with pytest.raises(Problem, match="not the bytes"):
        cli.world.grant(asked)


def test_what_was_shown_stands_before_what_is_said_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where both go into one pipe."""
    both = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(both))
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(both, write_through=True))
    common.out("the words")
    common.say("Nothing was granted.")
    assert both.getvalue() == b"the words\nNothing was granted.\n"


def test_a_notice_that_an_approval_sent_under_an_incident_is_not_said_to_be_only_asked_for(
    cli: Commands,
) -> None:
    cli.world.clock.forward(hours=10)
    number = cli(
        "exception", "incident", "x", "--category", "outage", "--reason", "site is down", by="ann"
    ).out.split()[0]
    cli.world.grant(number)
    said = cli(
        "urgent",
        "Our site is down",
        "--to",
        "x",
        "--category",
        "outage",
        "--reason",
        "callers get no answer",
    ).out
    assert "Asked for, not sent." in said
    post = said.split()[0]
    seen = cli("show", post, "--json").json["fingerprint"]
    approved = cli("approve", post, "--seen", seen, by="bo").out
    assert "x goes out" in approved
    assert "Asked for, not sent" not in approved


def test_who_is_named_to_approve_next_may(cli: Commands) -> None:
    post = cli.post("The fair opens", "--to", "x", *TOMORROW)["id"]
    assert "--as bo" in cli("show", post).out
    said = cli("edit", post, "--text", "The fair opens at nine", by="bo").out
    assert "other than ann, bo" in said
    command = said.split("somebody else approves it: publisher ")[1].split("\n")[0]
    who = command.split("--as ")[1]
    assert who not in ("ann", "bo")
    assert cli(*command.split(" --as ")[0].split(), by=who).code == 0


LONG = "The fair opens on Monday. " * 25


def test_each_post_of_a_thread_is_shown_as_it_will_be_sent_and_where_it_is_then(
    cli: Commands,
) -> None:
    said = cli("check", LONG, "--to", "x")
    assert "post POST" not in said.out
    assert "--thread" in said.out
    shown = cli("check", LONG, "--to", "x", "--thread").out
    for number in (1, 2, 3):
        assert f"post {number} of 3, " in shown
        assert f"({number}/3)" in shown
    post = cli.approved(LONG, "--to", "x", "--thread")
    cli.world.settle()
    said = cli("show", post)
    assert [f"{n}. http" in said.out for n in (1, 2, 3)] == [True] * 3
    assert [
        one["remote_id"] for one in cli("show", post, "--json").json["deliveries"][0]["thread"]
    ] == [
        "1",
        "2",
        "3",
    ]


def test_one_that_stopped_between_two_posts_is_continued_by_a_command_that_is_named(
    cli: Commands,
) -> None:
    cli.world.net.on_send = lambda intent: Refused("busy") if intent.thread else None
    post = cli.approved(LONG, "--to", "x", "--thread")
    cli.world.settle()
    assert "is public in part" in cli("show", post).out
    assert f"publisher continue {post}/x | retract {post}/x" in cli("todo").out
    told = [body for _, title, body in cli.world.letters() if "partly public" in title]
    assert all(f"publisher continue {post}/x" in body for body in told)
    cli.world.net.on_send = None
    cli.world.clock.forward(minutes=1)
    assert cli("continue", post, by="gus").code == 5
    said = cli("continue", post)
    assert said.code == 0, said.err
    found = cli("show", post, "--json").json
    cli("approve", post, "--seen", found["fingerprint"], by="bo")
    cli.world.settle()
    assert "is public:" in cli("show", post).out
    assert "has stopped" in cli("continue", post).err
