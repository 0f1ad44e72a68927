"""Writing: a new post, an edit, another time, a pause, a cancellation."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.exc import IntegrityError

from publisher import clock
from publisher.content import Account, media_from_json, media_json
from publisher.desk.door import NewPost, checked
from publisher.desk.edits import changeable, refuse_unsent
from publisher.desk.find import Target, account_rows, accounts_of, maybe_public, target
from publisher.desk.words import refuse_marks
from publisher.errors import Conflict, Do, HeldByPolicy, TryAgain, Usage
from publisher.gate import Plan, plan
from publisher.gate.facts import account_value
from publisher.lifecycle import DELIVERY, sources
from publisher.networks import lasting
from publisher.policy import Effect
from publisher.policy.sentences import reason_part
from publisher.release.doubt import CONFIRM, HELD
from publisher.roles import authorize, said
from publisher.spoken import Asked, parse_when
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.bound import DELIVERY as DELIVERED
from publisher.store.ids import new_id, short_id
from publisher.store.ledger import Line
from publisher.store.tables import core
from publisher.words import every, part

_POST = core(t.Post)
_DELIVERY = core(t.Delivery)
_REVISION = core(t.Revision)

SAME_AGAIN = timedelta(hours=24)  # within which the same words to the same account are asked about
REVISABLE = sources(DELIVERY, "edit")
MOVABLE = sources(DELIVERY, "reschedule")


def create(tx: Tx, new: NewPost) -> str:
    """Save a draft; its id. The same `key` answers with the post that it made before (H26)."""
    if not new.accounts:
        raise Usage("compose.no_accounts", Do("read", {"how": "accounts"}), field="accounts")
    accounts = [account_value(row) for row in account_rows(tx, new.accounts)]
    authorize(tx.actor, "write", accounts)
    refuse_marks(new.markup, accounts)
    new = checked(new)
    if new.key and (before := tx.first(select(_POST).where(_POST.c.key == new.key))):
        return _same_again(tx, str(before.id), new)
    if not new.again:
        _refuse_repetition(tx, new, _text_hash(new))
    post = t.Post(
        id=short_id(), state="draft", author=tx.actor.person, last_editor=tx.actor.person,
        key=new.key, text_sha256=_text_hash(new), created_at=tx.now,
    )  # fmt: skip
    try:
        with tx.part():
            ledger.put(tx, post, Line("write", post.id, {"accounts": list(new.accounts)}, post.id))
    except IntegrityError:
        raise TryAgain("compose.key_in_use") from None
    asked = {a.id: vars(asked_for(tx, a, new.at)) for a in accounts}
    _add_revision(tx, post.id, 1, new, asked)
    return post.id


def _same_again(tx: Tx, post: str, new: NewPost) -> str:
    """The post that this key made, if it was handed in with the same words for the same accounts."""
    first = tx.first(select(_REVISION).where(_REVISION.c.post_id == post, _REVISION.c.number == 1))
    assert first is not None
    before = replace(_as_new(first), at=new.at, key=new.key, again=new.again)
    if before != replace(new, variants=dict(new.variants)):
        look = Do("read", {"post": post})
        raise Conflict("compose.key_used", look, field="key", key=new.key, post=post)
    return post


def submit(tx: Tx, name: str) -> list[Plan]:
    """Hand a draft in: one delivery per account, planned. Raises HeldByPolicy when one is blocked."""
    found = target(tx, name)
    accounts = [account_value(row) for row in account_rows(tx, found.revision.accounts)]
    authorize(tx.actor, "submit", accounts)
    ledger.move_post(tx, found.post, "submit")
    rows = [_delivery(tx, found, account) for account in accounts]
    tx.add(*rows)
    ledger.record_created(tx, rows, {"revision": found.post.revision})
    made = plan(tx, _fresh(tx, [row.id for row in rows]))
    _refuse_blocked(made)
    return made


def edit(tx: Tx, name: str, changes: Mapping[str, Any], *, why: str = "") -> list[Plan]:
    """A new revision: what waits moves to it and is planned again, what is public is edited there.

    `changes` are fields of NewPost. Raises Conflict while a delivery is being sent or looked up (H3).
    """
    found = target(tx, name)
    authorize(tx.actor, "edit", accounts_of(tx, found.deliveries))
    open_rows = [r for r in found.deliveries if r.act != "retract" and r.state != "cancelled"]
    for row in open_rows:
        _refuse_in_doubt(row)
    if "variants" in changes:
        changes = {**changes, "variants": {**found.revision.variants, **changes["variants"]}}
    new = checked(replace(_as_new(found.revision), **changes))
    refuse_marks(new.markup, accounts_of(tx, open_rows))
    number = found.post.revision + 1
    _add_revision(tx, found.post.id, number, new, found.revision.asked)
    ledger.move_post(
        tx, found.post, "edit", payload={"revision": number, "changed": sorted(changes), "reason": why},
        revision=number, last_editor=tx.actor.person, text_sha256=_text_hash(new),
    )  # fmt: skip
    waiting = [r for r in recalled(tx, open_rows) if r.state in REVISABLE]
    made = []
    for row in waiting:
        made += plan(
            tx, [row], "edit", revision=number, human_at=tx.now, confirmed_at=None,
            notes=lasting(row.notes), holds=0, settled_at=None, reason="",
        )  # fmt: skip
    made += _edit_public(tx, found, open_rows, number)
    if open_rows and not made:
        retract = Do("retract", {"post": found.post.id})
        raise Conflict(
            "compose.unchangeable", retract, post=found.post.id, states=_states(open_rows)
        )
    refuse_unsent(made)
    _refuse_blocked(made)
    return made


def reschedule(tx: Tx, name: str, at: str) -> list[Plan]:
    """Another asked time, which needs a new approval. Raises Conflict for what is in flight."""
    found = target(tx, name)
    authorize(tx.actor, "reschedule", accounts_of(tx, found.deliveries))
    made = []
    for row in recalled(tx, _possible(found, MOVABLE, "reschedule")):
        [account] = accounts_of(tx, [row])
        asked = asked_for(tx, account, at)
        asked_already = row.requested_at == asked.at and row.confirmed_at is None
        if asked_already and row.state == "waiting" and not row.paused:
            continue
        made += plan(
            tx, [row], "reschedule", requested_at=asked.at, requested_wall=asked.wall,
            requested_zone=asked.zone, release_at=asked.at, confirmed_at=None, human_at=tx.now,
            settled_at=None, reason="", paused="" if row.paused.startswith((CONFIRM, HELD)) else row.paused,
        )  # fmt: skip
    if not made:
        raise Conflict("compose.same_time", field="at", post=found.post.id)
    return made


def confirm(tx: Tx, name: str) -> list[Plan]:
    """The author's yes: send it at the next free time, though that is later than was asked.

    Raises Conflict when that changes nothing.
    """
    found = target(tx, name)
    authorize(tx.actor, "confirm", accounts_of(tx, found.deliveries))
    rows = recalled(tx, _possible(found, sources(DELIVERY, "confirm"), "confirm"))
    made = []
    for row in rows:
        base = tx.now if row.release_at <= tx.now else row.requested_at
        made += plan(tx, [row], "confirm", confirmed_at=max(base, row.requested_at), paused="",
                     release_at=max(base, row.requested_at), settled_at=None, reason="",
                     human_at=tx.now)  # fmt: skip
    if rows and _waits_as(rows) == _waits_as(_fresh(tx, [row.id for row in rows])):
        raise Conflict("compose.confirmed_already", post=found.post.id)
    return made


def _waits_as(rows: Sequence[Row[Any]]) -> list[tuple[Any, ...]]:
    seen = [(r.id, r.state, r.release_at, r.confirmed_at, r.paused, r.findings) for r in rows]
    return sorted(seen, key=lambda one: str(one[0]))


def cancel(tx: Tx, name: str, *, why: str = "") -> int:
    """It will not go out; how many were cancelled. What is public stays: that takes `retract`."""
    found = target(tx, name)
    authorize(tx.actor, "cancel", accounts_of(tx, found.deliveries))
    if found.post.state == "draft":
        ledger.move_post(tx, found.post, "cancel", payload={"reason": why})
        return 1
    rows = recalled(tx, _possible(found, sources(DELIVERY, "cancel"), "cancel"))
    reason = f"cancelled by {tx.actor.person}{f': {why}' if why else ''}"
    for row in rows:
        ledger.move(tx, row, "cancel", payload={"reason": why}, wake_at=None, settled_at=tx.now,
                    reason=reason)  # fmt: skip
    keep_from_repeating(tx, [r for r in found.deliveries if r.act != "retract"])
    if not found.account and not any(maybe_public(r) for r in found.deliveries):
        ledger.move_post(tx, found.post, "cancel", payload={"reason": why})
    return len(rows)


def keep_from_repeating(tx: Tx, rows: Sequence[Row[Any]]) -> None:
    """What may be public cannot be cancelled; but should it not be, nobody wants it repeated."""
    for row in (r for r in rows if r.state in ("sending", "unknown") or r.unproven):
        wish = f"{tx.actor.person}: cancelled while its outcome was unclear"
        line = Line("wish to cancel", row.id, {"state": row.state}, row.post_id)
        ledger.change(tx, (DELIVERED, row.id), line, paused=wish)


def pause(tx: Tx, name: str, why: str) -> int:
    """Keep it back until somebody unpauses it (or it expires); how many."""
    found = target(tx, name)
    authorize(tx.actor, "pause", accounts_of(tx, found.deliveries))
    possible = _possible(found, ("waiting",), "pause")
    moving = [r for r in possible if not r.paused or r.paused.startswith((CONFIRM, HELD))]
    if not moving:
        why = possible[0].paused
        raise Conflict("compose.paused_already", post=found.post.id, reason=why)
    rows = recalled(tx, moving)
    plan(
        tx, rows, "pause", paused=f"{tx.actor.person}: {why or 'no reason given'}", human_at=tx.now
    )
    return len(rows)


def unpause(tx: Tx, name: str) -> int:
    """Let it go out again when its time comes; how many."""
    found = target(tx, name)
    authorize(tx.actor, "unpause", accounts_of(tx, found.deliveries))
    kept = [r for r in _possible(found, ("waiting",), "unpause") if r.paused]
    if not kept:
        raise Conflict("compose.not_paused", post=found.post.id)
    rows = recalled(tx, kept)
    plan(tx, rows, "unpause", paused="", human_at=tx.now)
    return len(rows)


def recalled(tx: Tx, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Take claimed ones back before anything is sent: fence + 1, so that the releaser sends nothing."""
    tx.epoch()  # before any delivery: the lock order
    claimed = [row for row in rows if row.state == "claimed"]
    for row in claimed:
        ledger.move(tx, row, "recall", fence=row.fence + 1, wake_at=tx.now)
    return _fresh(tx, [row.id for row in rows]) if claimed else list(rows)


