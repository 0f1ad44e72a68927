"""Out-of-hours permission: urgent, planned, incident. Always two people."""

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.common import (
    As,
    Json,
    PostName,
    Reason,
    bold,
    clock_of,
    out,
    reading,
    show_json,
    terminal,
    writing,
)
from publisher.cli.given import new_post
from publisher.cli.looks import zones
from publisher.cli.post import answer, save
from publisher.errors import Conflict, HeldByPolicy, NotFound, Usage

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row

    from publisher.store import Tx

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
    seen: Seen = "",
    as_: As = "",
    json_: Json = False,
) -> None:
    """An urgent notice: one person writes and asks, a duty officer says urgent POST and sends.

    With TEXT (and --to) it is written and shown. With POST it is asked for, or, by the second person,
    shown, and then granted and sent.
    """
    held = None
    if to:
        _require(category, reason, as_)
        new = new_post(what, to, lang=lang, title=title, urgent=True)
        name, held = save(new, as_, lambda tx, made: _write_and_ask(tx, made, category, reason))
        if held is not None:
            raise held
    elif not re.fullmatch(r"[0-9a-z]{4,}(/[^\s]+)?", what.lower()):
        raise Usage("To write a new notice, say where it goes: --to ACCOUNT, once for each.")
    else:
        name = what
        held = _ask_or_grant(name, category, reason, as_, seen=seen, json_=json_)
    answer(name, as_, json_=json_, exact=bool(seen) or _is_asked(name, as_))
    if held is not None:
        raise held


def _write_and_ask(tx: "Tx", name: str, category: str, reason: str) -> None:
    """Handed in and asked for together: neither stands without the other."""
    from publisher.desk import compose, exceptions

    compose.submit(tx, name)
    exceptions.request(tx, name, "urgent", category, reason)


def _ask_or_grant(
    name: str, category: str, reason: str, as_: str, *, seen: str, json_: bool
) -> HeldByPolicy | None:
    """The first person's request, or the second person's grant; what still holds it after a grant."""
    from publisher.desk.parts import find, permissions

    try:
        with reading(as_) as tx:
            found = find.target(tx, name)
            open_ = permissions.open_request(tx, found.post.id, "urgent")
            mine = open_ is not None and open_.requested_by == tx.actor.person
            if open_ is None:
                permissions.refuse_granted(tx, found.post.id)
    except NotFound as error:
        raise NotFound(f"{error} To write a new notice, say where it goes: --to ACCOUNT") from None
    if open_ is None:
        _require(category, reason, as_)
        _ask(name, "urgent", category, reason, as_)
        return None
    if mine:
        raise Conflict("You have asked already; a duty officer says the same command to send it.")
    _grant(open_.id, f"urgent {name}", seen, as_, json_=json_)
    return _still_held(open_.id, as_)


def _grant(number: str, command: str, seen: str, as_: str, *, json_: bool) -> dict[str, Any]:
    """Shown first, then granted: by --seen, or by a yes on a terminal."""
    from publisher.desk import asked, exceptions
    from publisher.desk.parts import approving

    with reading(as_) as tx:
        look = asked.asked_json(tx, number)
        clocks = zones(tx)
    if not seen:
        show_json(look) if json_ else _show_asked(look, clocks)
        seen = look["fingerprint"]
        if json_ or not terminal():
            raise Usage(
                "Nothing was granted. When this is what should go out, say that you saw it: "
                f"publisher {command} --seen {seen[: approving.SHORTEST]}"
            )
        if not typer.confirm("Grant exactly this?", default=False):
            raise Conflict("Nothing was granted.")
    with writing(as_) as tx:
        return _plain(exceptions.grant(tx, number, seen))


def _still_held(number: str, as_: str) -> HeldByPolicy | None:
    """A grant that sends nothing says so; its reasons stand with the post."""
    from publisher.desk.parts import permissions

    with reading(as_) as tx:
        held = permissions.held_after_grant(tx, number)
    if not held:
        return None
    return HeldByPolicy(
        f"Granted, but something else still holds it on {', '.join(held)}; the reasons stand above."
    )


def _show_asked(look: dict[str, Any], clocks: dict[str, str]) -> None:
    """The words of each account with pictures and slot; why, and what is left to review there."""
    from publisher.cli import shown

    if look["kind"] == "incident":
        out(f"Incident mode for {', '.join(look['accounts'])}: each urgent notice by two people.")
    shown.rendered(look["rendered"])
    out("")
    for account, slot in look["slots"].items():
        when = clock_of(slot, clocks.get(account, "UTC")) if slot else "as soon as it is granted"
        out(f"{account}: {when}")
    out(f"{look['requested_by']} asks ({look['kind']}, {look['category']}): {look['reason']}")
    if look["others"] is not None:
        out(f"Granted under “{look['category']}” within 90 days: {look['others']}")
    _show_unreviewed(look["unreviewed"])


def _show_unreviewed(uses: list[dict[str, Any]]) -> None:
    if uses:
        out("Went out there under a permission, and not reviewed yet:")
    for use in uses:
        out(f"  {use['post']}/{use['account']} ({use['category']}): "
            f"publisher exception review {use['exception']} --note …")  # fmt: skip


