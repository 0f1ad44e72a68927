"""Signing in at a desk elsewhere, and what programs hold to be known by."""

import os
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.common import (
    As,
    Json,
    clock_of,
    desk,
    line,
    located,
    out,
    say,
    show_json,
    spoken,
    terminal,
)
from publisher.errors import (
    Conflict,
    NotPermitted,
    NotSignedIn,
    PartlyDone,
    TooMany,
    TryAgain,
    Usage,
)
from publisher.words import part

if TYPE_CHECKING:
    from publisher.client.door import Door
    from publisher.client.shapes import Begun, Made, NewLink, Standing, Waiting

Yes = Annotated[bool, typer.Option("--yes", help="Confirm without being asked.")]
Number = Annotated[str, typer.Argument(metavar="ID")]

tokens = typer.Typer(
    invoke_without_command=True, help="API tokens: what programs elsewhere are known by."
)
sessions = typer.Typer(
    invoke_without_command=True, help="Sign-ins that are kept on other machines."
)


def login(
    url: Annotated[str, typer.Argument(metavar="URL", help="The desk's address.")] = "",
    approve: Annotated[
        str, typer.Option("--approve", metavar="CODE", help="On the server: confirm what waits.")
    ] = "",
    as_: As = "",
    yes: Yes = False,
) -> None:
    """Sign in at a desk elsewhere: a code is shown, and confirmed on the server with --approve."""
    if bool(url) == bool(approve):
        raise Usage("typed.login_one")
    if approve:
        _approve(approve, as_, yes=yes)
    else:
        _sign_in(url)


def _sign_in(typed: str) -> None:
    from publisher.client import stored, where

    url = where.address(typed)
    stored.read(os.environ)  # rather now than when somebody has confirmed it
    with desk(at=where.Web(url)) as door:
        begun: Begun = door.post("/login", {"name": _machine()})
        minutes = begun["expires_in"] // 60
        say(spoken("typed.login_code", shown=begun["user_code"], minutes=minutes))
        person = _confirmed(door, begun)
        stored.keep(stored.Stored(url, person, begun["device_code"]), os.environ)
        out(spoken("typed.login_done", url=url, person=person))


def _machine() -> str:
    import getpass
    import socket

    return f"{getpass.getuser()} on {socket.gethostname()}"[:100]


def _confirmed(door: "Door", begun: "Begun") -> str:
    """Who has confirmed it, as soon as somebody has. Raises NotFound when nobody did in time."""
    from publisher.client.door import Refused

    asked = {"device_code": begun["device_code"]}
    while True:
        door.close()  # no desk keeps a line open that long
        Event().wait(begun["interval"])
        try:
            found: Standing = door.post("/login/poll", asked)
        except Refused as error:
            if error.status != TooMany.status:  # somebody asked just now
                raise
            continue
        except TryAgain:  # a desk that is opened anew has forgotten it, and says so
            continue
        if found["confirmed"]:
            return found["person"]


def _approve(code: str, as_: str, *, yes: bool) -> None:
    """On the server, where the operating system says who confirms it: what is asked for is shown first."""
    from publisher.client import where

    with desk(as_, located(where.local)) as door:
        waits: Waiting = door.get(f"/login/{where.quoted(code)}")
        which = "typed.waits_login" if waits["kind"] == "login" else "typed.waits_act"
        out(spoken(which, name=waits["name"], place=waits["place"], act=waits["act"]))
        if not yes:
            if not terminal():
                raise Usage("typed.say_yes")
            if not typer.confirm(spoken("typed.confirm_this"), default=False):
                raise Conflict("typed.not_confirmed")
        door.post("/login/approve", {"code": waits["code"]})
        out(spoken("typed.confirmed"))


def logout(
    url: Annotated[str, typer.Argument(metavar="URL", help="Else the one in use.")] = "",
) -> None:
    """End the sign-in that this machine keeps, there and here."""
    from publisher.client import stored, where

    kept = stored.read(os.environ)
    if url:
        kept = [stored.of(where.address(url), os.environ)]
    if not kept:
        raise NotPermitted("client.none_kept")
    one = kept[0]
    stored.forget(one.url, os.environ)
    with desk(at=where.Web(one.url, one.secret)) as door:
        try:
            _end_mine(door)
        except TryAgain as error:
            raise PartlyDone("typed.half_logout", url=one.url, problem=error.part()) from None
        out(spoken("typed.logged_out", url=one.url))


def _end_mine(door: "Door") -> None:
    from publisher.client.door import Refused

    try:
        for one in door.listed("/sessions"):
            if one["mine"]:
                door.delete(f"/sessions/{one['id']}")
    except Refused as error:
        if error.status != NotSignedIn.status:  # it has ended there already
            raise


