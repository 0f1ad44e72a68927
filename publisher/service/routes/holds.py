"""Legal holds: what is kept because it may be needed."""

from typing import Annotated

from fastapi import APIRouter, Path

from publisher.desk import holds
from publisher.read import holds as in_force
from publisher.read.view import View
from publisher.service import given
from publisher.service.desk import At
from publisher.service.lists import Page, page
from publisher.service.problems import documented

router = APIRouter(prefix="/holds", tags=["holds"])


class LiftOfHold(View):
    """What came of a wish to lift a hold."""

    lifted: bool
    """`false`: somebody else has to say yes first."""


@router.get("", responses=documented())
def listed(desk: At, at: given.At = "", most: given.Most = 50) -> Page[in_force.Hold]:
    """What is kept whatever the policy says, the oldest hold first."""
    with desk.reading() as tx:
        return page(in_force.holds(tx), lambda one: str(one.number), at, most)


@router.post("", status_code=201, responses=documented(404, 409))
def hold(new: given.NewHold, desk: At) -> in_force.Hold:
    """Forget nothing of a post, an account or a person from now on."""
    with desk.writing() as tx:
        number = holds.hold(tx, new.kind, new.name, new.reason)
        return next(one for one in in_force.holds(tx) if one.number == number)


@router.post("/{hold}/lift", responses=documented(404, 409))
def lift(
    hold: Annotated[int, Path(ge=1, le=2**31 - 1, description="Its number.")],
    why: given.Reason,
    desk: At,
) -> LiftOfHold:
    """Ask for a hold to be lifted, or say yes to what somebody else asked."""
    with desk.writing() as tx:
        return LiftOfHold(lifted=holds.lift(tx, hold, why.reason))