def _possible(found: Target, states: Sequence[str], action: str) -> list[Row[Any]]:
    rows = [r for r in found.deliveries if r.state in {*states, "claimed"} and r.act != "retract"]
    for row in rows if found.account or len(found.deliveries) == 1 else ():
        _refuse_in_doubt(row)
    rows = [r for r in rows if not r.unproven]
    if not rows:
        raise _nothing_waits(found, action)
    return rows


def _states(rows: Sequence[Row[Any]]) -> Any:
    return every(
        part("compose.state_there", account=row.account, state=part(f"state.{row.state}"))
        for row in rows
    )


def _nothing_waits(found: Target, action: str) -> Conflict:
    """What it is instead, and what can be done about that."""
    of, values = {"post": found.post.id}, {"post": found.post.id, "action": said(action)}
    if found.post.state == "draft":
        return Conflict("compose.is_draft", Do("submit", of), **values)
    if not found.deliveries:
        return Conflict("compose.is", state=part(f"state.{found.post.state}"), **values)
    acts = [r for r in found.deliveries if r.act != "retract"]
    if any(map(maybe_public, acts)):
        public = Do("edit", of), Do("retract", of)
        return Conflict("compose.is_public", *public, states=_states(acts), **values)
    return Conflict("compose.nothing_waits", states=_states(acts), **values)


