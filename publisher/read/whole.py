"""A post with all that its page shows: what is sent, what was tried, what others do next."""

from collections.abc import Sequence

from publisher.clock import rfc3339
from publisher.content import digest
from publisher.desk.parts.find import locked, target
from publisher.desk.parts.permissions import open_request
from publisher.errors import Changed, Do
from publisher.read.exact import Exact, exact, shorter_notices
from publisher.read.history import Try, tries
from publisher.read.posts import Post, post
from publisher.read.steps import Step, steps
from publisher.roles import authorize
from publisher.store import Tx
from publisher.words import ENGLISH

TAG = 24  # characters of an entity tag


class Whole(Post):
    """A post, exactly what is sent, where it stands and why, and what was tried."""

    etag: str
    """What it is as it stands here: say it in `If-Match` to change just this."""
    rendered: dict[str, Exact]
    """By account, what is sent there."""
    shorter_notice: dict[str, str]
    """For each account where the standard notice did not fit: a sentence that says so."""
    tries: tuple[Try, ...]
    """Every try to send, the oldest first."""
    steps: tuple[Step, ...]
    """What others do with it next."""
    asked: str | None
    """The out-of-hours permission that is asked for it and waits for its second person."""


def whole(tx: Tx, name: str, lang: str = ENGLISH) -> Whole:
    """One post, or one account of it, whole. Raises NotFound, Usage."""
    authorize(tx.actor, "read")
    found = post(tx, name, lang)
    asked = open_request(tx, found.id)
    return Whole(
        **dict(found),
        etag=etag(tx, found.id),
        rendered=exact(tx, name, lang),
        shorter_notice=shorter_notices(tx, name, lang),
        tries=tuple(tries(tx, name, lang)),
        steps=tuple(steps(tx, found, lang)),
        asked=asked.id if asked else None,
    )


def etag(tx: Tx, name: str) -> str:
    """An entity tag of the post's words and of where its deliveries stand (RFC 9110, 8.8.3)."""
    authorize(tx.actor, "read")
    found = target(tx, name)
    stands = [[row.id, row.state, row.paused, rfc3339(row.requested_at)] for row in found.every]
    return f'"{digest([found.post.id, found.post.revision, found.post.state, stands])[:TAG]}"'


def refuse_changed(tx: Tx, name: str, seen: Sequence[str]) -> None:
    """Raises Changed unless the post is one of those that were `seen`; nothing seen means any.

    It is locked: nobody else changes its words before this transaction has.
    """
    authorize(tx.actor, "read")
    if not seen:
        return
    found = locked(tx, name)
    if etag(tx, found) not in seen:
        raise Changed("find.changed", Do("read", {"post": found}), post=found)
