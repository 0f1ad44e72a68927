"""Posts as a person reads them on a terminal."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.addresses import names
from publisher.cli import inline
from publisher.cli.acts import command, problem, then
from publisher.cli.common import bold, line, mine, out, spoken
from publisher.content import begins
from publisher.errors import Conflict, Do, Problem
from publisher.lifecycle import CHANGEABLE, MAYBE_PUBLIC, UNFINISHED
from publisher.words import ENGLISH, part, sentences, word

if TYPE_CHECKING:
    from publisher.client.door import Door
    from publisher.client.shapes import Delivery, Exact, Found, Image, Post, Step, Try

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


def post(found: "Post", shorter: Mapping[str, str] | None = None) -> None:
    """Id, state and, per account, when it goes out and what it waits for.

    `shorter`: by account, a sentence about a notice that is not the standard one.
    """
    out(f"{bold(found['id'])}  {headline(found)}")
    there = found["deliveries"]
    for delivery in there:
        one(delivery)
        if delivery["state"] in ON_ITS_OWN and delivery["revision"] < found["revision"]:
            out(f"    - {earlier(found['id'], delivery)}")
        if said_shorter := (shorter or {}).get(delivery["account"]):
            out(f"    - {said_shorter}")
    if found["state"] == "draft":
        hand_in = Do("submit", {"post": found["id"]})
        out(f"  {spoken('stands.draft_for', hand_in, accounts=found['accounts'])}")


def earlier(post_id: str, delivery: "Delivery") -> str:
    """Of what an edit did not reach, because nobody knows yet what is there."""
    return spoken("stands.earlier", Do("edit", {"post": post_id, "account": delivery["account"]}))


def headline(found: "Post") -> str:
    """Revision, approval and the beginning of the text."""
    submitted = found["state"] == "submitted"
    state = word("standing", found["approval"]) if submitted else word("state", found["state"])
    return spoken("stands.by", state=state, author=found["author"], words=begins(found["text"]))


def found(one: "Found", zone: str) -> None:
    """What a search found: when and by whom it was written, the words in question, where it stands."""
    where = "" if one["where"] == "text" else part(f"search.in_{one['where']}")
    of = {"at": one["written_at"], "zone": zone, "author": one["editor"], "where": where}
    out(spoken("search.found", id=bold(one["id"]), words=one["words"], **of))
    for act in one["deliveries"]:
        out(f"  {place(act['account'], act['act'])} {spoken('state.' + act['state'])}")
    if not one["deliveries"]:
        out(f"  {spoken('state.' + one['state'])}")


def one(delivery: "Delivery") -> None:
    """One account's line, with its reasons beneath."""
    out(f"  {place(delivery['account'], delivery['act'])} {sentence(delivery)}")
    if delivery["state"] in CHANGEABLE - {"refused"}:
        for finding in delivery["findings"]:
            if finding["verdict"] != "PASS":
                out(f"    - {then(finding['reason'], finding['acts'])}")
    there = () if delivery["stands"] == "was_public" else delivery["thread"]
    for number, public in enumerate(there, start=1):
        out(f"    {number}. {public['remote_url']}")
    if delivery["account_waits"]:
        out(f"    - {delivery['account_waits']}")
    if delivery["reason"] and delivery["state"] in UNFINISHED:
        out(f"    - {then(delivery['reason'], delivery['acts'])}")


def sentence(delivery: "Delivery") -> str:
    """What it does, and when or where."""
    where = delivery["remote_url"] or delivery["remote_id"]
    of = {"when": delivery["release_at"], "zone": delivery["zone"], "where": where}
    return spoken(f"stands.{delivery['stands']}", **of)


def coming(steps: "Sequence[Step]") -> None:
    """What others do next, each with its command."""
    if steps:
        out("")
    for step in steps:
        sample = f" --as {step['sample']}" if step["sample"] else ""
        typed = [f"{command(act)}{sample}".removeprefix("publisher ") for act in step["acts"]]
        out(f"{step['what']}: publisher {' | '.join(typed)}")


def tried(one: "Try") -> str:
    """One try: when, where, what for, and what came of it."""
    done = DONE.get(one["act"], "") if one["outcome"] == "published" else ""
    return spoken(
        "outcome.tried",
        at=one["started_at"],
        zone=one["zone"],
        where=place(one["account"], one["act"]),
        came=word("outcome", done or one["outcome"]),
        detail=one["reason"] or one["remote_id"] or "",
    ).rstrip()


