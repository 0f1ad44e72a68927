"""Signing in and out, joining by an invite, and proving anew who one is."""

from typing import Annotated, Any

import segno
from fastapi import APIRouter, Query, Response
from markupsafe import Markup

from publisher.errors import Problem
from publisher.read.passwords import Joining
from publisher.service import given
from publisher.service.desk import At, Desk, Front
from publisher.service.front import Entry
from publisher.service.pages.forms import Fields, filled, then
from publisher.service.pages.look import bare, page
from publisher.service.routes import session as api
from publisher.service.routes.session import Browser

router = APIRouter()

To = Annotated[given.Name, Query()]


def inside(path: str) -> str:
    """Where to go on: a page of ours, whatever was asked for (no open redirect)."""
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if ours else "/"


@router.get("/sign-in")
def ask(front: Front, to: To = "/") -> Response:
    """The form."""
    return _ask(front, inside(to))


@router.post("/sign-in")
def begin(fields: Fields, front: Front, browser: Browser) -> Response:
    """Signed in, and where one wanted to go."""
    lang, to = _lang(front), inside(_first(fields, "to") or "/")
    answer = then(to)
    try:
        api.begin(filled(given.SignsIn, fields, lang), front, browser, answer)
    except Problem as problem:
        return _ask(front, to, name=_first(fields, "name"), problem=problem)
    return answer


@router.post("/sign-out")
def leave(desk: At) -> Response:
    """Signed out here."""
    answer = then("/sign-in")
    api.leave(desk, answer)
    return answer


@router.get("/join")
def invited(front: Front) -> Response:
    """Where an invite's link leads: what stands behind its # no browser sends by itself."""
    return _join(front, "", None)


@router.post("/join")
def join(fields: Fields, front: Front, browser: Browser) -> Response:
    """Look at the invite; and with a password, use it."""
    lang, invite = _lang(front), _first(fields, "invite").strip().rpartition("#")[2]
    found = None
    try:
        found = api.look(filled(given.InviteShown, {}, lang, invite=invite), front)
        if "password" not in fields:
            return _join(front, invite, found)
        if fields["password"] != fields.get("again"):
            return _join(front, invite, found, said="page.not_the_same")
        answer = Response()
        joined = api.join(filled(given.Joins, fields, lang, invite=invite), front, browser, answer)
    except Problem as problem:
        return _join(front, invite, found, problem=problem)
    made = bare("joined.html", lang, codes=joined.recovery_codes, person=joined.person)
    made.headers["set-cookie"] = answer.headers["set-cookie"]
    return made


@router.get("/fresh")
def ask_anew(desk: At, to: To = "/") -> Response:
    """The form that asks who it is once more."""
    return _anew(desk, inside(to))


@router.post("/fresh")
def anew(fields: Fields, desk: At, front: Front, browser: Browser) -> Response:
    """Proved, and back to where one was."""
    to = inside(_first(fields, "to") or "/")
    answer = then(to)
    try:
        api.fresh(filled(given.ProvesAnew, fields, desk.lang), desk, front, browser, answer)
    except Problem as problem:
        return _anew(desk, to, problem)
    return answer


def picture(uri: str) -> Markup:
    """A second factor as squares, for an app that looks at them."""
    return Markup(segno.make(uri, error="m").svg_inline(scale=5, border=2, omitsize=True))  # noqa: S704


def _ask(front: Entry, to: str, *, name: str = "", problem: Problem | None = None) -> Response:
    company = front.app.config.company.name
    return _bare(front, "sign_in.html", problem, to=to, name=name, company=company)


def _join(
    front: Entry,
    invite: str,
    found: Joining | None,
    *,
    problem: Problem | None = None,
    said: str = "",
) -> Response:
    squares = picture(found.offered.uri) if found else ""
    more = {"joining": found, "invite": invite, "squares": squares, "said": said}
    return _bare(front, "join.html", problem, **more)


def _anew(desk: Desk, to: str, problem: Problem | None = None) -> Response:
    with desk.reading() as tx:
        return page(desk, tx, "fresh.html", problem=problem, to=to)


def _bare(front: Entry, template: str, problem: Problem | None, **values: Any) -> Response:
    return bare(template, _lang(front), problem=problem, **values)


def _lang(front: Entry) -> str:
    return front.app.config.company.lang


def _first(fields: Fields, name: str) -> str:
    return fields.get(name, [""])[0]
