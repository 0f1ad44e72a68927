"""Looking: queue, search, show, todo, check, when."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.acts import commands, then
from publisher.cli.audit import moved
from publisher.cli.common import (
    As,
    Json,
    PostName,
    bold,
    clock_of,
    desk,
    named,
    out,
    padded,
    say,
    show_json,
    spoken,
)
from publisher.cli.given import Images, days, of_words, pictures
from publisher.errors import Do, HeldByPolicy

if TYPE_CHECKING:
    from publisher.client.shapes import Check, Found, Move, Post, Results, Todo, When, Whole


def queue(
    everything: Annotated[bool, typer.Option("--all", help="What is done, too.")] = False,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=10_000, help="So many at most.")
    ] = 100,
    as_: As = "",
    json_: Json = False,
) -> None:
    """What waits, what is under way, and what needs a person; the next to go first."""
    from publisher.cli import shown

    which = "all" if everything else "open"
    with desk(as_) as door:
        found: list[Post] = list(door.listed("/posts", most=limit, which=which))
    if json_:
        show_json(found)
        return
    for one in found:
        out(f"{bold(one['id'])}  {shown.headline(one)}")
        for delivery in one["deliveries"]:
            out(f"  {delivery['account']:<20} {shown.sentence(delivery)}")
    if not found:
        out(spoken("look.nothing_queued", Do("write")))


def search(
    words: Annotated[
        str,
        typer.Argument(metavar="WORDS", help='All of them; in "…" as they follow each other.'),
    ] = "",
    account: Annotated[str, typer.Option("--account", help="Written for this one.")] = "",
    person: Annotated[str, typer.Option("--person", help="Who wrote it, or changed it last.")] = "",
    state: Annotated[
        str, typer.Option("--state", help="draft, or where it stands: waiting, published …")
    ] = "",
    from_: Annotated[
        str, typer.Option("--from", help="Written on that day, such as 2026-12-01, or later.")
    ] = "",
    to: Annotated[str, typer.Option("--to", help="Written before that day.")] = "",
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=10_000, help="The most that are listed.")
    ] = 20,
    as_: As = "",
    json_: Json = False,
) -> None:
    """Posts by any of their words, the newest first."""
    from publisher.cli import shown

    wanted = {"words": words, "account": account, "person": person, "state": state}
    with desk(as_) as door:
        if from_ or to:
            door.get("/people", most=1)  # whose answer says on which clock days are read
        span = days(from_, to, door.zone)
        found: list[Found] = []
        at: str | None = ""
        while at is not None and len(found) < limit:
            most = min(100, limit - len(found))
            page: Results = door.get("/search", **wanted, **span, at=at, most=most)
            found += page["items"]
            at = page["next"]
        home = door.zone
    if not page["complete"]:
        say(spoken("search.incomplete"))
    if json_:
        show_json(found)
        return
    for one in found:
        shown.found(one, home)
    if not found:
        out(spoken("search.nothing"))


def show(
    name: PostName,
    history: Annotated[bool, typer.Option("--history", help="Every decision and move.")] = False,
    pictures: Annotated[
        Path | None,
        typer.Option("--pictures", metavar="FOLDER", help="Put the very pictures there, as files."),
    ] = None,
    as_: As = "",
    json_: Json = False,
) -> None:
    """One post: exactly what is sent, where it stands and why, and what was tried."""
    from publisher.cli import shown
    from publisher.client.door import of_post

    path, account = of_post(name)
    with desk(as_) as door:
        found: Whole = door.get(path, account=account)
        moves: list[Move] = list(door.listed(f"{path}/history")) if history else []
        kept = shown.keep(door, found["rendered"], pictures) if pictures else {}
        seen = shown.looked_at(door, found["rendered"])
        home = door.zone
    if json_:
        show_json({**found, "history": moves} if history else found)
        return
    shown.post(found)
    shown.rendered(found["rendered"], found["id"], shown.Pictures(kept, seen))
    if found["tries"]:
        out("", *map(shown.tried, found["tries"]))
    for row in moves:
        place = shown.place(row["account"], row["act"] or "publish") if row["account"] else ""
        came = f"{place:<14} {moved(row['before'], row['after'])}"
        verb = padded(named("verb", row["verb"]), 12)
        out(f"{clock_of(row['at'], home)}  {row['actor']:<10} {verb} {came}".rstrip())
    shown.coming(found["steps"])


def todo(
    everything: Annotated[
        bool, typer.Option("--all", help="Of everybody, also what you may not do.")
    ] = False,
    as_: As = "",
    json_: Json = False,
) -> None:
    """What needs you, the most urgent first, each with its command."""
    with desk(as_) as door:
        found: list[Todo] = list(door.listed("/todo", everything=everything))
    if json_:
        show_json([{**one, "do": commands(one["acts"])} for one in found])
        return
    for one in found:
        who = f"{bold(one['who'])}: " if everything else ""
        out(f"{who}{one['what']}", f"    {commands(one['acts'])}")
    if not found:
        out(spoken(f"look.nothing_for_{'anybody' if everything else 'you'}"))


@of_words
def check(
    words: dict[str, Any],
    image: Images = None,
    as_: As = "",
    json_: Json = False,
) -> None:
    """The verdict on a text, of which no post is made. Exit 3 when it would be held or blocked.

    A picture is handed in as for a post, and kept for a day.
    """
    from publisher.cli import shown

    with desk(as_) as door:
        words["images"] = pictures(door, image)
        found: Check = door.post("/posts/check", words)
        seen = shown.looked_at(door, found["rendered"])
    if json_:
        show_json(found)
    else:
        shown.rendered(found["rendered"], "", shown.Pictures({}, seen))
        out("")
        for finding in found["findings"]:
            out(f"{finding['account']}: {then(finding['reason'], finding['acts'])}")
    if found["verdict"] in ("HOLD", "BLOCK"):
        raise _held(found, words["accounts"][0])


def _held(found: "Check", first: str) -> HeldByPolicy:
    if found["verdict"] == "BLOCK":  # and stays so
        return HeldByPolicy("look.blocked")
    if not found["until"]:
        return HeldByPolicy("look.held")
    of: dict[str, Any] = {"until": found["until"], "zone": found["zones"].get(first, "UTC")}
    return HeldByPolicy("look.held_until", **of)


def when(name: PostName, as_: As = "", json_: Json = False) -> None:
    """The earliest instant it can go out, with each reason that pushed it."""
    from publisher.client.door import of_post

    path, account = of_post(name)
    with desk(as_) as door:
        found: list[When] = door.get(f"{path}/when", account=account)
    if json_:
        show_json(found)
        return
    for one in found:
        out(f"{one['account']}: {clock_of(one['release_at'], one['zone'])}")
        out(*(f"  - {then(reason['reason'], reason['acts'])}" for reason in one["reasons"]))
    if not found:
        out(spoken("look.nothing_waits", Do("read", {"post": name})))
