"""Problems as HTTP answers: RFC 9457, with the words and codes that the command line shows."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException

from publisher.content import begins
from publisher.errors import NotSignedIn, Problem, TryAgain, Usage
from publisher.read.view import Act
from publisher.words import Part, part, say

log = structlog.get_logger()

Responses = dict[int | str, dict[str, Any]]

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = 5  # seconds

# What each error of ours is called, by its status. Their sentences stand in `detail`.
TITLES: Mapping[int, str] = {
    207: "Partly done",
    400: "Not understood",
    401: "Not signed in",
    403: "Not permitted",
    404: "Not found",
    405: "No such method here",
    409: "Conflict",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Not this media type",
    422: "Something in it cannot be",
    429: "Too many tries",
    500: "Failed",
    503: "Not now",
}


MOST_FLAWS = 20  # that are told; whoever mends those learns of the rest
# What Pydantic calls a flaw, where several come to one sentence.
FLAWS: Mapping[str, str] = {
    "bool_parsing": "bool_type",
    "int_parsing": "int_type",
    "model_attributes_type": "dict_type",
    "model_type": "dict_type",
    "timezone_aware": "datetime_type",
    "datetime_parsing": "datetime_type",
    "datetime_from_date_parsing": "datetime_type",
}
# Headers, as the desk's functions name what they hold.
_FIELDS: Mapping[str, str] = {"Idempotency-Key": "key", "Publisher-As": "sample"}


class Flaw(BaseModel):
    """One thing that is off in a request."""

    field: str
    """Where."""
    said: str
    """What is off, in the language of whoever asks."""


class ProblemDocument(BaseModel):
    """Why it was not done, for people and programs (RFC 9457)."""

    type: str = Field(examples=["about:blank"])
    """Always `about:blank`: `code` says more."""
    title: str = Field(examples=["Not found"])
    """What kind of problem it is."""
    status: int = Field(examples=[404])
    """The HTTP status."""
    detail: str = Field(examples=["There is no post k7wd."])
    """The sentence for a person, in their language."""
    code: str = Field(examples=["find.no_post"])
    """The sentence's code in `publisher/words/`."""
    field: str = Field(default="", examples=[""])
    """What of the request is off; `""` when it is not one thing."""
    acts: list[Act] = Field(default_factory=list)
    """What can be done about it: a word of the roles' table under `act`, and what it is done to."""
    exit_code: int = Field(examples=[6])
    """How a command ends that meets it."""
    flaws: list[Flaw] = Field(default_factory=list)
    """Of a request that is not understood: each thing that is off."""
    done: Any = None
    """What was done all the same, as the answer would show it; `null` for nothing."""


class Told(JSONResponse):
    """A problem as JSON; a page shows its `document`."""

    def __init__(self, document: ProblemDocument, headers: Mapping[str, str]) -> None:
        self.document = document
        body = document.model_dump(mode="json")
        super().__init__(body, document.status, dict(headers), MEDIA_TYPE)


def answer(problem: Problem, lang: str) -> Told:
    """A problem as an answer; what it leaves done stands in `problem.done`."""
    document = ProblemDocument(
        type="about:blank",
        title=TITLES[problem.status],
        status=problem.status,
        detail=problem.said(lang),
        code=problem.code,
        field=problem.field,
        acts=[act.json() for act in problem.acts],
        exit_code=problem.exit_code,
        done=problem.done,
    )
    return Told(document, {**_head(problem), "Content-Language": lang})


def _head(problem: Problem) -> Mapping[str, str]:
    if isinstance(problem, TryAgain):
        return {"Retry-After": str(problem.values.get("seconds", RETRY_AFTER))}
    if isinstance(problem, NotSignedIn):
        return {"WWW-Authenticate": 'Bearer realm="Publisher"'}
    return {}


def not_understood(error: RequestValidationError, lang: str) -> Told:
    """A request whose shape is off; every flaw at once."""
    found = error.errors()
    if all(one["type"] == "string_too_long" for one in found):  # by a person, and by no mistake
        return answer(_too_long(found[0]), lang)
    unreadable = any(one["type"] == "json_invalid" for one in found)
    flaws = [_flaw(one, lang) for one in found[:MOST_FLAWS]]
    return _document(400 if unreadable else 422, "request.not_understood", lang, flaws=flaws)


def _too_long(error: Mapping[str, Any]) -> Usage:
    """Of a path, people see which word it is."""
    where, name = error["loc"][:2]
    said, most = str(error["input"]), error["ctx"]["max_length"]
    field = "" if where == "path" else _FIELDS.get(name, str(name))
    counted = {"length": f"{len(said):,}", "most": f"{most:,}"}
    return Usage("request.too_long", field=field, words=begins(said), **counted)


def _flaw(error: Mapping[str, Any], lang: str) -> Flaw:
    place = [str(one) for one in error["loc"] if one not in ("body", "query", "path", "header")]
    more = {name: str(value) for name, value in error.get("ctx", {}).items()}
    said = {**more, "said": str(error["msg"])}
    code = f"flaw.{FLAWS.get(error['type'], error['type'])}"
    return Flaw(field=".".join(place), said=say(code, said, lang, instead="flaw.other"))


def told(error: ValidationError, lang: str) -> Usage:
    """What somebody filled in, and what of it cannot be."""
    return Usage(
        "request.not_understood", flaws=_said([_flaw(one, lang) for one in error.errors()])
    )


def refused(error: HTTPException, lang: str) -> Told:
    """What the framework refuses by itself: an unknown path, a wrong method, too large a body."""
    known = {404: "request.no_path", 405: "request.no_method", 413: "request.too_large"}
    code = known.get(error.status_code, "request.unreadable")
    return _document(error.status_code, code, lang, headers=error.headers)


def too_large(lang: str) -> Told:
    """More than is taken; none of it was read."""
    return _document(413, "request.too_large", lang)


def unexpected(error: Exception, lang: str) -> Told:
    """A fault of ours: it is logged, and nothing of it is shown."""
    log.error("a request failed", error=type(error).__name__, exc_info=error)
    return _document(500, "request.unexpected", lang)


def _document(
    status: int,
    code: str,
    lang: str,
    *,
    flaws: Sequence[Flaw] = (),
    headers: Mapping[str, str] | None = None,
) -> Told:
    document = ProblemDocument(
        type="about:blank",
        title=TITLES.get(status) or HTTPStatus(status).phrase,
        status=status,
        detail=say(code, {"flaws": _said(flaws)}, lang),
        code=code,
        exit_code=1 if status >= 500 else 2,
        flaws=list(flaws),
    )
    return Told(document, {**(headers or {}), "Content-Language": lang})


def _said(flaws: Sequence[Flaw]) -> list[Part]:
    return [part("flaw.at" if one.field else "flaw.other", **one.model_dump()) for one in flaws]


def documented(*statuses: int) -> Responses:
    """These problems, as an operation's `responses`."""
    return {status: _described(status) for status in _with_common(statuses)}


def _with_common(statuses: Iterable[int]) -> list[int]:
    return sorted({400, 401, 403, 413, 422, 429, 503, *statuses})


def _described(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ProblemDocument"}
    return {"description": TITLES[status], "content": {MEDIA_TYPE: {"schema": schema}}}


def schemas() -> dict[str, Any]:
    """The shapes of problems, for the API's description."""
    made = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**made.pop("$defs", {}), "ProblemDocument": made}
