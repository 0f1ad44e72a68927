"""The beginning of a post's words, by which people know it again in a list."""

from collections.abc import Collection

from sqlalchemy import select

from publisher.content import begins
from publisher.desk.parts import seen
from publisher.roles import authorize
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.tables import core

_POST = core(t.Post)
_REVISION = core(t.Revision)


def beginnings(tx: Tx, posts: Collection[str | None]) -> dict[str | None, str]:
    """By post, the beginning of what it says now."""
    authorize(tx.actor, "read")
    rows = tx.all(
        select(_POST.c.id, _REVISION.c.text)
        .join_from(_POST, _REVISION, _REVISION.c.post_id == _POST.c.id)
        .where(
            _POST.c.id.in_(posts),
            seen.posts(tx, _POST.c.id),
            _REVISION.c.number == _POST.c.revision,
        )
    )
    return {row.id: begins(row.text) for row in rows}
