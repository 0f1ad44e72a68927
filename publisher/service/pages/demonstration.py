"""The demonstration in a browser: whoever started the desk plays its sample people, and nobody is real."""

import os
import secrets

from fastapi import APIRouter, Response

from publisher import unix
from publisher.app import App
from publisher.desk import pages
from publisher.desk.parts.proving import samples
from publisher.desk.session import Held, OsUser, Session
from publisher.errors import NotFound, NotPermitted
from publisher.service import given
from publisher.service.desk import At, Front
from publisher.service.front import Entry
from publisher.service.pages.forms import Fields, one, then
from publisher.service.routes.session import Browser, give

router = APIRouter(prefix="/demonstration")


def link(app: App, entry: Entry, address: str) -> str:
    """Where a browser becomes a sample person; "" where there is none to play."""
    with app.store.read() as tx:
        there = samples(tx)
    return f"{address}/demonstration/{entry.demonstration}" if there else ""


@router.get("/{secret}")
def enter(secret: given.Name, front: Front, browser: Browser) -> Response:
    """Only whoever started the desk was told this address."""
    if not secrets.compare_digest(secret.encode(), front.demonstration.encode()):
        raise NotFound("page.no_demonstration")
    return _as(front, browser, "")


@router.post("")
def play(fields: Fields, desk: At, front: Front, browser: Browser) -> Response:
    """Be another one of them, who is at such a page: a program's token is less than that."""
    with desk.reading() as tx:
        if not tx.actor.sample or not (isinstance(desk.credential, Held) and desk.credential.page):
            raise NotPermitted("session.no_sample_here")
    return _as(front, browser, one(fields, "name"))


def _as(front: Entry, browser: pages.NewPage, name: str) -> Response:
    """That sample person, or the first. Raises NotPermitted once an account is real."""
    store = front.app.store
    with store.read() as tx:
        there = samples(tx)
    if not there:
        raise NotPermitted("session.no_sample_here")
    user = unix.user_name(os.geteuid())
    who = OsUser(user, user, "", name or there[0])
    with Session(store, who).writing() as tx:
        secret = pages.begin(tx, browser)
    answer = then("/")
    give(answer, secret)
    return answer
