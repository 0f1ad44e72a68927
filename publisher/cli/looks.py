"""Looking: queue, show, todo, check, when."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.acts import commands, then
from publisher.cli.audit import moved
from publisher.cli.common import As, Json, PostName, bold, clock_of, out, reading, reads, show_json
from publisher.cli.given import (
    At,
    Images,
    Kind,
    Lang,
    Link,
    Markdown,
    Title,
    To,
    Variants,
    new_post,
)
from publisher.errors import HeldByPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from publisher.store import Tx


def zones(tx: "Tx") -> dict[str, str]:
    """The zone of each account's calendar."""
    from sqlalchemy import select

    from publisher.store.tables import Account, core

    table, calendars = core(Account), tx.policy.calendars
    return {
        r.id: calendars[r.calendar].zone for r in tx.all(select(table)) if r.calendar in calendars
    }


def next_steps(tx: "Tx", found: "Mapping[str, Any]") -> list[str]:
    """What others do with this post next, each with the command; none when it waits for nobody."""
    from publisher.desk.parts import approving, permissions

    name, author = found["id"], found["author"]
    waits = [d for d in found["deliveries"] if d["state"] == "waiting"]
    own = f" --as {author}" if tx.actor.sample else ""
    asked = permissions.open_request(tx, name) if waits else None
    if asked is not None and (asked.kind != "urgent" or any(map(_held, waits))):
        command = f"sends it: publisher urgent {name}"
        if asked.kind != "urgent":
            command = f"grants it: publisher exception grant {asked.id}"
        other = _sample(tx, name, "grant exception", asked.requested_by)
        return [f"Asked for, not sent. A duty officer reads the above and {command}{other}"]
    if waits and found["approval"] == "returned":
        return [f"Next: {author} changes it: publisher edit {name} --text …{own}"]
    said = []
    if any(f["rule"] == "moved" and f["verdict"] == "HOLD" for d in waits for f in d["findings"]):
        said.append(f"Next: {author} says yes to the other time: publisher confirm {name}{own} "
                    f"(or names one: publisher reschedule {name} --at TIME{own})")  # fmt: skip
    if waits and found["approval"] == "in review" and found["kind"] != "urgent":
        said.append(
            f"Next: somebody else approves it: publisher approve {name} "
            f"--seen {found['fingerprint'][: approving.SHORTEST]}{_sample(tx, name, 'approve', author)}"
        )
    return said


def _held(delivery: "Mapping[str, Any]") -> bool:
    """Under an incident, one person's approval may have let an urgent notice out already."""
    return any(f["verdict"] in ("APPROVE", "HOLD") for f in delivery["findings"])


def _sample(tx: "Tx", post: str, action: str, but: str) -> str:
    """Whom to be next when a sample person tries it out: ` --as NAME`, of who wrote none of it."""
    from sqlalchemy import select

    from publisher.desk.parts import approving, find
    from publisher.roles import MAY
    from publisher.store.tables import Person, core

    if not tx.actor.sample:
        return ""
    own = approving.own(approving.seen_now(tx, find.target(tx, post))) | {but}
    for row in tx.all(select(core(Person)).order_by(core(Person).c.name)):
        may = row.sample and row.retired_at is None and MAY[action] & set(row.roles)
        if may and row.name not in own:
            return f" --as {row.name}"
    return ""


