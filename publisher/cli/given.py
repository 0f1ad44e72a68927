"""What a person gives for a post: the options that commands share, and how they are read."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from inspect import Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher import media
from publisher.cli.common import text_of
from publisher.errors import Problem, Usage
from publisher.words import part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.client.door import Door

Text = Annotated[
    str, typer.Argument(metavar="TEXT", help="The words; - reads stdin, @FILE a file.")
]
To = Annotated[list[str], typer.Option("--to", help="An account; say it once for each.")]
At = Annotated[
    str,
    typer.Option(
        "--at",
        help='On the account\'s clock: "2026-12-01 09:30", "9:30", "tomorrow 10:00", "next monday 9:30"; '
        'or an ISO time, "now", "next".',
    ),
]
Title = Annotated[str, typer.Option("--title", help="Where the network has titles.")]
Link = Annotated[str, typer.Option("--link", help="A web address to go with it.")]
Variants = Annotated[
    list[str] | None, typer.Option("--variant", help="ACCOUNT=TEXT: other words for one account.")
]
Images = Annotated[
    list[str] | None,
    typer.Option("--image", help="FILE=ALT: an image and what it shows; up to four."),
]
Lang = Annotated[str, typer.Option("--lang", help="ja or en: the notice's language.")]
Kind = Annotated[str, typer.Option("--kind", help="standard or release.")]
Markdown = Annotated[
    bool, typer.Option("--markdown", help="Marks in the text act; for boards only.")
]
Thread = Annotated[
    bool, typer.Option("--thread", help="On X: what is too long for one post goes in several.")
]
MOST_IMAGES = 4


def post_words(
    text: Text,
    to: To,
    at: At = "now",
    title: Title = "",
    link: Link = "",
    variant: Variants = None,
    lang: Lang = "",
    kind: Kind = "standard",
    markdown: Markdown = False,
    thread: Thread = False,
) -> dict[str, Any]:
    """What a post is, as the desk takes it; pictures come to it."""
    checked_words(lang, kind)
    return {
        "text": text_of(text),
        "accounts": to,
        "at": at or "now",
        "title": title,
        "link": link,
        "lang": lang or None,
        "kind": kind or "standard",
        "markup": "markdown" if markdown else "plain",
        "variants": variants_of(variant or []),
        "thread": thread,
    }


def of_words(command: Callable[..., None]) -> Callable[..., None]:
    """The command with every argument of `post_words`; it gets what they come to as its first one."""
    said = [*signature(post_words).parameters.values()]
    own = [*signature(command).parameters.values()][1:]

    @wraps(command)
    def run(**typed: Any) -> None:
        words = post_words(**{one.name: typed.pop(one.name) for one in said})
        command(words, **typed)

    vars(run)["__signature__"] = Signature([*said, *own])
    run.__annotations__ = {one.name: one.annotation for one in (*said, *own)}
    return run


def checked_words(lang: str, kind: str) -> None:
    """Raises Usage for a language or kind that there is none of."""
    for option, value, known in (
        ("lang", lang, ("ja", "en")),
        ("kind", kind, ("standard", "release")),
    ):
        if value and value not in known:
            more = part("typed.urgent") if value == "urgent" else ""
            raise Usage("typed.one_of", option=f"--{option}", known=list(known), more=more)


def variants_of(given: list[str]) -> dict[str, str]:
    """`ACCOUNT=TEXT` pairs."""
    found = {}
    for pair in given:
        account, sign, words = pair.partition("=")
        if not sign:
            raise Usage("typed.variant", given=pair)
        found[account] = text_of(words)
    return found


def pictures(door: "Door", given: "Sequence[str] | None") -> list[dict[str, str]]:
    """`FILE=ALT` pairs, handed in at the desk before the post is. Raises Usage naming the file."""
    pairs = [_file_and_alt(pair) for pair in given or ()]
    if len(pairs) > MOST_IMAGES:
        raise Usage("media.many", count=len(pairs), most=MOST_IMAGES)
    handed_in = []
    for file, alt in pairs:
        try:
            media.refuse_long(alt)
            handed_in.append({"upload": door.upload(media.taken(file)), "alt": alt})
        except Problem as error:
            if error.field != "images":
                raise
            about = error.part()
            raise Usage("media.of_file", field="images", file=str(file), problem=about) from None
    return handed_in


def _file_and_alt(pair: str) -> tuple[Path, str]:
    """An existing file wins: its name may hold a `=`."""
    ends = [at for at, character in enumerate(pair) if character == "="]
    splits = [(Path(pair), ""), *((Path(pair[:at]), pair[at + 1 :]) for at in reversed(ends))]
    return next((split for split in splits if split[0].exists()), splits[-1] if ends else splits[0])


def days(first: str, last: str, zone: str) -> dict[str, str]:
    """`--from` and `--to` as the desk takes them; "" where nothing was typed. Raises Usage."""
    from publisher.clock import rfc3339

    begin, end = _day(first, zone), _day(last, zone)
    if begin and end and end <= begin:
        raise Usage("typed.backwards")
    return {"from": rfc3339(begin) if begin else "", "to": rfc3339(end) if end else ""}


EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


def _day(text: str, zone: str) -> datetime | None:
    """A day's first instant there, or an instant; None where nothing was typed. Raises Usage."""
    from publisher.clock import FURTHEST, earliest

    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
        at = read if read.tzinfo else earliest(read, zone)
    except (ValueError, OverflowError):
        raise Usage("typed.no_day", day=text) from None
    if not (EARLIEST <= at <= FURTHEST):
        raise Usage("typed.too_far", day=text)
    return at
