"""One post through many hands, typed as commands: what is said, what is exited with."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from commands import Commands
from PIL import Image
from world import World

from publisher.cli import common
from publisher.roles import MACHINE
from publisher.store import ledger
from publisher.store import tables as t
from publisher.store.ledger import Line

DELIVERY = {
    "id",
    "account",
    "network",
    "act",
    "state",
    "requested_at",
    "release_at",
    "findings",
    "remote_id",
    "remote_url",
    "attempts",
}
POST = {"id", "state", "revision", "fingerprint", "approval", "deliveries"}
FINDING = {"rule", "clauses", "verdict", "reason", "acts", "until"}


@pytest.fixture
def cli(lite: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Commands]:
    return Commands(lite, monkeypatch)


def evening(cli: Commands) -> None:
    """20:00 in Tokyo: the office is closed."""
    cli.world.clock.forward(hours=10)


def test_post_and_show_and_queue_share_one_documented_shape(cli: Commands) -> None:
    evening(cli)
    made = cli.post("The fair opens", "--to", "x", "--to", "board")
    shown = cli("show", made["id"], "--json").json
    [queued] = cli("queue", "--json").json
    for found in (made, shown, queued):
        assert found.keys() >= POST
        assert {d["account"] for d in found["deliveries"]} == {"x", "board"}
        for delivery in found["deliveries"]:
            assert delivery.keys() >= DELIVERY
            assert all(finding.keys() == FINDING for finding in delivery["findings"])
    assert made["shorter_notice"] == {}
    assert made == shown
    assert queued == {k: shown[k] for k in queued}
    x = next(d for d in made["deliveries"] if d["account"] == "x")
    assert x["release_at"] == "2026-12-02T00:00:00Z"
    assert "Outside business hours" in x["findings"][0]["reason"]
    assert x["findings"][0]["until"] == "2026-12-02T00:00:00Z"


def test_a_post_says_when_it_goes_on_the_accounts_clock_and_what_it_needs(cli: Commands) -> None:
    evening(cli)
    said = cli("post", "The fair opens", "--to", "x")
    assert said.code == 0
    assert "Wed 2026-12-02 09:00 (Asia/Tokyo)" in said.out
    assert "Outside business hours" in said.out
    assert "publisher approve" in said.out


def test_the_command_that_post_proposes_approves_it(cli: Commands) -> None:
    said = cli("post", "The fair opens", "--to", "x")
    [_, argv] = said.out.split("publisher approve ")
    assert argv.split()[-2:] == ["--as", "bo"]
    approved = cli("approve", *argv.split(), by=None)
    assert approved.code == 0
    assert "goes out" in approved.out
    assert "| The fair opens" in approved.out
    cli.world.settle()
    [row] = cli("show", argv.split()[0], "--json").json["deliveries"]
    assert (row["state"], row["remote_id"], row["attempts"]) == ("published", "1", 1)


@pytest.mark.clause("1.1", kind="deny")
def test_an_author_cannot_approve_their_own_post(cli: Commands) -> None:
    made = cli.post("The fair opens", "--to", "x")
    said = cli("approve", made["id"], "--seen", made["fingerprint"], by="ann")
    assert said.code == 5
    assert "may not approve" in said.err
    assert said.out == ""


def test_an_approval_of_what_is_no_longer_there_is_a_conflict(cli: Commands) -> None:
    made = cli.post("The fair opens", "--to", "x")
    assert cli("edit", made["id"], "--text", "The fair opens at ten").code == 0
    said = cli("approve", made["id"], "--seen", made["fingerprint"], by="bo")
    assert said.code == 7
    assert "no longer what you saw" in said.err


def test_a_returned_post_stands_on_its_authors_list_with_the_reason(cli: Commands) -> None:
    made = cli.post("The fair opens", "--to", "x")
    assert cli("return", made["id"], "--reason", "Which fair?", by="bo").code == 0
    listed = cli("todo", "--all", "--json").json
    [mine] = [item for item in listed if item["who"] == "ann"]
    assert "Which fair?" in mine["what"]
    assert mine["do"].startswith(f"publisher edit {made['id']}")


def test_todo_names_approvers_and_is_empty_for_the_author(cli: Commands) -> None:
    made = cli.post("The fair opens", "--to", "x")
    assert cli("todo", "--json", by="ann").json == []
    [item] = cli("todo", "--json", by="bo").json
    assert item.keys() == {"who", "code", "args", "acts", "what", "do", "post", "account"}
    assert (item["who"], item["post"]) == ("approver", made["id"])


def test_todo_names_every_account_with_its_network_and_the_first_words(cli: Commands) -> None:
    made = cli.post("The fair opens", "--to", "x", "--to", "board", "--at", "2026-12-03 10:00")
    [line, do] = cli("todo", by="bo").out.splitlines()
    assert line == (
        f"{made['id']} “The fair opens”, by ann, waits for a yes to go to board (discourse), x (x); "
        "the first is due Thu 2026-12-03 10:00 (Asia/Tokyo)"
    )
    assert do.strip().startswith(f"publisher show {made['id']}, then publisher approve")


def test_a_draft_is_on_its_authors_list_only_and_says_what_it_is(cli: Commands) -> None:
    made = cli.post("The fair opens", "--to", "x", "--draft")
    [mine] = cli("todo", "--json", by="ann").json
    assert mine["what"] == f"{made['id']} “The fair opens” is a draft"
    for other in ("bo", "cy", "eve"):
        assert cli("todo", "--json", by=other).json == [], other
    assert [one["who"] for one in cli("todo", "--all", "--json", by="bo").json] == ["ann"]


def test_what_came_back_troubles_its_author_and_what_was_refused_the_duty_officer_too(
    cli: Commands,
) -> None:
    from publisher.networks import Refused

    made = cli.post("The fair opens", "--to", "x", "--at", "2026-12-03 10:00")
    cli("return", made["id"], "--reason", "Which fair?", by="bo")
    cli.world.net.on_send = lambda _: Refused("not like this")
    other = cli.approved("The fair closes", "--to", "page")
    cli.world.settle()
    back, refused = (
        f"{made['id']} “The fair opens” came back: Which fair?",
        f"{other}/page “The fair closes”: the network refused it: not like this",
    )
    expected = {"ann": [refused, back], "bo": [], "cy": [refused]}
    for person, lines in expected.items():
        assert [one["what"] for one in cli("todo", "--json", by=person).json] == lines


def test_what_the_author_decides_of_a_whole_post_is_said_once(cli: Commands) -> None:
    said = cli("post", "The fair opens", "--to", "x", "--to", "page", "--at", "2026-12-05 10:00")
    post = cli("queue", "--json").json[0]["id"]
    assert f"or names one: publisher confirm {post} --as ann | reschedule {post}" in said.out
    cli("pause", post, "--reason", "wait for the picture")
    late, kept = cli("todo", "--json", by="ann").json
    assert late["what"] == (
        f"{post} “The fair opens” would go out Mon 2026-12-07 09:00 (Asia/Tokyo), much later than asked"
    )
    assert late["do"] == f"publisher confirm {post} | reschedule {post} --at TIME"
    assert kept["what"] == f"{post} “The fair opens” is kept back: ann: wait for the picture"
    assert cli("unpause", f"{post}/x").code == 0
    [_, kept] = cli("todo", "--json", by="ann").json
    assert kept["what"].startswith(f"{post}/page “The fair opens” is kept back")
    back = cli("return", post, "--reason", "Which fair?", by="bo")
    assert back.out.endswith(f"\nNext: ann changes it: publisher edit {post} --text … --as ann\n")


def test_a_request_says_what_it_would_send(cli: Commands) -> None:
    evening(cli)
    cli(
        "urgent",
        "Our line is down",
        "--to",
        "x",
        "--category",
        "outage",
        "--reason",
        "callers get no answer",
    )
    [first, *_] = cli("todo", "--json", by="cy").json
    [post] = [one["id"] for one in cli("queue", "--json").json]
    listed = cli("exception", "list").out
    assert "urgent, asked for, outage: callers get no answer" in listed
    assert (
        f"  for {post} “Our line is down”, asked by ann Tue 2026-12-01 20:00 (Asia/Tokyo)" in listed
    )
    assert first["what"] == (
        "ann asks (urgent, outage) to send “Our line is down” to x: callers get no answer"
    )
    cli.granted("urgent", post)
    cli.world.settle()
    [review] = [one for one in cli("todo", "--json", by="bo").json if "Review" in one["what"]]
    assert "for “Our line is down” by Wed 2026-12-02 17:30" in review["what"]


def test_a_post_says_when_its_account_waits_or_needs_reconnecting(cli: Commands) -> None:
    from publisher.networks import Credentials, Later

    answers = {
        "x": Credentials("the token has expired"),
        "page": Later("too many", cli.world.clock() + timedelta(minutes=12)),
    }
    cli.world.net.on_send = lambda intent: answers[intent.account.id]
    post = cli.approved("The fair opens", "--to", "x", "--to", "page")
    cli.world.settle()
    said = cli("show", post).out
    assert "x waits; its time is Tue 2026-12-01 10:00" in said
    assert "- x needs reconnecting: the token has expired" in said
    assert "- page waits until Tue 2026-12-01 10:12 (Asia/Tokyo), as its network asked." in said
    assert "goes out" not in cli("queue").out


def test_what_was_due_already_is_said_to_have_been(cli: Commands) -> None:
    cli.post("The fair opens", "--to", "x")
    assert "; it is due Tue 2026-12-01 10:00 (Asia/Tokyo)" in cli("todo", by="bo").out
    cli.world.clock.forward(minutes=5)
    assert "; it was due Tue 2026-12-01 10:00 (Asia/Tokyo)" in cli("todo", by="bo").out


def test_an_urgent_notice_without_a_category_is_told_which_there_are(cli: Commands) -> None:
    said = cli("urgent", "Our line is down", "--to", "x", "--reason", "callers get no answer")
    assert said.code == 2
    assert "--category, one of: accident, outage, " in said.err


def test_the_list_goes_from_the_most_urgent_to_what_can_wait(cli: Commands) -> None:
    from publisher.networks import Refused

    cli.post("A draft", "--to", "x", "--draft")
    cli.world.net.on_send = lambda _: Refused("not like this")
    cli.approved("The fair closes", "--to", "page")
    cli.world.settle()
    cli.post("Next week", "--to", "x", "--at", "2026-12-09 10:00")
    cli.post("In an hour", "--to", "x", "--at", "2026-12-01 11:00")
    cli("stop", "x", "--reason", "wrong picture")
    cli(
        "urgent",
        "Our line is down",
        "--to",
        "board",
        "--category",
        "outage",
        "--reason",
        "callers get no answer",
    )
    said = cli("todo", "--all").out
    order = (
        "Our line is down",
        "Stopped: x",
        "In an hour",
        "The fair closes",
        "Next week",
        "A draft",
    )
    places = [said.index(words) for words in order]
    assert places == sorted(places), said
    assert "duty officer: Stopped: x, by ann since Tue 2026-12-01 10:00 (Asia/Tokyo): wrong" in said
    again = cli("stop", "x", "--reason", "the same picture")
    assert again.code == 7
    assert "by ann since Tue 2026-12-01 10:00 (Asia/Tokyo): wrong picture." in again.err
    assert "stopped: x, by ann since Tue 2026-12-01 10:00 (Asia/Tokyo)" in cli("status").out


def test_whoever_writes_sees_the_text_as_it_will_be_sent(cli: Commands) -> None:
    said = cli("post", "The fair opens", "--to", "x")
    assert said.code == 0, said.err
    _, after = said.out.split("  | The fair opens\n")
    assert "  | Not necessarily an official announcement or view." in after
    assert "publisher approve" in after.strip().splitlines()[-1], "what comes next stands last"
    name = cli("queue", "--json").json[0]["id"]
    changed = cli("edit", name, "--text", "The fair is over").out
    assert "  | The fair is over" in changed


def test_a_draft_is_shown_as_it_would_be_sent(cli: Commands) -> None:
    said = cli("post", "The fair opens", "--to", "x", "--title", "Fair", "--draft")
    name = cli("queue", "--json").json[0]["id"]
    for shown in (said, cli("show", name)):
        assert "  | The fair opens" in shown.out
        assert "official" in shown.out.split("  | The fair opens")[1]
    assert cli("show", name, "--json").json["rendered"]["x"]["changed"] == []


def test_what_is_blocked_is_kept_as_a_draft(cli: Commands) -> None:
    said = cli("post", "word " * 100, "--to", "x", "--json")
    assert said.code == 3
    assert said.json["state"] == "draft"
    assert f"kept as the draft {said.json['id']}" in said.err
    assert cli("audit", "verify").code == 0, "that it was handed in is nobody's decision"
    changed = cli("edit", said.json["id"], "--text", "Shorter")
    assert changed.code == 0
    assert cli("submit", said.json["id"]).code == 0


@pytest.mark.hazard("H26")
def test_a_repeated_post_with_the_same_key_is_the_same_post(cli: Commands) -> None:
    first = cli.post("The fair opens", "--to", "x", "--key", "fair-1")
    second = cli.post("The fair opens", "--to", "x", "--key", "fair-1")
    assert first["id"] == second["id"]
    assert cli("post", "Other words", "--to", "x", "--key", "fair-1").code == 7


@pytest.mark.hazard("H26")
def test_the_same_words_again_take_a_word_of_their_own(cli: Commands) -> None:
    first = cli.post("The fair opens", "--to", "x")
    said = cli("post", "The fair opens", "--to", "x")
    assert said.code == 7
    assert "--again" in said.err
    assert cli.post("The fair opens", "--to", "x", "--again")["id"] != first["id"]


@pytest.mark.clause("U4c", kind="allow")
def test_two_people_send_an_urgent_notice_at_night_with_one_command_each(cli: Commands) -> None:
    evening(cli)
    asked = cli(
        "urgent",
        "Our line is down",
        "--to",
        "x",
        "--category",
        "outage",
        "--reason",
        "callers get no answer",
    )
    assert asked.code == 0
    assert "As of posting time." in asked.out
    assert "Asked for, not sent" in asked.out
    cli.world.settle()
    assert cli.world.net.sent == []
    [post] = [one["id"] for one in cli("queue", "--json").json]
    granted = cli.granted("urgent", post)
    assert granted.code == 0
    assert "Our line is down" in granted.out
    cli.world.settle()
    assert len(cli.world.net.texts("x")) == 1


@pytest.mark.clause("U4c", kind="deny")
def test_the_second_person_sees_the_notice_before_anything_is_granted(cli: Commands) -> None:
    evening(cli)
    cli(
        "urgent",
        "Our line is down",
        "--to",
        "x",
        "--category",
        "outage",
        "--reason",
        "callers get no answer",
    )
    [post] = [one["id"] for one in cli("queue", "--json").json]
    looked = cli("urgent", post, by="cy")
    assert looked.code == 2
    assert "| Our line is down" in looked.out
    assert "callers get no answer" in looked.out
    assert "x: as soon as it is granted" in looked.out
    assert cli("urgent", post, "--seen", "0" * 24, by="cy").code == 7
    cli.world.settle()
    assert cli.world.net.sent == []


@pytest.mark.clause("U4c", kind="allow")
@pytest.mark.parametrize(("answer", "sent"), [(True, 1), (False, 0)])
def test_on_a_terminal_the_second_person_is_asked(
    cli: Commands, monkeypatch: pytest.MonkeyPatch, answer: bool, sent: int
) -> None:
    evening(cli)
    cli(
        "urgent",
        "Our line is down",
        "--to",
        "x",
        "--category",
        "outage",
        "--reason",
        "callers get no answer",
    )
    [post] = [one["id"] for one in cli("queue", "--json").json]
    monkeypatch.setattr("publisher.cli.exceptions.terminal", lambda: True)
    monkeypatch.setattr("publisher.cli.exceptions.typer.confirm", lambda *_, **__: answer)
    assert cli("urgent", post, by="cy").code == (0 if answer else 7)
    cli.world.settle()
    assert len(cli.world.net.sent) == sent


def test_a_command_that_changes_nothing_says_so(cli: Commands) -> None:
    evening(cli)
    cli(
        "urgent",
        "Our line is down",
        "--to",
        "x",
        "--category",
        "outage",
        "--reason",
        "callers get no answer",
    )
    [post] = [one["id"] for one in cli("queue", "--json").json]
    assert cli.granted("urgent", post).code == 0
    again = cli("urgent", post, by="cy")
    assert again.code == 7
    assert "cy has granted this until" in again.err
    [one] = cli("exception", "list", "--json").json
    assert cli("exception", "revoke", one["id"], "--reason", "a false alarm").code == 0
    assert cli("exception", "revoke", one["id"], "--reason", "a false alarm").code == 7
    assert cli("unpause", post).code == 7


def test_a_grant_that_sends_nothing_says_so(cli: Commands) -> None:
    evening(cli)
    cli(
        "urgent",
        "Our line is down",
        "--to",
        "x",
        "--category",
        "outage",
        "--reason",
        "callers get no answer",
    )
    [post] = [one["id"] for one in cli("queue", "--json").json]
    cli("stop", "--reason", "wrong picture")
    said = cli.granted("urgent", post)
    assert said.code == 3
    assert "wrong picture" in said.out
    assert "Granted, but something else still holds it on x" in said.err


@pytest.mark.clause("U4c", kind="allow")
def test_an_incident_is_asked_for_granted_and_used_by_command(cli: Commands) -> None:
    evening(cli)
    asked = cli("exception", "incident", "x", "--category", "accident", "--reason", "the dam leaks")
    number = asked.out.split()[0]
    assert "Incident mode for x" in cli("exception", "grant", number, by="cy").out
    assert cli.granted("exception", "grant", number).code == 0
    cli(
        "urgent",
        "Leave the valley",
        "--to",
        "x",
        "--category",
        "safety",
        "--reason",
        "the dam leaks",
    )
    [post] = [one["id"] for one in cli("queue", "--json").json]
    cli.world.clock.forward(minutes=20)
    cli.world.settle()
    assert cli.granted("urgent", post).code == 0
    cli.world.settle()
    assert len(cli.world.net.texts("x")) == 1
    again = cli(
        "exception", "incident", "x", "--category", "accident", "--reason", "it still leaks"
    )
    assert f"{post}/x (safety)" in again.out


@pytest.mark.parametrize("act", ["approve", "grant"])
def test_a_borrowed_name_says_no_second_yes(
    cli: Commands, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    """Somebody logged in as another user and went on with sudo; SUDO_USER may say anything."""
    real = {"duty": "duty officer", "boss": "approver"}
    with cli.world.app.store.write(MACHINE) as tx:
        for name, role in real.items():
            known = t.Person(name=name, display=name, roles=[role], os_users=[f"{name}-user"])
            ledger.put(tx, known, Line("register person", name))
    users = {1: "duty-user", 2: "boss-user", 3: "mallory"}
    monkeypatch.setattr("publisher.unix.user_name", lambda uid: users.get(uid, "other"))
    monkeypatch.setattr("publisher.cli.common.os.getuid", lambda: 2 if act == "approve" else 1)
    monkeypatch.setenv("SUDO_USER", users[2 if act == "approve" else 1])
    made = cli.post("The fair opens", "--to", "x")
    cli("exception", "request", made["id"], "--category", "outage", "--reason", "callers wait")
    [one] = cli("exception", "list", "--json").json
    own, other = (2, 1) if act == "approve" else (1, 2)
    say = (
        ("approve", made["id"], "--seen", made["fingerprint"])
        if act == "approve"
        else ("exception", "grant", one["id"])
    )
    for login, who in ((other, "duty" if act == "approve" else "boss"), (3, "mallory")):
        monkeypatch.setattr("publisher.cli.common.login_uid", lambda login=login: login)
        said = cli(*say, by=None)
        assert said.code == 5, said.err
        assert who in said.err
    for login in (own, None):
        monkeypatch.setattr("publisher.cli.common.login_uid", lambda login=login: login)
        assert cli(*say, by=None).code in (0, 2, 7)


def test_the_login_uid_is_what_the_kernel_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "self" / "loginuid"
    file.parent.mkdir()
    monkeypatch.setattr("publisher.unix.PROC", tmp_path)
    assert common.login_uid() is None
    for said, uid in (("1001", 1001), ("4294967295", None), ("", None), ("0\n", 0)):
        file.write_text(said)
        assert common.login_uid() == uid


@pytest.mark.clause("U4c", kind="deny")
def test_one_person_alone_sends_no_urgent_notice(cli: Commands) -> None:
    evening(cli)
    words = (
        "urgent",
        "Our line is down",
        "--to",
        "x",
        "--category",
        "outage",
        "--reason",
        "callers get no answer",
    )
    assert cli(*words, by="cy").code == 0
    [post] = [one["id"] for one in cli("queue", "--json").json]
    assert cli("urgent", post, by="cy").code == 7
    [number] = [one["id"] for one in cli("exception", "list", "--json", by="cy").json]
    assert cli("exception", "grant", number, by="cy").code == 5
    cli.world.settle()
    assert cli.world.net.sent == []


def test_a_mistyped_category_leaves_no_notice_behind(cli: Commands) -> None:
    said = cli(
        "urgent",
        "Our line is down",
        "--to",
        "x",
        "--category",
        "outrage",
        "--reason",
        "callers get no answer",
    )
    assert said.code == 2
    assert "outage" in said.err
    assert cli("queue", "--json").json == []


def test_an_urgent_text_without_an_account_asks_where_it_goes(cli: Commands) -> None:
    said = cli("urgent", "Our line is down", "--category", "outage", "--reason", "callers wait")
    assert said.code == 2
    assert "--to ACCOUNT" in said.err


def test_a_stop_keeps_posts_back_and_lifting_it_releases_nothing(cli: Commands) -> None:
    assert cli("stop", "--reason", "wrong picture").code == 0
    post = cli.approved("The fair opens", "--to", "x")
    cli.world.settle()
    assert cli.world.net.sent == []
    assert any("wrong picture" in item["what"] for item in cli("todo", "--all", "--json").json)
    assert cli("resume", by="ann").code == 5
    lifted = cli("resume", "--json", by="cy")
    assert lifted.json == {"lifted": True, "came_due": [f"{post}/x"]}
    cli.world.settle()
    assert cli.world.net.sent == []
    assert cli("confirm", f"{post}/x").code == 0
    cli.world.settle()
    assert len(cli.world.net.texts("x")) == 1


def test_what_came_due_during_a_stop_is_listed_with_its_three_commands(cli: Commands) -> None:
    cli("stop", "--reason", "wrong picture")
    post = cli.approved("The fair opens", "--to", "x")
    said = cli("resume", by="cy")
    assert (
        f"publisher confirm {post}/x | reschedule {post}/x --at TIME | cancel {post}/x" in said.out
    )
    assert cli("resume", by="cy").code == 7


def test_what_is_lifted_is_named_and_what_is_not(cli: Commands) -> None:
    assert "publisher resume x" in cli("stop", "x", "--reason", "a strange post").out
    rest = "everything except urgent notices"
    said = cli("stop", "--except-notices", "--reason", "wrong picture").out
    assert said == f"Stopped: {rest}. A duty officer lifts it: publisher resume\n"
    assert cli("resume", "x", by="cy").out == f"Lifted: x.\nStill stopped: {rest}.\n"
    assert cli("resume", by="cy").out == f"Lifted: {rest}.\n"


def test_show_prints_exactly_what_is_sent(cli: Commands) -> None:
    post = cli.approved(
        "The fair opens",
        "--to",
        "x",
        "--variant",
        "x=Fair!",
        "--to",
        "board",
        "--title",
        "The fair of this winter",
    )
    cli.world.settle()
    exact = cli("show", post, "--json").json["rendered"]
    assert exact["x"].keys() >= {
        "network",
        "text",
        "title",
        "link",
        "changed",
        "length",
        "limit",
        "disclaimer",
        "images",
        "markup",
    }
    assert [exact["x"]["text"]] == cli.world.net.texts("x")
    assert [exact["board"]["text"]] == cli.world.net.texts("board")
    shown = cli("show", post, "--history").out
    assert "| Fair!" in shown
    assert f"{exact['x']['length']} of 280" in shown
    assert "sending → published" in shown


def test_a_post_marked_as_markdown_is_previewed_and_sent_as_such(cli: Commands) -> None:
    post = cli.post("**Fair**", "--to", "board", "--markdown", "--title", "The winter fair")["id"]
    assert cli("show", post, "--json").json["rendered"]["board"]["markup"] == "markdown"
    assert "as Markdown: marks act" in cli("show", post).out
    cli("edit", post, "--text", "**The fair**")
    assert cli("show", post, "--json").json["rendered"]["board"]["markup"] == "markdown"
    cli("edit", post, "--plain")
    assert cli("show", post, "--json").json["rendered"]["board"]["markup"] == "plain"
    assert "as Markdown" not in cli("show", post).out


def test_a_change_of_the_marks_alone_asks_for_approval_again(cli: Commands) -> None:
    evening(cli)
    post = cli.approved("**Fair**", "--to", "board", "--at", "2026-12-02 10:00")
    cli("edit", post, "--markdown")
    assert cli("show", post, "--json").json["approval"] == "in review"


@pytest.mark.parametrize("command", ["post", "check"])
def test_markdown_is_refused_where_readers_would_see_the_marks(cli: Commands, command: str) -> None:
    said = cli(command, "**Fair**", "--to", "board", "--to", "x", "--markdown")
    assert said.code == 2
    assert "--markdown: Readers of x would see the marks" in said.err


def test_a_post_that_says_today_waits_for_its_authors_yes_when_it_goes_tomorrow(
    cli: Commands,
) -> None:
    evening(cli)
    post = cli.approved("We open today", "--to", "x")
    [delivery] = cli("show", post, "--json").json["deliveries"]
    assert any("on another day, and it says “today”" in f["reason"] for f in delivery["findings"])
    cli.world.clock.forward(hours=14)
    cli.world.settle()
    assert cli.world.net.texts("x") == []
    cli("reschedule", post, "--at", "2026-12-02 10:10")
    cli("approve", post, "--seen", cli("show", post, "--json").json["fingerprint"][:24], by="bo")
    cli.world.clock.forward(minutes=20)
    cli.world.settle()
    assert len(cli.world.net.texts("x")) == 1


def test_the_authors_yes_to_another_day_is_recorded_and_lets_it_go(cli: Commands) -> None:
    evening(cli)
    post = cli.approved("本日開店", "--to", "x")
    assert cli("confirm", post).code == 0
    [delivery] = cli("show", post, "--json").json["deliveries"]
    assert not any("本日" in f["reason"] for f in delivery["findings"])
    assert "confirm" in [
        row["verb"] for row in cli("show", post, "--history", "--json").json["history"]
    ]
    cli.world.clock.forward(hours=13, minutes=2)
    cli.world.settle()
    assert len(cli.world.net.texts("x")) == 1


def test_a_release_without_a_link_to_the_company_is_kept_as_a_draft(cli: Commands) -> None:
    for link in ((), ("--link", "https://www.example.co.jp.evil.example/news")):
        said = cli("post", "Results are out", "--to", "x", "--kind", "release", "--again", *link)
        assert said.code == 3
        assert "the linked news release is the official announcement" in said.err
        assert "example.co.jp" in said.err
    ours = ("--link", "https://www.example.co.jp/news")
    assert (
        cli("post", "Results are out", "--to", "x", "--kind", "release", "--again", *ours).code == 0
    )


def test_what_hides_the_notice_is_refused_in_words_and_kept_as_a_draft(cli: Commands) -> None:
    said = cli("post", "<!-- hidden", "--to", "board", "--markdown", "--title", "The winter fair")
    assert said.code == 3
    assert "Readers would not see the notice" in said.err
    assert "kept as the draft" in said.err


def test_pause_unpause_reschedule_and_cancel_one_account(cli: Commands) -> None:
    post = cli.approved("The fair opens", "--to", "x", "--to", "page")
    assert cli("pause", f"{post}/x", "--reason", "wait for the date").code == 0
    cli.world.settle()
    assert cli.world.net.texts("x") == []
    assert len(cli.world.net.texts("page")) == 1
    assert cli("reschedule", f"{post}/x", "--at", "2026-12-02 10:00").code == 0
    [x] = cli("show", f"{post}/x", "--json").json["deliveries"]
    assert x["requested_at"] == "2026-12-02T01:00:00Z"
    assert cli("unpause", f"{post}/x").code == 0
    assert cli("cancel", f"{post}/x").code == 0
    assert cli("cancel", f"{post}/x").code == 7


def test_an_edit_that_would_change_nothing_anywhere_is_refused(cli: Commands) -> None:
    from publisher.networks import Accepted

    cli.world.net.on_send = lambda _: Accepted("its moderators have it", "1")
    post = cli.approved("The fair opens", "--to", "x")
    cli.world.settle()
    said = cli("edit", post, "--text", "The fair closes")
    assert said.code == 7
    assert f"Nothing of {post} can be changed now (x: accepted); nothing was changed." in said.err
    assert cli("show", post, "--json").json["text"] == "The fair opens"


def test_what_cannot_be_done_any_more_says_what_can(cli: Commands) -> None:
    post = cli.approved("The fair opens", "--to", "x")
    cli.world.settle()
    for act in (("cancel",), ("pause", "--reason", "wait"), ("reschedule", "--at", "next")):
        said = cli(act[0], post, *act[1:])
        assert said.code == 7
        assert "nothing of it waits (x: published)" in said.err
        assert f"taken down: publisher edit {post} --text … | retract {post} --reason" in said.err
    returned = cli("return", post, "--reason", "Which fair?", by="bo")
    assert (returned.code, returned.err) == (
        7,
        f"Nothing of {post} waits, so there is nothing to return.\n",
    )
    draft = cli.post("The fair closes", "--to", "x", "--draft")["id"]
    said = cli("pause", draft, "--reason", "wait")
    assert f"it is a draft. Hand it in first: publisher submit {draft}" in said.err
    cli("cancel", draft)
    assert (
        cli("pause", draft, "--reason", "wait").err == f"Cannot pause {draft}: it is withdrawn.\n"
    )


def test_cancelling_what_is_partly_public_is_partly_done(cli: Commands) -> None:
    post = cli.approved("The fair opens", "--to", "x", "--to", "page")
    cli("pause", f"{post}/x", "--reason", "wait")
    cli.world.settle()
    said = cli("cancel", post)
    assert said.code == 8
    assert f"publisher retract {post}" in said.err
    assert cli("retract", post, "--reason", "wrong date").code == 0
    cli.world.settle()
    assert cli.world.net.removed == ["1"]


def test_an_unclear_outcome_is_resolved_by_a_person(cli: Commands) -> None:
    from publisher.networks import CannotTell, Unknown

    cli.world.net.on_send = lambda _: Unknown("no answer")
    cli.world.net.on_find = lambda _: CannotTell("the listing does not reach so far")
    post = cli.approved("The fair opens", "--to", "x")
    for _ in range(8):
        cli.world.settle()
        cli.world.clock.forward(minutes=3)
    [x] = cli("show", post, "--json").json["deliveries"]
    assert x["state"] == "unknown"
    assert any(
        f"publisher resolve {post}/x" in item["do"] for item in cli("todo", "--all", "--json").json
    )
    assert cli("edit", post, "--text", "Other words").code == 7
    said = cli("resolve", f"{post}/x", by="bo")
    assert said.code == 2
    assert f"publisher resolve {post}/x --published URL" in said.err
    said = cli("resolve", f"{post}/x", "--published", "https://x.com/example/status/77", by="bo")
    assert said.code == 0
    [x] = cli("show", post, "--json").json["deliveries"]
    assert (x["state"], x["remote_id"]) == ("published", "77")


def test_a_text_may_come_from_a_file_or_from_standard_input(cli: Commands, tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("From a file", encoding="utf-8")
    assert cli.post(f"@{file}", "--to", "x")["text"] == "From a file"
    said = cli("post", "-", "--to", "page", "--json", stdin="日本の展示会".encode())
    assert said.json["text"] == "日本の展示会"


def test_the_history_keeps_who_and_through_which_user(cli: Commands) -> None:
    post = cli.approved("The fair opens", "--to", "x")
    rows = cli("audit", "trail", post, "--json").json
    by = {row["verb"]: row["actor"] for row in rows}
    assert (by["write"], by["approve"]) == ("ann", "bo")
    said = cli("audit", "trail", post).out
    assert f"create             {post}/x  waiting\n" in said
    assert not any(row["subject"] in said for row in rows if len(row["subject"]) == 32)
    assert "plan         x              waiting" in cli("show", post, "--history").out
    assert all(row["os_user"] for row in rows)
    assert cli("audit", "verify").code == 0
    lines = cli("audit", "export", by="eve")
    assert lines.code == 5


class Terminal:
    """What `resume` asks: is a person there?"""

    @property
    def stdin(self) -> "Terminal":
        return self

    stdout = stdin

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_resume_asks_post_by_post(
    cli: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("stop", "--reason", "wrong picture")
    posts = [cli.approved(f"The fair opens {n}", "--to", n) for n in ("x", "page", "blog", "board")]
    answers = iter(["s", "m", "2026-12-03 10:00", "c", "l"])
    monkeypatch.setattr("publisher.cli.stops.sys", Terminal())
    monkeypatch.setattr("publisher.cli.stops.typer.prompt", lambda *_, **__: next(answers))
    assert cli("resume", by="cy").code == 0
    cli.world.settle()
    states = [cli("show", post, "--json").json["deliveries"][0] for post in posts]
    asked = [row["state"] for row in states]
    assert sorted(asked) == ["cancelled", "published", "waiting", "waiting"]
    assert "2026-12-03T01:00:00Z" in [row["requested_at"] for row in states]
    assert len(cli.world.net.public) == 1


def test_why_something_was_edited_cancelled_or_taken_down_stands_in_the_history(
    cli: Commands,
) -> None:
    public = cli.approved("The fair opens", "--to", "x")
    cli.world.settle()
    assert cli("retract", public, "--reason", "wrong day").code == 0
    waiting = cli.post("Another fair opens", "--to", "x")["id"]
    assert cli("edit", waiting, "--text", "A third fair", "--reason", "a typo").code == 0
    assert cli("cancel", waiting, "--reason", "the fair is off").code == 0
    said = cli("audit", "trail", "--limit", "1000").out
    for why in ("wrong day", "a typo", "the fair is off"):
        assert f": {why}" in said


def test_no_yes_is_given_while_another_picture_lies_where_the_approver_looks(
    cli: Commands, tmp_path: Path
) -> None:
    picture = tmp_path / "fair.png"
    Image.new("RGB", (30, 20), "red").save(picture)
    said = cli(
        "post",
        "The fair opens",
        "--to",
        "page",
        "--image",
        f"{picture}=A stand",
        "--at",
        "2026-12-02 10:00",
    ).out
    name = said.split()[0]
    seen = said.split("--seen ")[-1].split()[0]
    assert "[image: A stand; 30 x 20, " in said
    assert f"publisher show {name} --pictures FOLDER" in said
    [stored] = cli.world.app.media_folder.iterdir()
    was = stored.read_bytes()
    Image.new("RGB", (30, 20), "blue").save(stored, "PNG")
    looked = cli("show", name, "--pictures", str(tmp_path / "seen"), by="bo")
    assert "these are not the bytes" in looked.out
    assert list((tmp_path / "seen").iterdir()) == []
    refused = cli("approve", name, "--seen", seen, by="bo")
    assert refused.code != 0
    assert "these are not the bytes" in refused.err
    stored.write_bytes(was)
    assert cli("approve", name, "--seen", seen, by="bo").code == 0


def test_an_approver_sees_link_pictures_and_what_changed_since_the_last_yes(
    cli: Commands, tmp_path: Path
) -> None:
    picture = tmp_path / "fair.png"
    Image.new("RGB", (30, 20), "red").save(picture)
    name = cli.approved(
        "The fair opens",
        "--to",
        "page",
        "--link",
        "https://example.co.jp/fair",
        "--at",
        "2026-12-02 10:00",
    )
    assert "| [link: https://example.co.jp/fair]" in cli("show", name, by="bo").out
    assert cli("edit", name, "--text", "The fair closes", "--image", f"{picture}=A stand").code == 0
    shown = cli("show", name, "--pictures", str(tmp_path / "seen"), by="bo").out
    assert "page  facebook, " in shown
    [line] = [line for line in shown.splitlines() if "[image: A stand; 30 x 20, " in line]
    kept = Path(line.split(", ")[-1].rstrip("]"))
    [stored] = cli.world.app.media_folder.iterdir()
    assert kept.parent == tmp_path / "seen"
    assert kept.read_bytes() == stored.read_bytes()
    assert "changed since somebody last said yes:" in shown
    assert "  - The fair opens" in shown
    assert "  + The fair closes" in shown


def test_a_terminal_that_can_shows_the_picture_and_others_see_no_escapes(
    cli: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = tmp_path / "fair.png"
    Image.new("RGB", (30, 20), "red").save(picture)
    name = cli.post("The fair opens", "--to", "page", "--image", f"{picture}=A stand")["id"]
    assert "\033" not in cli("show", name, by="bo").out
    monkeypatch.setattr("publisher.cli.inline.kind_of", lambda _env, tty: "iterm2")
    assert "\033]1337;File=inline=1;" in cli("show", name, by="bo").out


@pytest.mark.parametrize(
    ("again", "said"),
    [
        (("pause", "POST", "--reason", "wait"), "is kept back already (ann: wait)"),
        (("reschedule", "POST", "--at", "2026-12-02 10:00"), "is asked for just that time"),
        (("confirm", "POST"), "has that yes already"),
    ],
)
def test_a_command_that_would_change_nothing_says_so_and_fails(
    cli: Commands, again: tuple[str, ...], said: str
) -> None:
    post = cli.approved("The fair opens", "--to", "x", "--at", "2026-12-02 10:00")
    command = [post if word == "POST" else word for word in again]
    if command[0] != "reschedule":
        assert cli(*command).code == 0
    rows = len(cli("audit", "trail", "--limit", "1000").out.splitlines())
    refused = cli(*command)
    assert refused.code == 7
    assert said in refused.err
    assert "nothing was changed" in refused.err
    assert len(cli("audit", "trail", "--limit", "1000").out.splitlines()) == rows
