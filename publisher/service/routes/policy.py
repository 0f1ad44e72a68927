"""The policy and the configuration: what waits for a second person's yes."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from publisher.desk import changes as config
from publisher.desk import policies
from publisher.policy.bundle import read_folder
from publisher.read import changes, permissions
from publisher.read.view import View
from publisher.roles import authorize
from publisher.service import given
from publisher.service.desk import At
from publisher.service.lists import Page, page
from publisher.service.problems import documented
from publisher.store.provision import said_of

router = APIRouter(tags=["policy"])

VersionNumber = Annotated[int, Path(ge=1, le=2**31 - 1, description="A version of the policy.")]
ChangeNumber = Annotated[int, Path(ge=1, le=2**31 - 1, description="A change's number.")]


@router.get("/policy/proposals", responses=documented(404))
def proposals(
    desk: At,
    *,
    version: Annotated[int, Query(ge=0, le=2**31 - 1, description="Only this one.")] = 0,
    at: given.At = "",
    most: given.Most = 50,
) -> Page[changes.Proposal]:
    """What each proposed version changes of the one in force, line by line."""
    with desk.reading() as tx:
        return page(changes.proposals(tx, version), lambda one: str(one.id), at, most)


class Proposed(View):
    """A version of the policy that was proposed."""

    version: int
    """Its number."""
    in_force: bool
    """One that only tightens is in force at once; any other waits for a second person."""


@router.post("/policy/proposals", status_code=201, responses=documented(409))
def propose(desk: At) -> Proposed:
    """Take the installation's policy folder into force. What loosens waits for a second person."""
    with desk.reading() as tx:  # nobody else learns what lies in the folder
        authorize(tx.actor, "activate policy")
    files = read_folder(desk.app.config.policy)
    with desk.writing() as tx:
        number, at_once = policies.activate(tx, files)
    return Proposed(version=number, in_force=at_once)


@router.post("/policy/proposals/{version}/confirm", responses=documented(404, 409))
def second(version: VersionNumber, desk: At) -> Proposed:
    """The second person's yes to a proposed policy; it comes into force."""
    with desk.writing() as tx:
        policies.second(tx, version)
    return Proposed(version=version, in_force=True)


@router.get("/policy/categories", responses=documented())
def categories(desk: At) -> tuple[str, ...]:
    """What an out-of-hours permission may be asked for under."""
    with desk.reading() as tx:
        return permissions.categories(tx)


@router.get("/config/changes", responses=documented())
def waiting(desk: At, at: given.At = "", most: given.Most = 50) -> Page[changes.Change]:
    """What config.toml asks for and a second person has to confirm."""
    with desk.reading() as tx:
        return page(changes.changes(tx, desk.lang), lambda one: str(one.id), at, most)


class Confirmed(View):
    """A change that was confirmed."""

    kind: Literal["account", "person"]
    """What it is about."""
    name: str
    """Which."""
    change: str
    """What is in force from now on, in one line."""


@router.post("/config/changes/{number}/confirm", responses=documented(404, 409))
def confirm(number: ChangeNumber, desk: At) -> Confirmed:
    """A policy owner's yes to a change that loosens something. Not for one's own rights or accounts."""
    with desk.writing() as tx:
        row = config.confirm(tx, number)
    return Confirmed(kind=row.kind, name=row.name, change=said_of(row.old, row.new))
