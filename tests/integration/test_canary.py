"""Planted credentials go through the real client libraries at their most talkative, and stay in."""

import io
import logging
import socket
import sys
import threading

import pytest
import requests
import structlog
from requests_oauthlib import OAuth1

from publisher import hidden, log
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
