"""The register: accounts, people, and when an account may speak."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from publisher import beside
from publisher.desk import accounts as recognition
from publisher.desk import connecting, deputies, leavers, waits
from publisher.errors import TryAgain, Usage
from publisher.read import register
from publisher.read.view import Instant, View
from publisher.service import given
from publisher.service.desk import At, afterwards
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
        who = connecting.verify(tx, account)
        actor, known = tx.actor, register.account(tx, account, desk.lang)
    try:  # the daemon has the credentials of every account, and the desk of some
        told = beside.account(desk.app.config.data, "verify", desk.lang, who)
        found = recognition.Recognition(known.id, known.user_id, **told)
    except TryAgain:
        if known.credentials == "vault":
            raise
        [found] = recognition.verify(desk.app, actor, account)
    return Recognised(
        account=found.account,
        fits=found.fits,
        registered=found.registered,
        user=found.user,
        failed=read(found.failed, desk.lang),
        rights=dict(found.rights),
    )


@router.get("/accounts/{account}/connect", responses=documented(404))
def needs(account: given.AccountId, desk: At) -> list[register.Secret]:
    """What is typed to connect the account."""
    with desk.reading() as tx:
        return register.secrets(tx, account, desk.lang)


class Connected(View):
    """An account that is connected, or a page on which its owner is to say yes first."""

    account: register.Account
    """Which."""
    authorize: str
    """Where its owner says yes, and is shown a number, which comes next as `pin`; `""` when it is done."""
    rights: dict[str, bool]
    """What the network lets this user do, by verb, where it says so."""


@router.post("/accounts/{account}/connect", responses=documented(404, 409))
def connect(account: given.AccountId, new: given.NewCredentials, desk: At) -> Connected:
    """Have the daemon try these at once and, if the network says that we are who the register says, keep
    them in the vault. The desk passes them on and keeps nothing.
    """
    with desk.reading() as tx:
        who = connecting.connect(tx, account, new.secrets)
    said = {**who, "secrets": new.secrets, "pin": new.pin}
    told = beside.account(desk.app.config.data, "connect", desk.lang, said)
    with afterwards(), desk.reading() as tx:
        found = register.account(tx, account, desk.lang)
    return Connected(
        account=found, authorize=told.get("authorize", ""), rights=told.get("rights", {})
    )


@router.delete("/accounts/{account}/connect", status_code=204, responses=documented(404, 409))
def disconnect(account: given.AccountId, desk: At) -> None:
    """Take the account's credentials out of the vault."""
    with desk.reading() as tx:
        who = connecting.connect(tx, account)
    beside.account(desk.app.config.data, "disconnect", desk.lang, who)


class HandedOver(View):
    """Posts that have another author."""

    posts: tuple[str, ...]
    """Which."""


@router.post("/people/handover", responses=documented(404, 409))
def hand_over(of: given.HandOver, desk: At) -> HandedOver:
    """Give drafts and waiting posts of somebody who has left another author, who releases what is held."""
    with desk.writing() as tx:
        return HandedOver(posts=tuple(leavers.hand_over(tx, of.person, of.to)))


@router.post("/people/deputy", status_code=201, responses=documented(404, 409))
def name_deputy(new: given.NewDeputy, desk: At) -> register.Person:
    """Name who has one's own roles as well, for a time; it ends by itself. They never are the second person
    for what either of the two wrote, asked or said.
    """
    with desk.writing() as tx:
        deputies.name(tx, new.name, new.start or tx.now, new.end)
        return register.person(tx, tx.actor.person)


@router.post("/people/deputy/end", responses=documented(404, 409))
def end_deputy(of: given.OfPerson, desk: At) -> register.Person:
    """End that at once: either of the two, or an administrator."""
    with desk.writing() as tx:
        deputies.end(tx, of.person)
        return register.person(tx, of.person or tx.actor.person)


@router.get("/people", responses=documented())
def people(desk: At, at: given.At = "", most: given.Most = 50) -> Page[register.Person]:
    """Who may do what."""
    with desk.reading() as tx:
        return page(register.people(tx), lambda one: one.name, at, most)
