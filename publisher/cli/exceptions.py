"""Out-of-hours permission: urgent, planned, incident. Always two people."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.acts import command
from publisher.cli.common import (
    As,
    Json,
    PostName,
    Reason,
    bold,
    clock_of,
    desk,
    out,
    show_json,
    spoken,
    terminal,
)
from publisher.cli.given import Thread, post_words
from publisher.cli.post import answer, done
from publisher.errors import Conflict, Do, NotFound, Usage
from publisher.words import Part, part, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.client.door import Door, Refused
    from publisher.client.shapes import Asked, Incident, Permission, Urgent, Use, Whole

SHORTEST = 24  # characters of a fingerprint that name what was seen

group = typer.Typer(no_args_is_help=True, help="Out-of-hours permission: list, ask, grant, review.")

Category = Annotated[str, typer.Option("--category", help="One of the policy's categories.")]
ExceptionName = Annotated[str, typer.Argument(metavar="EXCEPTION")]
Seen = Annotated[
    str,
    typer.Option("--seen", help="The fingerprint of what you saw; on a terminal you are asked."),
]


def urgent(
    what: Annotated[str, typer.Argument(metavar="TEXT|POST", help="The words, or a post's id.")],
    category: Category = "",
    reason: Annotated[
        str, typer.Option("--reason", help="Why it cannot wait; it is recorded.")
    ] = "",
    to: Annotated[list[str] | None, typer.Option("--to", help="An account; once for each.")] = None,
    lang: Annotated[str, typer.Option("--lang", help="ja or en: the notice's language.")] = "",
    title: Annotated[str, typer.Option("--title", help="Where the network has titles.")] = "",
    thread: Thread = False,
    seen: Seen = "",
    as_: As = "",
    json_: Json = False,
) -> None:
    """An urgent notice: one person writes and asks, a duty officer says urgent POST and sends.

    With TEXT (and --to) it is written and shown. With POST it is asked for, or, by the second person,
    shown, and then granted and sent.
    """
    with desk(as_) as door:
        if to:
            _require(door, category, reason)
            new = post_words(what, to, lang=lang, title=title, thread=thread)
            why = {"category": category, "reason": reason}
            found: Whole = door.post("/posts/notices", {**new, **why})
            held = None
        elif re.fullmatch(r"[0-9a-z]{4,}(/[^\s]+)?", what.lower()):
            found, held = _ask_or_grant(door, what, (category, reason), seen=seen, json_=json_)
        else:
            raise Usage("typed.where")
    answer(found, json_=json_, exact=bool(seen) or found["asked"] is not None)
    if held is not None:
        raise held


def _ask_or_grant(
    door: "Door", name: str, why: tuple[str, str], *, seen: str, json_: bool
) -> "tuple[Whole, Refused | None]":
    """The first person's request, or the second person's grant; what still holds it after a grant."""
    from publisher.client.door import Refused, of_post

    path, account = of_post(name)
    try:
        turn: Urgent = door.get(f"{path}/urgent")
    except Refused as error:
        if error.code != "find.no_post":
            raise
        raise NotFound("typed.or_where", problem=error.part()) from None
    if turn["asked"]:
        _, held = _grant(door, turn["asked"], f"urgent {name}", seen=seen, json_=json_)
        return door.get(path, account=account), held
    _require(door, *why)
    asked = {"kind": "urgent", "category": why[0], "reason": why[1], "account": account}
    return door.post(f"{path}/ask", asked), None


def _grant(
    door: "Door", number: str, typed: str, *, seen: str, json_: bool
) -> "tuple[Permission, Refused | None]":
    """Shown first, then granted: by --seen, or by a yes on a terminal. And what holds the post still."""
    from publisher.client.door import Refused

    path = _path(number)
    look: Asked = door.get(path)
    if not seen:
        show_json(look) if json_ else _show_asked(look)
        seen = look["fingerprint"]
        if json_ or not terminal():
            raise Usage("typed.say_seen", command=typed, seen=seen[:SHORTEST])
        if not typer.confirm(spoken("exceptions.grant_this"), default=False):
            raise Conflict("exceptions.none_granted")
    try:
        return door.post(f"{path}/grant", {"seen": seen}), None
    except Refused as error:
        if not error.done:
            raise
        return error.done, error


def _path(number: str) -> str:
    from publisher.client.where import quoted

    return f"/exceptions/{quoted(number)}"


def _require(door: "Door", category: str, reason: str) -> None:
    if not (category and reason):
        raise Usage("typed.urgent_needs", known=door.get("/policy/categories"))


def _show_asked(look: "Asked") -> None:
    """The words of each account with pictures and slot; why, and what is left to review there."""
    from publisher.cli import shown

    if look["kind"] == "incident":
        out(spoken("exceptions.incident", accounts=look["accounts"]))
    shown.rendered(look["rendered"], look["post"] or "")
    out("")
    for account, slot in look["slots"].items():
        at_once = spoken("exceptions.at_once")
        out(f"{account}: {clock_of(slot, look['zones'].get(account, 'UTC')) if slot else at_once}")
    why = {"category": look["category"], "reason": look["reason"]}
    kind = word("kind", look["kind"])
    out(spoken("exceptions.asks", person=look["requested_by"], kind=kind, **why))
    if look["others"] is not None:
        lately = {"category": look["category"], "days": 90, "number": look["others"]}
        out(spoken("exceptions.granted_lately", **lately))
    _show_unreviewed(look["unreviewed"])


def _show_unreviewed(uses: "Sequence[Use]") -> None:
    if uses:
        out(spoken("exceptions.unreviewed"))
    for use in uses:
        look = command(Do("review exception", {"exception": use["exception"]}).json())
        out(f"  {use['post']}/{use['account']} ({use['category']}): {look}")


@group.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Reviewed ones, too.")] = False,
    as_: As = "",
    json_: Json = False,
) -> None:
    """Asked for, granted, used, to be reviewed."""
    with desk(as_) as door:
        found: list[Permission] = list(door.listed("/exceptions", everything=everything))
        home = door.zone
    if json_:
        show_json(found)
        return
    for one in found:
        _listed(one, home)
    if not found:
        out(spoken("exceptions.none_open"))


def _listed(one: "Permission", home: str) -> None:
    """One permission: what it is, for what, and until when."""
    named = {"exception": bold(one["id"]), "kind": word("kind", one["kind"]), "state": _state(one)}
    out(spoken("permission.line", **named, category=one["category"], reason=one["reason"]))
    post = part("permission.words", post=one["post"], words=one["words"])
    about = post if one["post"] else one["accounts"]
    asked = {"person": one["requested_by"], "at": one["requested_at"], "zone": home}
    out(f"  {spoken('permission.about', about=about, **asked)}")
    if one["expires_at"] and one["review_due"]:
        times = {"until": one["expires_at"], "due": one["review_due"], "zone": home}
        out(f"  {spoken('permission.until', person=one['granted_by'], **times)}")


def _state(one: "Permission") -> Part:
    if one["revoked_by"]:
        return part("permission.taken_back", person=one["revoked_by"])
    if one["reviewed_by"]:
        return part("permission.reviewed", person=one["reviewed_by"])
    return part("permission.granted" if one["granted_by"] else "permission.asked")


@group.command()
def planned(
    name: PostName, category: Category, reason: Reason, as_: As = "", json_: Json = False
) -> None:
    """Ask for one slot out of hours, at the time the post asks for."""
    why = {"kind": "planned", "category": category, "reason": reason}
    done(name, "ask", as_, json_=json_, exact=True, **why)


@group.command("request")
def request_(
    name: PostName, category: Category, reason: Reason, as_: As = "", json_: Json = False
) -> None:
    """Ask for urgent permission for a post that is written already."""
    why = {"kind": "urgent", "category": category, "reason": reason}
    done(name, "ask", as_, json_=json_, exact=True, **why)


@group.command()
def incident(
    account: Annotated[list[str], typer.Argument(metavar="ACCOUNT…")],
    category: Category,
    reason: Reason,
    as_: As = "",
) -> None:
    """Ask for incident mode: urgent notices of these accounts, each still by two people."""
    why = {"category": category, "reason": reason}
    with desk(as_) as door:
        made: Incident = door.post("/exceptions/incidents", {"accounts": account, **why})
    _show_unreviewed(made["unreviewed"])
    grant = Do("grant exception", {"exception": made["id"]})
    out(spoken("exceptions.asked", grant, exception=made["id"]))


@group.command()
def grant(name: ExceptionName, seen: Seen = "", as_: As = "", json_: Json = False) -> None:
    """The second person's yes to exactly what they saw; it is the approval as well."""
    with desk(as_) as door:
        row, held = _grant(door, name, f"exception grant {name}", seen=seen, json_=json_)
        home = door.zone
    if json_:
        show_json(row)
    elif row["expires_at"] and row["review_due"]:
        times = {"until": row["expires_at"], "due": row["review_due"], "zone": home}
        out(spoken("exceptions.granted_until", exception=row["id"], **times))
    if held is not None:
        raise held


@group.command()
def revoke(name: ExceptionName, reason: Reason, as_: As = "") -> None:
    """Take the permission back, at once."""
    with desk(as_) as door:
        door.post(f"{_path(name)}/revoke", {"reason": reason})
    out(spoken("exceptions.revoked", exception=name))


@group.command()
def review(
    name: ExceptionName,
    note: Annotated[str, typer.Option("--note", help="What the review found.")],
    as_: As = "",
) -> None:
    """Looked at afterwards, by somebody who neither asked nor granted."""
    with desk(as_) as door:
        door.post(f"{_path(name)}/review", {"note": note})
    out(spoken("exceptions.done", exception=name))
