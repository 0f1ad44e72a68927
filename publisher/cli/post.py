"""Writing: post, submit, edit, reschedule, confirm, pause, unpause, cancel."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.common import (
    As,
    Json,
    PostName,
    Why,
    reading,
    reads,
    session,
    show_json,
    text_of,
    writing,
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
    checked_words,
    media_of,
    new_post,
    variants_of,
)
from publisher.errors import Do, PartlyDone, Usage
from publisher.words import every, part, word

if TYPE_CHECKING:
    from datetime import datetime


def post(
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
    from publisher.desk import compose

    until = _embargo(embargo, to[0], as_) if embargo else None
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
        key=key,
        again=again,
        embargo=until,
    )
    with session(as_) as mine:
        name, held = compose.hand_in(mine, new, None if draft else compose.submit)
    answer(name, as_, json_=json_, exact=True)
    if held is not None:
        raise held


def _embargo(typed: str, account: str, as_: str) -> "datetime":
    """A time on the first account's clock, like --at."""
    from publisher.read.register import time_of

    with reading(as_) as tx:
        try:
            return time_of(tx, account, typed)
        except Usage as error:
            error.field = "embargo_until"  # it was not the post's own time
            raise


def submit(name: PostName, as_: As = "", json_: Json = False) -> None:
    """Hand a draft in."""
    from publisher.desk import compose

    with writing(as_) as tx:
        compose.submit(tx, name)
    answer(name, as_, json_=json_, exact=True)


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
    from publisher.desk import compose

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
    if image:
        changes["media"] = media_of(image)
    if not changes:
        raise Usage("typed.nothing_changes")
    with writing(as_) as tx:
        compose.edit(tx, name, changes, why=reason)
    answer(name, as_, json_=json_, exact=True)


def reschedule(name: PostName, at: At, as_: As = "", json_: Json = False) -> None:
    """Ask for another time. It needs a new approval, because an approval binds the time."""
    from publisher.desk import schedule

    with writing(as_) as tx:
        schedule.reschedule(tx, name, at)
    answer(name, as_, json_=json_)


def confirm(name: PostName, as_: As = "", json_: Json = False) -> None:
    """The author's yes: send it at the next free time, though that is later than was asked."""
    from publisher.desk import schedule

    with writing(as_) as tx:
        schedule.confirm(tx, name)
    answer(name, as_, json_=json_)


def pause(
    name: PostName,
    reason: Annotated[str, typer.Option("--reason", help="Why; shown to others.")] = "",
    as_: As = "",
    json_: Json = False,
) -> None:
    """Keep it back until somebody unpauses it."""
    from publisher.desk import schedule

    with writing(as_) as tx:
        schedule.pause(tx, name, reason)
    answer(name, as_, json_=json_)


def unpause(name: PostName, as_: As = "", json_: Json = False) -> None:
    """Let it go out again when its time comes."""
    from publisher.desk import schedule

    with writing(as_) as tx:
        schedule.unpause(tx, name)
    answer(name, as_, json_=json_)


def cancel(name: PostName, reason: Why = "", as_: As = "", json_: Json = False) -> None:
    """It will not go out. What is public already stays: that takes retract."""
    from publisher.desk import schedule
    from publisher.read.posts import stays_public

    with writing(as_) as tx:
        schedule.cancel(tx, name, why=reason)
        left = stays_public(tx, name)
    answer(name, as_, json_=json_)
    if left:
        states = [
            part("compose.state_there", account=account, state=word("state", state))
            for account, state in left.items()
        ]
        down = Do("retract", {"post": name})
        raise PartlyDone("compose.stays_public", down, states=every(states))


def answer(name: str, as_: str, *, json_: bool, exact: bool = False) -> None:
    """The post as it is now; `exact` shows what is sent, too."""
    from publisher.cli import shown
    from publisher.read import posts, register, steps
    from publisher.read.exact import exact as shows
    from publisher.read.exact import shorter_notices
    from publisher.read.view import plain

    with reading(as_) as tx:
        lang = reads(tx.actor)
        found = posts.post(tx, name, lang)
        texts = shows(tx, name, lang) if exact and not json_ else {}
        shorter = shorter_notices(tx, name, lang)
        clocks = register.zones(tx)
        coming = steps.steps(tx, found, lang)
    if json_:
        show_json({**plain(found), "shorter_notice": shorter})
        return
    shown.post(found, clocks, {} if texts else shorter)  # else it is said there
    if texts:
        shown.rendered(texts)
    shown.coming(coming)
