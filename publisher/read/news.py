"""What changed since: topics and ids, for whoever shows something and wants to look again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from publisher.desk.parts import seen
from publisher.read.view import View
from publisher.roles import authorize, sees
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.ledger import head
from publisher.store.seals import sealed_to
from publisher.store.tables import core
from publisher.store.trail import touched

_POST = core(t.Post)
_GRANT = core(t.ExceptionGrant)

MOST = 500  # rows that are looked at together
OF_ALL = ("stop", "policy", "epoch")  # topics without an account
OF_ACCOUNTS = ("account", "recognition")
RECENT = 200  # rows among which another may still appear where nothing seals them


class News(View):
    """Something changed."""

    topic: str
    """`post`, or what else of: `account`, `person`, `stop`, `grant`, …"""
    id: str
    """Which."""


@dataclass(frozen=True)
class Heard:
    """What somebody has heard of: every entry of the history up to `known`, and these `besides`."""

    known: int
    besides: frozenset[int] = frozenset()


def now(tx: Tx) -> Heard:
    """Everything that has happened yet."""
    authorize(tx.actor, "read")
    heard, _ = since(tx, Heard(_settled(tx, head(tx)[0])))
    return heard


def since(tx: Tx, heard: Heard) -> tuple[Heard, Sequence[News]]:
    """What changed besides, each thing once; and what has been heard of by then."""
    authorize(tx.actor, "read")
    known = min(heard.known, head(tx)[0])  # an older database may have been put in its place
    rows = touched(tx, known, MOST)
    found: dict[tuple[str, str], News] = {}
    for row in rows:
        kind, _, name = row.fact.partition(" ")
        topic, of = ("post", row.post_id) if row.post_id else (kind, name)
        if topic and row.seq not in heard.besides:
            found.pop((topic, of), None)
            found[topic, of] = News(topic=topic, id=of)
    known = max(known, _settled(tx, rows[-1].seq)) if rows else known
    heard = Heard(known, frozenset(row.seq for row in rows if row.seq > known))
    return heard, list(_there(tx, [*found.values()]))


def _there(tx: Tx, found: Sequence[News]) -> Iterator[News]:
    """What of it concerns whoever looks: for some it is not all accounts."""
    if sees(tx.actor) is None or not found:
        yield from found
        return
    ids = [one.id for one in found]
    posts = select(_POST.c.id).where(_POST.c.id.in_(ids), seen.posts(tx, _POST.c.id))
    grants = select(_GRANT.c.id).where(_GRANT.c.id.in_(ids), seen.permissions(tx))
    known = {row.id for asked in (posts, grants) for row in tx.all(asked)}
    for one in found:
        account = one.topic in OF_ACCOUNTS and seen.there(tx, one.id)
        if one.id in known or account or one.topic in OF_ALL:
            yield one


def _settled(tx: Tx, upto: int) -> int:
    """Up to where no entry can appear any more: PostgreSQL commits them in any order."""
    return min(upto, max(sealed_to(tx), upto - RECENT)) if tx.postgres else upto
