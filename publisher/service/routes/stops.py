"""The emergency stop."""

from fastapi import APIRouter
from pydantic import Field

from publisher.desk import stops
from publisher.read import stops as in_force
from publisher.read.view import View
from publisher.service import given
from publisher.service.desk import At
from publisher.service.problems import documented

router = APIRouter(prefix="/stops", tags=["stops"])


class Lifted(View):
    """What a resume did."""

    lifted: tuple[str, ...]
    """The stops that were lifted, by name."""
    came_due: tuple[str, ...] = Field(examples=[["k7wd/sandbox-x"]])
    """What came due meanwhile, as `POST/ACCOUNT`: each waits for a person's decision."""
    left: tuple[in_force.Stop, ...]
    """The stops that are still in force."""


@router.get("", responses=documented())
def listed(desk: At) -> list[in_force.Stop]:
    """What stands still, and by whose word: at most one stop for each account, and two for all."""
    with desk.reading() as tx:
        return in_force.stops(tx, desk.lang)


@router.post("", status_code=201, responses=documented(404, 409))
def stop(new: given.NewStop, desk: At) -> in_force.Stop:
    """Stop everything, or one account, at once. Anybody may. Takedowns still go."""
    with desk.writing() as tx:
        scope = stops.stop(tx, new.account, except_notices=new.except_notices, why=new.reason)
        return next(one for one in in_force.stops(tx, desk.lang) if one.scope == scope)


@router.post("/resume", responses=documented(404, 409))
def resume(of: given.OfPost, desk: At) -> Lifted:
    """Lift a stop (without an account: all of them). Nothing is released by that."""
    with desk.writing() as tx:
        before = in_force.stops(tx, desk.lang)
        due = stops.resume(tx, of.account)
        left = tuple(in_force.stops(tx, desk.lang))
    return Lifted(
        lifted=tuple(one.name for one in before if one not in left),
        came_due=tuple(f"{row.post_id}/{row.account}" for row in due),
        left=left,
    )
