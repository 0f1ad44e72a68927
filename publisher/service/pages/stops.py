"""Stop everything, or one account, and let it go on again."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Response

from publisher.errors import Problem
from publisher.read import register
from publisher.roles import may
from publisher.service import given
from publisher.service.desk import At, Desk
from publisher.service.pages.forms import Fields, filled, one, then
from publisher.service.pages.look import page
from publisher.service.routes import stops as api

router = APIRouter()


@router.get("/stop")
def look(desk: At, done: given.Name = "") -> Response:
    """What is stopped, and the form that stops."""
    return _look(desk, done=done)


@router.post("/stop")
def stop(fields: Fields, desk: At) -> Response:
    """Stop at once."""
    try:
        api.stop(filled(given.NewStop, fields, desk.lang), desk)
    except Problem as problem:
        return _look(desk, problem=problem, typed=fields)
    return then("/stop?done=stop")


@router.post("/stop/resume")
def resume(fields: Fields, desk: At) -> Response:
    """Lift one stop, or all."""
    try:
        api.resume(filled(given.OfPost, fields, desk.lang), desk)
    except Problem as problem:
        return _look(desk, problem=problem)
    return then("/stop?done=resume")


def _look(
    desk: Desk,
    *,
    done: str = "",
    problem: Problem | None = None,
    typed: Mapping[str, Sequence[str]] | None = None,
) -> Response:
    """`typed`: what the form said that came to the problem."""
    with desk.reading() as tx:
        return page(
            desk,
            tx,
            "stop.html",
            accounts=[there for there in register.accounts(tx, desk.lang) if there.active],
            may_resume=lambda scope: may(tx.actor, "resume", [scope]),
            done=done if done in ("stop", "resume") else "",
            problem=problem,
            typed={
                name: one(typed or {}, name) for name in ("account", "reason", "except_notices")
            },
        )
