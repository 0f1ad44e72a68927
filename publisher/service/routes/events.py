"""That something changed, and of what; who is told looks for themselves, by their own rights."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from publisher.errors import NotPermitted
from publisher.read import news
from publisher.service.desk import At, Desk
from publisher.service.problems import Responses, documented

router = APIRouter(tags=["events"])

LOOK = 0.5  # seconds between looks
STILL = 15.0  # seconds after which a quiet stream says that it is alive

_STREAM: Responses = {
    200: {"description": "Server-sent events.", "content": {"text/event-stream": {}}}
}


@router.get("/events", responses={**documented(), **_STREAM}, response_class=StreamingResponse)
async def events(
    request: Request,
    desk: At,
    last: Annotated[
        int | None,
        Header(alias="Last-Event-ID", ge=0, le=2**53, description="What you have heard of."),
    ] = None,
) -> StreamingResponse:
    """Server-sent events: `{"topic", "id"}` of what changed; `id:` says how far you have heard."""
    heard = await run_in_threadpool(_now, desk)
    if last is not None:
        heard = news.Heard(last)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    told = _told(request, desk, heard)
    return StreamingResponse(told, media_type="text/event-stream", headers=headers)


async def _told(request: Request, desk: Desk, heard: news.Heard) -> AsyncIterator[str]:
    quiet, closing = 0.0, request.app.state.closing
    yield ": here\n\n"
    while not closing.is_set() and not await request.is_disconnected():
        before = heard.known
        try:
            heard, some = await run_in_threadpool(_news, desk, heard)
        except NotPermitted:  # by now they are nobody here
            return
        for one in some:
            data = json.dumps({"topic": one.topic, "id": one.id}, ensure_ascii=False)
            yield f"data: {data}\n\n"
        if heard.known != before:
            yield f"id: {heard.known}\n\n"
        quiet = 0.0 if some else quiet + LOOK
        if quiet >= STILL:
            yield ": still here\n\n"
            quiet = 0.0
        with suppress(TimeoutError):
            await asyncio.wait_for(closing.wait(), LOOK)


def _now(desk: Desk) -> news.Heard:
    with desk.reading() as tx:
        return news.now(tx)


def _news(desk: Desk, heard: news.Heard) -> tuple[news.Heard, Sequence[news.News]]:
    with desk.reading() as tx:
        return news.since(tx, heard)
