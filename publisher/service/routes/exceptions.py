"""Out-of-hours permissions: asked for, granted, taken back, reviewed. Always two people."""

from fastapi import APIRouter

from publisher.desk import exceptions
from publisher.errors import HeldByPolicy
from publisher.read import permissions
from publisher.service import given
from publisher.service.desk import At, Desk, afterwards
from publisher.service.lists import Page, cut
from publisher.service.problems import documented

router = APIRouter(prefix="/exceptions", tags=["exceptions"])

CHANGES = documented(207, 404, 409)


@router.get("", responses=documented())
def listed(
    desk: At, *, everything: bool = False, at: given.At = "", most: given.Most = 50
) -> Page[permissions.Permission]:
    """Asked for, granted, used, to be reviewed; `everything`: reviewed ones, too. The newest first."""
    with desk.reading() as tx:
        found = permissions.listed(tx, most + 1, unsettled=not everything, at=at)
    return cut(found, lambda one: one.id, most)


class Incident(permissions.Permission):
    """Incident mode that was asked for."""

    unreviewed: tuple[permissions.Use, ...]
    """What went out there under a permission that nobody has reviewed yet."""


@router.post("/incidents", status_code=201, responses=CHANGES)
def incident(new: given.NewIncident, desk: At) -> Incident:
    """Ask for incident mode: urgent notices of these accounts, each still by two people."""
    with desk.writing() as tx:
        number = exceptions.request_incident(tx, new.accounts, new.category, new.reason)
        left = permissions.unreviewed(tx, new.accounts)
    return Incident(**dict(_one(desk, number)), unreviewed=tuple(left))


@router.get("/{exception}", responses=documented(404, 409))
def asked(exception: given.PostId, desk: At) -> permissions.Asked:
    """A request and what goes out under it, as a person sees it before they grant it."""
    with desk.reading() as tx:
        return permissions.asked(tx, exception, desk.lang)


@router.post("/{exception}/grant", responses=CHANGES)
def grant(exception: given.PostId, yes: given.Granted, desk: At) -> permissions.Permission:
    """The second person's yes to exactly what they saw; it is the approval as well.

    When something else still holds the post, that is the problem, and `done` the permission.
    """
    with desk.writing() as tx:
        exceptions.grant(tx, exception, yes.seen)
    granted = _one(desk, exception)
    with afterwards(), desk.reading() as tx:
        held = permissions.still_held(tx, exception)
    if held:
        problem = HeldByPolicy("exceptions.still_held", accounts=list(held))
        problem.done = granted.model_dump(mode="json")
        raise problem
    return granted


@router.post("/{exception}/revoke", responses=CHANGES)
def revoke(exception: given.PostId, why: given.Reason, desk: At) -> permissions.Permission:
    """Take the permission back, at once."""
    with desk.writing() as tx:
        exceptions.revoke(tx, exception, why.reason)
    return _one(desk, exception)


@router.post("/{exception}/review", responses=CHANGES)
def review(exception: given.PostId, found: given.Note, desk: At) -> permissions.Permission:
    """Looked at afterwards, by somebody who neither asked nor granted."""
    with desk.writing() as tx:
        exceptions.review(tx, exception, found.note)
    return _one(desk, exception)


def _one(desk: Desk, name: str) -> permissions.Permission:
    with afterwards(), desk.reading() as tx:
        return permissions.one(tx, name)
