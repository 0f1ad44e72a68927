"""What needs a person, and the history."""

from typing import Annotated

from fastapi import APIRouter, Query

from publisher.content import digest
from publisher.read import history
from publisher.read import todo as needs
from publisher.service import given
from publisher.service.desk import At
from publisher.service.lists import Page, page
from publisher.service.problems import documented

router = APIRouter(tags=["looks"])


@router.get("/todo", responses=documented())
def todo(
    desk: At, *, everything: bool = False, at: given.At = "", most: given.Most = 50
) -> Page[needs.Todo]:
    """What needs you, the most urgent first; `everything`: of everybody, also what you may not do."""
    with desk.reading() as tx:
        found = needs.todo(tx, mine=not everything, lang=desk.lang)
    return page(found, _key, at, most)


def _key(one: needs.Todo) -> str:
    return digest(one.model_dump(mode="json"))


@router.get("/ledger", responses=documented())
def ledger(
    desk: At,
    after: Annotated[int, Query(ge=0, le=2**53, description="Behind this number.")] = 0,
    most: given.Most = 50,
) -> list[history.Entry]:
    """The whole history, the oldest first; the last one's `seq` is the next page's `after`."""
    with desk.reading() as tx:
        return history.page(tx, after, most)
