"""The desk's door: one request after another over HTTP, and problems in the desk's own words."""

import hashlib
import io
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, cast
from urllib.parse import quote, urlencode, urlsplit

from publisher import unix
from publisher.client.where import Socket, Web, Where, quoted
from publisher.errors import Do, NotFound, Problem, TryAgain
from publisher.words import Part, part

API = "/api/v1"
PATIENCE = 120.0  # seconds for an answer: a network may be asked who we are
PAGE = 100  # the most that the desk lists at once
_VISIBLE = "!\"#$%&'()*+,/:;<=>?@[\\]^`{|}"  # what a header takes beside letters, digits and _.-~
_JSON = "application/json"
_LINES = "application/x-ndjson"
_PROBLEM = "application/problem+json"
LOOK = Do("read", {"how": "queue"})


class Refused(Problem):
    """What the desk says against it, in the asker's language; `done`: what was done all the same."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        acts = [Do(act.pop("act"), act) for act in map(dict, document.get("acts", ()))]
        super().__init__(document["code"], *acts, field=document.get("field", ""))
        self.exit_code, self.status = document["exit_code"], document["status"]
        self.done, self._detail = document.get("done"), document["detail"]

    def said(self, lang: str) -> str:
        """The desk's sentence, which is in the asker's language."""
        del lang
        return str(self._detail)

    def part(self) -> Part:
        """The same as a value of another sentence."""
        return part("problem.plain", said=self._detail)


class _Local(HTTPConnection):
    """HTTP over a socket of this machine."""

    def __init__(self, where: Socket) -> None:
        super().__init__("desk", timeout=PATIENCE)
        self._where = where

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        with unix.address(self._where.path) as address:
            self.sock.connect(address)


def connection(where: Where) -> HTTPConnection:
    """A way there, not yet open. What is shown there is shown to that host only: nothing is followed."""
    if isinstance(where, Socket):
        return _Local(where)
    parts = urlsplit(where.url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    return kind(parts.hostname or "", parts.port, timeout=PATIENCE)


@dataclass
class Door:
    """One way to the desk, for one person. `sample`: whom of the demonstration they play.

    `lang` and `zone` are the asker's language and the company's zone, known from the first answer on;
    `said`: what the desk said beside its answers, as `{code, args, acts}`.
    """

    where: Where
    sample: str = ""
    lang: str = ""
    zone: str = "UTC"
    said: list[dict[str, Any]] = field(default_factory=list)
    _open: HTTPConnection | None = None

    def get(self, path: str, **query: Any) -> Any:
        """What stands there, as JSON. Raises Refused, TryAgain."""
        return self._ask("GET", path, query=query)

    def post(self, path: str, body: Mapping[str, Any], *, key: str = "") -> Any:
        """Do it. `key`: repeating a request that has the same one does it once."""
        return self._ask("POST", path, body=body, key=key)

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        """Change it."""
        return self._ask("PATCH", path, body=body)

    def listed(self, path: str, *, most: int = 0, **query: Any) -> Iterator[Any]:
        """Everything in a list, page by page; `most`: only so many."""
        at: str | None = ""
        left = most
        while at is not None:
            size = min(PAGE, left) if most else PAGE
            page = self.get(path, **query, at=at, most=size)
            items = page["items"] if "items" in page else page["posts"]
            yield from items
            left -= len(items)
            at = None if most and left <= 0 else page["next"]

    def delete(self, path: str) -> None:
        """End it."""
        self._ask("DELETE", path)

    def upload(self, picture: bytes) -> str:
        """Hand in a picture; its name for a post's `images`."""
        head = {"Content-Type": "application/octet-stream"}
        answer = self._send("POST", f"{API}/media", head, picture)
        return str(self._read(answer, "POST")["upload"])

    def picture(self, sha256: str) -> bytes:
        """The picture of this name. Raises Problem for any other one: so the name is a sha256, too."""
        answer = self._send("GET", f"{API}/media/{quoted(sha256)}", {}, None)
        if not _whole(answer):
            self._read(answer)
        data = self._body(answer)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Problem("client.other_picture", where=str(self.where))
        return data

    def lines(self, path: str) -> Iterator[str]:
        """A long answer line by line. Raises TryAgain when it breaks off."""
        answer = self._send("GET", API + path, {}, None)
        if not _whole(answer) or not _is(answer, _LINES):
            self._read(answer)
            raise Problem("client.no_desk_there", where=str(self.where))
        # `http.client` takes a broken chunk for the end where it is asked for lines, and tells otherwise.
        told = io.BufferedReader(cast(io.RawIOBase, answer))
        try:
            for line in told:
                yield line.decode()
        except (OSError, HTTPException):
            raise TryAgain("client.broke_off", where=str(self.where)) from None

    def close(self) -> None:
        """Let go of it."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        key: str = "",
    ) -> Any:
        head = {"Content-Type": _JSON} if body is not None else {}
        if key:
            head["Idempotency-Key"] = quote(key, safe=_VISIBLE)
        asked = {name: _typed(value) for name, value in (query or {}).items() if value != ""}
        where = f"{API}{path}?{urlencode(asked)}" if asked else API + path
        sent = None if body is None else json.dumps(body).encode()
        return self._read(self._send(method, where, head, sent), method)

    def _send(
        self, method: str, where: str, head: Mapping[str, str], body: bytes | None
    ) -> HTTPResponse:
        if isinstance(self.where, Web) and self.where.secret:
            head = {**head, "Authorization": f"Bearer {self.where.secret}"}
        if self.sample:
            head = {**head, "Publisher-As": quote(self.sample)}
        if self._open is not None and _gone(self._open):
            self.close()
        try:
            if self._open is None:
                self._open = connection(self.where)
                self._open.connect()
        except OSError as error:
            self._open = None
            raise _unreached(self.where, error) from None
        try:
            self._open.request(method, where, body, dict(head))
            answer = self._open.getresponse()
        except (OSError, HTTPException):
            self.close()
            raise _lost(method, self.where) from None
        self._heard(answer)
        return answer

    def _heard(self, answer: HTTPResponse) -> None:
        """What every answer says: in which language, on which clock, and what went wrong beside it."""
        self.lang = answer.getheader("Content-Language") or self.lang
        self.zone = answer.getheader("Publisher-Zone") or self.zone
        with suppress(ValueError):
            said = json.loads(answer.getheader("Publisher-Said") or "[]")
            self.said += said if isinstance(said, list) else []

    def _body(self, answer: HTTPResponse, method: str = "GET") -> bytes:
        try:
            return answer.read()
        except (OSError, HTTPException):
            self.close()
            raise _lost(method, self.where) from None

    def _read(self, answer: HTTPResponse, method: str = "GET") -> Any:
        """The document; raises Refused for a problem, and for what no desk says."""
        body = self._body(answer, method)
        if answer.status == 204:
            return None
        try:
            found = json.loads(body)
            if _is(answer, _PROBLEM):
                raise Refused(found)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise self._strange(answer, method) from None
        if not _whole(answer):
            raise self._strange(answer, method)
        return found

    def _strange(self, answer: HTTPResponse, method: str) -> Problem:
        """No desk said this. What stands before one says 5xx also when the desk is doing it."""
        if answer.status >= 500:
            return _lost(method, self.where)
        return Problem("client.no_desk_there", where=str(self.where))


def _whole(answer: HTTPResponse) -> bool:
    return 200 <= answer.status < 300


def _is(answer: HTTPResponse, kind: str) -> bool:
    return (answer.getheader("Content-Type") or "").startswith(kind)


def _gone(open_: HTTPConnection) -> bool:
    """Has the desk closed it meanwhile? It does within seconds, while a person still reads or thinks.

    Nothing was sent there, so nothing is asked twice when it is opened anew.
    """
    return open_.sock is not None and unix.readable(open_.sock.fileno())


def _typed(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _unreached(where: Where, error: OSError) -> Problem:
    why = error.strerror or str(error)
    if isinstance(where, Web):
        return TryAgain("client.closed", where=str(where), why=why)
    if isinstance(error, PermissionError):
        return Problem("client.not_let_in", where=str(where), why=why)
    return TryAgain("client.closed", Do("operate", {"how": "desk"}), where=str(where), why=why)


def _lost(method: str, where: Where) -> Problem:
    """The desk was reached and did not answer: of a change nobody knows whether it was made."""
    if method == "GET":
        return TryAgain("client.unanswered", LOOK, where=str(where))
    return Problem("client.perhaps_done", LOOK, where=str(where))


def of_post(name: str) -> tuple[str, str]:
    """`POST` or `POST/ACCOUNT` as the path of a post, and the account: "" for all. Raises NotFound."""
    post, _, account = name.partition("/")
    if not post:
        raise NotFound("find.no_post", LOOK, name=name)
    return f"/posts/{quoted(post)}", account
