"""Posts as a person reads them on a terminal."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from publisher import media
from publisher.acts import act_of
from publisher.addresses import names
from publisher.cli import inline
from publisher.cli.acts import command, then
from publisher.cli.common import bold, clock_of, configuration, line, out
from publisher.errors import NotFound, Problem
from publisher.lifecycle import CHANGEABLE, MAYBE_PUBLIC, UNFINISHED
from publisher.policy import Effect

if TYPE_CHECKING:
    from publisher.read.exact import Exact, Image
    from publisher.read.history import Try
    from publisher.read.posts import Delivery, Post
    from publisher.read.steps import Step

WORDS = {
    "waiting": "waits",
    "claimed": "is about to go",
    "sending": "is going out",
    "published": "is public",
    "accepted": "is with the network's moderators",
    "unknown": "is being checked: did it go out?",
    "refused": "was refused by the network",
    "blocked": "is not allowed out",
    "expired": "did not go out",
    "cancelled": "is cancelled",
    "partly_published": "is public in part",
}
DONE = {"edit": "changed", "retract": "taken down"}  # where "published" would say the contrary
ON_ITS_OWN = MAYBE_PUBLIC - {"published"}  # no edit reaches these
ACTS = {"publish": "", "edit": " (edit)", "retract": " (take down)", "reply": " (reply)"}


MEANS = {
    "waiting": "for their time, a yes, or what stands with them",
    "claimed": "about to go",
    "sending": "on their way just now",
    "accepted": "with the network's moderators",
    "unknown": "sent, and not known whether they are public; see publisher todo --all",
    "refused": "the network said no, nothing of them is public; their author changes or cancels them",
    "blocked": "the policy does not let them out; their author changes or cancels them",
    "expired": "too late to go by themselves; their author decides",
    "partly_published": "a part is public, the rest will not follow by itself",
}


def said(state: str) -> str:
    """A state of deliveries, and what it means for them."""
    return f"{state.replace('_', ' ')}: {MEANS[state]}" if state in MEANS else state


def post(found: "Post", zones: Mapping[str, str], shorter: Mapping[str, str] | None = None) -> None:
    """Id, state and, per account, when it goes out and what it waits for.

    `shorter`: by account, a sentence about a notice that is not the standard one.
    """
    out(f"{bold(found.id)}  {headline(found)}")
    gone = {d.account for d in found.deliveries if act_of(d).undoes and d.state == "published"}
    for delivery in found.deliveries:
        removed = not act_of(delivery).undoes and delivery.account in gone
        one(delivery, zones.get(delivery.account, "UTC"), removed=removed)
        if delivery.state in ON_ITS_OWN and delivery.revision < found.revision:
            out(f"    - {earlier(found.id, delivery)}")
        if said_shorter := (shorter or {}).get(delivery.account):
            out(f"    - {said_shorter}")
    if found.state == "draft":
        out(f"  a draft for {', '.join(found.accounts)}; hand it in: publisher submit {found.id}")


def earlier(post_id: str, delivery: "Delivery") -> str:
    """Of what an edit did not reach, because nobody knows yet what is there."""
    where = f"{post_id}/{delivery.account}"
    return (
        "It carries the words from before the last edit, which did not reach it. Once it is public: "
        f"publisher edit {where} --text …"
    )


def headline(found: "Post") -> str:
    """Revision, approval and the beginning of the text."""
    from publisher.read.beginnings import begins

    state = found.state if found.state != "submitted" else found.approval
    return f"{state}, by {found.author}: {begins(found.text)}"


def one(delivery: "Delivery", zone: str, *, removed: bool = False) -> None:
    """One account's line, with its reasons beneath."""
    said_of_it = sentence(delivery, zone, removed=removed)
    out(f"  {delivery.account}{ACTS[delivery.act]} {said_of_it}")
    if delivery.state in CHANGEABLE - {"refused"}:
        for finding in delivery.findings:
            if finding.verdict != Effect.PASS:
                out(f"    - {then(finding.reason, finding.acts)}")
    for number, part in enumerate(delivery.thread, start=1):
        out(f"    {number}. {part.remote_url}")
    if delivery.account_waits:
        out(f"    - {delivery.account_waits}")
    if delivery.reason and delivery.state in UNFINISHED:
        out(f"    - {then(delivery.reason, delivery.acts)}")


