"""Writing: a new post, an edit, another time, a pause, a cancellation."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from publisher import clock
from publisher.acts import act_of
from publisher.content import Account, media_from_json, media_json
from publisher.desk.door import NewPost, checked, content_of, refuse_marks, refuse_thread
from publisher.desk.parts import seen
from publisher.desk.parts.blocked import refuse_blocked
from publisher.desk.parts.deliveries import (
    asked_for,
    delivery,
    fresh,
    recalled,
    refuse_in_doubt,
    states_said,
)
from publisher.desk.parts.edits import changeable, refuse_unsent
from publisher.desk.parts.find import Target, account_rows, accounts_of, permitted, target
from publisher.desk.session import Session
from publisher.errors import Conflict, Do, HeldByPolicy, TryAgain, Usage
from publisher.gate import Plan, plan
from publisher.gate.accounts import account_value
from publisher.gate.rendering import render
from publisher.lifecycle import DELIVERY, sources
from publisher.networks import lasting
from publisher.roles import authorize
from publisher.store import Tx, findable, ledger
from publisher.store import tables as t
from publisher.store.ids import short_id
from publisher.store.ledger import Line
from publisher.store.rows import DeliveryRow, PostRow, RevisionRow
from publisher.store.tables import core
from publisher.words import foreign

_POST = core(t.Post)
_DELIVERY = core(t.Delivery)
_REVISION = core(t.Revision)

SAME_AGAIN = timedelta(hours=24)  # within which the same words to the same account are asked about
REVISABLE = sources(DELIVERY, "edit")


def create(tx: Tx, new: NewPost) -> str:
    """Save a draft; its id. The same `key` answers with the post that it made before (H26)."""
    authorize(tx.actor, "write")
    if not new.accounts:
        raise Usage("compose.no_accounts", Do("read", {"how": "accounts"}), field="accounts")
    accounts = [account_value(row) for row in account_rows(tx, new.accounts)]
    authorize(tx.actor, "write", accounts)
    refuse_marks(new.markup, accounts)
    refuse_thread(new, accounts)
    new = checked(new)
    if new.key and (before := tx.first(select(_POST).where(_POST.c.key == new.key))):
        _refuse_others_key(tx, before, new)
        return _same_again(tx, before, new, accounts)
    if not new.again:
        _refuse_repetition(tx, new, _text_hash(new))
    post = t.Post(
        id=short_id(),
        state="draft",
        author=tx.actor.person,
        last_editor=tx.actor.person,
        key=new.key,
        text_sha256=_text_hash(new),
        created_at=tx.now,
    )
    try:
        with tx.part():
            ledger.put(tx, post, Line("write", post.id, {"accounts": list(new.accounts)}, post.id))
    except IntegrityError:
        raise TryAgain("compose.key_in_use") from None
    _add_revision(tx, post, 1, new, _asked(tx, new.at, accounts, tx.now))
    return post.id


def _refuse_others_key(tx: Tx, before: PostRow, new: NewPost) -> None:
    """A post that there is not for whoever writes now is not named to them either."""
    if (
        tx.first(select(_POST.c.id).where(_POST.c.id == before.id, seen.posts(tx, _POST.c.id)))
        is None
    ):
        raise Conflict("compose.key_of_another", field="key", key=new.key)


def _asked(tx: Tx, at: str, accounts: Sequence[Account], then: datetime) -> dict[str, Any]:
    """By account, what a time means that was typed then, as a revision keeps it."""
    asked = {account.id: asked_for(tx, account, at, then) for account in accounts}
    return {name: {**vars(one), "at": clock.rfc3339(one.at)} for name, one in asked.items()}


def _same_again(tx: Tx, post: PostRow, new: NewPost, accounts: Sequence[Account]) -> str:
    """The post that this key made, if the same was handed in: words, accounts and time."""
    of = _REVISION.c.post_id == post.id
    first = tx.first(select(_REVISION).where(of, _REVISION.c.number == 1))
    assert first is not None
    before = replace(_as_new(first), at=new.at, key=new.key, again=new.again)
    same = before == replace(new, variants=dict(new.variants))
    if not same or first.asked != _asked(tx, new.at, accounts, post.created_at):
        look = Do("read", {"post": post.id})
        raise Conflict("compose.key_used", look, field="key", key=new.key, post=post.id)
    return post.id


def hand_in(
    session: Session, new: NewPost, then: Callable[[Tx, str], Any] | None
) -> tuple[str, HeldByPolicy | None]:
    """Create and `then` hand in, in one transaction; what the policy blocks is kept as a draft.

    The post, and why it stayed a draft, if it did. `then` None: it is only saved.
    """
    with session.reading() as tx:  # counting is slow: it is done before the write transaction (H25)
        _count(tx, new)
    with session.writing() as tx:
        name = create(tx, new)
        if then is None or target(tx, name).post.state != "draft":
            return name, None
        try:
            with tx.part():
                then(tx, name)
        except HeldByPolicy as held:
            change = Do("edit", {"how": "draft", "post": name})
            return name, HeldByPolicy("compose.kept_as_draft", change, post=name, why=held.part())
    return name, None


def _count(tx: Tx, new: NewPost) -> None:
    authorize(tx.actor, "write")
    new = checked(new)
    for account in map(account_value, account_rows(tx, new.accounts)):
        render(content_of(new, account), account, tx.policy)


def submit(tx: Tx, name: str) -> list[Plan]:
    """Hand a draft in: one delivery per account, planned. Raises HeldByPolicy when one is blocked."""
    found = permitted(tx, name, "submit", words=True)
    accounts = [account_value(row) for row in account_rows(tx, found.accounts)]
    ledger.move_post(tx, found.post, "submit")
    rows = [delivery(tx, found, account) for account in accounts]
    tx.add(*rows)
    ledger.record_created(tx, rows, {"revision": found.post.revision})
    made = plan(tx, fresh(tx, [row.id for row in rows]))
    refuse_blocked(made)
    return made


def edit(tx: Tx, name: str, changes: Mapping[str, Any], *, why: str = "") -> list[Plan]:
    """A new revision: what waits moves to it and is planned again, what is public is edited there.

    `changes` are fields of NewPost. Raises Conflict while a delivery is being sent or looked up (H3).
    """
    found = permitted(tx, name, "edit", words=True)
    why = foreign(why)
    open_rows = [r for r in found.deliveries if act_of(r).content and r.state != "cancelled"]
    for row in open_rows:
        refuse_in_doubt(row)
    if "variants" in changes:
        changes = {**changes, "variants": {**found.revision.variants, **changes["variants"]}}
    new = checked(replace(_as_new(found.revision), **changes))
    refuse_marks(new.markup, accounts_of(tx, open_rows))
    if "thread" in changes:
        refuse_thread(new, [account_value(row) for row in account_rows(tx, new.accounts)])
    number = found.post.revision + 1
    _add_revision(tx, found.post, number, new, found.revision.asked)
    ledger.move_post(
        tx,
        found.post,
        "edit",
        payload={"revision": number, "changed": sorted(changes), "reason": why},
        revision=number,
        last_editor=tx.actor.person,
        text_sha256=_text_hash(new),
    )
    waiting = [r for r in recalled(tx, open_rows) if r.state in REVISABLE]
    made = [one for row in waiting for one in _revised(tx, row, number)]
    made += _edit_public(tx, found, open_rows, number)
    if open_rows and not made:
        retract = Do("retract", {"post": found.post.id})
        raise Conflict(
            "compose.unchangeable", retract, post=found.post.id, states=states_said(open_rows)
        )
    refuse_unsent(made)
    refuse_blocked(made)
    return made


def _revised(tx: Tx, row: DeliveryRow, number: int) -> list[Plan]:
    """What waits, with the new words: nothing that was said of the old ones holds any more."""
    fresh = {"confirmed_at": None, "holds": 0, "settled_at": None, "reason": ""}
    return plan(
        tx, [row], "edit", revision=number, human_at=tx.now, notes=lasting(row.notes), **fresh
    )


def _edit_public(tx: Tx, found: Target, rows: Sequence[DeliveryRow], number: int) -> list[Plan]:
    """What is public changes only by a new delivery with act `edit`, where it was sent."""
    made: list[t.Delivery] = []
    for account, public in changeable(tx, rows):
        row = delivery(tx, found, account, "edit")
        asked = asked_for(tx, account, "now")
        row.revision, row.target, row.place = number, public.remote_id or "", public.place
        row.requested_at, row.requested_wall, row.requested_zone = asked.at, asked.wall, asked.zone
        row.release_at = row.expires_at = asked.at
        made.append(row)
    if not made:
        return []
    tx.add(*made)
    ledger.record_created(tx, made, {"revision": number, "act": "edit"})
    return plan(tx, fresh(tx, [row.id for row in made]))


def _add_revision(
    tx: Tx, post: PostRow, number: int, new: NewPost, asked: Mapping[str, Any]
) -> None:
    revision = t.Revision(
        post_id=post.id,
        number=number,
        text=new.text,
        title=new.title,
        link=new.link,
        lang=new.lang or "",
        kind=new.kind,
        markup=new.markup,
        thread=new.thread,
        variants=dict(new.variants),
        media=media_json(new.media),
        accounts=list(new.accounts),
        asked=dict(asked),
        embargo_until=new.embargo_until,
        written_by=tx.actor.person,
        written_at=tx.now,
    )
    try:
        ledger.put(tx, revision, Line("revise", post.id, {"revision": number}, post.id))
    except IntegrityError:  # PostgreSQL lets two edit at once; the first one's is kept
        raise TryAgain("store.met") from None
    findable.note(tx, post, revision)


def _as_new(revision: RevisionRow) -> NewPost:
    return NewPost(
        text=revision.text,
        accounts=tuple(revision.accounts),
        title=revision.title,
        link=revision.link,
        lang=revision.lang or None,
        kind=revision.kind,
        markup=revision.markup,
        thread=revision.thread,
        variants=revision.variants,
        media=media_from_json(revision.media),
        embargo_until=revision.embargo_until,
    )


def _refuse_repetition(tx: Tx, new: NewPost, text_hash: str) -> None:
    before = tx.first(
        select(_POST.c.id, _DELIVERY.c.account)
        .join_from(_POST, _DELIVERY, _DELIVERY.c.post_id == _POST.c.id)
        .where(
            _POST.c.text_sha256 == text_hash,
            _POST.c.created_at > tx.now - SAME_AGAIN,
            _DELIVERY.c.account.in_(new.accounts),
            _DELIVERY.c.state != "cancelled",
        )
    )
    if before:
        hours = SAME_AGAIN // timedelta(hours=1)
        raise Conflict(
            "compose.repetition", field="again", account=before.account, post=before.id, hours=hours
        )


def _text_hash(new: NewPost) -> str:
    return hashlib.sha256(new.text.encode()).hexdigest()
