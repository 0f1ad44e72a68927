"""Signed in with a browser: by a password and a second factor, or at first by an invite."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Literal

import structlog
from fastapi import APIRouter, Depends, Request, Response

from publisher.desk import access, pages, passwords
from publisher.desk.parts import proving
from publisher.desk.parts.proving import Invited, Said
from publisher.desk.session import Held, Session
from publisher.errors import NotPermitted, NotSignedIn
from publisher.read import passwords as looks
from publisher.read.view import View
from publisher.service import given
from publisher.service.desk import At, Desk, Front, Place
from publisher.service.front import ADDRESS, COOKIE, Entry, cookie_of, refuse_in_the_open, side
from publisher.service.problems import documented
from publisher.service.routes.access import called
from publisher.service.throttle import FREE, LONGEST
from publisher.store import passwords as kept
from publisher.store import proofs

log = structlog.get_logger()
router = APIRouter(tags=["session"])

FREE_OF_SIDE = 20  # tries that cost nothing: many people come from one side
FREE_OF_PERSON = 30  # from wherever: else anybody could keep them out
LONGEST_OF_PERSON = 5.0  # seconds; who guesses waits longer than that at their own side


def _browser(request: Request, place: Place) -> pages.NewPage:
    """Raises NotPermitted where no browser keeps our cookie."""
    if ADDRESS not in request.scope.get("state", {}):
        raise NotPermitted("session.no_proof_here")
    refuse_in_the_open(request.app.state.installation.config.desk.door, request.headers)
    name = called(browser_name(request.headers.get("user-agent", "")))
    return pages.NewPage(name, place, proofs.hashed(cookie_of(request.headers) or ""))


def browser_name(said: str) -> str:
    """What people call it, such as `Firefox on Linux`, from what it says of itself (User-Agent)."""
    which = next((name for mark, name in _BROWSERS if mark in said), "")
    where = next((name for mark, name in _SYSTEMS if mark in said), "")
    return " on ".join(one for one in (which, where) if one) or said or "browser"


# Each says that it is those before it as well, so the first that is found here is the one.
_BROWSERS = (
    *(("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox")),
    *(("Chrome/", "Chrome"), ("CriOS/", "Chrome"), ("Safari/", "Safari")),
)
_SYSTEMS = (
    *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows")),
    *(("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")),
)

Browser = Annotated[pages.NewPage, Depends(_browser)]


class Joined(View):
    """Somebody has a password now, and is signed in."""

    person: str
    """Who."""
    recovery_codes: list[str]
    """Each is good once, in place of a code; they are said this once. None without a second factor."""


class Codes(View):
    """New recovery codes."""

    recovery_codes: list[str]
    """Each is good once, in place of a code; they are said this once."""


@router.post("/join/look", responses=documented())
def look(shown: given.InviteShown, front: Front) -> looks.Joining:
    """What an invite is for. Needs no proof but the invite."""
    hash_ = proofs.hashed(shown.invite)
    with Session(front.app.store, Invited(hash_)).reading() as tx:
        return looks.joining(tx, hash_, front.app.config.company.name)


@router.post("/join", status_code=201, responses=documented())
def join(said: given.Joins, front: Front, browser: Browser, answer: Response) -> Joined:
    """Use an invite: this is the password from now on, with the second factor that was shown if a code of
    it is said. The cookie of the answer is a sign-in. Needs no proof but the invite.
    """
    hash_, store = proofs.hashed(said.invite), front.app.store
    with Session(store, Invited(hash_)).reading() as tx:
        passwords.refuse_weak(tx, said.password, front.app.config.company.name)
    hashed = kept.hashed(said.password)
    with Session(store, Invited(hash_)).writing() as tx:
        codes = passwords.join(tx, hash_, hashed, said.code)
        secret, person = pages.begin(tx, browser), tx.actor.person
    give(answer, secret)
    log.info("an invite was used", person=person, address=browser.place)
    return Joined(person=person, recovery_codes=list(codes))


@router.post("/session", status_code=201, responses=documented())
def begin(said: given.SignsIn, front: Front, browser: Browser, answer: Response) -> looks.Who:
    """Sign in. The cookie of the answer is good for what a stored sign-in is, and for ten minutes for all
    that one may. Needs no proof but what is said.
    """
    with counted(front, browser.place, said.name):
        asked = Said(said.name, said.password, said.code, browser.place)
        knows = proving.check(front.app.store, asked)
        with Session(front.app.store, knows).writing() as tx:
            secret = pages.begin(tx, browser)
            found = looks.who(tx, proofs.hashed(secret), "page")
    give(answer, secret)
    log.info("signed in", person=said.name, address=browser.place)
    return found


@router.get("/session", responses=documented())
def who(desk: At) -> looks.Who:
    """Who asks, and by what they are known."""
    with desk.reading() as tx:
        return looks.who(tx, held(desk), _by(desk))


@router.delete("/session", status_code=204, responses=documented(404))
def leave(desk: At, answer: Response) -> None:
    """Sign out: what was shown is good for nothing from now on."""
    with desk.writing() as tx:
        access.end(tx, "sign-in", access.number_of(tx, held(desk)))
    answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")


@router.post("/session/fresh", responses=documented(409))
def fresh(
    said: given.ProvesAnew, desk: At, front: Front, browser: Browser, answer: Response
) -> looks.Who:
    """Say all one knows once more: for ten minutes this sign-in is good for all that one may. It has
    another cookie from now on.
    """
    asked = Said(_person(desk), said.password, said.code, browser.place)
    with counted(front, browser.place, asked.person):
        knows = proving.check(front.app.store, asked)
        with Session(front.app.store, knows).writing() as tx:
            secret = pages.refresh(tx, held(desk))
            found = looks.who(tx, proofs.hashed(secret), "page")
    give(answer, secret)
    return found


@router.put("/session/password", status_code=204, responses=documented(409))
def change(
    said: given.NewPassword, desk: At, front: Front, browser: Browser, answer: Response
) -> None:
    """Another password. Every other sign-in of one's own ends; this one has another cookie from now on."""
    with desk.reading() as tx:
        passwords.refuse_weak(tx, said.new, front.app.config.company.name)
    asked = Said(_person(desk), said.old, "", browser.place)
    with counted(front, browser.place, asked.person):
        knows = proving.check(front.app.store, asked)
    hashed = kept.hashed(said.new)
    with desk.writing() as tx:
        secret = passwords.change(tx, held(desk), knows.hash, hashed)
    give(answer, secret)


