"""Posts by any of their words, by account, person, state and when they were written: the newest first.

An index proposes (`store.findable`), the post itself decides. Looked for is what a post says now.
"""

import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from sqlalchemy import select

from publisher import folded
from publisher.content import begins
from publisher.desk.parts import seen
from publisher.desk.parts.find import account_rows
from publisher.documents import near
from publisher.errors import NotFound, Usage
from publisher.lifecycle import DELIVERY_STATES, POST_STATES, PostState
from publisher.read.view import Instant, View
from publisher.roles import authorize
from publisher.store import Tx, findable
from publisher.store import tables as t
from publisher.store.findable import Place, Span
from publisher.store.tables import core

if TYPE_CHECKING:
    from publisher.store.rows import SoughtRow

_POST = core(t.Post)
_REVISION = core(t.Revision)
_DELIVERY = core(t.Delivery)
_PERSON = core(t.Person)

STATES = (*POST_STATES, *DELIVERY_STATES)

AT_ONCE = 100  # posts that are looked at together
# What is looked at for one page, whatever is found among it.
MOST_POSTS, MOST_CHARACTERS = 500, 100_000
AROUND = 30  # characters that are shown on either side of what was looked for

Where = Literal["text", "title", "link", "variant", "picture"]


@dataclass(frozen=True)
class Wanted:
    """What is looked for; "" and None for anything.

    `words` as people type them: `folded.phrases` says what they mean. `written`: when the post was given
    the words that it has, not before `since` and before `until`.
    """

    words: str = ""
    account: str = ""
    person: str = ""
    state: str = ""
    written: Span = field(default_factory=Span)


class Going(View):
    """What is done with it on one account."""

    account: str
    """Where."""
    act: Literal["publish", "edit", "retract", "reply"]
    """What."""
    state: str
    """Where that stands; see [lifecycle.md](lifecycle.md)."""


class Found(View):
    """A post that was looked for."""

    id: str
    """The post."""
    state: PostState
    """Has it been handed in?"""
    author: str
    """Who wrote it."""
    editor: str
    """Who changed it last."""
    written_at: Instant
    """When it was given the words that it has now."""
    words: str
    """Those around what was looked for, in one line; else its beginning."""
    where: Where
    """Where they stand; a variant is other words for one account, and a picture has its description."""
    deliveries: tuple[Going, ...]
    """Where it goes."""


class Results(View):
    """A page of what was found."""

    items: tuple[Found, ...]
    """The newest first."""
    next: str | None
    """Where the next page begins (`at`); `null` when this is the last one. A page may hold few, or none,
    and not be the last: then much was looked at that is something else."""
    complete: bool
    """Is every post in the index? `false` for a while after an upgrade: then older ones are missing."""


def search(tx: Tx, wanted: Wanted, *, at: str = "", most: int = 50) -> Results:
    """Up to `most` posts, behind where the page before ended. Raises Usage, NotFound."""
    authorize(tx.actor, "read")
    _refuse_unknown(tx, wanted)
    phrases = [folded.line(one) for one in folded.phrases(wanted.words)]
    found: list[Found] = []
    last: Place | None = None
    characters = 0
    for number, (place, one) in enumerate(_proposed(tx, wanted, _read(at))):
        if len(found) == most or number == MOST_POSTS or characters > MOST_CHARACTERS:
            break  # there is this one more, at least
        last = place
        if one is None:
            continue
        characters += findable.length(one.row)
        where = _stand(one, phrases) if _fits(one, wanted) else None
        if where is not None:
            found.append(_shown(one, where, phrases))
    else:
        last = None
    following = f"{last[0]}-{last[1]}" if last else None
    return Results(items=tuple(found), next=following, complete=not findable.unread(tx))


def _refuse_unknown(tx: Tx, wanted: Wanted) -> None:
    if wanted.account:
        account_rows(tx, [wanted.account])
    if wanted.person:
        names = [row.name for row in tx.all(select(_PERSON.c.name))]
        if wanted.person not in names:
            alike = near(wanted.person, names)
            raise NotFound("find.no_person", field="person", name=wanted.person, near=alike)
    if wanted.state and wanted.state not in STATES:
        raise Usage("search.no_state", field="state", known=list(STATES))


@dataclass(frozen=True)
class _Post:
    """A post as it is now, and what is done with it; of what is said and done on accounts only that which
    there is for whoever looks.
    """

    row: "SoughtRow"
    acts: Sequence[Going]
    variants: Sequence[str]


