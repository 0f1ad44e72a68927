"""What people hold to be known by elsewhere than on the server, and how a program gets it."""

from typing import Literal

import structlog
from fastapi import APIRouter
from pydantic import Field

from publisher.desk import access
from publisher.errors import NotFound
from publisher.hidden import plain
from publisher.read import access as held
from publisher.read.view import View
from publisher.roles import authorize
from publisher.service import given
from publisher.service.desk import At, Front, Place
from publisher.service.front import Entry, side
from publisher.service.lists import Page, page
from publisher.service.problems import documented
from publisher.service.waiting import EVERY, PATIENCE, Waits
from publisher.store import proofs

log = structlog.get_logger()
router = APIRouter(tags=["access"])


class Made(View):
    """A new API token."""

    token: held.Token
    """What is known of it."""
    secret: str
    """What a program shows (`Authorization: Bearer …`). It is said this once, and kept nowhere."""


class Begun(View):
    """A sign-in that waits to be confirmed."""

    device_code: str
    """What is shown from then on (`Authorization: Bearer …`); good for nothing until it is confirmed."""
    user_code: str = Field(examples=["BCDF-GHJK"])
    """What a person confirms on the server."""
    expires_in: int
    """In so many seconds it is forgotten."""
    interval: int
    """So many seconds lie between two questions about it, at least."""


class Standing(View):
    """How a sign-in stands that was asked for."""

    confirmed: bool
    """Is the device code good from now on?"""
    person: str
    """Who has confirmed it; `""` before."""


class Waiting(View):
    """What waits for a person's word."""

    code: str
    """Under which it waits."""
    kind: Literal["login", "act"]
    """A sign-in, or one act of one."""
    name: str
    """What the program that asks calls itself."""
    place: str
    """Where from it asks."""
    act: str = Field(examples=["POST /api/v1/posts/k7wd/approve"])
    """Of an act: which; else `""`."""


@router.get("/tokens", responses=documented())
def tokens(desk: At, at: given.At = "", most: given.Most = 50) -> Page[held.Token]:
    """API tokens that are good for something: one's own, or everybody's for an administrator."""
    with desk.reading() as tx:
        return page(held.tokens(tx), lambda one: one.id, at, most)


@router.post("/tokens", status_code=201, responses=documented(409))
def make(new: given.NewToken, desk: At) -> Made:
    """Make an API token of one's own. It can never approve, grant, resume or confirm."""
    asked = access.NewToken(new.name, new.scopes, new.days)
    with desk.writing() as tx:
        number, secret = access.make_token(tx, asked)
        token = next(one for one in held.tokens(tx) if one.id == number)
    return Made(token=token, secret=secret)


@router.delete("/tokens/{number}", status_code=204, responses=documented(404))
def revoke(number: given.Number, desk: At) -> None:
    """End a token at once: one's own, or anybody's for an administrator."""
    with desk.writing() as tx:
        access.end(tx, "token", number)


@router.get("/sessions", responses=documented())
def sessions(desk: At, at: given.At = "", most: given.Most = 50) -> Page[held.SignIn]:
    """Sign-ins that programs keep: one's own, or everybody's for an administrator."""
    mine = getattr(desk.credential, "hash", "")
    with desk.reading() as tx:
        return page(held.sign_ins(tx, mine), lambda one: one.id, at, most)


@router.delete("/sessions/{number}", status_code=204, responses=documented(404))
def end(number: given.Number, desk: At) -> None:
    """End a sign-in at once: one's own, or anybody's for an administrator."""
    with desk.writing() as tx:
        access.end(tx, "sign-in", number)


@router.post("/login", status_code=201, responses=documented())
def login(new: given.NewLogin, front: Front, place: Place) -> Begun:
    """Ask for a sign-in: it waits until a person confirms its code on the server. Needs no proof."""
    secret = proofs.made("sign-in")
    asked = Waits(
        name=called(new.name),
        place=place,
        until=front.now() + PATIENCE,
        hash=proofs.hashed(secret),
        side=side(place),
    )
    waits = front.room.login(asked, front.now())
    return Begun(
        device_code=secret,
        user_code=waits.code,
        expires_in=int(PATIENCE),
        interval=int(EVERY),
    )


@router.post("/login/poll", responses=documented(404))
def poll(device: given.Device, front: Front) -> Standing:
    """Has it been confirmed? Needs no proof but the device code."""
    waits = front.room.ask(proofs.hashed(device.device_code), front.now())
    return Standing(confirmed=bool(waits.person), person=waits.person)


@router.get("/login/{code}", responses=documented(404))
def waiting(code: given.CodePath, desk: At, front: Front) -> Waiting:
    """What waits under a code, before one confirms it."""
    with desk.reading() as tx:
        authorize(tx.actor, "sign in")
        waits = _under(front, tx.actor.person, code)
    return _shown(waits)


@router.post("/login/approve", responses=documented(404, 409))
def approve(said: given.Code, desk: At, front: Front) -> Waiting:
    """Confirm what waits under a code, as oneself: a sign-in, or one act of a sign-in of one's own."""
    with front.room.one_at_a_time:
        with desk.writing() as tx:
            authorize(tx.actor, "sign in")
            person = tx.actor.person
            waits = _under(front, person, said.code)
            if waits.hash:
                access.sign_in(tx, access.NewSignIn(waits.hash, waits.name, waits.place))
            else:
                access.confirm(tx, waits.sign_in, waits.act)
        waits.person = person
    return _shown(waits)


def called(said: str) -> str:
    """What a program calls itself, as a line that the history and a terminal can show."""
    found = plain(" ".join(said.split())).replace('"', "'")
    return found[: access.LONGEST_NAME] or "publisher"


def _under(front: Entry, person: str, code: str) -> Waits:
    """Raises NotFound; who guesses waits longer and longer."""
    who = f"person {person}"
    front.throttle.refuse(who, front.now())
    try:
        return front.room.under(code, front.now())
    except NotFound:
        front.throttle.failed(who, front.now())
        log.warning("nothing waits under a code that was said", person=person)
        raise


def _shown(waits: Waits) -> Waiting:
    return Waiting(
        code=waits.code,
        kind="login" if waits.hash else "act",
        name=waits.name,
        place=waits.place,
        act=waits.act,
    )