@dataclass(frozen=True)
class Pictures:
    """By its sha256, the file that a picture was put into, and the bytes that the terminal can show."""

    files: Mapping[str, Path]
    bytes: Mapping[str, bytes]


NONE = Pictures({}, {})


def rendered(exact: "Mapping[str, Exact]", post: str, pictures: Pictures = NONE) -> None:
    """Exactly what is sent to each account of a post, with its count. `post`: "" when it is not saved."""
    for account, shown in exact.items():
        code = "exact.headline_marks" if shown["markup"] == "markdown" else "exact.headline"
        of = {name: str(shown[name]) for name in ("network", "length", "limit")}
        out("", spoken(code, account=bold(account), **of))
        if shown["title"]:
            out(f"  | {spoken('exact.title', title=bold(shown['title']))}")
        _words(shown)
        if shown["link"] and not names(shown["text"], shown["link"]):
            out(f"  | {spoken('exact.link', link=shown['link'])}")
        for image in shown["images"]:
            _image(image, pictures)
        if shown["changed"]:
            out(f"  {spoken('exact.changed')}", *(f"  {line}" for line in shown["changed"]))
        noticed = "" if shown["disclaimer"] else spoken("exact.no_notice")
        warned = (shown["images_note"], noticed, shown["shorter_notice"])
        out(*(f"  ! {said}" for said in warned if said))
    there = any(shown["images"] for shown in exact.values())
    if post and there and not (pictures.files or pictures.bytes):
        out("", spoken("exact.look_at", Do("read", {"how": "pictures", "post": post})))


def _words(shown: "Exact") -> None:
    """Of a thread, each of its posts with its count."""
    for number, one in enumerate(shown["thread"], start=1):
        counted = {"length": str(one["length"]), "limit": str(shown["limit"])}
        out(f"  {spoken('exact.part', number=number, all=len(shown['thread']), **counted)}")
        out(*(f"  | {line}".rstrip() for line in one["text"].splitlines()))
    if not shown["thread"]:
        out(*(f"  | {line}".rstrip() for line in shown["text"].splitlines()))


def _image(image: "Image", pictures: Pictures) -> None:
    """Its line, and the picture itself where the terminal can."""
    size = {"width": str(image["width"]), "height": str(image["height"])}
    kilobytes = f"{image['size'] / 1000:.0f}"
    of = {"alt": image["alt"] or part("exact.no_alt"), "size": kilobytes, **size}
    file = pictures.files.get(image["sha256"])
    out(
        f"  | {spoken('exact.image_at', file=str(file), **of) if file else spoken('exact.image', **of)}"
    )
    if data := pictures.bytes.get(image["sha256"]):
        line(inline.drawn(data, inline.kind_of(os.environ, tty=True)))


def looked_at(door: "Door", exact: "Mapping[str, Exact]") -> dict[str, bytes]:
    """The pictures for a terminal that can show them, by their sha256; {} for any other."""
    if not inline.kind_of(os.environ, tty=sys.stdout.isatty()):
        return {}
    return dict(_fetched(door, exact))


def keep(door: "Door", exact: "Mapping[str, Exact]", folder: Path) -> dict[str, Path]:
    """The pictures as files in `folder`, by their sha256. Raises Conflict where it cannot be."""
    kept = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for sha256, data in _fetched(door, exact):
            kept[sha256] = folder / f"{sha256[:12]}.{'png' if data[:4] == PNG else 'jpg'}"
            kept[sha256].write_bytes(data)
    except OSError as error:
        raise Conflict("exact.not_kept", folder=str(folder), why=error.strerror) from None
    return kept


PNG = b"\x89PNG"


def _fetched(door: "Door", exact: "Mapping[str, Exact]") -> Iterator[tuple[str, bytes]]:
    """One that the desk does not give is said, and the others are given all the same."""
    for sha256 in dict.fromkeys(
        one["sha256"] for shown in exact.values() for one in shown["images"]
    ):
        try:
            yield sha256, door.picture(sha256)
        except Problem as error:
            out(f"  ! {problem(error, mine())}")
