"""Out-of-hours permissions: what is asked, seen whole and granted, taken back, reviewed."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Response

from publisher.errors import NotFound, NotFresh, Problem
from publisher.read import permissions
from publisher.roles import MAY
from publisher.service import given
from publisher.service.desk import At, Desk
from publisher.service.pages.forms import Fields, filled, then
from publisher.service.pages.forms import one as said
from publisher.service.pages.look import page
from publisher.service.routes import exceptions as api
from publisher.store import Tx

router = APIRouter(prefix="/exceptions")

MANY = 50  # that are listed
# By verb: the shape of what the form sends, and the operation that it is handed to.
DOES: Mapping[str, tuple[type[given.Given], Callable[..., Any]]] = {
    "grant": (given.Granted, api.grant),
    "revoke": (given.Reason, api.revoke),
    "review": (given.Note, api.review),
}


@router.get("")
def listed(desk: At) -> Response:
    """What is asked, in force, or to be reviewed; and the newest of the rest."""
    with desk.reading() as tx:
        return page(desk, tx, "exceptions.html", found=permissions.listed(tx, MANY))


@router.get("/{exception}")
def look(exception: given.PostId, desk: At, done: given.Name = "") -> Response:
    """One: while it is asked, exactly what would go out under it."""
    return _look(desk, exception, done=done)


@router.post("/{exception}/{verb}")
def act(exception: given.PostId, verb: given.Name, fields: Fields, desk: At) -> Response:
    """One verb, as its form says it."""
    if verb not in DOES:
        raise NotFound("page.no_such")
    shape, does = DOES[verb]
    try:
        does(exception, filled(shape, fields, desk.lang), desk)
    except Problem as problem:
        typed = {name: said(fields, name) for name in ("reason", "note")}
        return _look(desk, exception, problem=problem, typed=typed)
    return then(f"/exceptions/{exception}?done={verb}")


def _look(
    desk: Desk,
    exception: str,
    *,
    done: str = "",
    problem: Problem | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    """`typed`: what the form said that came to the problem."""
    with desk.reading() as tx:
        one = permissions.one(tx, exception)
        over = one.revoked_at is not None or one.reviewed_at is not None
        waits = one.granted_by is None and not over
        took_part = tx.actor.person in (one.requested_by, one.granted_by)
        may = {verb for verb, roles in MAY.items() if roles & tx.actor.roles}
        grants = waits and "grant exception" in may and not took_part
        asked, cannot = _asked(desk, tx, exception, problem) if grants else (None, "")
        return page(
            desk,
            tx,
            "exception.html",
            one=one,
            asked=asked,
            cannot=cannot,
            may_revoke=not over and "request exception" in may,
            may_review=not over and not waits and "review exception" in may and not took_part,
            done=done if done in DOES else "",
            problem=problem,
            typed=typed or {"reason": "", "note": ""},
        )


def _asked(
    desk: Desk, tx: Tx, exception: str, problem: Problem | None
) -> tuple[permissions.Asked | None, str]:
    """What would go out under it, or why they cannot grant it: it is there all the same."""
    try:
        return permissions.asked(tx, exception, desk.lang), ""
    except NotFresh:
        if problem is None:  # to see it they prove first who they are
            raise
        return None, ""
    except Problem as found:
        return None, "" if problem else found.said(desk.lang)
