"""Connecting an account: tried at once, compared with the register, kept by the daemon alone."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from joining import ACCOUNT, LEDGER, PLACES, TYPED, Office, opened
from sqlalchemy import select, update
from world import founded

from publisher.daemon import connecting
from publisher.networks.x.pin import Pin
from publisher.sandbox import user_id


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(tmp_path, founded("sqlite")[0]) as made:
        yield made


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def history(office: Office, verb: str) -> list[Any]:
    with office.world.app.store.read() as tx:
        return list(tx.all(select(LEDGER).where(LEDGER.c.verb == verb)))


@pytest.mark.parametrize("account", sorted(PLACES))
def test_what_the_network_takes_is_kept_and_the_next_post_goes_out_with_it(
    office: Office, account: str
) -> None:
    answer = office.connect(account)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["authorize"] == ""
    assert found["account"]["credentials"] == "vault"
    assert found["account"]["recognised_as"] == office.account(account).remote_user_id
    assert office.opened(account) == TYPED[account]
    [row] = history(office, "connect account")
    assert (row.actor, row.subject) == ("gus", account)
    post = office.world.approved(
        "The fair opens at nine in the morning", account, title="The fair opens at nine"
    )
    office.world.settle()
    assert office.world.state(post, account) == "published", office.world.show(post)


def test_x_is_connected_by_the_number_that_its_page_shows(office: Office) -> None:
    requests_account(office, "x")
    with office.daemon():
        begun = office.ask("x", secrets={"consumer_key": "sandbox", "consumer_secret": "sandbox"})
        address = begun.json()["authorize"]
        assert address.startswith(f"{office.sandbox.url}/x/oauth/authorize?oauth_token=")
        assert office.rows() == []
        done = office.ask("x", pin=office.pin(address, "x"))
    assert done.status_code == 200, done.text
    assert office.opened("x") == TYPED["x"]
    assert done.json()["account"]["recognised_as"] == user_id("x", "x")


def requests_account(office: Office, name: str) -> None:
    """The stand-in knows an account from its first use."""
    with office.sandbox.world.lock:
        office.sandbox.world.account("x", name)


APP = {"consumer_key": "sandbox", "consumer_secret": "sandbox"}


@pytest.mark.parametrize("typed", ["0000000", "12", "a" * 7, "9" * 40, "1234567 OR 1"])
def test_a_number_that_was_typed_wrong_keeps_nothing_and_one_begins_anew(
    office: Office, typed: str
) -> None:
    with office.daemon():
        address = office.ask("x", secrets=APP).json()["authorize"]
        right = office.pin(address, "x")
        wrong = office.ask("x", pin=typed)
        assert code(wrong) == (409, "connect.refused")
        assert "begin again" in wrong.json()["detail"]
        assert code(office.ask("x", pin=right)) == (409, "connect.nothing_begun")
    assert office.rows() == []


def test_a_number_of_another_account_is_not_kept(office: Office) -> None:
    with office.daemon():
        address = office.ask("x", secrets=APP).json()["authorize"]
        other = office.ask("x", pin=office.pin(address, "somebody"))
    assert code(other) == (409, "connect.another")
    assert office.rows() == []


def test_a_number_is_good_for_whoever_began_and_for_a_while(office: Office) -> None:
    with office.daemon():
        address = office.ask("x", secrets=APP).json()["authorize"]
        right = office.pin(address, "x")
        office.world.clock.forward(minutes=16)
        assert code(office.ask("x", pin=right)) == (409, "connect.nothing_begun")
    with office.daemon():  # another one, which knows nothing of it
        assert code(office.ask("x", pin=right)) == (409, "connect.nothing_begun")
        assert code(office.ask("page", pin=right)) == (409, "connect.nothing_begun")


def test_an_app_that_x_does_not_know_is_refused(office: Office) -> None:
    wrong = office.connect("x", consumer_key="mine", consumer_secret="sandbox")
    assert code(wrong) == (409, "connect.refused")


@pytest.mark.parametrize("account", sorted(PLACES))
def test_credentials_of_another_account_are_refused_and_what_was_there_stays(
    office: Office, account: str
) -> None:
    office.connect(account)
    before = office.rows()
    other = {account: "stranger", f"sandbox-{account}": "sandbox-stranger"}
    stranger = {name: other.get(value, value) for name, value in TYPED[account].items()}
    answer = office.connect(account, **stranger)
    network = PLACES[account]
    assert code(answer) == (409, "connect.another")
    assert user_id(network, "stranger") in answer.json()["detail"]
    assert office.rows() == before
    assert office.opened(account) == TYPED[account]


@pytest.mark.parametrize("account", sorted(PLACES))
def test_credentials_that_the_network_does_not_take_are_refused_and_not_quoted(
    office: Office, account: str
) -> None:
    wrong = {name: f"canary-7f3a9e-{name}" for name in TYPED[account]}
    answer = office.connect(account, **wrong)
    assert code(answer) == (409, "connect.refused")
    hidden = [v for k, v in wrong.items() if k not in ("username", "api_username")]
    assert not any(value in answer.text for value in hidden)
    assert office.rows() == []


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"secrets": {}}, "connect.lacks"),
        ({"secrets": {"api_key": "sandbox-board"}}, "connect.lacks"),
        ({"secrets": {"api_key": " ", "api_username": "board"}}, "connect.lacks"),
        ({"secrets": {"password": "x"}}, "connect.unknown"),
        ({"secrets": {"api_key": "a\nb", "api_username": "board"}}, "connect.no_secret"),
        ({"secrets": {"api_key": "a" * 1000 + "\u200b", "api_username": ""}}, "request.too_long"),
        ({"secrets": {f"{n:0200}": "\U0001f600" * 1000 for n in range(99)}}, "connect.unknown"),
        ({"secrets": {"api_key": "a" * 1001, "api_username": "board"}}, "request.too_long"),
        ({"secrets": {"api_key": 7}}, "request.not_understood"),
        ({"secrets": []}, "request.not_understood"),
        ({"token": "x"}, "request.not_understood"),
    ],
)
def test_what_is_no_credential_is_refused_with_what_is(
    office: Office, body: Any, refusal: str
) -> None:
    with office.daemon():
        assert code(office.ask("board", **body)) == (422, refusal)
    assert office.rows() == []


def test_the_longest_ones_in_any_letters_reach_the_daemon(office: Office) -> None:
    longest = dict.fromkeys(TYPED["x"], "😀" * 1000)
    assert code(office.connect("x", **longest)) == (409, "connect.refused")


def test_without_a_daemon_it_says_so_and_to_try_again(office: Office) -> None:
    answer = office.ask("board", secrets=TYPED["board"])
    assert code(answer) == (503, "beside.no_daemon")
    assert answer.headers["Retry-After"]
    assert office.rows() == []
    assert code(office.ask("board", "ann", secrets=TYPED["board"])) == (403, "roles.may_not")
    assert code(office.ask("nowhere", secrets={})) == (404, "find.no_account")


def test_of_two_at_once_one_is_told_to_wait(office: Office, monkeypatch: Any) -> None:
    reached, go_on, answers = threading.Event(), threading.Event(), []

    def slow(*of: Any) -> Any:
        reached.set()
        assert go_on.wait(20)
        return real(*of)

    real = connecting._more
    monkeypatch.setattr(connecting, "_more", slow)
    with office.daemon():
        one = threading.Thread(
            target=lambda: answers.append(office.ask("board", secrets=TYPED["board"]))
        )
        one.start()
        assert reached.wait(20)
        other = office.ask("page", secrets=TYPED["page"])
        go_on.set()
        one.join(20)
    assert code(other) == (503, "connect.busy")
    assert [one.status_code for one in answers] == [200]
    assert {row.account for row in office.rows()} == {"board"}


def test_an_account_that_was_moved_meanwhile_is_not_connected(
    office: Office, monkeypatch: Any
) -> None:
    def moves(*of: Any) -> Any:
        told = update(ACCOUNT).where(ACCOUNT.c.id == "board").values(remote_user_id="77")
        office.world.by_hand(told)
        return real(*of)

    real = connecting._more
    monkeypatch.setattr(connecting, "_more", moves)
    assert code(office.connect("board")) == (409, "connect.moved")
    assert office.rows() == []


def test_a_retired_account_or_one_that_was_changed_by_hand_is_not_connected(office: Office) -> None:
    store = office.world.app.store
    with store.engine.begin() as conn:
        conn.execute(update(ACCOUNT).where(ACCOUNT.c.id == "board").values(base_url="http://e"))
    assert code(office.connect("board")) == (409, "connect.retired")


@pytest.mark.filterwarnings("ignore:Exception in thread")
def test_a_daemon_that_dies_between_trying_and_keeping_has_kept_nothing(
    office: Office, monkeypatch: Any
) -> None:
    office.connect("board")
    before = office.rows()

    def dies(*_: Any) -> Any:
        raise SystemExit

    monkeypatch.setattr(connecting.provision, "look_again", dies)
    answer = office.connect("board")
    assert code(answer) == (503, "beside.no_daemon")
    office.starts()
    assert office.rows() == before
    assert office.opened("board") == TYPED["board"]


def test_one_that_dies_once_it_is_kept_has_it_at_its_next_start(
    office: Office, monkeypatch: Any
) -> None:
    monkeypatch.setattr(office.vault, "look", lambda: 1 / 0)
    assert office.connect("board").status_code == 500
    office.starts()
    assert office.opened("board") == TYPED["board"]
    assert office.account("board").whoami_credential == office.world.app.credential_of(
        office.account("board")
    )


def test_who_we_are_is_asked_of_the_daemon_for_what_only_it_can_open(office: Office) -> None:
    office.connect("blog")
    office.world.app.vault = None  # the desk is another process
    assert code(office.counter.post("/accounts/blog/verify", by="cy")) == (503, "beside.no_daemon")
    office.world.app.vault = office.vault
    with office.daemon():
        found = office.counter.post("/accounts/blog/verify", by="cy").json()
        assert (found["fits"], found["user"]) == (True, user_id("wordpress", "blog"))
        assert found["rights"]["publish"] is True


def test_how_long_a_token_is_good_is_asked_and_kept_beside_it(office: Office) -> None:
    office.sandbox.world.settings["facebook_token_days"] = 60
    found = office.connect("page").json()
    assert found["rights"]["publish"] is True
    assert found["account"]["credentials_until"] == "2027-01-30T01:00:00Z"
    office.sandbox.world.settings["facebook_token_days"] = -1
    assert code(office.connect("page")) == (409, "connect.ended")
    assert office.counter.get("/accounts/page").json()["credentials_until"] is not None


# -- a network that means no good ------------------------------------------------------------------

FORM = b"oauth_token=%b&oauth_token_secret=s&oauth_callback_confirmed=true"
ANSWERS: dict[str, bytes] = {
    "huge": b"oauth_token=" + b"a" * 6_000_000,
    "long": FORM % (b"a" * 5_000),
    "many": b"&".join(b"a=%d" % n for n in range(9_000)),
    "no text": b"\xff\xfe\x00",
    "a line break": FORM % b"a%0d%0ab",
    "no secret": b"oauth_token=a",
    "lists": b'{"data": [[[]]], "oauth_token": []}',
    "deep": b"[" * 100_000,
    "numbers": b'{"data": {"id": 12345, "is_valid": true, "expires_at": "soon", "scopes": 7}}',
    "an odd id": json.dumps({"id": "1" * 900, "data": {"id": "\u202e1"}}).encode(),
    "html": b"<html>sign in</html>",
    "nothing": b"",
}


@pytest.fixture
def hostile() -> Iterator[Callable[[bytes], str]]:
    """A server that answers everything with the same bytes."""
    body = [b""]

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # as the library calls it
            self.send_response(200)
            self.send_header("Content-Length", str(len(body[0])))
            self.end_headers()
            self.wfile.write(body[0])

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def says(what: bytes) -> str:
        body[0] = what
        return f"http://127.0.0.1:{server.server_port}"

    yield says
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("what", sorted(ANSWERS))
def test_whatever_a_network_answers_nothing_is_kept_and_it_is_said(
    office: Office, hostile: Callable[[bytes], str], what: str
) -> None:
    office.world.by_hand(update(ACCOUNT).values(base_url=hostile(ANSWERS[what])))
    with office.daemon():
        for account, typed in ({**TYPED, "x": APP}).items():
            answer = office.ask(account, secrets=typed)
            assert code(answer) in (
                (409, "connect.refused"),
                (409, "connect.another"),
            ), f"{account}: {answer.text}"
            assert len(answer.json()["detail"]) < 1_000
    assert office.rows() == []


def test_of_another_network_under_the_same_name_nothing_old_is_left(office: Office) -> None:
    office.connect("blog")
    here = {"network": "facebook", "base_url": f"{office.sandbox.url}/facebook"}
    told = {**here, "remote_user_id": user_id("facebook", "blog")}
    office.world.by_hand(update(ACCOUNT).where(ACCOUNT.c.id == "blog").values(**told))
    assert office.connect("blog", access_token="sandbox-blog").status_code == 200
    assert office.opened("blog") == {"access_token": "sandbox-blog"}
    row = office.account("blog")
    assert row.whoami_credential == office.world.app.credential_of(row)


def test_what_it_asks_for_is_what_the_network_needs(office: Office) -> None:
    found = office.counter.get("/accounts/x/connect", by="gus").json()
    assert [one["name"] for one in found] == list(TYPED["x"])
    assert [one["by_pin"] for one in found] == [one["name"] in Pin.GIVES for one in found]
    [key, user] = office.counter.get("/accounts/board/connect", by="gus").json()
    assert (key["shown"], user["shown"], user["by_pin"]) == (False, True, False)
