"""What is done about somebody else's comments."""

from fastapi import APIRouter

from publisher.desk import measures
from publisher.read import measures as asked_for
from publisher.service import given
from publisher.service.desk import At, Desk, afterwards
from publisher.service.lists import Page, cut
from publisher.service.problems import documented

router = APIRouter(prefix="/measures", tags=["measures"])

CHANGES = documented(207, 404, 409)


@router.get("", responses=documented())
def listed(desk: At, at: given.At = "", most: given.Most = 50) -> Page[asked_for.Measure]:
    """What was asked for about comments of others, the newest first."""
    with desk.reading() as tx:
        found = asked_for.listed(tx, most + 1, at, desk.lang)
    return cut(found, lambda one: one.id, most)


@router.post("", status_code=201, responses=CHANGES)
def ask(new: given.NewMeasure, desk: At) -> asked_for.Measure:
    """Have a comment hidden: at once, at any hour, also under a stop; by one person, with a reason.

    What still waits about the same comment is called off.
    """
    with desk.writing() as tx:
        wanted = measures.NewMeasure(new.account, new.comment, new.what, new.reason)
        made = measures.ask(tx, wanted)
    return _one(desk, made)


@router.get("/{measure}", responses=documented(404))
def show(measure: given.MeasureId, desk: At) -> asked_for.Measure:
    """One of them."""
    with desk.reading() as tx:
        return asked_for.one(tx, measure, desk.lang)


@router.post("/{measure}/cancel", responses=CHANGES)
def cancel(measure: given.MeasureId, why: given.Reason, desk: At) -> asked_for.Measure:
    """Call it off, as long as nothing of it is on its way."""
    with desk.writing() as tx:
        measures.call_off(tx, measure, why.reason)
    return _one(desk, measure)


def _one(desk: Desk, name: str) -> asked_for.Measure:
    with afterwards(), desk.reading() as tx:
        return asked_for.one(tx, name, desk.lang)
