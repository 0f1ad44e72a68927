"""The desk's pages, one file a noun. A page asks the desk, and decides nothing."""

from fastapi import APIRouter, Response

from publisher.service.pages import exceptions, files, posts, search, stops, today, write
from publisher.service.pages.look import bare
from publisher.service.problems import Told

router = APIRouter(include_in_schema=False, tags=["pages"])
for noun in (files, today, write, posts, search, exceptions, stops):
    router.include_router(noun.router)


def trouble(told: Told) -> Response:
    """A problem as a page: what happened, and where to go on."""
    found, lang = told.document, told.headers["content-language"]
    made = bare("problem.html", lang, status=found.status, detail=found.detail)
    for name in ("retry-after", "allow"):
        if name in told.headers:
            made.headers[name] = told.headers[name]
    return made
