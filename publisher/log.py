"""Logs that an operator can read and that no secret is in.

Every line, ours or a library's, passes one filter: known secret values (and their URL-encoded and
base64 forms) and values under telling names are replaced; control characters are escaped.
"""

import base64
import json
import logging
import re
import sys
import threading
import unicodedata
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Literal, TextIO
from urllib.parse import quote, quote_plus

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from publisher.invisible import ACTING

HIDDEN = "[hidden]"
SHORTEST = 8  # anything shorter stands in ordinary words too, and hiding those would blind the log

_WORDS = (
    r"token|secret|passw(?:or)?d|api[_-]?key|authorization|cookie|credentials?|signature|"
    r"private[_-]?key|oauth_\w{1,40}"  # bounded: else a line of nothing but "oauth_" takes minutes
)
_TELLING_KEY = re.compile(_WORDS, re.IGNORECASE)
_TELLING_TEXT = re.compile(
    rf"""((?:{_WORDS})["']?\s*[=:]\s*(?:b(?=["']))?["']?)(?:(?:bearer|basic|oauth)\s+)?[^\s&"',;}}]+""",
    re.IGNORECASE,
)
# What our own people show to be known by: it tells itself by how it begins.
_SHOWN = re.compile(r"pub_(?:tok|ses)_\w{1,100}", re.ASCII)
_QUIET = ("urllib3", "tweepy", "requests_oauthlib", "oauthlib", "apprise", "apscheduler", "PIL")

# Every form of every hidden value, and their lengths (longest first) by the first SHORTEST
# characters: looking a line through costs the same however many secrets there are.
_hidden: set[str] = set()
_lengths: dict[str, tuple[int, ...]] = {}
_guard = threading.Lock()


def hide(value: str) -> None:
    """From now on `value` appears in no log line, in none of the forms that libraries print it in.

    Values under `SHORTEST` characters are left alone.
    """
    if len(value) < SHORTEST or value in _hidden:
        return
    with _guard:
        for form in forms(value):
            known = _lengths.get(form[:SHORTEST], ())
            _lengths[form[:SHORTEST]] = tuple(sorted({*known, len(form)}, reverse=True))
            _hidden.add(form)


def forms(value: str) -> Iterator[str]:
    """`value` as libraries and networks print it: plain, URL-encoded, quoted, in base64."""
    yield from (value, quote(value, safe=""), quote(value), quote_plus(value))
    raw = value.encode()
    yield from (json.dumps(value)[1:-1], repr(value)[1:-1], repr(raw)[2:-1])
    for shift in range(3):  # base64 of "user:secret" holds the secret at one of three alignments
        encoded = base64.b64encode(b"\0" * shift + raw).decode()
        core = encoded[(0, 2, 3)[shift] : len(encoded) - (0, 3, 2)[(len(raw) + shift) % 3]]
        if len(core) >= SHORTEST:
            yield from (core, core.replace("+", "-").replace("/", "_"), quote(core, safe=""))


def redact(text: str) -> str:
    """`text` without known secrets and without values that stand under a telling name."""
    kept, done, at = [], 0, 0
    while _hidden and at <= len(text) - SHORTEST:
        lengths = _lengths.get(text[at : at + SHORTEST], ())
        found = next((size for size in lengths if text[at : at + size] in _hidden), 0)
        if found:
            kept += [text[done:at], HIDDEN]
            done = at + found
        at += found or 1
    rest = _SHOWN.sub(HIDDEN, "".join(kept) + text[done:])
    return _TELLING_TEXT.sub(rf"\1{HIDDEN}", rest)


def plain(text: str, *, keep: str = "") -> str:
    """`text` with control, bidi and other invisible characters escaped, except those in `keep`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char if char in keep or unicodedata.category(char) not in ACTING else _escaped(char)
        for char in text
    )


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def get(name: str, **values: Any) -> structlog.stdlib.BoundLogger:
    """A logger; `values` stand in each of its lines."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name, **values)
    return logger


def setup(
    form: Literal["auto", "json", "pretty"] = "auto",
    *,
    stream: TextIO | None = None,
    level: int = logging.INFO,
) -> None:
    """Send every log line of the process to `stream` (stderr). `auto` is pretty on a terminal."""
    out = stream or sys.stderr
    pretty = form == "pretty" or (form == "auto" and out.isatty())
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                clean,
                _pretty() if pretty else structlog.processors.JSONRenderer(),
            ],
        )
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    _take_over(handler, level)


def _pretty() -> Processor:
    return structlog.dev.ConsoleRenderer(
        colors=True, exception_formatter=structlog.dev.plain_traceback
    )


def _take_over(handler: logging.Handler, level: int) -> None:
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
        library.setLevel(max(level, logging.WARNING))
    logging.captureWarnings(capture=True)
    logging.raiseExceptions = False  # it would print the arguments of a bad record, unfiltered
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def clean(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The processor that every line passes: no secrets, no control characters."""
    return {plain(redact(str(key))): _clean(str(key), value) for key, value in event.items()}


def _clean(key: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if _TELLING_KEY.search(key):
        return HIDDEN
    if isinstance(value, Mapping):
        return {plain(redact(str(k))): _clean(str(k), v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean("", item) for item in value]
    if isinstance(value, bytes):
        value = value.decode(errors="backslashreplace")
    text = value if isinstance(value, str) else repr(value)
    return plain(redact(text), keep="\n\t" if key == "exception" else "")


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    get("publisher").critical("stopped by an error", exc_info=(kind, error, trace))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
        name = args.thread.name if args.thread else ""
        trace = (args.exc_type, args.exc_value, args.exc_traceback)
        get("publisher").critical("a thread was stopped by an error", thread=name, exc_info=trace)
