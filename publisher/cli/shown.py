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
from publisher.cli.acts import command, problem, then
from publisher.cli.common import bold, configuration, line, mine, out, spoken
from publisher.errors import Do, NotFound, Problem
from publisher.lifecycle import CHANGEABLE, MAYBE_PUBLIC, UNFINISHED
from publisher.policy import Effect
from publisher.words import ENGLISH, part, sentences, word

if TYPE_CHECKING:
    from publisher.read.exact import Exact, Image
    from publisher.read.history import Try
    from publisher.read.posts import Delivery, Post
    from publisher.read.steps import Step

DONE = {"edit": "changed", "retract": "taken down"}  # where "published" would say the contrary
ON_ITS_OWN = MAYBE_PUBLIC - {"published"}  # no edit reaches these


def place(where: str, act: str) -> str:
    """An account, or a post there, and what is done to it where that is not just publishing."""
    return spoken(f"act.{act}", where=where)


def said(state: str) -> str:
    """A state of deliveries, and what it means for them."""
    means = f"means.{state}"
    named = spoken(f"state.{state}")
    return f"{named}: {spoken(means)}" if means in sentences(ENGLISH) else named


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
        hand_in = Do("submit", {"post": found.id})
        out(f"  {spoken('stands.draft_for', hand_in, accounts=list(found.accounts))}")


def earlier(post_id: str, delivery: "Delivery") -> str:
    """Of what an edit did not reach, because nobody knows yet what is there."""
    return spoken("stands.earlier", Do("edit", {"post": post_id, "account": delivery.account}))


def headline(found: "Post") -> str:
    """Revision, approval and the beginning of the text."""
    from publisher.read.beginnings import begins

    submitted = found.state == "submitted"
    state = word("standing", found.approval) if submitted else word("state", found.state)
    return spoken("stands.by", state=state, author=found.author, words=begins(found.text))


def one(delivery: "Delivery", zone: str, *, removed: bool = False) -> None:
    """One account's line, with its reasons beneath."""
    said_of_it = sentence(delivery, zone, removed=removed)
    out(f"  {place(delivery.account, delivery.act)} {said_of_it}")
    if delivery.state in CHANGEABLE - {"refused"}:
        for finding in delivery.findings:
            if finding.verdict != Effect.PASS:
                out(f"    - {then(finding.reason, finding.acts)}")
    for number, public in enumerate(() if removed else delivery.thread, start=1):
        out(f"    {number}. {public.remote_url}")
    if delivery.account_waits:
        out(f"    - {delivery.account_waits}")
    if delivery.reason and delivery.state in UNFINISHED:
        out(f"    - {then(delivery.reason, delivery.acts)}")


def sentence(delivery: "Delivery", zone: str, *, removed: bool = False) -> str:
    """What it does, and when or where; `removed`: it has been taken down since."""
    if delivery.state == "waiting":
        held = delivery.account_waits or any(
            one.verdict in (Effect.APPROVE, Effect.HOLD) and not one.until
            for one in delivery.findings
        )
        if act_of(delivery).undoes:
            return spoken("stands.goes_down")
        code = "stands.waits" if held else "stands.goes_out"
        return spoken(code, when=delivery.release_at, zone=zone)
    if delivery.state == "published":
        if act_of(delivery).undoes:
            return spoken("stands.taken_down")
        where = delivery.remote_url or delivery.remote_id
        return spoken("stands.was_public" if removed else "stands.published", where=where)
    return spoken(f"stands.{delivery.state}")


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
    done = DONE.get(one.act, "") if one.outcome == "published" else ""
    return spoken(
        "outcome.tried",
        at=one.started_at,
        zone=zone,
        where=place(one.account, one.act),
        came=word("outcome", done or one.outcome),
        detail=one.reason or one.remote_id or "",
    ).rstrip()


def rendered(exact: "Mapping[str, Exact]") -> None:
    """Exactly what is sent to each account, with its count."""
    for account, one_ in exact.items():
        code = "exact.headline_marks" if one_.markup == "markdown" else "exact.headline"
        of = {"network": one_.network, "length": str(one_.length), "limit": str(one_.limit)}
        out("", spoken(code, account=bold(account), **of))
        if one_.title:
            out(f"  | {spoken('exact.title', title=bold(one_.title))}")
        _words(one_)
        if one_.link and not names(one_.text, one_.link):
            out(f"  | {spoken('exact.link', link=one_.link)}")
        for image in one_.images:
            out(f"  | {_image(image)}")
            _show(image)
        if one_.changed:
            out(f"  {spoken('exact.changed')}")
            out(*(f"  {line}" for line in one_.changed))
        if one_.images_note:
            out(f"  ! {one_.images_note}")
        if not one_.disclaimer:
            out(f"  ! {spoken('exact.no_notice')}")
        if one_.shorter_notice:
            out(f"  ! {one_.shorter_notice}")


def _words(shown: "Exact") -> None:
    """Of a thread, each of its posts with its count."""
    for number, one in enumerate(shown.thread, start=1):
        counted = {"length": str(one.length), "limit": str(shown.limit)}
        out(f"  {spoken('exact.part', number=number, all=len(shown.thread), **counted)}")
        out(*(f"  | {line}".rstrip() for line in one.text.splitlines()))
    if not shown.thread:
        out(*(f"  | {line}".rstrip() for line in shown.text.splitlines()))


def _image(image: "Image") -> str:
    """What a person opens to see the very bytes that are sent."""
    folder = configuration().data / "media"
    size = {"width": str(image.width), "height": str(image.height)}
    of = {"alt": image.alt or part("exact.no_alt"), "size": f"{image.size / 1000:.0f}", **size}
    try:
        media.read(folder, image.sha256)
    except NotFound:
        return spoken("exact.image", **of)  # what is only checked is not kept
    except Problem as error:
        return spoken("exact.image_off", problem=problem(error, mine()), **of)
    return spoken("exact.image_at", file=str(folder / image.sha256), **of)


def _show(image: "Image") -> None:
    """The picture itself, where the terminal can."""
    kind = inline.kind_of(os.environ, tty=sys.stdout.isatty())
    if not kind:
        return
    with suppress(Problem):  # its line has said that
        data = media.read(configuration().data / "media", image.sha256)
        line(inline.drawn(data, kind))
