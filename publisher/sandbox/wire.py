"""HTTP as values: a request that was read, an answer to be written, and routes between them."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import HTTP
from functools import cached_property
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote

Params = dict[str, Any]


@dataclass(frozen=True)
class Upload:
    """One file in a multipart body."""

    filename: str
    data: bytes


@dataclass
class Request:
    """One request. `path` starts below the network's prefix; header names are lower case.

    `arrived` and `arrived_monotonic` are seconds (epoch; CLOCK_MONOTONIC) at the request line.
    `account` is whom the credential names; `lag` (seconds) and `moderated` are faults that change
    what the network does rather than what it answers.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    arrived: float = 0.0
    arrived_monotonic: float = 0.0
    base: str = ""
    account: str = ""
    lag: float = 0.0
    moderated: bool = False
    args: tuple[str, ...] = ()

    @cached_property
    def params(self) -> dict[str, str]:
        """The query string; the last value wins, `a[]=1&a[]=2` is joined with commas."""
        found = parse_qs(self.query, keep_blank_values=True)
        return {
            name.removesuffix("[]"): ",".join(values) if name.endswith("[]") else values[-1]
            for name, values in found.items()
        }

    @property
    def body_sha256(self) -> str:
        return sha256(self.body).hexdigest()

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @cached_property
    def _parts(self) -> tuple[Params, dict[str, Upload]]:
        if self.media_type == "multipart/form-data":
            return _multipart(self.headers["content-type"], self.body)
        return {}, {}

    @property
    def files(self) -> dict[str, Upload]:
        return self._parts[1]

    @cached_property
    def fields(self) -> Params:
        """The body as names and values: JSON, form or multipart. Raises `BodyError`."""
        if self.media_type == "application/json":
            return _json_object(self.body)
        if self.media_type == "application/x-www-form-urlencoded":
            return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))
        return self._parts[0]


class BodyError(Exception):
    """The body is not what its content type says."""


def _json_object(body: bytes) -> Params:
    try:
        data = json.loads(body or b"{}")
    except ValueError as error:
        raise BodyError(str(error)) from None
    if not isinstance(data, dict):
        raise BodyError("not an object")
    return data


def _multipart(content_type: str, body: bytes) -> tuple[Params, dict[str, Upload]]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    if not message.is_multipart():
        raise BodyError("not multipart")
    fields: Params = {}
    files: dict[str, Upload] = {}
    for part in message.iter_parts():
        name = str(part.get_param("name", "", header="content-disposition"))
        data = part.get_payload(decode=True) or b""
        assert isinstance(data, bytes)
        if (filename := part.get_filename()) is not None:
            files[name] = Upload(filename, data)
        else:
            fields[name] = data.decode("utf-8", "replace")
    return fields, files


@dataclass(frozen=True)
class Answer:
    """What goes back."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def reply(data: Any, status: int = 200, **headers: str) -> Answer:
    """A JSON answer; an underscore in a header's name stands for a hyphen."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = json.dumps(data).encode()
    return Answer(status, body, {"Content-Type": "application/json; charset=utf-8", **named})


def page(html: str, status: int = 200, kind: str = "text/html; charset=utf-8") -> Answer:
    return Answer(status, html.encode("utf-8", "replace"), {"Content-Type": kind})


@dataclass(frozen=True)
class Refusal:
    """What a refusal is made from: seconds to wait, and a status that overrides the usual one."""

    kind: str
    seconds: float = 60.0
    status: int | None = None


@dataclass(frozen=True)
class Route:
    """`kind` says what the request does: read, prepare, publish, edit, retract or measure."""

    method: str
    pattern: re.Pattern[str]
    run: Callable[..., Answer]
    kind: str | Callable[..., str]


def route(method: str, path: str, run: Callable[..., Answer], kind: Any = "read") -> Route:
    """A route whose `{}` matches one path segment."""
    return Route(method, re.compile(re.escape(path).replace(r"\{\}", "([^/]+)")), run, kind)


@dataclass(frozen=True)
class Protocol:
    """One network: how it knows who asks, what it can be asked, and how it refuses."""

    name: str
    routes: Sequence[Route]
    authenticate: Callable[[Request], str | None]
    refuse: Callable[[Request, Refusal], Answer]

    def find(self, request: Request) -> Route | None:
        """The route for this request, its path arguments put into the request."""
        for known in self.routes:
            if known.method == request.method and (hit := known.pattern.fullmatch(request.path)):
                request.args = tuple(unquote(each) for each in hit.groups())
                return known
        return None


def iso(at: float, form: str = "%Y-%m-%dT%H:%M:%S.000Z") -> str:
    """Seconds since the epoch as UTC text."""
    return datetime.fromtimestamp(at, UTC).strftime(form)


def moment(text: str) -> float:
    """Epoch seconds of a Unix number or an ISO 8601 time (UTC when it names no offset).

    Raises ValueError.
    """
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
