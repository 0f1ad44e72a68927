"""The register: accounts, people, calendars."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.common import (
    As,
    Json,
    bold,
    opened,
    out,
    person,
    reading,
    reads,
    show_json,
    writing,
)
from publisher.errors import PartlyDone, Usage

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
        state = "active" if one.active else "retired" if one.retired_at else "not active"
        known = f"recognised as {one.recognised_as}" if one.recognised_as else "not recognised yet"
        out(f"{bold(one.id)}  {one.network}, {state}, calendar {one.calendar}, {known}")
        if one.broken:
            out(f"  needs reconnecting: {one.broken}")


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
        raise PartlyDone(f"Not recognised as registered: {', '.join(wrong)}. See above.")


@accounts.command()
def resume(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT")],
    reason: Annotated[str, typer.Option("--reason", help="Why it need not wait.")] = "",
    as_: As = "",
) -> None:
    """Lift the wait that a network has asked for; what is due of the account is tried again now."""
    from publisher.clock import shown
    from publisher.desk import waits

    with writing(as_) as tx:
        row = waits.resume(tx, account, reason)
        assert row.not_before is not None  # else there was nothing to lift
        until = shown(row.not_before, tx.zone(row.calendar))
    out(f"{account} would have waited until {until}; it is tried again now.")


def _recognised(one: "Recognition") -> dict[str, Any]:
    said = (
        "as registered"
        if one.fits
        else f"the network says {one.user}, the register {one.registered}"
    )
    said = one.failed or said + _able(one.rights)
    return {"account": one.account, "fits": one.fits, "said": said, "rights": dict(one.rights)}


def _able(rights: Mapping[str, bool]) -> str:
    """What the network lets this user do, where it says so."""
    may, not_ = ([verb for verb, able in rights.items() if able is such] for such in (True, False))
    listed = f"; may {', '.join(may)}" if may else ""
    barred = (
        f"; may not {', '.join(not_)}: see there to the user's role, and to what its key is for"
    )
    return f"{listed}{barred}" if not_ else listed


def people(as_: As = "", json_: Json = False) -> None:
    """Who may do what."""
    from publisher.read import register

    with reading(as_) as tx:
        found = register.people(tx)
    if json_:
        show_json(found)
        return
    for one in found:
        kind = " (sample)" if one.sample else "" if one.active else " (retired)"
        out(f"{bold(one.name)}  {one.display}{kind}: {', '.join(one.roles)}")


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
            raise Usage("--to lies before --from.")
        found = register.windows(tx, account, start, end)
    if json_:
        show_json(found)
        return
    for window in found:
        first, last = local(window.open, zone), local(window.close, zone)
        out(f"{first:%a %Y-%m-%d %H:%M} – {last:%a %Y-%m-%d %H:%M} ({zone})")
    if not found:
        out("Closed all the time.")


EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


def _day(text: str, zone: str) -> datetime:
    from publisher.clock import FURTHEST, earliest

    try:
        read = datetime.fromisoformat(text)
        at = read if read.tzinfo else earliest(read, zone)
    except (ValueError, OverflowError):
        raise Usage(f'"{text}" is no day. Write it as 2026-12-01.') from None
    if not (EARLIEST <= at <= FURTHEST):
        raise Usage(f"{text} is further away than any calendar reaches.")
    return at
