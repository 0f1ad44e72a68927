"""What a person gives for a post: the options that commands share, and how they are read."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.common import configuration, text_of
from publisher.errors import Usage
from publisher.words import part

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.content import Media
    from publisher.desk.door import NewPost

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


def new_post(text: str, to: list[str], **given: Any) -> "NewPost":
    """The options of `post`, `check` and `urgent` as what the desk takes in."""
    from publisher.desk.door import NewPost

    checked_words(given.get("lang", ""), "" if given.get("urgent") else given.get("kind", ""))
    return NewPost(
        text=text_of(text),
        accounts=tuple(dict.fromkeys(to)),
        at=given.get("at") or "now",
        title=given.get("title") or "",
        link=given.get("link") or "",
        lang=given.get("lang") or None,
        kind="urgent" if given.get("urgent") else given.get("kind") or "standard",
        markup="markdown" if given.get("markdown") else "plain",
        variants=variants_of(given.get("variant") or []),
        media=media_of(given.get("image") or [], given.get("folder")),
        key=given.get("key") or None,
        again=bool(given.get("again")),
        embargo_until=given.get("embargo"),
        thread=bool(given.get("thread")),
    )


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


def media_of(given: list[str], folder: "Path | None" = None) -> "tuple[Media, ...]":
    """`FILE=ALT` pairs, re-encoded for every network and stored before the post is."""
    from publisher import media
    from publisher.networks.registry import images

    if not given:
        return ()
    if len(given) > MOST_IMAGES:
        raise Usage("media.many", count=len(given), most=MOST_IMAGES)
    stored, fits = [], images()
    folder = folder or configuration().data / "media"
    for pair in given:
        file, alt = _file_and_alt(pair)
        try:
            stored.append(media.put(folder, media.taken(file), fits, alt=alt))
        except Usage as error:
            about = error.part()
            raise Usage("media.of_file", field="images", file=file, problem=about) from None
    return tuple(stored)


def _file_and_alt(pair: str) -> "tuple[Path, str]":
    """An existing file wins: its name may hold a `=`."""
    from pathlib import Path

    ends = [at for at, character in enumerate(pair) if character == "="]
    splits = [(Path(pair), ""), *((Path(pair[:at]), pair[at + 1 :]) for at in reversed(ends))]
    return next((split for split in splits if split[0].exists()), splits[-1] if ends else splits[0])
