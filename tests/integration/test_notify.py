"""Telling people: what arrives, what is said when it does not, and that no address is repeated."""

import io
import json
import logging
import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from publisher import hidden, notify, systemd
from publisher.clock import monotonic, utc_now
from publisher.networks import Outbound, Tools

TOOLS = Tools(utc_now, monotonic, lambda _: b"")
TOKEN = "canary7f3a9eCanary7f3a9e"


class Listener:
    """A web server on this machine that answers by path and keeps what it was told."""

    def __init__(self):
        self.heard = []
        self.release = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.heard.append((self.command, self.path, body))
                if "hang" in self.path:
                    outer.release.wait(20)
                self.send_response(
                    500 if "fail" in self.path else 302 if "away" in self.path else 200
                )
                self.send_header("Location", "/ping")
                self.end_headers()

            do_GET = do_POST  # noqa: N815  # the name that http.server asks for

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def listener():
    one = Listener()
    yield one
    one.close()
    hidden._hidden.clear()
    hidden._lengths.clear()


def test_a_message_arrives_as_plain_text_with_nothing_attached(listener):
    failed = notify.send(
        [f"json://{listener.address}/{TOKEN}"],
        title="On hold\nover its slot",
        body="“Hello” <b>waits</b>\n日本語 \\n &amp;",
        timeout=5,
    )
    assert failed == ()
    ((_, path, body),) = listener.heard
    told = json.loads(body)
    assert path == f"/{TOKEN}"
    assert told["title"] == "On hold over its slot"
    assert told["message"] == "“Hello” <b>waits</b>\n日本語 \\n &amp;"
    assert told.get("attachments", []) == []


def test_one_that_fails_keeps_no_other_from_being_told(listener):
    urls = [
        f"json://{listener.address}/fail/{TOKEN}",
        "no address at all",
        f"nosuch://{TOKEN}",
        f"json://{listener.address}/good",
        f"json://127.0.0.1:{closed_port()}/{TOKEN}",
    ]
    failed = notify.send(urls, title="t", body="b", timeout=5)
    assert [line.split(": ")[0] for line in failed] == [
        "1. (json)",
        "2. (unknown kind)",
        "3. (nosuch)",
        "5. (json)",
    ]
    assert TOKEN not in "".join(failed)
    assert ("POST", "/good") in [(verb, path) for verb, path, _ in listener.heard]


def test_one_that_dawdles_costs_no_more_than_the_time_allowed(listener):
    started = monotonic()
    failed = notify.send(
        [f"json://{listener.address}/hang", f"json://{listener.address}/good"],
        title="t",
        body="b",
        timeout=1,
    )
    assert monotonic() - started < 4
    assert len(failed) == 1
    assert failed[0].startswith("1. (json): ")


def test_nobody_to_tell_is_no_failure():
    assert notify.send([], title="t", body="b", timeout=1) == ()


def test_no_piece_of_an_address_reaches_the_log(listener):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("apprise")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        url = f"json://me:{TOKEN}@{listener.address}/fail/{TOKEN[::-1]}?key=secret-{TOKEN}"
        assert notify.send([url], title="t", body="b", timeout=5)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
    assert stream.getvalue()
    said = hidden.redact(stream.getvalue())
    assert TOKEN not in said
    assert TOKEN[::-1] not in said


def test_apprise_is_imported_by_the_first_message_only():
    code = "import sys, publisher.notify; sys.exit('apprise' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/ping", ""),
        ("/fail", "it answered 500"),
        ("/hang", "127.0.0.1 did not finish its answer in time"),
        ("/away", "it answered 302"),
    ],
)
def test_a_heartbeat_is_heard_or_says_why_not(listener, path, answer):
    assert notify.heartbeat(f"http://{listener.address}{path}", TOOLS, timeout=0.5) == answer
    assert listener.heard[0][:2] == ("GET", path)


def test_a_heartbeat_that_reaches_nobody_does_not_raise_or_repeat_its_address():
    url = f"http://127.0.0.1:{closed_port()}/{TOKEN}"
    said = notify.heartbeat(url, TOOLS, timeout=0.5)
    assert said.startswith("no connection to 127.0.0.1")
    assert TOKEN not in said
    assert notify.heartbeat("http://[bad", TOOLS, timeout=0.5)
    hidden._hidden.clear()
    hidden._lengths.clear()


def test_what_libraries_call_goes_the_configured_way_and_reads_no_netrc(monkeypatch):
    for name in ("NETRC", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, "before")
    notify.lead_out(Outbound("http://proxy.example:3128", "/etc/ca.pem"))
    assert os.environ["NETRC"] == os.devnull
    assert os.environ["HTTPS_PROXY"] == os.environ["HTTP_PROXY"] == "http://proxy.example:3128"
    assert os.environ["REQUESTS_CA_BUNDLE"] == "/etc/ca.pem"


def closed_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_hears_what_we_tell_it(tmp_path, abstract):
    path = f"publisher-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(("\0" if abstract else "") + path)
        sock.settimeout(2)
        env = {"NOTIFY_SOCKET": ("@" if abstract else "") + path}
        assert systemd.tell("READY=1\nSTATUS=nothing is due", env)
        assert sock.recv(1000) == b"READY=1\nSTATUS=nothing is due"
    assert not systemd.tell("WATCHDOG=1", env)


def test_without_systemd_nothing_is_told():
    assert not systemd.tell("READY=1", {})
