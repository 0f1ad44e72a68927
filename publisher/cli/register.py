"""The register: accounts, people, calendars."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.common import (
    As,
    Json,
    bold,
    mine,
    opened,
    out,
    person,
    reading,
    reads,
    show_json,
    spoken,
    writing,
)
from publisher.errors import PartlyDone, Usage
from publisher.words import every, part, read, word

if TYPE_CHECKING:
    from publisher.desk.accounts import Recognition

accounts = typer.Typer(invoke_without_command=True, help="The official accounts, and who they are.")


@accounts.callback()
def list_(context: typer.Context, as_: As = "", json_: Json = False) -> None:
    """Every official account, retired ones too."""
    if context.invoked_subcommand is not None:
        return
    from publisher.read import register

    with reading(as_) as tx:
        found = register.accounts(tx, reads(tx.actor))
    if json_:
        show_json(found)
        return
    for one in found:
        state = "active" if one.active else "retired" if one.retired_at else "not_active"
        code = "register.known" if one.recognised_as else "recognition.not_yet"
        known = {"state": part(f"register.{state}"), "known": part(code, id=one.recognised_as)}
        of = {"network": one.network, "calendar": one.calendar}
        out(spoken("register.account", account=bold(one.id), **of, **known))
        if one.broken:
            out(f"  {spoken('recognition.needs', reason=one.broken)}")


@accounts.command()
def verify(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT")] = "",
    as_: As = "",
    json_: Json = False,
) -> None:
    """Ask each network who we are, and compare with the register. Exit 8 when one does not fit."""
    from publisher.desk import accounts as desk

    made = opened()
    try:
        found = [_recognised(one) for one in desk.verify(made, person(made, as_), account)]
    finally:
        made.store.close()
    if json_:
        show_json(found)
    else:
        out(*(f"{one['account']}: {one['said']}" for one in found))
    wrong = [one["account"] for one in found if not one["fits"]]
    if wrong:
        raise PartlyDone("recognition.not_registered", accounts=wrong)


@accounts.command()
def resume(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT")],
    reason: Annotated[str, typer.Option("--reason", help="Why it need not wait.")] = "",
    as_: As = "",
) -> None:
    """Lift the wait that a network has asked for; what is due of the account is tried again now."""
    from publisher.desk import waits

    with writing(as_) as tx:
        row = waits.resume(tx, account, reason)
        assert row.not_before is not None  # else there was nothing to lift
        until = {"until": row.not_before, "zone": tx.zone(row.calendar)}
    out(spoken("recognition.lifted", account=account, **until))


def _recognised(one: "Recognition") -> dict[str, Any]:
    said = read(one.failed, mine()) if one.failed else spoken("problem.plain", said=_known(one))
    return {"account": one.account, "fits": one.fits, "said": said, "rights": dict(one.rights)}


def _known(one: "Recognition") -> Any:
    """Who the network says we are, and what it lets this user do, where it says so."""
    names = {"user": one.user, "registered": one.registered}
    said = part("recognition.registered") if one.fits else part("recognition.other", **names)
    for code, such in (("recognition.may", True), ("recognition.may_not", False)):
        verbs = [word("able", verb) for verb, able in one.rights.items() if able is such]
        said = part(code, said=said, verbs=every(verbs)) if verbs else said
    return said


def people(as_: As = "", json_: Json = False) -> None:
    """Who may do what."""
    from publisher.read import register

    with reading(as_) as tx:
        found = register.people(tx)
    if json_:
        show_json(found)
        return
    for one in found:
        roles = every([word("role", role) for role in one.roles])
        of = {"person": bold(one.name), "display": one.display, "roles": roles}
        if one.sample or not one.active:
            mark = part("register.sample" if one.sample else "register.retired")
            out(spoken("register.marked_person", mark=mark, **of))
        else:
            out(spoken("register.person", **of))


def calendar(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT")],
    from_: Annotated[
        str, typer.Option("--from", help="A day such as 2026-12-01; else today.")
    ] = "",
    to: Annotated[
        str, typer.Option("--to", help="The day after the last; else a week later.")
    ] = "",
    as_: As = "",
    json_: Json = False,
) -> None:
    """When the account may speak: its open windows."""
    from publisher.clock import local
    from publisher.read import register

    with reading(as_) as tx:
        zone = register.calendar(tx, account).zone
        start = _day(from_, zone) if from_ else tx.now
        end = _day(to, zone) if to else start + timedelta(days=7)
        if end <= start:
            raise Usage("typed.backwards")
        found = register.windows(tx, account, start, end)
    if json_:
        show_json(found)
        return
    for window in found:
        first, last = local(window.open, zone), local(window.close, zone)
        out(f"{first:%a %Y-%m-%d %H:%M} – {last:%a %Y-%m-%d %H:%M} ({zone})")
    if not found:
        out(spoken("recognition.closed"))


EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


def _day(text: str, zone: str) -> datetime:
    from publisher.clock import FURTHEST, earliest

    try:
        read = datetime.fromisoformat(text)
        at = read if read.tzinfo else earliest(read, zone)
    except (ValueError, OverflowError):
        raise Usage("typed.no_day", day=text) from None
    if not (EARLIEST <= at <= FURTHEST):
        raise Usage("typed.too_far", day=text)
    return at