def _refuse_in_doubt(row: Row[Any]) -> None:
    if row.state in ("sending", "unknown") or row.unproven:
        resolve = Do("resolve", {"post": row.post_id, "account": row.account})
        raise Conflict("compose.in_doubt", resolve, where=f"{row.post_id}/{row.account}")


def _edit_public(tx: Tx, found: Target, rows: Sequence[Row[Any]], number: int) -> list[Plan]:
    """What is public changes only by a new delivery with act `edit`, where it was sent."""
    made: list[t.Delivery] = []
    for account, public in changeable(tx, rows):
        row = _delivery(tx, found, account, number)
        asked = asked_for(tx, account, "now")
        row.act, row.target, row.place = "edit", public.remote_id, public.place
        row.requested_at, row.requested_wall, row.requested_zone = asked.at, asked.wall, asked.zone
        row.release_at = row.expires_at = asked.at
        made.append(row)
    if not made:
        return []
    tx.add(*made)
    ledger.record_created(tx, made, {"revision": number, "act": "edit"})
    return plan(tx, _fresh(tx, [row.id for row in made]))


def _delivery(tx: Tx, found: Target, account: Account, number: int | None = None) -> t.Delivery:
    asked = found.revision.asked[account.id]
    at = max(clock.from_rfc3339(asked["at"]), tx.now)
    return t.Delivery(
        id=new_id(tx.now), post_id=found.post.id, account=account.id, state="waiting",
        revision=number or found.post.revision, requested_at=at, requested_wall=asked["wall"],
        requested_zone=asked["zone"], release_at=at, expires_at=at, human_at=tx.now, wake_at=None,
    )  # fmt: skip