def sentence(delivery: "Delivery", zone: str, *, removed: bool = False) -> str:
    """What it does, and when or where; `removed`: it has been taken down since."""
    words = WORDS[delivery.state]
    if delivery.state == "waiting":
        held = delivery.account_waits or any(
            one.verdict in (Effect.APPROVE, Effect.HOLD) and not one.until
            for one in delivery.findings
        )
        when = clock_of(delivery.release_at, zone)
        if act_of(delivery).undoes:
            return "is taken down as soon as the network lets us"
        return f"waits; its time is {when}" if held else f"goes out {when}"
    if delivery.state == "published":
        if act_of(delivery).undoes:
            return "is taken down"
        where = delivery.remote_url or delivery.remote_id
        return f"was public: {where}" if removed else f"{words}: {where}"
    return words


def coming(steps: "Sequence[Step]") -> None:
    """What others do next, each with its command."""
    if steps:
        out("")
    for step in steps:
        sample = f" --as {step.sample}" if step.sample else ""
        typed = [f"{command(act)}{sample}".removeprefix("publisher ") for act in step.acts]
        out(f"{step.what}: publisher {' | '.join(typed)}")


def tried(one: "Try", zone: str) -> str:
    """One try: when, where, what for, and what came of it."""
    done = one.outcome == "published" and DONE.get(one.act)
    detail = one.reason or one.remote_id or ""
    return (
        f"tried {clock_of(one.started_at, zone)} on {one.account}{ACTS[one.act]}: "
        f"{done or one.outcome} {detail}".rstrip()
    )


def rendered(exact: "Mapping[str, Exact]") -> None:
    """Exactly what is sent to each account, with its count."""
    for account, one_ in exact.items():
        marked = ", as Markdown: marks act" if one_.markup == "markdown" else ""
        out("", f"{bold(account)}  {one_.network}, {one_.length} of {one_.limit}{marked}")
        if one_.title:
            out(f"  | [title: {bold(one_.title)}]")
        _words(one_)
        if one_.link and not names(one_.text, one_.link):
            out(f"  | [link: {one_.link}]")
        for image in one_.images:
            out(f"  | {_image(image)}")
            _show(image)
        if one_.changed:
            out("  changed since somebody last said yes:")
            out(*(f"  {line}" for line in one_.changed))
        if one_.images_note:
            out(f"  ! {one_.images_note}")
        if not one_.disclaimer:
            out("  ! no notice fits")
        if one_.shorter_notice:
            out(f"  ! {one_.shorter_notice}")


def _words(shown: "Exact") -> None:
    """Of a thread, each of its posts with its count."""
    for number, part in enumerate(shown.thread, start=1):
        out(f"  post {number} of {len(shown.thread)}, {part.length} of {shown.limit}")
        out(*(f"  | {line}".rstrip() for line in part.text.splitlines()))
    if not shown.thread:
        out(*(f"  | {line}".rstrip() for line in shown.text.splitlines()))


def _image(image: "Image") -> str:
    """What a person opens to see the very bytes that are sent."""
    folder = configuration().data / "media"
    size = f"{image.width} x {image.height}, {image.size / 1000:.0f} kB"
    try:
        media.read(folder, image.sha256)
        where = f", {folder / image.sha256}"
    except NotFound:
        where = ""  # what is only checked is not kept
    except Problem as error:
        where = f"; {error}"
    return f"[image: {image.alt or 'no alt text'}; {size}{where}]"


def _show(image: "Image") -> None:
    """The picture itself, where the terminal can."""
    kind = inline.kind_of(os.environ, tty=sys.stdout.isatty())
    if not kind:
        return
    with suppress(Problem):  # its line has said that
        data = media.read(configuration().data / "media", image.sha256)
        line(inline.drawn(data, kind))
