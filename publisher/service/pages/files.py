"""What the pages are drawn with. Its address names its bytes, so that no browser asks for it twice."""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Path, Response

from publisher.errors import NotFound

router = APIRouter()

KINDS = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_MARK = 12  # digits of its sha256 in its address


@cache
def _read() -> dict[str, bytes]:
    found = (one for one in files("publisher.service.pages").joinpath("static").iterdir())
    return {one.name: one.read_bytes() for one in found if one.name.rpartition(".")[2] in KINDS}


@cache
def address(name: str) -> str:
    """Where a file is."""
    return f"/static/{hashlib.sha256(_read()[name]).hexdigest()[:_MARK]}/{name}"


@router.get("/static/{mark}/{name}")
def file(
    mark: Annotated[str, Path(max_length=_MARK)], name: Annotated[str, Path(max_length=100)]
) -> Response:
    """One of them, for ever."""
    if name not in _read() or address(name) != f"/static/{mark}/{name}":
        raise NotFound("page.no_file")
    return Response(
        _read()[name],
        headers={
            "Content-Type": KINDS[name.rpartition(".")[2]],
            "Cache-Control": "public, max-age=31536000, immutable",
        },
    )
