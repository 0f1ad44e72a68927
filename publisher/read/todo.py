"""Everything that needs a person, by person, each with what can be done."""

from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from publisher.desk.parts import pending, permissions, seen, stopped
from publisher.desk.parts.selves import my
from publisher.desk.parts.took_part import took_part
from publisher.errors import Do
from publisher.lifecycle import CAN_GO, NEEDS_PERSON, UNCLEAR
from publisher.read.beginnings import beginnings
from publisher.read.parts.needs import MOST, Item, unsettled, waiting
from publisher.read.view import Act, View
from publisher.roles import MACHINE, MAY, authorize, may
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.notices import plain
from publisher.store.provision import said_of
from publisher.store.tables import core
from publisher.words import ENGLISH, kept, say, word

_DELIVERY = core(t.Delivery)
_OTHER = _DELIVERY.alias()
_POST = core(t.Post)
_REVISION = core(t.Revision)
_ACCOUNT = core(t.Account)

SHORT_WAIT = timedelta(minutes=5)  # waits that end by themselves before anybody has read of them


class Todo(View):
    """One thing that needs a person."""

    who: str
    """A person's name, or a role."""
    code: str
    """The sentence of `publisher/words/` that says what."""
    args: dict[str, Any]
    """What stands in that sentence."""
    what: str
    """The same in the reader's language."""
    acts: tuple[Act, ...]
    """What can be done about it (as of a finding)."""
    post: str | None
    """The post that it is about."""
    account: str | None
    """The account that it is about."""


def todo(tx: Tx, *, mine: bool = False, lang: str = ENGLISH) -> list[Todo]:
    """What needs a person, the most urgent first; `mine`: only what the actor may and should do."""
    authorize(tx.actor, "read")
    soon, later = waiting(tx)
    found = [
        *_requests(tx),
        *_stops(tx),
        *unsettled(tx, UNCLEAR),
        *_broken(tx),
        *_told_to_wait(tx),
        *soon,
        *unsettled(tx, NEEDS_PERSON - UNCLEAR),
        *later,
        *_reviews(tx),
        *_policies(tx),
        *_config_changes(tx),
        *_drafts(tx),
    ]
    names = my(tx) if mine else frozenset()
    return [_told(one, lang) for one in found if not mine or _is_mine(tx, names, one)]


def _told(one: Item, lang: str) -> Todo:
    code, args = f"todo.{one.code}", plain(one.args)
    return Todo(
        who=one.who,
        code=code,
        args=args,
        what=say(code, args, lang, zone=args.get("zone", "UTC")),
        acts=tuple(act.json() for act in one.acts),
        post=one.post,
        account=one.account,
    )


def _is_mine(tx: Tx, names: Collection[str], one: Item) -> bool:
    """What the actor, under any of their `names`, may do, and what is no one else's own matter."""
    accounts = {one.account} if one.account else set(one.accounts)
    here = {role for role, account in tx.actor.on if not accounts or account in accounts}
    me = {tx.actor.person, *tx.actor.stands_for, *tx.actor.roles, *here}
    allowed = may(tx.actor, one.action, accounts) and not set(names) & set(one.but)
    return bool(allowed and me & set(one.whose or MAY[one.action]))


def _stops(tx: Tx) -> Iterator[Item]:
    for row in stopped.in_force(tx):
        if row.scope not in stopped.WIDE and not seen.there(tx, row.scope):
            continue
        own = row.by == MACHINE.person
        act = Do("operate", {"how": "adopt"}) if own else stopped.lifting(row.scope)
        yield Item(
            "admin" if own else "duty officer",
            "stopped",
            {"stop": stopped.said(tx, row)},
            [act],
            "operate" if own else "resume",
        )


