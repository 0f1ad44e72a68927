"""Logs that an operator can read and that no secret is in.

Every line, ours or a library's, passes one filter: known secret values (and their URL-encoded and
base64 forms) and values under telling names are replaced; control characters are escaped.
"""

import logging
import sys
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Literal, TextIO

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from publisher.hidden import HIDDEN, TELLING_KEY, plain, redact

_QUIET = ("urllib3", "tweepy", "requests_oauthlib", "oauthlib", "apprise", "apscheduler", "PIL")


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
    if TELLING_KEY.search(key):
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
