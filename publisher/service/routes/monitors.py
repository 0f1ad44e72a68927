"""For monitors: is it alive, can it work, how does it stand? Nobody's role is needed."""

from typing import Any

from fastapi import APIRouter, Request, Response

from publisher.app import App
from publisher.daemon import health
from publisher.daemon.lock import named
from publisher.desk.session import Session
from publisher.errors import TryAgain
from publisher.read.view import View
from publisher.roles import authorize, sees
from publisher.service import metrics
from publisher.service.desk import At
from publisher.service.front import KNOWN, Known
from publisher.service.problems import Responses, documented
from publisher.store import schema
from publisher.words import say_part

router = APIRouter(tags=["monitors"])
api = APIRouter(tags=["monitors"])

_TEXT: Responses = {200: {"description": "Figures.", "content": {"text/plain": {}}}}


class Alive(View):
    """This process answers."""

    alive: bool
    """Always `true`."""


class Status(View):
    """Is it moving?"""

    healthy: bool
    """Nothing is red."""
    problems: tuple[str, ...]
    """What is red, in words."""
    notes: tuple[str, ...]
    """What is worth knowing, in words."""
    findings: tuple[dict[str, Any], ...]
    """The same with codes: `{red, code, args, acts}`."""
    daemon: dict[str, Any] | None
    """The daemon that runs: `{pid, host, since}`; `null` when none does."""
    running: str
    """The same in words; `""` when none does."""
    version: str
    """Of the program."""
    counts: dict[str, int]
    """Deliveries by state, what is done left out."""
    next: str | None
    """When something is looked at next."""
    zone: str
    """The company's zone."""
    bytes: int
    """Of the whole database."""
    bytes_each: int | None
    """For each delivery there is, about; `null` while that is not known."""


@router.get("/healthz")
def alive() -> Alive:
    """Does this process answer?"""
    return Alive(alive=True)


@router.get("/readyz", responses=documented())
def ready(request: Request) -> Alive:
    """Does the database answer, and is it of this version?"""
    app: App = request.app.state.installation
    if schema.current(app.store) != schema.NEWEST:
        raise TryAgain("request.other_schema")
    return Alive(alive=True)


@router.get("/metrics", responses={**documented(), **_TEXT}, response_class=Response)
def figures(request: Request) -> Response:
    """Prometheus' format: lateness, outcomes, queue, seal lag.

    They are of all accounts, so a proof is not enough of whoever has roles for some only.
    """
    known: Known | None = request.scope["state"].get(KNOWN)
    if known is not None:
        app: App = request.app.state.installation
        with Session(app.store, known.credential).reading() as tx:
            if sees(tx.actor) is not None:
                authorize(tx.actor, "read", everywhere=True)
    made: metrics.Metrics = request.app.state.metrics
    return Response(made.text(), headers={"Content-Type": metrics.CONTENT_TYPE})


@api.get("/status", responses=documented())
def status(desk: At) -> Status:
    """Is it moving, and how much waits? Whoever holds the installation may ask, too.

    Who has roles for some accounts only is told whether it is, and nothing of what waits.
    """
    everything = True
    if not desk.holds:
        with desk.reading() as tx:
            authorize(tx.actor, "read")
            everything = sees(tx.actor) is None
    found = health.seen_from_outside(desk.app, lambda said, _acts: say_part(said, desk.lang))
    daemon = found["daemon"]
    running = say_part(named(daemon, found["zone"]), desk.lang) if daemon else ""
    if not everything:
        found |= {"problems": (), "notes": (), "findings": (), "counts": {}, "next": None}
    return Status(**found, running=running)
