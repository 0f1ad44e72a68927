"""Pictures: on their way in, and as they are sent."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from publisher import media
from publisher.media import uploads
from publisher.networks.registry import images
from publisher.read.view import View
from publisher.roles import authorize
from publisher.service import given
from publisher.service.desk import At, Desk
from publisher.service.problems import Responses, documented

router = APIRouter(prefix="/media", tags=["media"])

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/octet-stream": _BINARY}}
}
_PICTURE: Responses = {200: {"description": "The picture.", "content": {"image/*": _BINARY}}}


class Upload(View):
    """A picture, drawn anew for the networks, that waits for a post."""

    upload: str = Field(examples=["0" * 64])
    """Its name: the sha256 of what is sent at its largest."""
    mime: str
    """What it became."""
    width: int
    """In pixels."""
    height: int
    """In pixels."""
    size: int
    """In bytes."""


@router.post("", status_code=201, responses=documented(413), openapi_extra=_BODY)
async def upload(request: Request, desk: At) -> Upload:
    """Hand in a picture: its bytes are the body. Name it in a post's `images`, within a day."""
    await run_in_threadpool(_refuse_others, desk)  # before anything of it is taken in
    sent = await request.body()
    return await run_in_threadpool(_keep, desk, sent)


def _refuse_others(desk: Desk) -> None:
    with desk.reading() as tx:
        authorize(tx.actor, "write")


def _keep(desk: Desk, sent: bytes) -> Upload:
    made = uploads.keep(desk.app.config.data, sent, images(), desk.app.now())
    return Upload(
        upload=made.sha256, mime=made.mime, width=made.width, height=made.height, size=made.size
    )


@router.get("/{sha256}", responses={**documented(404), **_PICTURE}, response_class=Response)
def picture(sha256: given.Sha256Path, desk: At) -> Response:
    """The very bytes that are sent."""
    with desk.reading() as tx:
        authorize(tx.actor, "read")
    data = media.read(desk.app.media_folder, sha256)
    return Response(
        data,
        media_type=media.mime_of(data),
        headers={
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, max-age=31536000, immutable",
        },
    )