def _fresh(tx: Tx, ids: Sequence[str]) -> list[Row[Any]]:
    return list(tx.all(select(_DELIVERY).where(_DELIVERY.c.id.in_(ids)).order_by(_DELIVERY.c.id)))


def asked_for(tx: Tx, account: Account, at: str) -> Asked:
    """The asked time on the account's own clock; "next" is its next opening. Raises Usage."""
    calendar = tx.policy.calendars.get(account.calendar)
    zone = calendar.zone if calendar else "UTC"
    if at.strip() == "next":
        found = calendar.next_open(tx.now) if calendar else None
        if found is None:
            raise Usage("compose.no_opening", field="at", account=account.id)
        return Asked(found, clock.local(found, zone).strftime("%Y-%m-%d %H:%M"), zone)
    return parse_when(at, zone, tx.now)


def _add_revision(tx: Tx, post: str, number: int, new: NewPost, asked: Mapping[str, Any]) -> None:
    revision = t.Revision(
        post_id=post, number=number, text=new.text, title=new.title, link=new.link,
        lang=new.lang or "", kind=new.kind, markup=new.markup, variants=dict(new.variants),
        media=media_json(new.media), accounts=list(new.accounts),
        asked={k: {**v, "at": clock.rfc3339(v["at"]) if isinstance(v["at"], datetime) else v["at"]}
               for k, v in asked.items()},
        embargo_until=new.embargo_until, written_by=tx.actor.person, written_at=tx.now,
    )  # fmt: skip
    ledger.put(tx, revision, Line("revise", post, {"revision": number}, post))


def _as_new(revision: Row[Any]) -> NewPost:
    return NewPost(
        text=revision.text, accounts=tuple(revision.accounts), title=revision.title,
        link=revision.link, lang=revision.lang or None, kind=revision.kind,
        markup=revision.markup, variants=revision.variants, media=media_from_json(revision.media),
        embargo_until=revision.embargo_until,
    )  # fmt: skip


def _refuse_blocked(made: Sequence[Plan]) -> None:
    blocked = []
    for row, finding in ((p.facts.row, f) for p in made for f in p.findings):
        why = reason_part(finding, row.requested_zone)
        line = part("compose.blocked_there", account=row.account, reason=why)
        if finding.effect == Effect.BLOCK and line not in blocked:
            blocked.append(line)
    if blocked:
        raise HeldByPolicy("compose.blocked", reasons=blocked)


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
        raise Conflict("compose.repetition", field="again", account=before.account,
                       post=before.id, hours=hours)  # fmt: skip


def _text_hash(new: NewPost) -> str:
    return hashlib.sha256(new.text.encode()).hexdigest()
