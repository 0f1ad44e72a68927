"""What a delivery says when somebody made its rows vanish: nothing, so that it is held."""

from collections.abc import Mapping
from typing import Any

from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.rows import PostRow, RevisionRow


def words(
    tx: Tx,
    row: Any,
    posts: Mapping[str, PostRow],
    revisions: Mapping[tuple[str, int], RevisionRow],
) -> tuple[Any, Any]:
    """The post and its revision; empty ones in place of rows that are gone."""
    post = posts.get(row.post_id)
    revision = revisions.get((row.post_id, row.revision))
    return (
        post
        or t.Post(
            id=row.post_id,
            state="submitted",
            author="",
            last_editor="",
            text_sha256="",
            created_at=tx.now,
        ),
        revision
        or t.Revision(
            post_id=row.post_id, number=row.revision, text="", written_by="", written_at=tx.now
        ),
    )
