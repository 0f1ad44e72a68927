"""The service: routes over the desk, problems as answers, and headers that no page can do without."""

import asyncio
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from publisher import __version__, clock
from publisher.app import App
from publisher.errors import NotFresh, NotPermitted, Problem, TryAgain
from publisher.media import MAX_INPUT
from publisher.service import API, aside, fresh, front, pages, problems
from publisher.service.desk import TOLD, language
from publisher.service.front import ADDRESS, COOKIE, OPEN, Entry, Front, is_open
from publisher.service.metrics import Metrics
from publisher.service.routes import (
    access,
    events,
    exceptions,
    holds,
    invites,
    looks,
    measures,
    media,
    monitors,
    passkeys,
    policy,
    posts,
    register,
    session,
    stops,
)

MOST_BODY = 8_000_000  # bytes of a request that is no picture
MOST_OF_ANYBODY = 10_000  # where nobody has to say who they are

SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
ENCRYPTED = {"Strict-Transport-Security": "max-age=31536000"}  # once it was, it is to stay so


def build(app: App) -> FastAPI:
    """The service over one installation."""
    made = routes()
    install(made, app)
    return made


def install(made: FastAPI, app: App, now: Callable[[], float] = clock.monotonic) -> None:
    """Let the routes serve this installation. `now`: seconds on a clock that nobody can set."""
    made.state.installation = app
    made.state.entry = Entry(app, now)
    made.state.metrics = Metrics(app)
    made.state.closing = asyncio.Event()
    app.store.say = aside.say


def routes() -> FastAPI:
    """Every operation, over no installation yet."""
    made = FastAPI(
        title="Publisher",
        version=__version__,
        description="The desk through which every official post goes out.",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{API}/openapi.json",
        redirect_slashes=False,  # it would lead to whatever host the request named
        generate_unique_id_function=lambda route: f"{route.tags[0]}-{route.name}",
    )
    made.include_router(monitors.router)
    api = APIRouter(prefix=API)
    nouns = (posts, exceptions, stops, looks, holds, register, policy, media, events, access)
    for noun in (*nouns, measures, session, passkeys, invites):
        api.include_router(noun.router)
    api.include_router(monitors.api)
    made.include_router(api)
    made.include_router(pages.router)
    made.add_exception_handler(Problem, _problem)
    made.add_exception_handler(RequestValidationError, _not_understood)
    made.add_exception_handler(HTTPException, _refused)
    made.add_exception_handler(Exception, _unexpected)
    made.add_middleware(Front, answer=_as_asked)
    made.add_middleware(_Guarded)
    made.openapi = lambda: _openapi(made)  # type: ignore[method-assign]  # as FastAPI documents it
    return made


_FOR_PROGRAMS = (f"{API}/", "/healthz", "/readyz", "/metrics")


def _as_asked(scope: Scope, told: problems.Told) -> Response:
    """A program gets the document, a person a page that says the same."""
    return told if scope["path"].startswith(_FOR_PROGRAMS) else pages.trouble(scope, told)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    if isinstance(error, NotFresh):
        error = await fresh.asked(request, error)
    if isinstance(error, TryAgain):
        fresh.not_done(request)
    if isinstance(error, NotPermitted):
        front.note_refusal(request.scope, error)
    found = problems.answer(error, await run_in_threadpool(language, request))
    return _as_asked(request.scope, found)


def _not_understood(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return _as_asked(request.scope, problems.not_understood(error, language(request)))


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _as_asked(request.scope, problems.refused(error, language(request)))


def _unexpected(request: Request, error: Exception) -> Response:
    """It is answered outside of whatever else puts headers on an answer."""
    made = _as_asked(request.scope, problems.unexpected(error, language(request)))
    made.headers.update(SAFE_HEADERS)
    return made


class _Guarded:
    """Limits what is taken in, and puts what is safe on whatever goes out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said, safe = aside.listen(), _safe(scope)
        told: dict[str, str] = {}
        scope.setdefault("state", {})[TOLD] = told

        async def safely(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                known = {name.lower() for name, _ in message["headers"]}
                message["headers"] += [
                    (name.encode(), value.encode())
                    for name, value in {**safe, **told, **aside.header(said)}.items()
                    if name.lower().encode() not in known
                ]
            await send(message)

        most = {f"{API}/media": MAX_INPUT}.get(scope["path"], MOST_BODY)
        if is_open(scope):
            most = MOST_OF_ANYBODY
        if _announced(scope) > most:
            lang = await run_in_threadpool(language, Request(scope))
            await _as_asked(scope, problems.too_large(lang))(scope, receive, safely)
        else:
            await RequestBodyLimitMiddleware(self._app, most)(scope, receive, safely)


def _safe(scope: Scope) -> Mapping[str, str]:
    door = scope["app"].state.installation.config.desk.door
    encrypted = door is not None and door.encrypted and ADDRESS in scope.get("state", {})
    return {**SAFE_HEADERS, **(ENCRYPTED if encrypted else {})}


def _announced(scope: Scope) -> int:
    """Bytes that the request says it has; 0 where it says nothing that can be read."""
    length = dict(scope["headers"]).get(b"content-length", b"")
    return int(length) if length.isdigit() else 0


def _openapi(made: FastAPI) -> dict[str, Any]:
    """With the problems that every operation may answer with and what is shown as a proof, and without
    FastAPI's own error shape.
    """
    if made.openapi_schema is None:
        found = FastAPI.openapi(made)
        schemas = found["components"]["schemas"]
        schemas.update(problems.schemas())
        _say_proofs(found)
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        made.openapi_schema = found
    return made.openapi_schema


def _say_proofs(found: dict[str, Any]) -> None:
    """Over TCP a token, a sign-in or a browser's cookie; over the socket none: the kernel says who asks."""
    said = "An API token or a sign-in, over TCP. Over the socket nothing is shown."
    scheme = {"type": "http", "scheme": "bearer", "description": said}
    cookie = {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "A browser's."}
    found["components"]["securitySchemes"] = {"held": scheme, "page": cookie}
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            if (method.upper(), path) not in OPEN:
                operation["security"] = [{"held": []}, {"page": []}, {}]
