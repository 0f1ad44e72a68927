"""By what a search finds a post: an index of the words that it says now, and when they were written.

No fact, so nothing is recorded of it and nothing vouches for it: whatever it finds is looked at in the
post itself, and it is made anew from the posts at any time. A post whose `n` is empty waits to be read.

`n` is when the words were written, in milliseconds since 1970: the newest first is the index's own order,
in whatever order it was filled. On SQLite the terms lie in an FTS5 table without content, `findable_words`,
under `n`: what a post said before stays there under a number that no post has any more, until the index is
made anew. On PostgreSQL that is the name of the index over `words`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    select,
    text,
    tuple_,
)

from publisher import folded
from publisher.roles import MACHINE
from publisher.store import Store, Tx
from publisher.store import tables as t
from publisher.store.rows import PostRow, RevisionRow
from publisher.store.tables import core

DERIVED = MetaData()
UNREAD = text("n IS NULL")

_FINDABLE = Table(
    "findable",
    DERIVED,
    Column("post_id", String, primary_key=True),
    Column("n", BigInteger, nullable=True),
    Column("words", ARRAY(Integer).with_variant(JSON(), "sqlite"), nullable=True),
    Index("ix_findable_n", "n", "post_id"),
    Index("ix_findable_unread", "post_id", postgresql_where=UNREAD, sqlite_where=UNREAD),
)
_POST = core(t.Post)
_REVISION = core(t.Revision)

# Characters of all texts of a post: the words of a thousand variants would hold the one writer for seconds.
LONGEST = 200_000
MOST_TERMS = 16  # that are looked up; the text itself is asked for all of them
BATCH, BATCH_LENGTH = 50, 15_000  # posts, and characters, that are read together
_RECENT = 2_000  # PostgreSQL: the newest ones, looked through before the index is
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = 3_600_000

Place = tuple[int, str]  # of a post in the index: its number and its id

# Where it is taken, on SQLite, the next one: two posts of one millisecond were written by two machines.
_NUMBER = text(
    "SELECT CASE WHEN EXISTS (SELECT 1 FROM findable WHERE n = :at) "
    "THEN (SELECT max(n) + 1 FROM findable WHERE n >= :at AND n < :hour) ELSE :at END"
)
_PUT = (
    "INSERT INTO findable (post_id, n, words) VALUES (:post, :n, {words}) "
    "ON CONFLICT (post_id) DO UPDATE SET n = excluded.n, words = excluded.words"
)
_PUT_HERE = text(_PUT.format(words="NULL"))
_PUT_THERE = text(_PUT.format(words="CAST(:words AS integer[])"))
_PUT_WORDS = text("INSERT INTO findable_words (rowid, words) VALUES (:n, :words)")
_FORGET_WORDS = text("INSERT INTO findable_words (findable_words) VALUES ('delete-all')")

# By the number alone: else SQLite would sort all that it finds.
_HERE = """SELECT findable.n, findable.post_id FROM findable_words CROSS JOIN findable
    ON findable.n = findable_words.rowid
    WHERE findable_words MATCH :words AND findable_words.rowid BETWEEN :since AND :until
    AND (findable.n, findable.post_id) < (:n, :post)
    ORDER BY findable_words.rowid DESC LIMIT :most"""
_RECENTLY = """WITH recent AS MATERIALIZED (SELECT n, post_id, words FROM findable
    WHERE n BETWEEN :since AND :until AND (n, post_id) < (:n, :post)
    ORDER BY n DESC, post_id DESC LIMIT :recent)
    SELECT n, post_id, words @> CAST(:words AS integer[]) AS found FROM recent
    ORDER BY n DESC, post_id DESC"""
_THERE = """WITH found AS MATERIALIZED (SELECT n, post_id FROM findable
    WHERE words @> CAST(:words AS integer[]))
    SELECT n, post_id FROM found WHERE n BETWEEN :since AND :until AND (n, post_id) < (:n, :post)
    ORDER BY n DESC, post_id DESC LIMIT :most"""


@dataclass(frozen=True)
class Span:
    """Between when the words were written: to the millisecond, so both ends may be included."""

    since: datetime | None = None
    until: datetime | None = None


def text_of(revision: RevisionRow) -> Iterator[str]:
    """Every text of a post that people may look for."""
    yield from (revision.text, revision.title, revision.link)
    yield from (image.get("alt", "") for image in revision.media)
    yield from revision.variants.values()


def length(revision: RevisionRow) -> int:
    """Characters in all of them."""
    return sum(map(len, text_of(revision)))


def marks(account: str, person: str) -> frozenset[int]:
    """The terms of where a post goes and who had a hand in it; of nothing for ""."""
    of = {"account": account, "person": person}
    return frozenset(folded.mark(kind, value) for kind, value in of.items() if value)


def note(tx: Tx, post: PostRow, revision: RevisionRow) -> None:
    """From the commit on it is found by these words, and no longer by those before."""
    _put(tx, post.id, _milliseconds(revision.written_at), _terms(post, revision))


def _terms(post: PostRow, revision: RevisionRow) -> frozenset[int]:
    found = folded.terms(folded.texts(folded.within(text_of(revision), LONGEST)))
    for account in revision.accounts:
        found |= marks(account, "")
    for person in (post.author, revision.written_by):
        found |= marks("", person)
    return found


def _put(tx: Tx, post: str, at: int, words: Collection[int]) -> None:
    if tx.postgres:
        tx.run(_PUT_THERE, {"post": post, "n": at, "words": [_signed(one) for one in words]})
        return
    n = tx.value(_NUMBER, {"at": at, "hour": at + _HOUR})
    tx.run(_PUT_HERE, {"post": post, "n": n})
    tx.run(_PUT_WORDS, {"n": n, "words": " ".join(map(str, words))})


def _signed(term: int) -> int:
    return term - (1 << 32) if term >= 1 << 31 else term


def _milliseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)


def places(
    tx: Tx, words: Sequence[int], span: Span, after: Place | None, most: int
) -> tuple[list[Place], Place | None]:
    """Up to `most` that have all these terms, the newest first, behind `after`.

    And behind which place to go on: None where there is nothing more. Of many terms some are left out.
    """
    n, post = after or (2**62, "")
    until = min(n, _milliseconds(span.until)) if span.until else n
    of: dict[str, Any] = {
        "since": _milliseconds(span.since) if span.since else 0,
        "until": until,
        "n": n,
        "post": post,
        "most": most,
    }
    some = list(words)[:MOST_TERMS]
    if tx.postgres and some:
        return _there(tx, of | {"words": [_signed(one) for one in some]})
    if some:
        phrase = " ".join(f'"{one}"' for one in some)
        return _page(tx.all(text(_HERE), of | {"words": phrase}), most)
    return _page(tx.all(_everything(of)), most)


def _there(tx: Tx, of: Mapping[str, Any]) -> tuple[list[Place], Place | None]:
    """PostgreSQL's index has no order: of words that many posts have, the newest are found without it."""
    rows = tx.all(text(_RECENTLY), {**of, "recent": _RECENT})
    found = [(row.n, row.post_id) for row in rows if row.found][: of["most"]]
    if len(rows) < _RECENT or len(found) == of["most"]:
        return found, found[-1] if len(found) == of["most"] else None
    n, post = rows[-1].n, rows[-1].post_id
    more = of["most"] - len(found)
    rest, last = _page(tx.all(text(_THERE), {**of, "n": n, "post": post, "most": more}), more)
    return [*found, *rest], last


