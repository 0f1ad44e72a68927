"""What somebody is known by: browsers, programs, tokens, password, second factor; codes to confirm."""

from fastapi import APIRouter, Response

from publisher.errors import NotFound, Problem
from publisher.read import access, passwords
from publisher.roles import SCOPES
from publisher.service import given
from publisher.service.desk import At, Desk, Front
from publisher.service.pages.forms import Fields, filled, one, then
from publisher.service.pages.look import bare, page
from publisher.service.pages.signing import picture
from publisher.service.routes import access as held
from publisher.service.routes import passkeys as keys
from publisher.service.routes import session as api
from publisher.service.routes.session import Browser

router = APIRouter()


@router.get("/me")
def look(desk: At, done: given.Name = "") -> Response:
    """All of it."""
    return _look(desk, done=done)


@router.post("/me/password")
def password(fields: Fields, desk: At, front: Front, browser: Browser) -> Response:
    """Another password; all other sign-ins end."""
    answer = then("/me?done=password")
    try:
        api.change(filled(given.NewPassword, fields, desk.lang), desk, front, browser, answer)
    except Problem as problem:
        return _look(desk, problem=problem)
    return answer


@router.get("/me/factor")
def offered(desk: At) -> Response:
    """A second factor, to be taken up by a code of it."""
    return _offered(desk)


@router.post("/me/factor")
def take(fields: Fields, desk: At) -> Response:
    """It is taken up; the new recovery codes."""
    cookie = Response()
    try:
        taken = api.take(filled(given.FactorCode, fields, desk.lang), desk, cookie)
    except Problem as problem:
        return _offered(desk, problem)
    return _codes(desk, taken.recovery_codes, cookie)


@router.post("/me/codes")
def codes(desk: At) -> Response:
    """Other recovery codes."""
    try:
        return _codes(desk, api.codes(desk).recovery_codes, Response())
    except Problem as problem:
        return _look(desk, problem=problem)


@router.post("/me/token")
def token(fields: Fields, desk: At) -> Response:
    """A new token, said once."""
    scopes = {"scopes": list(fields.get("scopes", []))}
    try:
        made = held.make(filled(given.NewToken, fields, desk.lang, **scopes), desk)
    except Problem as problem:
        return _look(desk, problem=problem)
    with desk.reading() as tx:
        return page(desk, tx, "secret.html", name=made.token.name, secret=made.secret)


@router.post("/me/end/{what}/{number}")
def end(what: given.Name, number: given.Number, desk: At) -> Response:
    """One of them ends at once."""
    ends = {"token": held.revoke, "session": held.end, "passkey": keys.end}.get(what)
    if ends is None:
        raise NotFound("page.no_such")
    try:
        ends(number, desk)
    except Problem as problem:
        return _look(desk, problem=problem)
    return then("/me?done=end")


@router.get("/confirm")
def ask(desk: At) -> Response:
    """Which code?"""
    return _confirm(desk)


@router.post("/confirm")
def confirm(fields: Fields, desk: At, front: Front) -> Response:
    """First what waits under the code is shown, then it is confirmed."""
    code = one(fields, "code").strip()
    try:
        if one(fields, "do") != "confirm":
            return _confirm(desk, waits=held.waiting(code[:200], desk, front))
        done = held.approve(filled(given.Code, fields, desk.lang), desk, front)
    except Problem as problem:
        return _confirm(desk, problem=problem, code=code)
    return _confirm(desk, done=done)


def _confirm(
    desk: Desk,
    *,
    waits: held.Waiting | None = None,
    done: held.Waiting | None = None,
    problem: Problem | None = None,
    code: str = "",
) -> Response:
    with desk.reading() as tx:
        values = {"waits": waits, "done": done, "code": code}
        return page(desk, tx, "confirm.html", problem=problem, **values)


def _codes(desk: Desk, codes: list[str], cookie: Response) -> Response:
    """`cookie`: an answer with the cookie that this browser has from now on, if it is another."""
    # The sign-in that asked has another secret by now, so that nothing is looked up by the one before.
    made = bare("codes.html", desk.lang, codes=codes)
    if "set-cookie" in cookie.headers:
        made.headers["set-cookie"] = cookie.headers["set-cookie"]
    return made


def _offered(desk: Desk, problem: Problem | None = None) -> Response:
    offered = api.offered(desk)
    with desk.reading() as tx:
        squares = picture(offered.uri)
        return page(desk, tx, "factor.html", problem=problem, seed=offered.seed, squares=squares)


def _look(desk: Desk, *, done: str = "", problem: Problem | None = None) -> Response:
    who = api.who(desk)
    with desk.reading() as tx:
        mine = getattr(desk.credential, "hash", "")
        return page(
            desk,
            tx,
            "me.html",
            problem=problem,
            who=who,
            sign_ins=[x for x in access.sign_ins(tx, mine) if x.person == who.person],
            tokens=[x for x in access.tokens(tx) if x.person == who.person],
            passkeys=passwords.passkeys(tx),
            scopes=sorted(SCOPES),
            done=done if done in ("password", "end") else "",
        )
