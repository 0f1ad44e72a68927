"""The register: accounts, people, and when an account may speak."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from publisher.desk import accounts as recognition
from publisher.desk import waits
from publisher.errors import Usage
from publisher.read import register
from publisher.read.view import Instant, View
from publisher.service import given
from publisher.service.desk import At
from publisher.service.lists import Page, page
from publisher.service.problems import documented
from publisher.words import read

router = APIRouter(tags=["register"])

LONGEST, WEEK = timedelta(days=366), timedelta(days=7)


@router.get("/accounts", responses=documented())
def accounts(desk: At, at: given.At = "", most: given.Most = 50) -> Page[register.Account]:
    """Every official account, retired ones too."""
    with desk.reading() as tx:
        return page(register.accounts(tx, desk.lang), lambda one: one.id, at, most)


@router.get("/accounts/{account}", responses=documented(404))
def account(account: given.AccountId, desk: At) -> register.Account:
    """One official account."""
    with desk.reading() as tx:
        return register.account(tx, account, desk.lang)


@router.get("/accounts/{account}/windows", responses=documented(404))
def windows(
    account: given.AccountId,
    desk: At,
    start: Annotated[
        given.Time | None,
        Query(alias="from", description="Else now.", examples=["2026-12-01T00:00:00Z"]),
    ] = None,
    end: Annotated[
        given.Time | None,
        Query(alias="to", description="Else a week later.", examples=["2026-12-08T00:00:00Z"]),
    ] = None,
) -> list[register.Window]:
    """When the account may speak, within a year at the most."""
    with desk.reading() as tx:
        begin = start or tx.now
        until = end or begin + WEEK
        if not timedelta(0) < until - begin <= LONGEST:
            raise Usage("request.span", field="to", most=LONGEST.days)
        return register.windows(tx, account, begin, until)


class Resumed(View):
    """A wait that was lifted."""

    account: register.Account
    """Whose."""
    waited_until: Instant
    """How long the network had asked for."""


@router.post("/accounts/{account}/resume", responses=documented(404, 409))
def resume(account: given.AccountId, why: given.Reason, desk: At) -> Resumed:
    """Lift the wait that a network has asked for; what is due of the account is tried again now."""
    with desk.writing() as tx:
        row = waits.resume(tx, account, why.reason)
        assert row.not_before is not None  # else there was nothing to lift
        found = register.account(tx, account, desk.lang)
        return Resumed(account=found, waited_until=row.not_before)


class Recognised(View):
    """Who a network says we are."""

    account: str
    """The account."""
    fits: bool
    """Is it who the register says?"""
    registered: str
    """The id that the register says."""
    user: str
    """The network's own id of us; `""` when it gave none."""
    failed: str
    """Why it gave none, in words; else `""`."""
    rights: dict[str, bool]
    """What it lets this user do, by verb, where it says so."""


@router.post("/accounts/{account}/verify", responses=documented(404))
def verify(account: given.AccountId, desk: At) -> Recognised:
    """Ask the network who we are, and compare with the register."""
    with desk.reading() as tx:
        who = tx.actor
    [found] = recognition.verify(desk.app, who, account)
    return Recognised(
        account=found.account,
        fits=found.fits,
        registered=found.registered,
        user=found.user,
        failed=read(found.failed, desk.lang),
        rights=dict(found.rights),
    )


@router.get("/people", responses=documented())
def people(desk: At, at: given.At = "", most: given.Most = 50) -> Page[register.Person]:
    """Who may do what."""
    with desk.reading() as tx:
        return page(register.people(tx), lambda one: one.name, at, most)