def _require(category: str, reason: str, as_: str) -> None:
    if category and reason:
        return
    with reading(as_) as tx:
        known = ", ".join(tx.policy.exceptions.categories)
    raise Usage(
        f"An urgent notice needs a written --reason and a --category, one of: {known}. Nothing was saved."
    )


def _ask(name: str, kind: str, category: str, reason: str, as_: str) -> None:
    from publisher.desk import exceptions

    with writing(as_) as tx:
        exceptions.request(tx, name, kind, category, reason)


def _is_asked(name: str, as_: str) -> bool:
    """Whoever granted it on a terminal has just read it there."""
    from publisher.desk.parts import find, permissions

    with reading(as_) as tx:
        return permissions.open_request(tx, find.target(tx, name).post.id) is not None


@group.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Reviewed ones, too.")] = False,
    as_: As = "",
    json_: Json = False,
) -> None:
    """Asked for, granted, used, to be reviewed."""
    from publisher.desk import todo
    from publisher.desk.parts import permissions

    with reading(as_) as tx:
        rows = permissions.listed(tx, unsettled=not everything)
        found, words = [_plain(r) for r in rows], todo.texts(tx, {r.post_id for r in rows})
        home = tx.zone()
    if json_:
        show_json(found)
        return
    for one in found:
        out(f"{bold(one['id'])}  {one['kind']}, {_state(one)}, {one['category']}: {one['reason']}")
        about = (
            f"{one['post']} “{words[one['post']]}”" if one["post"] else ", ".join(one["accounts"])
        )
        out(f"  for {about}, asked by {one['requested_by']} {clock_of(one['requested_at'], home)}")
        if one["granted_by"]:
            until, due = (clock_of(one[key], home) for key in ("expires_at", "review_due"))
            out(f"  granted by {one['granted_by']} until {until}; review due {due}")
    if not found:
        out("None is open.")


def _state(one: dict[str, Any]) -> str:
    if one["revoked_by"]:
        return f"taken back by {one['revoked_by']}"
    if one["reviewed_by"]:
        return f"reviewed by {one['reviewed_by']}"
    return "granted" if one["granted_by"] else "asked for"


@group.command()
def planned(
    name: PostName, category: Category, reason: Reason, as_: As = "", json_: Json = False
) -> None:
    """Ask for one slot out of hours, at the time the post asks for."""
    _ask(name, "planned", category, reason, as_)
    answer(name, as_, json_=json_, exact=True)


@group.command("request")
def request_(
    name: PostName, category: Category, reason: Reason, as_: As = "", json_: Json = False
) -> None:
    """Ask for urgent permission for a post that is written already."""
    _ask(name, "urgent", category, reason, as_)
    answer(name, as_, json_=json_, exact=True)


@group.command()
def incident(
    account: Annotated[list[str], typer.Argument(metavar="ACCOUNT…")],
    category: Category,
    reason: Reason,
    as_: As = "",
) -> None:
    """Ask for incident mode: urgent notices of these accounts, each still by two people."""
    from publisher.desk import exceptions
    from publisher.desk.asked import unreviewed_json

    with writing(as_) as tx:
        number = exceptions.request_incident(tx, account, category, reason)
        uses = unreviewed_json(tx, account)
    _show_unreviewed(uses)
    out(f"{number}  asked for. A duty officer grants it: publisher exception grant {number}")


@group.command()
def grant(name: ExceptionName, seen: Seen = "", as_: As = "", json_: Json = False) -> None:
    """The second person's yes to exactly what they saw; it is the approval as well."""
    row = _grant(name, f"exception grant {name}", seen, as_, json_=json_)
    if json_:
        show_json(row)
    else:
        with reading(as_) as tx:
            home = tx.zone()
        until, review = (clock_of(row[key], home) for key in ("expires_at", "review_due"))
        out(f"{row['id']}  granted until {until}; to be reviewed by {review}")
    held = _still_held(name, as_)
    if held is not None:
        raise held


@group.command()
def revoke(name: ExceptionName, reason: Reason, as_: As = "") -> None:
    """Take the permission back, at once."""
    from publisher.desk import exceptions

    with writing(as_) as tx:
        exceptions.revoke(tx, name, reason)
    out(f"{name}  taken back")


@group.command()
def review(
    name: ExceptionName,
    note: Annotated[str, typer.Option("--note", help="What the review found.")],
    as_: As = "",
) -> None:
    """Looked at afterwards, by somebody who neither asked nor granted."""
    from publisher.desk import exceptions

    with writing(as_) as tx:
        exceptions.review(tx, name, note)
    out(f"{name}  reviewed")


def _plain(row: "Row[Any]") -> dict[str, Any]:
    from publisher.clock import rfc3339

    def time(at: "datetime | None") -> str | None:
        return rfc3339(at) if at else None

    return {
        "id": row.id, "kind": row.kind, "post": row.post_id, "accounts": row.accounts,
        "category": row.category, "reason": row.reason,
        "requested_by": row.requested_by, "requested_at": time(row.requested_at),
        "granted_by": row.granted_by or None, "granted_at": time(row.granted_at),
        "starts_at": time(row.starts_at), "expires_at": time(row.expires_at),
        "revoked_by": row.revoked_by or None, "revoked_at": time(row.revoked_at),
        "review_due": time(row.review_due), "reviewed_by": row.reviewed_by or None,
        "reviewed_at": time(row.reviewed_at), "review_note": row.review_note or None,
    }  # fmt: skip
