"""The register: accounts, people, calendars."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.common import As, Json, bold, clock_of, desk, out, show_json, spoken
from publisher.cli.given import days
from publisher.errors import PartlyDone, Usage
from publisher.words import every, part, word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from publisher.client import shapes
    from publisher.client.door import Door

accounts = typer.Typer(invoke_without_command=True, help="The official accounts, and who they are.")


@accounts.callback()
def list_(context: typer.Context, as_: As = "", json_: Json = False) -> None:
    """Every official account, retired ones too."""
    if context.invoked_subcommand is not None:
        return
    with desk(as_) as door:
        found: list[shapes.Account] = list(door.listed("/accounts"))
    if json_:
        show_json(found)
        return
    for one in found:
        state = "active" if one["active"] else "retired" if one["retired_at"] else "not_active"
        known_as, where = one["recognised_as"], part(f"register.{one['credentials']}")
        code = "register.known" if known_as else "recognition.not_yet"
        said = part("register.with_credentials", known=part(code, id=known_as), where=where)
        known = {"state": part(f"register.{state}"), "known": said}
        of = {"network": one["network"], "calendar": one["calendar"]}
        out(spoken("register.account", account=bold(one["id"]), **of, **known))
        if one["credentials_until"]:
            out(f"  {spoken('connect.until', at=clock_of(one['credentials_until'], one['zone']))}")
        if one["broken"]:
            out(f"  {spoken('recognition.needs', reason=one['broken'])}")


@accounts.command()
def verify(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT")] = "",
    as_: As = "",
    json_: Json = False,
) -> None:
    """Ask each network who we are, and compare with the register. Exit 8 when one does not fit."""
    with desk(as_) as door:
        wanted = [account] if account else [one["id"] for one in _asked(door)]
        answers = (door.post(f"{path_of(name)}/verify", {}) for name in wanted)
        found = [_recognised(one) for one in answers]
    if json_:
        show_json(found)
    else:
        out(*(f"{one['account']}: {one['said']}" for one in found))
    wrong = [one["account"] for one in found if not one["fits"]]
    if wrong:
        raise PartlyDone("recognition.not_registered", accounts=wrong)


def _asked(door: "Door") -> "Iterator[shapes.Account]":
    """Those that a network can be asked about."""
    return (one for one in door.listed("/accounts") if not one["retired_at"])


def path_of(account: str) -> str:
    """Where the desk has it."""
    from publisher.client.where import quoted

    return f"/accounts/{quoted(account)}"


@accounts.command()
def resume(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT")],
    reason: Annotated[str, typer.Option("--reason", help="Why it need not wait.")] = "",
    as_: As = "",
) -> None:
    """Lift the wait that a network has asked for; what is due of the account is tried again now."""
    with desk(as_) as door:
        found: shapes.Resumed = door.post(f"{path_of(account)}/resume", {"reason": reason})
    until = {"until": found["waited_until"], "zone": found["account"]["zone"]}
    out(spoken("recognition.lifted", account=account, **until))


def _recognised(one: "shapes.Recognised") -> dict[str, Any]:
    said = one["failed"] or spoken("problem.plain", said=_known(one))
    return {"account": one["account"], "fits": one["fits"], "said": said, "rights": one["rights"]}


def _known(one: "shapes.Recognised") -> Any:
    """Who the network says we are, and what it lets this user do, where it says so."""
    names = {"user": one["user"], "registered": one["registered"]}
    said = part("recognition.registered") if one["fits"] else part("recognition.other", **names)
    return with_rights(said, one["rights"])


def with_rights(said: Any, rights: "Mapping[str, bool]") -> Any:
    """The same with what the network lets the user do, where it says so."""
    for code, such in (("recognition.may", True), ("recognition.may_not", False)):
        verbs = [word("able", verb) for verb, able in rights.items() if able is such]
        said = part(code, said=said, verbs=every(verbs)) if verbs else said
    return said


people = typer.Typer(invoke_without_command=True, help="Who may do what, and who acts for whom.")


@people.callback()
def everybody(context: typer.Context, as_: As = "", json_: Json = False) -> None:
    """Who may do what."""
    if context.invoked_subcommand is not None:
        return
    with desk(as_) as door:
        found: list[shapes.Person] = list(door.listed("/people"))
        home = door.zone
    if json_:
        show_json(found)
        return
    for one in found:
        roles = every([*(word("role", role) for role in one["roles"]), *_only(one["only"])])
        of = {"person": bold(one["name"]), "display": one["display"], "roles": roles}
        if one["sample"] or not one["active"]:
            mark = part("register.retired" if not one["active"] else "register.sample")
            out(spoken("register.marked_person", mark=mark, **of))
        else:
            out(spoken("register.person", **of))
        if one["until"]:
            out(f"  {spoken('register.until', day=one['until'])}")
        if one["waits"]:
            out(f"  {spoken('register.waits', count=one['waits'])}")
        if one["deputy"]:
            of = {"deputy": one["deputy"]["name"], "start": one["deputy"]["start"]}
            said = {**of, "end": one["deputy"]["end"], "zone": home}
            out(f"  {spoken('register.deputy', **said)}")


@people.command()
def handover(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Who has left.")],
    to: Annotated[str, typer.Argument(metavar="TO", help="Whose their posts are from now on.")],
    as_: As = "",
    json_: Json = False,
) -> None:
    """Give what somebody who has left leaves behind another author, who releases what is held."""
    with desk(as_) as door:
        found: shapes.HandedOver = door.post("/people/handover", {"person": person, "to": to})
    if json_:
        show_json(found)
    else:
        out(spoken("register.handed_over", to=to, posts=list(found["posts"])))


@people.command()
def deputy(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who; with --end, for whom.")] = "",
    from_: Annotated[
        str, typer.Option("--from", help="A day such as 2026-12-01, or an instant; else now.")
    ] = "",
    to: Annotated[str, typer.Option("--to", help="The day on which it ends, or an instant.")] = "",
    end: Annotated[bool, typer.Option("--end", help="It ends now.")] = False,
    as_: As = "",
    json_: Json = False,
) -> None:
    """Name who has your roles as well while you are away; they never are your second person."""
    if not end and not (name and to):
        raise Usage("typed.deputy")
    with desk(as_) as door:
        found: shapes.Person
        if end:
            found = door.post("/people/deputy/end", {"person": name})
        else:
            door.get("/stops")  # from the first answer on the company's zone is known
            span = days(from_, to, door.zone)
            begin = {"start": span["from"]} if span["from"] else {}
            found = door.post("/people/deputy", {"name": name, "end": span["to"], **begin})
        home = door.zone
    if json_:
        show_json(found)
    elif found["deputy"]:
        said = {"person": found["name"], "deputy": found["deputy"]["name"], "zone": home}
        when = {"start": found["deputy"]["start"], "end": found["deputy"]["end"]}
        out(spoken("register.deputy_named", **said, **when))
    else:
        out(spoken("register.deputy_ended", person=found["name"]))


def _only(by_role: "Mapping[str, Sequence[str]]") -> "Iterator[Any]":
    """Roles for some accounts, each with those."""
    for role, accounts in by_role.items():
        yield part("register.only", role=word("role", role), accounts=list(accounts))


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
    from publisher.clock import from_rfc3339, local

    with desk(as_) as door:
        zone = door.get(path_of(account))["zone"]
        span = days(from_, to, zone)
        found: list[shapes.Window] = door.get(f"{path_of(account)}/windows", **span)
    if json_:
        show_json(found)
        return
    for window in found:
        opens, closes = (local(from_rfc3339(window[end]), zone) for end in ("open", "close"))
        out(f"{opens:%a %Y-%m-%d %H:%M} – {closes:%a %Y-%m-%d %H:%M} ({zone})")
    if not found:
        out(spoken("recognition.closed"))
