"""What was decided, what moved, and what was tried."""

import json
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import ColumnElement, and_, or_, select

from publisher.desk.parts import seen
from publisher.desk.parts.find import target
from publisher.read.view import Instant, View
from publisher.release.doubt import RESTORED
from publisher.roles import Actor, authorize, sees
from publisher.store import Store, Tx
from publisher.store import tables as t
from publisher.store.tables import core
from publisher.store.trail import chunk
from publisher.store.trail import trail as kept
from publisher.words import ENGLISH, read

if TYPE_CHECKING:
    from publisher.store.rows import EntryRow

_ACCOUNT = core(t.Account)
_ATTEMPT = core(t.Attempt)

CHUNK = 2000  # entries that are read together


class Try(View):
    """One attempt to send, with what came of it."""

    account: str
    """Where to."""
    act: Literal["publish", "edit", "retract", "reply"]
    """What was tried there."""
    key: str
    """What the network knows the attempt by."""
    started_at: Instant
    """When."""
    ended_at: Instant | None
    """When its outcome was known."""
    outcome: str
    """`open` until it is known."""
    reason: str
    """Why, in words."""
    remote_id: str | None
    """What the network calls what it made."""
    zone: str
    """The time zone on whose clock its times are read."""


class Move(View):
    """One entry of a post's history, as its readers need it."""

    seq: int
    """Its number in the whole history."""
    at: Instant
    """When."""
    actor: str
    """Who; `publisher` for the machine."""
    verb: str
    """What was done."""
    subject: str
    """To which delivery, post or other thing."""
    account: str | None
    """Of a delivery: where."""
    act: str | None
    """Of a delivery: what it does there."""
    before: str
    """The state before."""
    after: str
    """The state after."""


class Entry(View):
    """One entry of the whole history."""

    seq: int
    """Its number."""
    at: Instant
    """When."""
    actor: str
    """Who; `publisher` for the machine."""
    os_user: str
    """The operating-system user behind it."""
    verb: str
    """What was done."""
    subject: str
    """A delivery, a post, or what else it is about."""
    post: str
    """The post that it is about, else `""`."""
    before: str
    """The state before."""
    after: str
    """The state after."""
    payload_sha256: str
    """Of the payload; it stays when the payload is erased by law."""
    payload: Any
    """What belongs to it; `null` when there is none or it was erased, and for whoever has roles for some
    accounts only."""

    def line(self) -> str:
        """As one line of an export, which is read without us."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False) + "\n"


class Told(Entry):
    """An entry, and what of a delivery it is about."""

    account: str | None
    """Of a delivery: where."""
    act: str | None
    """Of a delivery: what it does there."""


def tries(tx: Tx, name: str, lang: str = ENGLISH) -> list[Try]:
    """Every try of a post's deliveries, the oldest first. Raises NotFound, Usage."""
    authorize(tx.actor, "read")
    acts = {row.id: row.act for row in target(tx, name).deliveries}
    made = _ATTEMPT.c.delivery_id.in_(acts) & (_ATTEMPT.c.outcome != RESTORED)
    there = _ATTEMPT.join(_ACCOUNT, _ACCOUNT.c.id == _ATTEMPT.c.account)
    each = select(_ATTEMPT, _ACCOUNT.c.calendar).select_from(there).where(made)
    rows = tx.all(each.order_by(_ATTEMPT.c.started_at, _ATTEMPT.c.id))
    return [
        Try(
            account=row.account,
            act=acts[row.delivery_id],
            key=row.key,
            started_at=row.started_at,
            ended_at=row.ended_at,
            outcome=row.outcome or "open",
            reason=read(row.reason, lang),
            remote_id=row.remote_id or None,
            zone=tx.zone(row.calendar),
        )
        for row in rows
    ]


def moves(tx: Tx, name: str) -> list[Move]:
    """Every decision about a post and every move of it, the oldest first. Raises NotFound, Usage."""
    authorize(tx.actor, "read")
    rows = kept(tx, target(tx, name).post.id, only=partial(_there, tx))
    return [
        Move(
            seq=row.seq,
            at=row.at,
            actor=row.actor,
            verb=row.verb,
            subject=row.subject,
            account=row.account,
            act=row.act,
            before=row.before,
            after=row.after,
        )
        for row in rows
    ]


def trail(tx: Tx, name: str = "", limit: int = 100, before: int = 0) -> list[Told]:
    """The newest `limit` entries of one post, or of everything; the oldest of them first.

    `before`: of those with smaller numbers. Raises NotFound, Usage.
    """
    authorize(tx.actor, "read")
    post = target(tx, name).post.id if name else ""
    rows = kept(tx, post, limit, before, partial(_there, tx))
    told = [Told(**dict(_entry(row)), account=row.account, act=row.act) for row in rows]
    return told if sees(tx.actor) is None else [_less(one) for one in told]


def _there(tx: Tx, post: Any, account: Any) -> ColumnElement[bool]:
    """Is it an entry of a post, and of an account of it, that there is for whoever looks?"""
    return and_(seen.posts(tx, post), or_(account.is_(None), seen.accounts(tx, account)))


def _less(told: Told) -> Told:
    """What belongs to an entry may name accounts that there are not for whoever looks."""
    return told.model_copy(update={"payload": None})


def page(tx: Tx, after: int = 0, most: int = 100) -> list[Entry]:
    """The `most` entries behind that number, the oldest first."""
    authorize(tx.actor, "audit")
    return [_entry(row) for row in chunk(tx, after, most)]


def entries(store: Store, actor: Actor) -> Iterator[Entry]:
    """The whole history, the oldest first, in short looks: no reader makes the log grow (H28)."""
    authorize(actor, "audit")
    return _entries(store)


def _entries(store: Store) -> Iterator[Entry]:
    last, more = 0, True
    while more:
        with store.read() as tx:
            rows = chunk(tx, last, CHUNK)
        yield from map(_entry, rows)
        more = len(rows) == CHUNK
        last = rows[-1].seq if rows else last


def _entry(row: "EntryRow") -> Entry:
    return Entry(
        seq=row.seq,
        at=row.at,
        actor=row.actor,
        os_user=row.os_user,
        verb=row.verb,
        subject=row.subject,
        post=row.post_id,
        before=row.before,
        after=row.after,
        payload_sha256=row.payload_sha256,
        payload=json.loads(row.body) if row.body else None,
    )
