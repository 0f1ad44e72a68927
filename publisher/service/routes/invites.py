"""Invites: a person of the register gets a password by a link that is good once."""

from fastapi import APIRouter

from publisher.desk import access, invites
from publisher.desk.parts import proving
from publisher.read import passwords as looks
from publisher.read.view import View
from publisher.service import given
from publisher.service.desk import At, Desk
from publisher.service.lists import Page, page
from publisher.service.problems import documented

router = APIRouter(tags=["invites"])

JOIN = "/join#"  # what stands behind it no browser sends anywhere by itself


class NewLink(View):
    """A new invite."""

    id: str
    """What it is ended and confirmed by."""
    secret: str
    """What is shown to join. It is said this once, and kept nowhere."""
    link: str
    """The same as an address, for a browser; `""` where the desk is not reached over TCP."""
    waits: bool
    """Is it good for nothing until a second person confirms it?"""


@router.get("/invites", responses=documented())
def listed(desk: At, at: given.At = "", most: given.Most = 50) -> Page[looks.Invite]:
    """Invites that are good for something: one's own, and all for who makes or confirms them."""
    with desk.reading() as tx:
        return page(looks.invites(tx), lambda one: one.id, at, most)


@router.post("/invites", status_code=201, responses=documented(404))
def invite(new: given.NewInvite, desk: At) -> NewLink:
    """Make a link for a person of the register, good for three days; the one before ends. Who
    has it can be that person: where their roles count for others, a second person confirms it first.
    """
    with desk.holding() as tx:
        made, secret = invites.invite(tx, new.person)
        waits = proving.waits(tx, made)
    return NewLink(id=made.id, secret=secret, link=_link(desk, secret), waits=waits)


@router.post("/invites/{number}/confirm", responses=documented(404, 409))
def confirm(number: given.Number, desk: At) -> looks.Invite:
    """The second person's yes to an invite that somebody else made."""
    with desk.writing() as tx:
        invites.confirm(tx, number)
        return next(one for one in looks.invites(tx) if one.id == number)


@router.delete("/invites/{number}", status_code=204, responses=documented(404))
def end(number: given.Number, desk: At) -> None:
    """End an invite at once: one's own, or anybody's for an administrator."""
    with desk.writing() as tx:
        access.end(tx, "invite", number)


def _link(desk: Desk, secret: str) -> str:
    door = desk.app.config.desk.door
    return door.address(door.port) + JOIN + secret if door else ""
