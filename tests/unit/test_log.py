"""The canary test: planted secrets go into every way of writing a line, and none comes out."""

import base64
import io
import json
import logging
import sys
import threading
import warnings
from urllib.parse import quote, quote_plus

import pytest
import structlog

from publisher import hidden, log
from publisher.clock import monotonic
from publisher.store.proofs import PREFIXES, made

CANARY = "canary/+=ü sécret&7f3a9e"


@pytest.fixture(autouse=True)
def as_before():
    """Logging is the whole process's; leave it as pytest had it."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, sys.excepthook, threading.excepthook)
    levels = {name: logging.getLogger(name).level for name in log._QUIET}
    raising = logging.raiseExceptions
    _forget()  # what other tests of this process have hidden, such as the name of an account here
    yield
    root.handlers[:], root.level, sys.excepthook, threading.excepthook = before
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    logging.raiseExceptions = raising
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    _forget()


def _forget():
    hidden._hidden.clear()
    hidden._lengths.clear()


@pytest.fixture
def out():
    stream = io.StringIO()
    log.setup("json", stream=stream)
    return stream


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_time_level_and_name(out):
    log.get("publisher.release", delivery="d1").info("sent", account="sandbox-x", parts=2)
    (line,) = lines(out)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "sent",
        "level": "info",
        "logger": "publisher.release",
        "delivery": "d1",
        "account": "sandbox-x",
        "parts": 2,
    }


FORMS = {
    "as it is": CANARY,
    "in a URL": quote(CANARY, safe=""),
    "in a path": quote(CANARY),
    "in a form": quote_plus(CANARY),
    "in JSON": json.dumps(CANARY),
    "in a repr": repr({"x": CANARY}),
    "in base64": base64.b64encode(CANARY.encode()).decode(),
    "in basic auth": base64.b64encode(f"me:{CANARY}".encode()).decode(),
    "in basic auth, shifted once": base64.b64encode(f"you:{CANARY}".encode()).decode(),
    "in basic auth, shifted twice": base64.b64encode(f"them:{CANARY}".encode()).decode(),
    "in URL-safe base64": base64.urlsafe_b64encode(CANARY.encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_hidden_value_leaves_no_trace_in_any_form(form):
    hidden.hide(CANARY)
    said = hidden.redact(f"before {form} after")
    assert hidden.HIDDEN in said
    assert "7f3a9e" not in said
    core = form.strip("\"'{}: =")[12:24]
    assert core not in said
    assert said.startswith("before ")
    assert said.endswith(" after")


def _in_an_exception(logger):
    try:
        int(CANARY)
    except ValueError:
        logger.exception("failed")


WAYS = {
    "the event": lambda logger: logger.info(CANARY),
    "an argument": lambda logger: logger.info("with %s", CANARY),
    "a value": lambda logger: logger.info("with", text=CANARY),
    "a key": lambda logger: logger.info("with", **{CANARY: 1}),
    "a nested value": lambda logger: logger.info("with", text={"a": [{"b": (CANARY,)}]}),
    "bytes": lambda logger: logger.info("with", text=CANARY.encode()),
    "an object": lambda logger: logger.info("with", text=ValueError(CANARY)),
    "a traceback": _in_an_exception,
    "bound values": lambda logger: logger.bind(x=CANARY).info("with"),
}


@pytest.mark.parametrize("form", ["json", "pretty"])
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_no_way_of_writing_a_line_shows_a_hidden_value(way, form):
    stream = io.StringIO()
    log.setup(form, stream=stream)
    hidden.hide(CANARY)
    hidden.hide("canary-7f3a9e-plain")
    way(log.get("publisher"))
    assert stream.getvalue()
    assert "7f3a9e" not in stream.getvalue()


@pytest.mark.parametrize("library", log._QUIET)
def test_a_library_s_lines_pass_the_same_filter_and_its_debugging_is_off(out, library):
    hidden.hide(CANARY)
    logger = logging.getLogger(library)
    logger.debug("body %s", CANARY)
    assert out.getvalue() == ""
    logger.warning("retry %s", CANARY)
    logging.getLogger(f"{library}.inner").error("oh %s", {"a": CANARY})
    assert [line["level"] for line in lines(out)] == ["warning", "error"]
    assert "7f3a9e" not in out.getvalue()


@pytest.mark.filterwarnings("default")
def test_warnings_and_what_nobody_caught_pass_the_same_filter(out):
    hidden.hide(CANARY)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(CANARY, stacklevel=1)
    try:
        int(CANARY)
    except ValueError as error:
        trace = (ValueError, error, error.__traceback__)
        sys.excepthook(*trace)
        threading.excepthook(threading.ExceptHookArgs((*trace, None)))
    assert len(lines(out)) == 3
    assert "7f3a9e" not in out.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "GET /v1/me?access_token=canary7f3a9e&fields=id",
        "Authorization: Bearer canary7f3a9e",
        "Authorization: Basic canary7f3a9e",
        "{'Authorization': 'Bearer canary7f3a9e'}",
        '{"api_key": "canary7f3a9e"}',
        "X-Api-Key: canary7f3a9e",
        "oauth_signature=canary7f3a9e",
        "client_secret=canary7f3a9e",
        "password = canary7f3a9e",
    ],
)
def test_what_stands_under_a_telling_name_is_hidden_even_if_nobody_registered_it(text):
    assert "7f3a9e" not in hidden.redact(text)


def test_what_people_show_to_be_known_by_is_hidden_by_how_it_begins():
    for what in PREFIXES:
        secret = made(what)
        assert hidden.redact(f"refused {secret}.") == f"refused {hidden.HIDDEN}."


def test_values_under_telling_keys_are_hidden(out):
    log.get("a").info(
        "x", access_token="t", password={"a": 1}, api_key=["k"], accessToken="t", tokens=3, key="d1"
    )
    (line,) = lines(out)
    assert (line["access_token"], line["password"], line["api_key"]) == (hidden.HIDDEN,) * 3
    assert line["accessToken"] == hidden.HIDDEN
    assert (line["tokens"], line["key"]) == (3, "d1")


def test_many_secrets_and_long_texts_cost_little():
    for number in range(4000):
        hidden.hide(f"secret-number-{number:05}-{CANARY}")
    text = "a" * 100_000 + f"secret-number-03999-{CANARY}" + "token" * 20_000
    started = monotonic()
    assert "7f3a9e" not in hidden.redact(text)
    assert monotonic() - started < 1


def test_short_values_stay_for_they_stand_in_ordinary_words():
    hidden.hide("sandbox")
    hidden.hide("")
    assert hidden.redact("sandbox-x was sent") == "sandbox-x was sent"


@pytest.mark.parametrize("form", ["json", "pretty"])
def test_a_value_cannot_forge_a_line_or_speak_to_the_terminal(form):
    stream = io.StringIO()
    log.setup(form, stream=stream)
    log.get("a").info("one\nline", text="a\r\n2026 forged\x1b[2J\u202e\u2028\u0085x", name="日本語")
    said = stream.getvalue()
    assert said.count("\n") == 1
    for char in ("\r", "\u202e", "\u2028", "\u0085", "\x1b[2J"):
        assert char not in said


def test_readable_text_stays_readable():
    assert hidden.plain("日本語 café 👍") == "日本語 café 👍"
    assert hidden.plain("a\nb\tc", keep="\n") == "a\nb\\tc"


def test_setting_up_twice_writes_each_line_once(out):
    log.setup("json", stream=out)
    log.get("a").info("once")
    assert len(lines(out)) == 1


def test_a_bad_record_neither_raises_nor_prints_its_arguments(out, capsys):
    hidden.hide(CANARY)
    logging.getLogger("x").warning("%d", CANARY)
    log.get("x").warning("%d", CANARY)
    assert "7f3a9e" not in capsys.readouterr().err + out.getvalue()