def _requests(tx: Tx) -> Iterator[Item]:
    """What is asked out of hours and could still go: it stands first, because somebody waits for it."""
    rows = permissions.requests(tx, MOST)
    said = beginnings(tx, {row.post_id for row in rows})
    wanted = [one for row in rows for one in row.deliveries]
    open_ = {
        r.id: r.account
        for r in tx.all(
            select(_DELIVERY).where(
                _DELIVERY.c.id.in_(wanted), _DELIVERY.c.state.in_(CAN_GO - {"claimed"})
            )
        )
    }
    for row in rows:
        accounts = sorted(
            {open_[one] for one in row.deliveries if one in open_} | set(row.accounts)
        )
        if accounts:
            urgent = row.kind == "urgent"
            of = {"kind": "urgent", "post": row.post_id or ""} if urgent else {}
            yield Item(
                "duty officer",
                "request" if row.post_id in said else "request_incident",
                {
                    "person": row.requested_by,
                    "kind": word("kind", row.kind),
                    "category": row.category,
                    "words": said.get(row.post_id, ""),
                    "accounts": [one for one in accounts if seen.there(tx, one)],
                    "reason": row.reason,
                },
                [Do("grant exception", {**of, "exception": row.id})],
                "grant exception",
                post=row.post_id,
                but=(row.requested_by,),
                accounts=accounts,
            )


def _reviews(tx: Tx) -> Iterator[Item]:
    rows = permissions.to_review(tx, MOST)
    said = beginnings(tx, {row.post_id for row in rows})
    for row in rows:
        if not permissions.unused_slot(tx, row):
            yield Item(
                "approver",
                "review" if row.post_id in said else "review_incident",
                {
                    "kind": word("kind", row.kind),
                    "exception": row.id,
                    "words": said.get(row.post_id, ""),
                    "due": row.review_due,
                    "zone": tx.zone(),
                    "reason": row.reason,
                },
                [Do("review exception", {"exception": row.id})],
                "review exception",
                post=row.post_id,
                but=took_part(tx, row),
            )


def _broken(tx: Tx) -> Iterator[Item]:
    theirs = seen.accounts(tx, _ACCOUNT.c.id)
    for row in tx.all(select(_ACCOUNT).where(_ACCOUNT.c.broken_since.is_not(None), theirs)):
        yield Item(
            "admin",
            "broken",
            {"account": row.id, "reason": kept(row.broken_reason)},
            [Do("verify accounts", {"account": row.id})],
            "verify accounts",
            account=row.id,
        )


def _told_to_wait(tx: Tx) -> Iterator[Item]:
    """Accounts that a network keeps waiting for longer than a person would notice by themselves."""
    theirs = seen.accounts(tx, _ACCOUNT.c.id)
    for row in tx.all(select(_ACCOUNT).where(_ACCOUNT.c.not_before > tx.now + SHORT_WAIT, theirs)):
        lift = Do("resume", {"how": "account", "account": row.id})
        yield Item(
            "duty officer",
            "told_to_wait",
            {"wait": stopped.waits(tx, row)},
            [lift],
            "resume",
            account=row.id,
        )


def _policies(tx: Tx) -> Iterator[Item]:
    for row in pending.proposals(tx):
        yield Item(
            "policy owner",
            "policy",
            {"person": row.proposed_by, "version": row.id},
            [Do("confirm policy", {"version": str(row.id)})],
            "confirm policy",
            but=(row.proposed_by,),
        )


def _config_changes(tx: Tx) -> Iterator[Item]:
    for row in pending.seen_changes(tx):
        mine = pending.confirms(tx, row)
        yield Item(
            "policy owner",
            "config",
            {"kind": word("kind", row.kind), "name": row.name, "change": said_of(row.old, row.new)},
            [Do("confirm config", {"change": str(row.id)})],
            "confirm config",
            account=row.name if row.kind == "account" else None,
            but=() if mine else (tx.actor.person,),
        )


def _drafts(tx: Tx) -> Iterator[Item]:
    theirs = seen.posts(tx, _POST.c.id)
    rows = tx.all(select(_POST).where(t.DRAFT, theirs).order_by(_POST.c.created_at).limit(MOST))
    said = beginnings(tx, {row.id for row in rows})
    for row in rows:
        yield Item(
            row.author,
            "draft",
            {"post": row.id, "words": said[row.id]},
            [Do(act, {"post": row.id}) for act in ("submit", "edit", "cancel")],
            "submit",
            post=row.id,
            whose=(row.author,),
        )
