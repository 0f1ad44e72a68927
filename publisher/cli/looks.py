"""Looking: queue, show, todo, check, when."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from publisher.cli.acts import commands, then
from publisher.cli.audit import moved
from publisher.cli.common import (
    As,
    Json,
    PostName,
    bold,
    clock_of,
    named,
    out,
    padded,
    reading,
    reads,
    show_json,
    spoken,
)
from publisher.cli.given import (
    At,
    Images,
    Kind,
    Lang,
    Link,
    Markdown,
    Thread,
    Title,
    To,
    Variants,
    new_post,
)
from publisher.errors import Do, HeldByPolicy


def queue(
    everything: Annotated[bool, typer.Option("--all", help="What is done, too.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 100,
    as_: As = "",
    json_: Json = False,
) -> None:
    """What waits, what is under way, and what needs a person; the next to go first."""
    from publisher.cli import shown
    from publisher.read import posts, register

    with reading(as_) as tx:
        found = posts.queue(tx, everything=everything, most=limit, lang=reads(tx.actor))
        clocks = register.zones(tx)
    if json_:
        show_json(found)
        return
    for one in found:
        out(f"{bold(one.id)}  {shown.headline(one)}")
        for delivery in one.deliveries:
            zone = clocks.get(delivery.account, "UTC")
            out(f"  {delivery.account:<20} {shown.sentence(delivery, zone)}")
    if not found:
        out(spoken("look.nothing_queued", Do("write")))


def show(
    name: PostName,
    history: Annotated[bool, typer.Option("--history", help="Every decision and move.")] = False,
    as_: As = "",
    json_: Json = False,
) -> None:
    """One post: exactly what is sent, where it stands and why, and what was tried."""
    from publisher.cli import shown
    from publisher.read import history as past
    from publisher.read import posts, register, steps
    from publisher.read.exact import exact
    from publisher.read.view import plain

    with reading(as_) as tx:
        lang = reads(tx.actor)
        found = posts.post(tx, name, lang)
        texts, tries = exact(tx, name, lang), past.tries(tx, name, lang)
        clocks, home = register.zones(tx), tx.zone()
        moves = past.moves(tx, found.id) if history else []
        coming = steps.steps(tx, found, lang)
    if json_:
        more = {"history": moves} if history else {}
        show_json({**plain(found), "rendered": texts, "tries": tries, **more})
        return
    shown.post(found, clocks)
    shown.rendered(texts)
    if tries:
        out("", *(shown.tried(one, clocks.get(one.account, "UTC")) for one in tries))
    for row in moves:
        place = shown.place(row.account, row.act or "publish") if row.account else ""
        came = f"{place:<14} {moved(row.before, row.after)}"
        verb = padded(named("verb", row.verb), 12)
        out(f"{clock_of(row.at, home)}  {row.actor:<10} {verb} {came}".rstrip())
    shown.coming(coming)


def todo(
    everything: Annotated[
        bool, typer.Option("--all", help="Of everybody, also what you may not do.")
    ] = False,
    as_: As = "",
    json_: Json = False,
) -> None:
    """What needs you, the most urgent first, each with its command."""
    from publisher.read import todo as needs
    from publisher.read.view import plain

    with reading(as_) as tx:
        found = needs.todo(tx, mine=not everything, lang=reads(tx.actor))
    if json_:
        show_json([{**plain(one), "do": commands(one.acts)} for one in found])
        return
    for one in found:
        who = f"{bold(one.who)}: " if everything else ""
        out(f"{who}{one.what}", f"    {commands(one.acts)}")
    if not found:
        out(spoken(f"look.nothing_for_{'anybody' if everything else 'you'}"))


def check(
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="The words; - reads stdin, @FILE a file.")
    ],
    to: To,
    at: At = "now",
    title: Title = "",
    link: Link = "",
    variant: Variants = None,
    image: Images = None,
    lang: Lang = "",
    kind: Kind = "standard",
    markdown: Markdown = False,
    thread: Thread = False,
    as_: As = "",
    json_: Json = False,
) -> None:
    """The verdict on a text, without saving anything. Exit 3 when it would be held or blocked."""
    from publisher.cli import shown
    from publisher.policy import Effect
    from publisher.read import check as ahead
    from publisher.read import register

    with tempfile.TemporaryDirectory() as folder:  # images are looked at, and not kept
        new = new_post(
            text,
            to,
            at=at,
            title=title,
            link=link,
            variant=variant,
            image=image,
            lang=lang,
            kind=kind,
            markdown=markdown,
            thread=thread,
            folder=Path(folder),
        )
    with reading(as_) as tx:
        found = ahead.check(tx, new, reads(tx.actor))
        clocks = register.zones(tx)
    if json_:
        show_json(found)
    else:
        shown.rendered(found.rendered)
        out("")
        for finding in found.findings:
            out(f"{finding.account}: {then(finding.reason, finding.acts)}")
    if found.verdict in (Effect.HOLD, Effect.BLOCK):
        if found.verdict == Effect.BLOCK:  # and stays so
            raise HeldByPolicy("look.blocked")
        if not found.until:
            raise HeldByPolicy("look.held")
        first = clocks.get(new.accounts[0], "UTC")
        raise HeldByPolicy("look.held_until", until=found.until, zone=first)


def when(name: PostName, as_: As = "", json_: Json = False) -> None:
    """The earliest instant it can go out, with each reason that pushed it."""
    from publisher.read import check as ahead
    from publisher.read import register

    with reading(as_) as tx:
        found = ahead.when(tx, name, reads(tx.actor))
        clocks = register.zones(tx)
    if json_:
        show_json(found)
        return
    for one in found:
        out(f"{one.account}: {clock_of(one.release_at, clocks.get(one.account, 'UTC'))}")
        out(*(f"  - {then(reason.reason, reason.acts)}" for reason in one.reasons))
    if not found:
        out(spoken("look.nothing_waits", Do("read", {"post": name})))