def invite(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whom.")] = "",
    confirm: Annotated[
        str, typer.Option("--confirm", metavar="ID", help="Confirm one that somebody else made.")
    ] = "",
    end: Annotated[str, typer.Option("--end", metavar="ID", help="End one.")] = "",
    as_: As = "",
    json_: Json = False,
) -> None:
    """Let a person of the register sign in with a browser, by a link; without a name: all there are."""
    from publisher.client import where

    if sum(map(bool, (name, confirm, end))) > 1:
        raise Usage("typed.invite_one")
    if name:
        _invite(name, as_, json_=json_)
    elif end:
        _end("/invites", end, as_)
    elif confirm:
        with desk(as_) as door:
            door.post(f"/invites/{where.quoted(confirm)}/confirm", {})
        out(spoken("typed.confirmed"))
    else:
        _list_invites(as_, json_=json_)


def _invite(name: str, as_: str, *, json_: bool) -> None:
    with desk(as_) as door:
        made: NewLink = door.post("/invites", {"person": name})
    if json_:
        show_json(made)
        return
    code = "typed.invite_waits" if made["waits"] else "typed.invite_made"
    say(spoken(code, name=name, id=made["id"]))
    line(made["link"] or made["secret"])


def _list_invites(as_: str, *, json_: bool) -> None:
    with desk(as_) as door:
        found = list(door.listed("/invites"))
    if json_:
        show_json(found)
    elif not found:
        out(spoken("typed.none_held"))
    for one in () if json_ else found:
        code = "typed.invite_stands_waiting" if one["waits"] else "typed.invite_stands"
        until = clock_of(one["expires_at"], door.zone)
        said = {"id": one["id"], "person": one["person"], "by": one["by"]}
        out(spoken(code, until=until, **said))


@tokens.callback()
def list_tokens(context: typer.Context, as_: As = "", json_: Json = False) -> None:
    """API tokens that are good for something: your own, or everybody's for an administrator."""
    if context.invoked_subcommand is None:
        _list("/tokens", as_, json_=json_)


@tokens.command("list")
def list_all(as_: As = "", json_: Json = False) -> None:
    """The same."""
    _list("/tokens", as_, json_=json_)


@tokens.command("create")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.")],
    scope: Annotated[
        list[str], typer.Option("--scope", help="read, write, takedown or stop; once for each.")
    ],
    days: Annotated[int, typer.Option("--days", min=1, max=365, help="How long it is good.")] = 90,
    as_: As = "",
    json_: Json = False,
) -> None:
    """Make an API token. It is shown this once. It never approves, grants, resumes or confirms."""
    with desk(as_) as door:
        made: Made = door.post("/tokens", {"name": name, "scopes": scope, "days": days})
    if json_:
        show_json(made)
        return
    until = clock_of(made["token"]["expires_at"], door.zone)
    say(spoken("typed.token_made", name=made["token"]["name"], until=until))
    line(made["secret"])


@tokens.command("revoke")
def revoke(number: Number, as_: As = "") -> None:
    """End a token at once: one of yours, or anybody's for an administrator."""
    _end("/tokens", number, as_)


@sessions.callback()
def list_sessions(context: typer.Context, as_: As = "", json_: Json = False) -> None:
    """Sign-ins that are kept elsewhere: your own, or everybody's for an administrator."""
    if context.invoked_subcommand is None:
        _list("/sessions", as_, json_=json_)


@sessions.command("end")
def end(number: Number, as_: As = "") -> None:
    """End a sign-in at once: one of yours, or anybody's for an administrator."""
    _end("/sessions", number, as_)


def _list(path: str, as_: str, *, json_: bool) -> None:
    with desk(as_) as door:
        found = list(door.listed(path))
    if json_:
        show_json(found)
        return
    if not found:
        out(spoken("typed.none_held"))
    for one in found:
        used = one["used_at"] and clock_of(one["used_at"], door.zone)
        said = {
            "id": one["id"],
            "person": one["person"],
            "name": one["name"],
            "what": ", ".join(one["scopes"]) if "scopes" in one else one["place"],
            "until": clock_of(one["expires_at"], door.zone),
            "used": used or part("typed.never_used"),
        }
        out(spoken("typed.held", **said))


def _end(path: str, number: str, as_: str) -> None:
    from publisher.client import where

    with desk(as_) as door:
        door.delete(f"{path}/{where.quoted(number)}")
    out(spoken("typed.ended", id=number))
