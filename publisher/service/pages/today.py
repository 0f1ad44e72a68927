"""Today: what needs me, what comes next, what went out."""

from fastapi import APIRouter, Response

from publisher.read import posts, today
from publisher.read.todo import Todo, todo
from publisher.service.desk import At
from publisher.service.pages.look import page

router = APIRouter()

NEXT, OUT, NEEDS = 8, 8, 12  # that are shown


@router.get("/")
def look(desk: At) -> Response:
    """The day at a glance."""
    with desk.reading() as tx:
        needs = todo(tx, mine=True, lang=desk.lang)
        coming = posts.page(tx, most=NEXT, lang=desk.lang)
        return page(
            desk,
            tx,
            "today.html",
            needs=needs[:NEEDS],
            more_needs=max(0, len(needs) - NEEDS),
            coming=[one for one in coming.posts if one.state != "draft"],
            out=today.went_out(tx, OUT, desk.lang),
            hours=today.hours(tx),
            way=_way,
        )


def _way(one: Todo) -> str:
    """The page where that is done; "" where there is none."""
    for act in one.acts:
        if "exception" in act:
            return f"/exceptions/{act['exception']}"
        if act["act"] == "resume":
            return "/stop"
    return f"/posts/{one.post}" if one.post else ""
