"""Connecting an account: what a person types goes through the desk to the daemon, which tries it at once.

No secret is ever an option: it is typed where nobody sees it, or comes over standard input, a line each.
"""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.acts import problem
from publisher.cli.common import (
    As,
    Json,
    clock_of,
    desk,
    mine,
    out,
    say,
    show_json,
    spoken,
)
from publisher.cli.register import path_of, with_rights
from publisher.errors import Usage
from publisher.words import part

if TYPE_CHECKING:
    from publisher.client import shapes
    from publisher.client.door import Door

Account = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="Or a network, where it has one account.")
]


def connect(account: Account, as_: As = "", json_: Json = False) -> None:
    """Try an account's credentials, and keep them in the vault if they are the right account's.

    They are asked for one by one, and not shown; from a pipe a line is read for each.
    """
    with desk(as_) as door:
        path = path_of(_meant(door, account))
        found = _tried(door, path, {"secrets": _typed(door, path)})
        if found["authorize"]:
            say(spoken("connect.open"))
            (say if json_ else out)(found["authorize"])
            sys.stdout.flush()  # whoever reads a pipe opens it now
            found = _tried(door, path, {"pin": _line(spoken("connect.pin"), shown=True)})
    if json_:
        show_json(found)
        return
    of = found["account"]
    done = part("connect.done", account=of["id"], user=of["user_id"])
    out(spoken("problem.plain", said=with_rights(done, found["rights"])))
    if of["credentials_until"]:
        out(spoken("connect.until", at=clock_of(of["credentials_until"], of["zone"])))


def disconnect(account: Account, as_: As = "") -> None:
    """Take an account's credentials out of the vault. Its posts wait, unless config.toml names some."""
    with desk(as_) as door:
        name = _meant(door, account)
        door.delete(f"{path_of(name)}/connect")
    out(spoken("connect.gone", account=name))


def _tried(door: "Door", path: str, said: dict[str, Any]) -> "shapes.Connected":
    """From elsewhere it takes a fresh proof: whoever is there to give it need not type it all again."""
    from publisher.client.door import Refused

    try:
        found: shapes.Connected = door.post(f"{path}/connect", said)
    except Refused as error:
        if not sys.stdin.isatty() or "sign in" not in {act.act for act in error.acts}:
            raise
        say(problem(error, mine()))
        _line(spoken("connect.confirmed"), shown=True)
        found = door.post(f"{path}/connect", said)
    return found


def _meant(door: "Door", typed: str) -> str:
    """An account of that name; else the only one of that network."""
    there: list[shapes.Account] = [one for one in door.listed("/accounts") if not one["retired_at"]]
    if any(one["id"] == typed for one in there):
        return typed
    found = [one["id"] for one in there if one["network"] == typed]
    if len(found) > 1:
        raise Usage("connect.at_which", network=typed, accounts=found)
    return found[0] if found else typed


def _typed(door: "Door", path: str) -> dict[str, str]:
    """Each field in turn; what is left empty is got on the network's own page, with all of its kind."""
    fields: list[shapes.Secret] = door.get(f"{path}/connect")
    found: dict[str, str] = {}
    elsewhere = False
    for one in fields:
        if one["by_pin"] and elsewhere:
            continue
        asked = spoken("connect.asked", name=one["name"], how=one["how"])
        if one["by_pin"]:
            asked = f"{asked}\n{spoken('connect.none_if_pin')}"
        found[one["name"]] = _line(asked, shown=one["shown"])
        elsewhere = one["by_pin"] and not found[one["name"]]
    return {name: value for name, value in found.items() if value}


def _line(asked: str, *, shown: bool) -> str:
    """One line, typed or from a pipe. Raises Usage where there is none."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        if not line:
            raise Usage("connect.no_line")
        return line.strip()
    say(asked)
    if shown:
        return input("> ").strip()
    from getpass import getpass

    return getpass("> ").strip()