def _page(rows: Sequence[Any], most: int) -> tuple[list[Place], Place | None]:
    found = [(row.n, row.post_id) for row in rows]
    return found, found[-1] if len(found) == most else None


def _everything(of: Mapping[str, Any]) -> Any:
    row = _FINDABLE.c
    return (
        select(row.n, row.post_id)
        .where(row.n.between(of["since"], of["until"]))
        .where(tuple_(row.n, row.post_id) < (of["n"], of["post"]))
        .order_by(row.n.desc(), row.post_id.desc())
        .limit(of["most"])
    )


# ---- what was written before there was an index


def unread(tx: Tx) -> bool:
    """Are there posts that the index does not know yet?"""
    return tx.first(select(_FINDABLE.c.post_id).where(UNREAD).limit(1)) is not None


@dataclass(frozen=True)
class Read:
    """A post's words, read outside of any write transaction."""

    post: str
    revision: int
    at: int
    words: frozenset[int]


def read(tx: Tx) -> list[Read]:
    """Some of the posts that the index does not know yet, with their terms; [] when it knows all."""
    waiting = select(_FINDABLE.c.post_id).where(UNREAD).limit(BATCH)
    names = [row.post_id for row in tx.all(waiting)]
    there = (
        select(_POST, _REVISION)
        .join_from(_POST, _REVISION, _REVISION.c.post_id == _POST.c.id)
        .where(_POST.c.id.in_(names), _REVISION.c.number == _POST.c.revision)
    )
    found: list[Read] = []
    characters = 0
    for row in tx.all(there):
        characters += length(row)
        if found and characters > BATCH_LENGTH:
            break
        at = _milliseconds(row.written_at)
        found.append(Read(row.id, row.revision, at, _terms(row, row)))
    return found


def keep(tx: Tx, found: Sequence[Read]) -> None:
    """Put them into the index, but for those that changed since, which put themselves there."""
    names = [one.post for one in found]
    locked = select(_FINDABLE.c.post_id).where(UNREAD, _FINDABLE.c.post_id.in_(names))
    locked = locked.order_by(_FINDABLE.c.post_id)
    waiting = {row.post_id for row in tx.all(locked.with_for_update())}
    now = select(_POST.c.id, _POST.c.revision).where(_POST.c.id.in_(names))
    revisions = {row.id: row.revision for row in tx.all(now)}
    for one in found:
        if one.post in waiting and revisions.get(one.post) == one.revision:
            _put(tx, one.post, one.at, one.words)


def read_some(store: Store) -> int:
    """Put some of the posts that the index does not know yet into it; how many, 0 when it knows all.

    Cutting words takes longer than writing numbers, and is done outside of the write transaction.
    """
    with store.read() as tx:
        found = read(tx)
    if found:
        with store.write(MACHINE) as tx:
            keep(tx, found)
    return len(found)


def forget(store: Store) -> None:
    """Let every post be read anew."""
    with store.write(MACHINE) as tx:
        tx.run(text("DELETE FROM findable"))
        if not tx.postgres:
            tx.run(_FORGET_WORDS)
        tx.run(text("INSERT INTO findable (post_id) SELECT id FROM post"))
