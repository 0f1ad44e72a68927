"""Passkeys: signed in by a device that asks for a finger, a face or a number, bound to this very site."""

from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request, Response

from publisher.desk import pages, passkeys
from publisher.desk.parts.proving import Uses
from publisher.desk.session import Session
from publisher.errors import NotSignedIn
from publisher.read import passwords as looks
from publisher.service import given
from publisher.service.desk import At, Front
from publisher.service.front import Entry, site
from publisher.service.problems import documented
from publisher.service.routes.session import Browser, counted, give, held
from publisher.store import passkeys as store_passkeys
from publisher.store import proofs
from publisher.store.passkeys import Asks, Site

log = structlog.get_logger()
router = APIRouter(tags=["passkeys"])


@dataclass(frozen=True)
class Asking:
    """A browser that is asked for a passkey, or answers."""

    entry: Entry
    site: Site
    browser: pages.NewPage

    def new(self) -> Asks:
        """What it is asked."""
        return Asks(self.site, self.entry.challenges.new(self.entry.now()))

    def answered(self, said: given.Assertion) -> Asks:
        """What it answers, if it was asked that; it is used up by that."""
        challenge = store_passkeys.challenge_of(said.credential)
        asked_ = self.entry.challenges.take(challenge, self.entry.now())
        return Asks(self.site, challenge if asked_ else "")

    def known(self, said: given.Assertion) -> Session:
        """Whoever is there by it. Raises NotSignedIn for what nobody was asked."""
        asks = self.answered(said)
        if not asks.challenge:
            raise NotSignedIn("session.wrong")
        return Session(self.entry.app.store, Uses(asks, said.credential, self.browser.place))


def _asking(request: Request, front: Front, browser: Browser) -> Asking:
    door = front.app.config.desk.door
    assert door is not None  # a browser came by it
    return Asking(front, site(door, request.headers), browser)


Here = Annotated[Asking, Depends(_asking)]


@router.post("/session/passkey/look", responses=documented())
def asked(here: Here) -> looks.PasskeyAsked:
    """What a browser is asked, to sign in or to be fresh by a passkey. Needs no proof."""
    return looks.PasskeyAsked(options=store_passkeys.to_use(here.new()))


@router.post("/session/passkey", status_code=201, responses=documented())
def begin(said: given.Assertion, here: Here, answer: Response) -> looks.Who:
    """Sign in by a passkey. Needs no proof but that."""
    with counted(here.entry, here.browser.place, ""), here.known(said).writing() as tx:
        secret = pages.begin(tx, here.browser)
        found = looks.who(tx, proofs.hashed(secret), "page")
    give(answer, secret)
    log.info("signed in", person=found.person, address=here.browser.place)
    return found


@router.post("/session/passkey/fresh", responses=documented(409))
def fresh(said: given.Assertion, desk: At, here: Here, answer: Response) -> looks.Who:
    """The same once more: for ten minutes this sign-in is good for all that one may."""
    with desk.reading() as tx:
        person = looks.at_a_page(tx, held(desk))
    with counted(here.entry, here.browser.place, person), here.known(said).writing() as tx:
        secret = pages.refresh(tx, held(desk))
        found = looks.who(tx, proofs.hashed(secret), "page")
    give(answer, secret)
    return found


@router.get("/passkeys", responses=documented())
def listed(desk: At) -> list[looks.Passkey]:
    """One's own passkeys."""
    with desk.reading() as tx:
        return looks.passkeys(tx)


@router.post("/passkeys/look", responses=documented())
def to_make(desk: At, here: Here) -> looks.PasskeyAsked:
    """What a browser is asked, to make a passkey."""
    with desk.reading() as tx:
        return looks.to_make(tx, held(desk), here.new(), desk.app.config.company.name)


@router.post("/passkeys", status_code=201, responses=documented(409))
def add(said: given.NewPasskey, desk: At, here: Here) -> looks.Passkey:
    """A passkey that a browser has made is one's own from now on."""
    with desk.writing() as tx:
        made = (here.answered(said), said.credential)
        number = passkeys.add(tx, held(desk), said.name, made)
        return next(one for one in looks.passkeys(tx) if one.id == number)


@router.delete("/passkeys/{number}", status_code=204, responses=documented(404))
def end(number: given.Number, desk: At) -> None:
    """End a passkey at once: one's own, or anybody's for an administrator."""
    with desk.writing() as tx:
        passkeys.end(tx, number)