def queue(
    everything: Annotated[bool, typer.Option("--all", help="What is done, too.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 100,
    as_: As = "",
    json_: Json = False,
) -> None:
    """What waits, what is under way, and what needs a person; the next to go first."""
    from publisher.cli import shown
    from publisher.desk import views

    with reading(as_) as tx:
        found = views.queue_json(tx, everything=everything, most=limit)
        clocks = zones(tx)
    if json_:
        show_json(found)
        return
    for one in found:
        out(f"{bold(one['id'])}  {shown.headline(one)}")
        for delivery in one["deliveries"]:
            zone = clocks.get(delivery["account"], "UTC")
            out(f"  {delivery['account']:<20} {shown.sentence(delivery, zone)}")
    if not found:
        out('Nothing is queued. Write something: publisher post "Hello" --to ACCOUNT')


def show(
    name: PostName,
    history: Annotated[bool, typer.Option("--history", help="Every decision and move.")] = False,
    as_: As = "",
    json_: Json = False,
) -> None:
    """One post: exactly what is sent, where it stands and why, and what was tried."""
    from publisher.cli import shown
    from publisher.desk import views

    with reading(as_) as tx:
        found = views.post_json(tx, name)
        exact = views.rendered_json_of(tx, name)
        tries = views.attempts_json(tx, name)
        clocks = zones(tx)
        rows = _history(tx, found["id"]) if history else []
        home, coming = tx.zone(), next_steps(tx, found)
    if json_:
        show_json(
            {**found, "rendered": exact, "tries": tries, **({"history": rows} if history else {})}
        )
        return
    shown.post(found, clocks)
    shown.rendered(exact)
    if tries:
        out("", *(shown.tried(one, clocks.get(one["account"], "UTC")) for one in tries))
    for row in rows:
        place = f"{row['account']}{shown.ACTS[row['act']]}" if row["account"] else ""
        came = f"{place:<14} {moved(row['before'], row['after'])}"
        out(f"{clock_of(row['at'], home)}  {row['actor']:<10} {row['verb']:<12} {came}".rstrip())
    if coming:
        out("", *coming)


def _history(tx: "Tx", post: str) -> list[dict[str, Any]]:
    from publisher.clock import rfc3339
    from publisher.store import ledger

    return [
        {"seq": r.seq, "at": rfc3339(r.at), "actor": r.actor, "verb": r.verb, "subject": r.subject,
         "account": r.account, "act": r.act, "before": r.before, "after": r.after}
        for r in ledger.trail(tx, post)
    ]  # fmt: skip


def todo(
    everything: Annotated[
        bool, typer.Option("--all", help="Of everybody, also what you may not do.")
    ] = False,
    as_: As = "",
    json_: Json = False,
) -> None:
    """What needs you, the most urgent first, each with its command."""
    from publisher.desk.todo import todo_json
    from publisher.words import say

    with reading(as_) as tx:
        lang = reads(tx.actor)
        found = [
            {**one, "what": say(one["code"], one["args"], lang, zone=one["args"].get("zone", "UTC")),
             "do": commands(one["acts"])}
            for one in todo_json(tx, mine=not everything)
        ]  # fmt: skip
    if json_:
        show_json(found)
        return
    for item in found:
        who = f"{bold(item['who'])}: " if everything else ""
        out(f"{who}{item['what']}", f"    {item['do']}")
    if not found:
        out("Nothing needs a person." if everything else "Nothing needs you.")


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
    as_: As = "",
    json_: Json = False,
) -> None:
    """The verdict on a text, without saving anything. Exit 3 when it would be held or blocked."""
    from publisher.cli import shown
    from publisher.desk import views

    with tempfile.TemporaryDirectory() as folder:  # images are looked at, and not kept
        new = new_post(text, to, at=at, title=title, link=link, variant=variant, image=image,
                       lang=lang, kind=kind, markdown=markdown, folder=Path(folder))  # fmt: skip
    with reading(as_) as tx:
        found = views.check_json(tx, new)
        clocks = zones(tx)
    if json_:
        show_json(found)
    else:
        shown.rendered(found["rendered"])
        out("")
        for finding in found["findings"]:
            out(f"{finding['account']}: {then(finding['reason'], finding['acts'])}")
    if found["verdict"] in ("HOLD", "BLOCK"):
        first = clocks.get(new.accounts[0], "UTC")
        held = found["verdict"] == "HOLD" and found["until"]  # what is blocked stays blocked
        until = f" until {clock_of(found['until'], first)}" if held else ""
        raise HeldByPolicy(
            f"It would be {'held' if found['verdict'] == 'HOLD' else 'blocked'}{until}."
        )


def when(name: PostName, as_: As = "", json_: Json = False) -> None:
    """The earliest instant it can go out, with each reason that pushed it."""
    from publisher.desk import views

    with reading(as_) as tx:
        found = views.when_json(tx, name)
        clocks = zones(tx)
    if json_:
        show_json(found)
        return
    for one in found:
        out(f"{one['account']}: {clock_of(one['release_at'], clocks.get(one['account'], 'UTC'))}")
        out(*(f"  - {then(reason['reason'], reason['acts'])}" for reason in one["reasons"]))
    if not found:
        out("Nothing of it is waiting. See: publisher show " + name)
