"""What needs a person, and the history."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from publisher.content import digest
from publisher.desk.history import exported
from publisher.read import history
from publisher.read import search as searching
from publisher.read import todo as needs
from publisher.read.search import Wanted
from publisher.service import given
from publisher.service.desk import At
from publisher.service.lists import Page, page
from publisher.service.problems import Responses, documented
from publisher.store.findable import Span

router = APIRouter(tags=["looks"])

NDJSON = "application/x-ndjson"
TOGETHER = 200  # entries that are written at once


@router.get("/todo", responses=documented())
def todo(
    desk: At, *, everything: bool = False, at: given.At = "", most: given.Most = 50
) -> Page[needs.Todo]:
    """What needs you, the most urgent first; `everything`: of everybody, also what you may not do."""
    with desk.reading() as tx:
        found = needs.todo(tx, mine=not everything, lang=desk.lang)
    return page(found, _key, at, most)


def _key(one: needs.Todo) -> str:
    return digest(one.model_dump(mode="json"))


def _span(
    since: Annotated[
        given.Time | None,
        Query(
            alias="from", description="Written then, or later.", examples=["2026-12-01T00:00:00Z"]
        ),
    ] = None,
    until: Annotated[
        given.Time | None,
        Query(alias="to", description="Written before.", examples=["2026-12-08T00:00:00Z"]),
    ] = None,
) -> Span:
    return Span(since, until)


def wanted(
    span: Annotated[Span, Depends(_span)],
    words: Annotated[
        given.Name, Query(description="All of them stand in the post.", examples=["umbrella"])
    ] = "",
    account: Annotated[given.Name, Query(description="Written for it.")] = "",
    person: Annotated[given.Name, Query(description="Who wrote it, or changed it last.")] = "",
    state: Annotated[
        given.Name,
        Query(description="Its state, or that of what is done with it somewhere."),
    ] = "",
) -> Wanted:
    """What a request looks for."""
    return Wanted(words, account, person, state, span)


@router.get("/search", responses=documented(404))
def search(
    desk: At, asked: Annotated[Wanted, Depends(wanted)], at: given.At = "", most: given.Most = 50
) -> searching.Results:
    """Posts by any of the words that they say now, the newest first.

    A word of a script that is written with blanks is found whole; of Japanese, Chinese, Korean and the like
    any two characters, or one ideograph. In quotation marks words follow each other; nothing else that is
    typed means more than itself. Without words: whatever the rest says.
    """
    with desk.reading() as tx:
        return searching.search(tx, asked, at=at, most=most)


@router.get("/ledger", responses=documented())
def ledger(
    desk: At,
    after: Annotated[int, Query(ge=0, le=2**53, description="Behind this number.")] = 0,
    most: given.Most = 50,
) -> list[history.Entry]:
    """The whole history, the oldest first; the last one's `seq` is the next page's `after`."""
    with desk.reading() as tx:
        return history.page(tx, after, most)


@router.get("/ledger/newest", responses=documented(404))
def newest(
    desk: At,
    post: Annotated[given.Name, Query(description="Of this post only.")] = "",
    most: Annotated[int, Query(ge=1, le=1000, description="The most that are listed.")] = 100,
    before: Annotated[int, Query(ge=0, le=2**53, description="Before this number.")] = 0,
) -> list[history.Told]:
    """The newest of the history, the oldest of them first: its `seq` is `before` of what was before it."""
    with desk.reading() as tx:
        return history.trail(tx, post, most, before)


_LINES: Responses = {200: {"description": "A JSON object a line.", "content": {NDJSON: {}}}}


@router.get("/ledger/export", responses={**documented(), **_LINES}, response_class=Response)
def export(request: Request, desk: At) -> StreamingResponse:
    """Every entry with its payload, the oldest first, one a line. What breaks off is not the whole.

    That it is taken away, and by whom, is the last entry of it.
    """
    with desk.writing() as tx:
        exported(tx)
        who = tx.actor
    found = history.entries(desk.app.store, who)
    return _Whole(_lines(request, found), media_type=NDJSON)


class _Closing(Exception):  # nothing failed
    """The desk closes while something streams."""


class _Whole(StreamingResponse):
    """Has its end (RFC 9112, 7.1) only where it is whole: what breaks off is not taken for all of it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(_Closing):
            await super().__call__(scope, receive, send)


def _lines(request: Request, found: Iterator[history.Entry]) -> Iterator[str]:
    """Some at a time. Raises _Closing when the desk closes."""
    while some := list(islice(found, TOGETHER)):
        if request.app.state.closing.is_set():
            raise _Closing
        yield "".join(one.line() for one in some)
