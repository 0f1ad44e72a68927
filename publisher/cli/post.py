"""Writing: post, submit, edit, reschedule, confirm, pause, unpause, cancel."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.common import As, Json, PostName, Why, desk, show_json, text_of
from publisher.cli.given import (
    At,
    Images,
    Lang,
    Link,
    Title,
    Variants,
    checked_words,
    of_words,
    pictures,
    variants_of,
)
from publisher.errors import Usage

if TYPE_CHECKING:
    from publisher.client.shapes import Whole


@of_words
def post(
    words: dict[str, Any],
    image: Images = None,
    key: Annotated[str, typer.Option("--key", help="Your own id: repeating it posts once.")] = "",
    again: Annotated[
        bool, typer.Option("--again", help="The same words once more, on purpose.")
    ] = False,
    draft: Annotated[bool, typer.Option("--draft", help="Only save it.")] = False,
    embargo: Annotated[
        str, typer.Option("--embargo", help="Not before this time, whatever else.")
    ] = "",
    as_: As = "",
    json_: Json = False,
) -> None:
    """Write a post and hand it in. It goes out when it may: approved, in hours, spaced."""
    from publisher.client.door import Refused

    how = {"draft": draft, "again": again, "embargo_until": embargo}
    held = None
    with desk(as_) as door:
        words["images"] = pictures(door, image)
        try:
            found: Whole = door.post("/posts", {**words, **how}, key=key)
        except Refused as error:
            if not error.done:
                raise
            found, held = error.done, error
    answer(found, json_=json_, exact=True)
    if held is not None:
        raise held


def submit(name: PostName, as_: As = "", json_: Json = False) -> None:
    """Hand a draft in."""
    done(name, "submit", as_, json_=json_, exact=True)


def edit(
    name: PostName,
    text: Annotated[
        str, typer.Option("--text", help="New words; - reads stdin, @FILE a file.")
    ] = "",
    title: Title = "",
    link: Link = "",
    variant: Variants = None,
    image: Images = None,
    lang: Lang = "",
    kind: Annotated[str, typer.Option("--kind", help="standard or release.")] = "",
    markdown: Annotated[
        bool | None, typer.Option("--markdown/--plain", help="Do marks in the text act?")
    ] = None,
    thread: Annotated[
        bool | None, typer.Option("--thread/--one-post", help="May it go in several posts?")
    ] = None,
    reason: Why = "",
    as_: As = "",
    json_: Json = False,
) -> None:
    """Change the words: what waits is approved anew, what is public is edited where that is possible."""
    from publisher.client.door import of_post

    given: dict[str, Any] = {"title": title, "link": link, "lang": lang, "kind": kind}
    checked_words(lang, kind)
    changes = {k: v for k, v in given.items() if v}
    if markdown is not None:
        changes["markup"] = "markdown" if markdown else "plain"
    if thread is not None:
        changes["thread"] = thread
    if text:
        changes["text"] = text_of(text)
    if variant:
        changes["variants"] = variants_of(variant)
    if not (changes or image):
        raise Usage("typed.nothing_changes")
    path, account = of_post(name)
    with desk(as_) as door:
        if image:
            changes["images"] = pictures(door, image)
        found: Whole = door.patch(path, {**changes, "account": account, "reason": reason})
    answer(found, json_=json_, exact=True)


def reschedule(name: PostName, at: At, as_: As = "", json_: Json = False) -> None:
    """Ask for another time. It needs a new approval, because an approval binds the time."""
    done(name, "reschedule", as_, json_=json_, at=at)


def confirm(name: PostName, as_: As = "", json_: Json = False) -> None:
    """The author's yes: send it at the next free time, though that is later than was asked."""
    done(name, "confirm", as_, json_=json_)


def pause(
    name: PostName,
    reason: Annotated[str, typer.Option("--reason", help="Why; shown to others.")] = "",
    as_: As = "",
    json_: Json = False,
) -> None:
    """Keep it back until somebody unpauses it."""
    done(name, "pause", as_, json_=json_, reason=reason)


def unpause(name: PostName, as_: As = "", json_: Json = False) -> None:
    """Let it go out again when its time comes."""
    done(name, "unpause", as_, json_=json_)


def cancel(name: PostName, reason: Why = "", as_: As = "", json_: Json = False) -> None:
    """It will not go out. What is public already stays: that takes retract."""
    done(name, "cancel", as_, json_=json_, reason=reason)


def done(
    name: str, verb: str, as_: str, *, json_: bool, exact: bool = False, **said: str | bool
) -> None:
    """A verb done to a post, and the post as it is then; what is still in its way is raised after it."""
    from publisher.client.door import Refused, of_post

    path, account = of_post(name)
    held = None
    with desk(as_) as door:
        try:
            found: Whole = door.post(f"{path}/{verb}", {**said, "account": account})
        except Refused as error:
            if not error.done:
                raise
            found, held = error.done, error
    answer(found, json_=json_, exact=exact)
    if held is not None:
        raise held


def answer(found: "Whole", *, json_: bool, exact: bool = False) -> None:
    """The post as it is now; `exact` shows what is sent, too."""
    from publisher.cli import shown

    if json_:
        show_json(found)
        return
    shown.post(found, {} if exact else found["shorter_notice"])  # else it is said there
    if exact:
        shown.rendered(found["rendered"], found["id"])
    shown.coming(found["steps"])
