"""A proof that is fresh, of one act: asked for under a code, given on the server, good once."""

import hashlib

from fastapi import Request

from publisher.errors import Do, NotFresh
from publisher.service.front import KNOWN, Entry, Known
from publisher.service.waiting import PATIENCE, Waits
from publisher.words import part

USED = "used"  # where a request's scope["state"] holds the proof that it used up


async def proved(request: Request) -> bool:
    """Has the person of this sign-in confirmed this very request? It counts for this one time."""
    entry: Entry = request.app.state.entry
    known: Known | None = request.scope.get("state", {}).get(KNOWN)
    if known is None or not entry.room.confirmed(known.number, entry.now()):
        return False
    used = entry.room.use(known.number, await _digest(request), entry.now())
    request.scope["state"][USED] = used
    return used is not None


def not_done(request: Request) -> None:
    """Nothing came of this request, by no fault of its own: what it used up is given back."""
    used: Waits | None = request.scope["state"].pop(USED, None)
    if used is not None:
        entry: Entry = request.app.state.entry
        entry.room.give_back(used)


async def asked(request: Request, problem: NotFresh) -> NotFresh:
    """The same with the code under which it waits to be confirmed."""
    entry: Entry = request.app.state.entry
    known: Known = request.scope["state"][KNOWN]
    if known.credential.page:
        return NotFresh(problem.code, **{**problem.values, "way": part("session.by_password")})
    new = Waits(
        name=known.name,
        place=known.place,
        until=entry.now() + PATIENCE,
        sign_in=known.number,
        act=f"{request.method} {request.url.path}",
        digest=await _digest(request),
    )
    waits = entry.room.act(new, entry.now())
    way = part("session.by_code", shown=waits.code, minutes=int(PATIENCE // 60))
    values = {**problem.values, "way": way}
    return NotFresh(problem.code, Do("sign in", {"code": waits.code}), **values)


async def _digest(request: Request) -> str:
    """Of all that is asked for: what, where, and every byte of it."""
    line = f"{request.method} {request.url.path}?{request.url.query}\n"
    return hashlib.sha256(line.encode() + await request.body()).hexdigest()
