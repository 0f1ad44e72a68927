"""The desk's pages, one file a noun. A page asks the desk, and decides nothing."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Response
from starlette.types import Scope

from publisher.service.pages import (
    demonstration,
    exceptions,
    files,
    me,
    posts,
    search,
    signing,
    stops,
    today,
    write,
)
from publisher.service.pages.forms import then
from publisher.service.pages.look import bare
from publisher.service.problems import Told

router = APIRouter(include_in_schema=False, tags=["pages"])
for noun in (files, signing, demonstration, today, write, posts, search, exceptions, stops, me):
    router.include_router(noun.router)


def trouble(scope: Scope, told: Told) -> Response:
    """A problem as a page: what happened, and where to go on. Who is not signed in is asked to, and so is
    who has to prove anew that it is them, only to look.
    """
    found, lang = told.document, told.headers["content-language"]
    if found.status == HTTPStatus.UNAUTHORIZED and scope["method"] == "GET":
        return then(f"/sign-in?{urlencode({'to': scope['path']})}")
    anew = found.code == "session.fresh_proof"
    if anew and scope["method"] == "GET":
        return then(f"/fresh?{urlencode({'to': scope['path']})}")
    signed_out = found.status == HTTPStatus.UNAUTHORIZED
    asks: dict[str, Any] = {"signed_out": signed_out, "anew": anew}
    made = bare("problem.html", lang, status=found.status, detail=found.detail, **asks)
    for name in ("retry-after", "allow"):
        if name in told.headers:
            made.headers[name] = told.headers[name]
    return made
