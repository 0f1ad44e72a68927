"""Planted credentials go through the real client libraries at their most talkative, and stay in."""

import io
import logging
import socket
import sys
import threading

import pytest
import requests
import structlog
from joining import PLACES, TYPED, opened
from requests_oauthlib import OAuth1
from sqlalchemy import text
from world import founded

from publisher import hidden, log
from publisher.networks.registry import about
from publisher.store.secrets import resolve

CANARIES = {
    "access_token": "EAAGcanary7f3a9eFacebook+/=",
    "password": "wxyz 7f3a canary9e abcd",
    "consumer_secret": "canary-7f3a9e-consumer-secret",
    "access_token_secret": "canary-7f3a9e-token-secret",
    "api_key": "canary7f3a9ediscourse",
}


@pytest.fixture
def out():
    """Every logger at DEBUG, into one stream; afterwards as it was."""
    names = [None, *log._QUIET, "http.client"]
    before = {name: logging.getLogger(name).level for name in names}
    root = logging.getLogger()
    handlers, hooks = root.handlers[:], (sys.excepthook, threading.excepthook)
    stream = io.StringIO()
    log.setup("json", stream=stream, level=logging.DEBUG)
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield stream
    root.handlers[:] = handlers
    sys.excepthook, threading.excepthook = hooks
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(capture=False)
    logging.raiseExceptions = True
    structlog.reset_defaults()
    hidden._hidden.clear()
    hidden._lengths.clear()


# By account, what is typed to connect it: nothing of it that is no name may be seen again.
PLANTED = {
    "x": {
        "consumer_key": "canary-7f3a9e-key",
        "consumer_secret": "canary-7f3a9e-consumer-secret",
        "access_token": "sandbox-canary-7f3a9e-token",
        "access_token_secret": "canary-7f3a9e-token-secret",
    },
    "page": {"access_token": "sandbox-canary-7f3a9e/Facebook+="},
    "blog": {"username": "writer", "password": "wxyz 7f3a canary9e abcd"},
    "board": {"api_key": "canary7f3a9ediscourse", "api_username": "writer"},
}


def nobody():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{sock.getsockname()[1]}/v1/{CANARIES['api_key']}"


def by_query(values, url):
    requests.get(url, params={"access_token": values["access_token"]}, timeout=1)


def by_basic_auth(values, url):
    requests.post(url, auth=("publisher", values["password"]), timeout=1)


def by_oauth(values, url):
    signed = OAuth1("key", values["consumer_secret"], "token", values["access_token_secret"])
    requests.post(url, auth=signed, data={"status": "Hello"}, timeout=1)


def by_header(values, url):
    requests.get(url, headers={"Api-Key": values["api_key"]}, timeout=1)


@pytest.mark.parametrize("ask", [by_query, by_basic_auth, by_oauth, by_header])
def test_a_request_that_fails_takes_no_credential_into_the_log(tmp_path, out, ask):
    refs = {name: f"env:{name}" for name in CANARIES}
    values = resolve(refs, tmp_path, CANARIES)
    logger = log.get("publisher.release")
    try:
        ask(values, nobody())
    except requests.RequestException as error:
        request = error.request
        logger.exception("could not send", error=error, url=request.url, body=request.body)
        logger.warning("headers", sent=dict(request.headers), said=str(error.args))
    said = out.getvalue()
    assert said.count('"logger": "publisher.release"') == 2
    assert "Traceback" in said
    for canary in CANARIES.values():
        assert canary not in said
    assert "7f3a" not in said


@pytest.fixture
def office(tmp_path, out):
    with opened(tmp_path, founded("sqlite")[0]) as made:
        yield made


def seen(office, out, answers):
    """Everything that somebody may come to see, but the vault itself."""
    office.counter.close()
    store = office.world.app.store
    with store.read() as tx:
        tables = [
            str(tx.all(text(f"SELECT * FROM {table}")))
            for table in ("ledger", "payload", "notification", "account", "attempt", "meta")
        ]
    witness = "".join(
        one.read_text("utf-8", "replace")
        for one in office.world.mark.path.parent.rglob("*")
        if one.is_file()
    )
    told = [office.counter.ask("GET", "/metrics", by="", bare=True), *answers]
    told += [office.counter.get(path, by="gus") for path in ("/accounts", "/status", "/ledger")]
    told += [office.counter.get("/ledger/export", by="gus")]
    texts = [f"{one.text} {one.headers}" for one in told]
    return "\n".join([out.getvalue(), *tables, witness, *texts])


def breaking(error):
    def make(_account, _tools, secrets):
        raise error(f"cannot use {sorted(secrets.values())}")

    return make


@pytest.mark.parametrize("account", sorted(PLACES))
@pytest.mark.parametrize("how", ["as it is", "401", "garbage", "reset", "library", "fault of ours"])
def test_what_is_typed_to_connect_an_account_is_seen_nowhere_again(office, out, account, how):
    planted = PLANTED[account]
    network = PLACES[account]
    if how in ("401", "garbage", "reset"):
        name = planted.get("access_token", "sandbox-writer").removeprefix("sandbox-")
        office.sandbox.board.add(
            {"fault": how, "network": network, "on": "any", "account": name, "times": 9}
        )
    if how == "library":
        office.world.app.make_adapter = breaking(RuntimeError)
    if how == "fault of ours":
        office.vault.look = lambda: 1 / 0
        planted = {**TYPED[account], **{k: v for k, v in planted.items() if "consumer" in k}}
    answers = [office.connect(account, **planted)]
    assert answers[0].status_code in (409, 500)
    text = seen(office, out, answers)
    assert "7f3a" not in text
    names = about(network).names
    assert not [v for k, v in planted.items() if k not in names and len(v) > 8 and v in text]


@pytest.mark.parametrize("account", sorted(PLACES))
def test_what_was_connected_is_seen_nowhere_when_it_is_used_and_when_it_fails(office, out, account):
    assert office.connect(account).status_code == 200
    world = office.world
    world.approved("The fair opens at nine", account, title="The fair opens at nine")
    world.settle()
    office.sandbox.board.add({"fault": "401", "network": PLACES[account], "on": "any", "times": 9})
    world.approved("The fair closes at nine", account, title="The fair closes at nine")
    world.clock.forward(minutes=20)
    world.settle()
    office.keys.unlink()
    office.starts()
    world.releaser._next_whoami = 0.0
    world.settle()
    with office.daemon():
        verified = office.counter.post(f"/accounts/{account}/verify", by="gus")
    text = seen(office, out, [verified])
    names = about(PLACES[account]).names
    hidden = [v for k, v in TYPED[account].items() if k not in names and len(v) > 8]
    assert hidden
    assert not [value for value in hidden if value in text]