def _proposed(tx: Tx, wanted: Wanted, after: Place | None) -> Iterator[tuple[Place, _Post | None]]:
    """What the index says, the newest first; None where there is no such post (any more)."""
    words = [term for one in folded.phrases(wanted.words) for term in sorted(folded.terms(one))]
    if wanted.words.strip() and not words:
        raise Usage("search.too_little", field="words")
    terms = [*findable.marks(wanted.account, wanted.person), *dict.fromkeys(words)]
    more = True
    while more:
        places, after = findable.places(tx, terms, wanted.written, after, AT_ONCE)
        posts = _posts(tx, [name for _, name in places])
        yield from ((place, posts.get(place[1])) for place in places)
        more = after is not None


def _posts(tx: Tx, names: Collection[str]) -> Mapping[str, _Post]:
    acts: dict[str, list[Going]] = {name: [] for name in names}
    theirs = seen.accounts(tx, _DELIVERY.c.account)
    columns = (_DELIVERY.c.post_id, _DELIVERY.c.account, _DELIVERY.c.act, _DELIVERY.c.state)
    going = select(*columns).where(_DELIVERY.c.post_id.in_(names), theirs)
    for row in tx.all(going.order_by(_DELIVERY.c.account, _DELIVERY.c.id)):
        acts[row.post_id].append(Going(account=row.account, act=row.act, state=row.state))
    there = (
        select(_POST, _REVISION)
        .join_from(_POST, _REVISION, _REVISION.c.post_id == _POST.c.id)
        .where(_POST.c.id.in_(names), _REVISION.c.number == _POST.c.revision)
        .where(seen.posts(tx, _POST.c.id))
    )
    return {row.id: _Post(row, acts[row.id], _variants(tx, row)) for row in tx.all(there)}


def _variants(tx: Tx, row: "SoughtRow") -> list[str]:
    return [text for account, text in row.variants.items() if seen.there(tx, account)]


def _fits(one: _Post, wanted: Wanted) -> bool:
    row, since, until = one.row, wanted.written.since, wanted.written.until
    states = {row.state, *(act.state for act in one.acts)}
    return (
        wanted.account in ("", *row.accounts)
        and wanted.person in ("", row.author, row.written_by)
        and wanted.state in ("", *states)
        and (since is None or row.written_at >= since)
        and (until is None or row.written_at < until)
    )


def _stand(one: _Post, phrases: Sequence[str]) -> tuple[Where, str] | None:
    """Where the first phrase stands, and the text there; None unless all of them stand somewhere."""
    texts = _texts(one.row, one.variants)
    if not phrases:
        return texts[0]
    known = folded.within((text for _, text in texts), findable.LONGEST)
    lines = [folded.line(folded.units(text)) for text in known]
    if not all(any(phrase in line for line in lines) for phrase in phrases):
        return None
    return next(texts[at] for at, line in enumerate(lines) if phrases[0] in line)


def _texts(row: "SoughtRow", variants: Sequence[str]) -> list[tuple[Where, str]]:
    return [
        ("text", row.text),
        ("title", row.title),
        ("link", row.link),
        *(("picture", image.get("alt", "")) for image in row.media),
        *(("variant", text) for text in variants),
    ]


def _shown(one: _Post, where: tuple[Where, str], phrases: Sequence[str]) -> Found:
    row = one.row
    return Found(
        id=row.id,
        state=row.state,
        author=row.author,
        editor=row.written_by,
        written_at=row.written_at,
        words=_around(where[1], folded.plain(phrases[0])) if phrases else begins(where[1]),
        where=where[0],
        deliveries=tuple(one.acts),
    )


def _around(text: str, words: str) -> str:
    """The words with some before and behind them, as they were written where they can be found so."""
    for written in (text, unicodedata.normalize("NFKC", text)):
        at = written.casefold().find(words)
        if at >= 0:
            begin, end = max(at - AROUND, 0), at + len(words) + 2 * AROUND
            said = " ".join(written[begin:end].split())
            return f"{'…' if begin else ''}{said}{'…' if end < len(written) else ''}"
    return begins(text)


def _read(at: str) -> Place | None:
    if not at:
        return None
    number, _, post = at.partition("-")
    if not (number.isascii() and number.isdigit() and len(number) < 19 and post):
        raise Usage("look.no_place", field="at")
    return int(number), post
