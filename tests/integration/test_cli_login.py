"""Tokens and sign-ins at the terminal."""

import re

import pytest
from commands import Commands
from counter import Counter
from world import World

from publisher.client import stored
from publisher.client.stored import Stored


@pytest.fixture
def cli(lite: World, monkeypatch: pytest.MonkeyPatch) -> Commands:
    return Commands(lite, monkeypatch)


def test_a_token_is_made_shown_once_listed_and_ended(cli: Commands) -> None:
    made = cli("token", "create", "nightly", "--scope", "write", "--scope", "stop", "--days", "7")
    assert re.fullmatch(r"pub_tok_\w{49}\n", made.out), "nothing but the secret, for a pipe"
    assert "good until Tue 2026-12-08" in made.err
    listed = cli("token")
    [row] = listed.out.splitlines()
    assert "ann  nightly  stop, write" in row
    assert made.out.strip() not in listed.out
    assert cli("token", "list").out == listed.out
    number = row.split()[0]
    assert cli("token", "revoke", number, by="bo").code == 6
    assert cli("token", "revoke", number).out == f"Ended: {number}\n"
    assert cli("token").out == "None.\n"


def test_an_administrator_invites_and_a_second_person_confirms(cli: Commands, lite: World) -> None:
    made = cli("invite", "ann", by="gus")
    assert re.fullmatch(r"pub_inv_\w{49}\n", made.out), "nothing but the secret, for a pipe"
    assert "for three days" in made.err
    lite.clock.forward(seconds=1)
    number = cli("invite", "bo", "--json", by="gus").json["id"]
    assert "confirms it" in cli("invite", "bo", by="gus").err
    first, second = cli("invite", by="gus").out.splitlines()
    assert re.match(r"\w+  ann  made by gus  until \w+ 2026-12-04", first), first
    assert second.endswith("waits for a second person")
    assert number not in second, "the one before has ended"
    number = second.split()[0]
    assert cli("invite", "--confirm", number, by="gus").code == 5
    assert cli("invite", "--end", number, by="gus").out == f"Ended: {number}\n"
    assert cli("invite", "--end", number, by="gus").code == 6
    assert cli("invite").out == first + "\n", "one's own"
    assert cli("invite", by="eve").out == "None.\n"


def test_in_json_they_are_as_documented(cli: Commands) -> None:
    made = cli("token", "create", "nightly", "--scope", "read", "--json").json
    assert set(made) == {"token", "secret"}
    assert cli("token", "--json").json == [made["token"]]
    assert cli("session", "--json").json == []


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [
        (("token", "create", "nightly"), 2, "--scope"),
        (("token", "create", "nightly", "--scope", "approve"), 2, "scope"),
        (("token", "create", "nightly", "--scope", "read", "--days", "366"), 2, "--days"),
        (("token", "create", "", "--scope", "read"), 2, "Give it a name"),
        (("token", "revoke", "none"), 6, "no such token"),
        (("token", "revoke", "../posts"), 6, "nothing that is called"),
        (("session", "end", "none"), 6, "no such token or sign-in"),
        (("login",), 2, "Say where to sign in"),
        (("invite", "ann"), 5, "may not invite people"),
        (("invite", "--confirm", "none"), 5, "may not confirm an invite"),
        (("invite", "ann", "--end", "none"), 2, "one of them"),
        (("invite", "--end", "none"), 6, "no such token"),
        (("login", "https://desk.example.org", "--approve", "BCDF-GHJK"), 2, "Say where"),
        (("login", "desk.example.org"), 2, "no address of a desk"),
        (("login", "--approve", "BCDF-GHJK"), 6, "Nothing waits under this code"),
        (("logout",), 5, "keeps no sign-in"),
        (("logout", "https://desk.example.org"), 5, "no sign-in for https://desk.example.org"),
    ],
)
def test_what_cannot_be_is_said(
    cli: Commands, typed: tuple[str, ...], code: int, said: str
) -> None:
    answer = cli(*typed)
    assert answer.code == code, answer
    assert said in answer.err


def test_whoever_is_signed_in_nowhere_is_told_how(
    cli: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLISHER_URL", "https://desk.example.org")
    answer = cli("queue")
    assert answer.code == 5
    assert "publisher login https://desk.example.org" in answer.err


def test_a_sign_in_is_forgotten_here_also_when_the_desk_does_not_know_it_any_more(
    cli: Commands, lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = {"XDG_CONFIG_HOME": str(lite.folder)}
    stored.keep(Stored("http://localhost:1", "ann", "pub_ses_ended"), env)
    tcp = Counter(lite).over_tcp("pub_ses_ended")
    monkeypatch.setattr("publisher.client.door.connection", lambda _: _Over(tcp))
    assert cli("queue", by=None).code == 5
    assert "Signed out at http://localhost:1." in cli("logout").out
    assert stored.read(env) == []


def test_where_the_desk_cannot_be_reached_it_is_said_that_it_lives_on_there(
    cli: Commands, lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = {"XDG_CONFIG_HOME": str(lite.folder)}
    stored.keep(Stored("http://localhost:1", "ann", "pub_ses_ended"), env)
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(lite.folder))
    answer = cli("logout")
    assert answer.code == 8
    assert "End it on the server: publisher session" in answer.err
    assert stored.read(env) == []


class _Over:
    """What `http.client` would be over TCP."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    def connect(self) -> None:
        """There is nothing to open."""

    def close(self) -> None:
        """Nor to close."""

    def request(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> None:
        self._answer = self._counter.ask(method, path, by="", content=body, headers=headers)

    def getresponse(self) -> object:
        from commands import Answered

        return Answered(self._answer)
