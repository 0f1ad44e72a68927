"""One HTTP request on its own connection, and what its answer proves."""

import json as jsonlib
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError

from publisher.hidden import SHORTEST, forms
from publisher.networks import Later, Outcome, Tools, Unknown
from publisher.networks.wire.connection import Broken, NotWritten, OneShotAdapter, Watch
from publisher.networks.wire.reasons import because

__all__ = [
    "Answer",
    "Broken",
    "Judge",
    "NotWritten",
    "Result",
    "Session",
    "attempt",
    "call",
    "classify",
    "fields",
    "quote",
    "retry_after",
]

MOST_BYTES = 5_000_000  # no answer we understand is nearly as long
FURTHEST_WAIT = timedelta(days=7)  # a longer "come back later" is a mistake of the network's
LONGEST_SAID = 65_536  # characters that are looked through for something to quote
ALWAYS = {
    "Connection": "close",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "User-Agent": "publisher",
}


@dataclass(frozen=True)
class Answer:
    """A complete final answer; `headers` ignore case. Body and headers stay out of the repr."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """The body read as JSON, or None when it is not JSON."""
        try:
            return jsonlib.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def fields(self) -> Mapping[str, Any]:
        """The body as a JSON object, {} when it is anything else."""
        value = self.json()
        return value if isinstance(value, dict) else {}


def call(  # noqa: PLR0913  # the words of one request; a bag of them would only hide it
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    json: Any = None,
    data: Any = None,
    files: Any = None,
    auth: Any = None,
    deadline: float,
    not_after: datetime | None = None,
    tools: Tools,
) -> Answer:
    """Send one request on a fresh connection and read its whole answer; never twice, no redirects.

    `deadline` (seconds on `tools.monotonic`) bounds the whole call, however slowly the server
    drips (only the resolver's own time-out can exceed it, and then nothing is written);
    `not_after` (aware UTC) bounds the first byte. Raises NotWritten or Broken.
    A final 1xx or 3xx is an Answer like any other.
    """
    with Session(tools, deadline=deadline, not_after=not_after) as session:
        session.request(
            method,
            url,
            headers=dict(headers or {}),
            params=params,
            json=json,
            data=data,
            files=files,
            auth=auth,
        )
    assert session.answer is not None
    return session.answer


class Session:
    """A session for exactly one exchange, fit to be handed to a library such as tweepy.

    It has of a requests session what such a library asks for; what else one does (cookies, settings,
    redirects) is more work than the request. `base_url` replaces scheme and host of whatever the
    library asks for, before it is signed. The library gets a blank 200 back, so that it can neither
    choke on, retry nor redirect anything; the true answer is in `answer`.
    """

    def __init__(
        self,
        tools: Tools,
        *,
        deadline: float,
        not_after: datetime | None = None,
        base_url: str = "",
    ) -> None:
        self.answer: Answer | None = None
        self._outbound = tools.outbound
        self._base_url = base_url.rstrip("/")
        self._watch = Watch(tools, deadline, not_after)
        self._adapter = OneShotAdapter(self._watch)

    def request(self, method: str, url: str, **what: Any) -> requests.Response:
        """Send, read everything, keep `answer`. Raises NotWritten or Broken; works once."""
        if self._watch.wrote or self.answer is not None:
            raise RuntimeError("This session has made its one request.")
        target = _rehosted(url, self._base_url) if self._base_url else url
        left = self._watch.left()
        if left <= 0:
            raise NotWritten(because("no_time"), own=True)
        try:
            self.answer = self._exchange(_prepared(method, target, what), left)
        except (NotWritten, Broken):
            raise
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise self._watch.verdict(error, _host(target)) from None
        except Exception as error:
            if not self._watch.wrote:
                raise  # a mistake of ours; nothing has happened
            raise self._watch.verdict(error, _host(target)) from None
        blank = requests.Response()
        blank.status_code, blank.raw, blank._content = 200, None, b"{}"  # noqa: SLF001
        return blank

    def _exchange(self, request: requests.PreparedRequest, left: float) -> Answer:
        host = _host(str(request.url))
        proxy = self._outbound.proxy
        how: dict[str, Any] = {
            "stream": True,
            "timeout": left,
            "verify": self._outbound.ca_file or True,
            "proxies": {"http": proxy, "https": proxy} if proxy and not _is_here(host) else {},
        }
        with self._watch, self._adapter.send(request, **how) as response:
            body = _read(response, host)
            if self._watch.cut:  # without a length, a cut answer looks like a whole one
                raise Broken(because("no_answer", host=host))
            return Answer(response.status_code, response.headers, body)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._adapter.close()


def _prepared(method: str, url: str, what: Mapping[str, Any]) -> requests.PreparedRequest:
    headers = CaseInsensitiveDict({**ALWAYS, **(what.get("headers") or {})})
    return requests.Request(method, url, **{**what, "headers": headers}).prepare()


def _host(url: str) -> str:
    """For messages: the host without any user and password before it."""
    with suppress(ValueError):
        return urlsplit(url).hostname or "?"
    return "?"


def _is_here(host: str) -> bool:
    """This very machine, which no proxy leads to."""
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def _rehosted(url: str, base_url: str) -> str:
    split = urlsplit(url)
    return base_url + split.path + (f"?{split.query}" if split.query else "")


def _read(response: requests.Response, host: str) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(65_536):
        body += chunk
        if len(body) > MOST_BYTES:
            raise Broken(because("long_answer", host=host, most=f"{MOST_BYTES:,}"))
    return bytes(body)


Result = Answer | NotWritten | Broken
Judge = Callable[[Answer], Outcome | None]


def attempt(request: Callable[[], Answer]) -> Result:
    """The answer, or what went wrong, as a value that `classify` takes."""
    try:
        return request()
    except (NotWritten, Broken) as failure:
        return failure


def classify(result: Result, table: Mapping[int, Judge]) -> Outcome:
    """Exactly one outcome for every answer and failure.

    `table` holds what a network documents, by status; a judge that returns None has not recognised
    the answer. Whatever is not documented is Unknown: it may be public.
    """
    if isinstance(result, NotWritten):
        return Later(str(result), own=result.own)
    if isinstance(result, Broken):
        return Unknown(str(result))
    judge = table.get(result.status)
    outcome = judge(result) if judge else None
    return outcome or Unknown(because("proves_nothing", status=result.status))


def fields(result: Result, status: int = 200) -> Mapping[str, Any]:
    """The object that an answer of this status brought; {} otherwise."""
    return result.fields() if isinstance(result, Answer) and result.status == status else {}


def quote(words: Any, secrets: Iterable[str]) -> str:
    """What the network said, in one line of at most 200 characters, without our secrets in any form."""
    text = words[:LONGEST_SAID] if isinstance(words, str) else ""
    for secret in filter(None, secrets):
        for form in sorted({secret, *forms(secret)}, key=len, reverse=True):
            if form == secret or len(form) >= SHORTEST:
                text = text.replace(form, "***")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]


def retry_after(answer: Answer, now: datetime) -> datetime | None:
    """When the network wants to be asked again (aware UTC, within 7 days), or None if it is silent.

    Reads `Retry-After` as seconds or HTTP date (RFC 9110 §10.2.3), and the reset headers
    `x-rate-limit-reset` (X: epoch seconds) and `X-RateLimit-Reset` (epoch, seconds or ISO time).
    """
    for name in ("Retry-After", "x-rate-limit-reset", "X-RateLimit-Reset"):
        at = _instant(answer.headers.get(name, "").strip(), now)
        if at is not None:
            return min(max(at, now), now + FURTHEST_WAIT)
    return None


def _instant(text: str, now: datetime) -> datetime | None:
    if re.fullmatch(r"\d{1,11}(\.\d+)?", text, re.ASCII):
        number = float(text)
        is_epoch = number > 1_000_000_000  # as a duration that would be 31 years
        return datetime.fromtimestamp(number, UTC) if is_epoch else now + timedelta(seconds=number)
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        with suppress(ValueError, TypeError, OverflowError):
            at = read(text)
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    return None
