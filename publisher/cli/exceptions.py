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
    out,
    reading,
    reads,
    session,
    show_json,
    spoken,
    terminal,
    writing,
)
from publisher.cli.given import Thread, new_post
from publisher.cli.post import answer
from publisher.errors import Conflict, Do, HeldByPolicy, NotFound, Usage
from publisher.words import Part, part, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.desk.exceptions import Kind
    from publisher.read.permissions import Asked, Permission, Use
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
    thread: Thread = False,
    seen: Seen = "",
    as_: As = "",
    json_: Json = False,
) -> None:
    """An urgent notice: one person writes and asks, a duty officer says urgent POST and sends.

    With TEXT (and --to) it is written and shown. With POST it is asked for, or, by the second person,
    shown, and then granted and sent.
    """
    from publisher.desk import compose

    held = None
    if to:
        _require(category, reason, as_)
        new = new_post(what, to, lang=lang, title=title, thread=thread, urgent=True)
        with session(as_) as mine:
            name, held = compose.hand_in(
                mine, new, lambda tx, made: _write_and_ask(tx, made, category, reason)
            )
        if held is not None:
            raise held
    elif not re.fullmatch(r"[0-9a-z]{4,}(/[^\s]+)?", what.lower()):
        raise Usage("typed.where")
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
    from publisher.desk import exceptions

    try:
        with reading(as_) as tx:
            asked = exceptions.asked_of_another(tx, name)
    except NotFound as error:
        raise NotFound("typed.or_where", problem=error.part()) from None
    if asked is None:
        _require(category, reason, as_)
        _ask(name, "urgent", category, reason, as_)
        return None
    _grant(asked.id, f"urgent {name}", seen, as_, json_=json_)
    return _still_held(asked.id, as_)


def _grant(number: str, typed: str, seen: str, as_: str, *, json_: bool) -> "Permission":
    """Shown first, then granted: by --seen, or by a yes on a terminal."""
    from publisher.desk import exceptions
    from publisher.desk.parts.approving import SHORTEST
    from publisher.read import permissions

    with reading(as_) as tx:
        look = permissions.asked(tx, number, reads(tx.actor))
    if not seen:
        show_json(look) if json_ else _show_asked(look)
        seen = look.fingerprint
        if json_ or not terminal():
            raise Usage("typed.say_seen", command=typed, seen=seen[:SHORTEST])
        if not typer.confirm(spoken("exceptions.grant_this"), default=False):
            raise Conflict("exceptions.none_granted")
    with writing(as_) as tx:
        exceptions.grant(tx, number, seen)
        return permissions.one(tx, number)


def _still_held(number: str, as_: str) -> HeldByPolicy | None:
    """A grant that sends nothing says so; its reasons stand with the post."""
    from publisher.read.permissions import still_held

    with reading(as_) as tx:
        held = still_held(tx, number)
    if not held:
        return None
    return HeldByPolicy("exceptions.still_held", accounts=list(held))


def _show_asked(look: "Asked") -> None:
    """The words of each account with pictures and slot; why, and what is left to review there."""
    from publisher.cli import shown

    if look.kind == "incident":
        out(spoken("exceptions.incident", accounts=list(look.accounts)))
    shown.rendered(look.rendered)
    out("")
    for account, slot in look.slots.items():
        at_once = spoken("exceptions.at_once")
        out(f"{account}: {clock_of(slot, look.zones.get(account, 'UTC')) if slot else at_once}")
    why = {"category": look.category, "reason": look.reason}
    kind = word("kind", look.kind)
    out(spoken("exceptions.asks", person=look.requested_by, kind=kind, **why))
    if look.others is not None:
        lately = {"category": look.category, "days": 90, "number": look.others}
        out(spoken("exceptions.granted_lately", **lately))
    _show_unreviewed(look.unreviewed)


def _show_unreviewed(uses: "Sequence[Use]") -> None:
    if uses:
        out(spoken("exceptions.unreviewed"))
    for use in uses:
        look = command(Do("review exception", {"exception": use.exception}).json())
        out(f"  {use.post}/{use.account} ({use.category}): {look}")


def _require(category: str, reason: str, as_: str) -> None:
    if category and reason:
        return
    from publisher.read.permissions import categories

    with reading(as_) as tx:
        known = list(categories(tx))
    raise Usage("typed.urgent_needs", known=known)


def _ask(name: str, kind: "Kind", category: str, reason: str, as_: str) -> None:
    from publisher.desk import exceptions

    with writing(as_) as tx:
        exceptions.request(tx, name, kind, category, reason)


def _is_asked(name: str, as_: str) -> bool:
    """Whoever granted it on a terminal has just read it there."""
    from publisher.read.permissions import is_asked

    with reading(as_) as tx:
        return is_asked(tx, name)


@group.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Reviewed ones, too.")] = False,
    as_: As = "",
    json_: Json = False,
) -> None:
    """Asked for, granted, used, to be reviewed."""
    from publisher.read import permissions

    with reading(as_) as tx:
        found = permissions.listed(tx, unsettled=not everything)
        home = tx.zone()
    if json_:
        show_json(found)
        return
    for one in found:
        _listed(one, home)
    if not found:
        out(spoken("exceptions.none_open"))


def _listed(one: "Permission", home: str) -> None:
    """One permission: what it is, for what, and until when."""
    named = {"exception": bold(one.id), "kind": word("kind", one.kind), "state": _state(one)}
    out(spoken("permission.line", **named, category=one.category, reason=one.reason))
    post = part("permission.words", post=one.post, words=one.words)
    about = post if one.post else list(one.accounts)
    asked = {"person": one.requested_by, "at": one.requested_at, "zone": home}
    out(f"  {spoken('permission.about', about=about, **asked)}")
    if one.expires_at and one.review_due:
        times = {"until": one.expires_at, "due": one.review_due, "zone": home}
        out(f"  {spoken('permission.until', person=one.granted_by, **times)}")


def _state(one: "Permission") -> Part:
    if one.revoked_by:
        return part("permission.taken_back", person=one.revoked_by)
    if one.reviewed_by:
        return part("permission.reviewed", person=one.reviewed_by)
    return part("permission.granted" if one.granted_by else "permission.asked")


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
    from publisher.read.permissions import unreviewed

    with writing(as_) as tx:
        number = exceptions.request_incident(tx, account, category, reason)
        uses = unreviewed(tx, account)
    _show_unreviewed(uses)
    out(spoken("exceptions.asked", Do("grant exception", {"exception": number}), exception=number))


@group.command()
def grant(name: ExceptionName, seen: Seen = "", as_: As = "", json_: Json = False) -> None:
    """The second person's yes to exactly what they saw; it is the approval as well."""
    row = _grant(name, f"exception grant {name}", seen, as_, json_=json_)
    if json_:
        show_json(row)
    else:
        with reading(as_) as tx:
            home = tx.zone()
        if row.expires_at and row.review_due:
            times = {"until": row.expires_at, "due": row.review_due, "zone": home}
            out(spoken("exceptions.granted_until", exception=row.id, **times))
    held = _still_held(name, as_)
    if held is not None:
        raise held


@group.command()
def revoke(name: ExceptionName, reason: Reason, as_: As = "") -> None:
    """Take the permission back, at once."""
    from publisher.desk import exceptions

    with writing(as_) as tx:
        exceptions.revoke(tx, name, reason)
    out(spoken("exceptions.revoked", exception=name))


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
    out(spoken("exceptions.done", exception=name))