@router.get("/session/factor", responses=documented(409))
def offered(desk: At) -> looks.Factor:
    """A second factor to be taken up; whatever one has stays until then."""
    with desk.reading() as tx:
        return looks.offered(tx, held(desk), desk.app.config.company.name)


@router.put("/session/factor", responses=documented(409))
def take(said: given.FactorCode, desk: At, answer: Response) -> Codes:
    """The second factor that was just shown is one's own from now on. This sign-in has another cookie."""
    with desk.writing() as tx:
        codes, secret = passwords.change_factor(tx, held(desk), said.code)
    give(answer, secret)
    return Codes(recovery_codes=list(codes))


@router.delete("/session/factor", status_code=204, responses=documented(409))
def drop(desk: At) -> None:
    """No second factor any more, for whoever needs none."""
    with desk.writing() as tx:
        passwords.drop_factor(tx)


@router.post("/session/codes", status_code=201, responses=documented(409))
def codes(desk: At) -> Codes:
    """Other recovery codes; those before are good for nothing."""
    with desk.writing() as tx:
        return Codes(recovery_codes=list(passwords.new_codes(tx)))


@contextmanager
def counted(front: Entry, place: str, person: str) -> Iterator[None]:
    """A try, which counts from its beginning: many at once gain nobody anything. Raises TooMany.

    `person`: as whom; "" where nobody says that.
    """
    sides = {f"sign-in {side(place)}": (FREE_OF_SIDE, LONGEST)}
    if person:
        sides[f"sign-in {side(place)} as {person}"] = (FREE, LONGEST)
        sides[f"sign-in as {person}"] = (FREE_OF_PERSON, LONGEST_OF_PERSON)
    front.throttle.attempt(sides, front.now())
    try:
        yield
    except NotSignedIn:
        raise
    except BaseException:
        front.throttle.forgive(sides)
        raise
    front.throttle.forgive(sides)


def give(answer: Response, secret: str) -> None:
    """Whoever gets this answer is known by that secret from now on."""
    answer.set_cookie(COOKIE, secret, path="/", secure=True, httponly=True, samesite="lax")


def held(desk: Desk) -> str:
    return desk.credential.hash if isinstance(desk.credential, Held) else ""


def _by(desk: Desk) -> Literal["page", "login", "token", "server"]:
    if not isinstance(desk.credential, Held):
        return "server"
    if desk.credential.what == "token":
        return "token"
    return "page" if desk.credential.page else "login"


def _person(desk: Desk) -> str:
    """Raises Conflict where nobody is signed in with a browser."""
    with desk.reading() as tx:
        return looks.at_a_page(tx, held(desk))
