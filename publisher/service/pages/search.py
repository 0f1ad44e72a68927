"""Searching: any word of any post, and who, where and how it stands."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from publisher.errors import Problem
from publisher.read import register, search
from publisher.read.search import STATES, Results, Wanted
from publisher.service import given
from publisher.service.desk import At
from publisher.service.pages.look import page
from publisher.service.routes.looks import wanted

router = APIRouter()

MANY = 25  # posts on one page
NOTHING = Results(items=(), next=None, complete=True)


@router.get("/search")
def look(desk: At, asked: Annotated[Wanted, Depends(wanted)], at: given.At = "") -> Response:
    """The form, and what was found; nothing is looked for where nothing is asked."""
    some, wrong = asked != Wanted(), None
    with desk.reading() as tx:
        found = NOTHING
        try:
            if some:
                found = search.search(tx, asked, at=at, most=MANY)
        except Problem as problem:
            wrong = problem
        return page(
            desk,
            tx,
            "search.html",
            wanted=asked,
            found=found,
            asked=some and wrong is None,
            later=bool(at),
            accounts=[one.id for one in register.accounts(tx, desk.lang)],
            people=register.people(tx),
            states=STATES,
            problem=wrong,
        )
