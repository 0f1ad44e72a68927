"""What changed since: topics and ids, for whoever shows something and wants to look again."""

from collections.abc import Sequence

from publisher.read.view import View
from publisher.roles import authorize
from publisher.store import Tx
from publisher.store.ledger import head
from publisher.store.trail import touched

MOST = 500  # rows that are looked at together


class News(View):
    """Something changed."""

    seq: int
    """The number of the entry of the history that says so."""
    topic: str
    """`post`, or what else of: `account`, `person`, `stop`, `grant`, …"""
    id: str
    """Which."""


def newest(tx: Tx) -> int:
    """The number of the newest entry."""
    authorize(tx.actor, "read")
    return head(tx)[0]


def since(tx: Tx, known: int) -> tuple[int, Sequence[News]]:
    """What changed after that entry, each thing once: the newest number looked at, and the news."""
    authorize(tx.actor, "read")
    rows = touched(tx, known, MOST)
    found: dict[tuple[str, str], News] = {}
    for row in rows:
        kind, _, name = row.fact.partition(" ")
        topic, of = ("post", row.post_id) if row.post_id else (kind, name)
        if topic:
            found.pop((topic, of), None)
            found[topic, of] = News(seq=row.seq, topic=topic, id=of)
    return (rows[-1].seq if rows else known), list(found.values())
