"""Out-of-hours permission (clause U4c): requested by one person, granted by another, told to others."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update

from publisher import clock
from publisher.content import Account
from publisher.desk.find import Target, account_rows, accounts_of, authorize_everywhere, target
from publisher.desk.review import fingerprints
from publisher.desk.write import recalled
from publisher.documents import nearest
from publisher.errors import Conflict, NotFound, NotPermitted, Usage
from publisher.gate import plan
from publisher.gate.facts import account_value
from publisher.roles import authorize
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.ids import short_id
from publisher.store.notices import tell
from publisher.store.tables import core

_GRANT = core(t.ExceptionGrant)
_DELIVERY = core(t.Delivery)


def request(tx: Tx, name: str, kind: str, category: str, why: str) -> str:
    """Ask for permission to send a post out of hours; the exception's id.

    `kind`: "urgent" (from the grant) or "planned" (for the asked slot). It binds what it is now.
    """
    found = target(tx, name)
    authorize(tx.actor, "request exception", accounts_of(tx, found.deliveries))
    _checked(tx, category, why)
    prints = {k: v for k, v in fingerprints(tx, found).items() if k in _waiting(found)}
    if not prints:
        raise Conflict(
            f"Nothing of post {found.post.id} is waiting, so there is nothing to permit."
        )
    return _ask(tx, kind, category, why, post_id=found.post.id, deliveries=prints)


def request_incident(tx: Tx, names: Sequence[str], category: str, why: str) -> str:
    """Ask for incident mode: urgent notices of these accounts, each still by two people."""
    accounts = [account_value(row) for row in account_rows(tx, names)]
    authorize(tx.actor, "request exception", accounts)
    _checked(tx, category, why)
    return _ask(tx, "incident", category, why, accounts=[a.id for a in accounts])


def grant(tx: Tx, name: str) -> Row[Any]:
    """A second person's grant, which is the approval as well. Raises NotPermitted for the first."""
    row = _open(tx, name)
    authorize(tx.actor, "grant exception", _accounts(tx, row))
    found = target(tx, row.post_id) if row.post_id else None
    own = {row.requested_by} | ({found.post.author, found.post.last_editor} if found else set())
    if tx.actor.person in own:
        raise NotPermitted(
            f"{tx.actor.person} asked for this, or wrote the post; the grant takes somebody else."
        )
    if found:
        now = fingerprints(tx, found)
        if any(now.get(k) != v for k, v in row.deliveries.items()):
            raise Conflict("The post was changed after the request; it has to be asked for again.")
    starts, expires = _span(tx, row, found)
    tx.run(update(_GRANT).where(_GRANT.c.id == row.id).values(
        granted_by=tx.actor.person, granted_at=tx.now, starts_at=starts, expires_at=expires,
        review_due=_review_due(tx, _accounts(tx, row)),
    ))  # fmt: skip
    ledger.record(tx, "grant exception", row.id, post=row.post_id or "", payload={
        "kind": row.kind, "category": row.category, "reason": row.reason,
        "requested_by": row.requested_by, "deliveries": row.deliveries, "accounts": row.accounts,
        "expires_at": clock.rfc3339(expires),
    })  # fmt: skip
    tell(
        tx,
        f"exception granted:{row.id}",
        "approver",
        f"Out-of-hours permission granted ({row.kind})",
        f"{row.requested_by} asked, {tx.actor.person} granted, for: {row.reason}. Review it by the "
        f"end of the next business day: publisher exception review {row.id}",
    )
    if found:
        taken = [r for r in found.deliveries if r.state in ("waiting", "claimed")]
        plan(tx, recalled(tx, taken), human_at=tx.now)
    return _get(tx, row.id)


def revoke(tx: Tx, name: str, why: str) -> None:
    """Take the permission back; it acts at once, by one person (tightening)."""
    row = _get(tx, name)
    authorize(tx.actor, "request exception", _accounts(tx, row))
    tx.run(update(_GRANT).where(_GRANT.c.id == row.id).values(
        revoked_by=tx.actor.person, revoked_at=tx.now))  # fmt: skip
    tx.bump_epoch()
    ledger.record(tx, "revoke exception", row.id, {"reason": why}, post=row.post_id or "")
    if row.post_id:
        waiting = [r for r in target(tx, row.post_id).deliveries if r.state == "waiting"]
        plan(tx, waiting) if waiting else None


def review(tx: Tx, name: str, note: str) -> None:
    """Looked at afterwards, by somebody who neither asked for it nor granted it."""
    row = _get(tx, name)
    authorize_everywhere(tx, "review exception")
    if tx.actor.person in (row.requested_by, row.granted_by):
        raise NotPermitted("The review takes somebody who neither asked for it nor granted it.")
    if not row.granted_by:
        raise Conflict(f"Exception {row.id} has not been granted, so there is nothing to review.")
    if row.reviewed_at:
        raise Conflict(f"Exception {row.id} was reviewed by {row.reviewed_by}: {row.review_note}")
    if not note.strip():
        raise Usage("Write what the review found: --note.")
    tx.run(update(_GRANT).where(_GRANT.c.id == row.id).values(
        reviewed_by=tx.actor.person, reviewed_at=tx.now, review_note=note))  # fmt: skip
    ledger.record(tx, "review exception", row.id, {"note": note}, post=row.post_id or "")


def listed(tx: Tx, *, unsettled: bool = False) -> Sequence[Row[Any]]:
    """Every exception, the newest first; `unsettled`: not granted yet, live, or not reviewed."""
    statement = select(_GRANT).order_by(_GRANT.c.requested_at.desc())
    if unsettled:
        statement = statement.where(_GRANT.c.reviewed_at.is_(None), _GRANT.c.revoked_at.is_(None))
    return tx.all(statement)


def open_request(tx: Tx, post: str, kind: str) -> Row[Any] | None:
    """The request of this kind for this post that nobody has granted yet, the newest."""
    return tx.first(
        select(_GRANT)
        .where(
            _GRANT.c.post_id == post,
            _GRANT.c.kind == kind,
            _GRANT.c.granted_by == "",
            _GRANT.c.revoked_at.is_(None),
        )
        .order_by(_GRANT.c.requested_at.desc())
    )


def _ask(tx: Tx, kind: str, category: str, why: str, **of: Any) -> str:
    number = short_id()
    tx.add(t.ExceptionGrant(
        id=number, kind=kind, category=category, reason=why.strip(),
        requested_by=tx.actor.person, requested_at=tx.now, **of,
    ))  # fmt: skip
    ledger.record(tx, "request exception", number, post=of.get("post_id", ""), payload={
        "kind": kind, "category": category, "reason": why, **of,
    })  # fmt: skip
    tell(
        tx,
        f"exception asked:{number}",
        "duty officer",
        f"Out-of-hours permission asked ({kind})",
        f"{tx.actor.person} asks, for: {why}. Look and decide: publisher exception grant {number}",
    )
    return number


def _checked(tx: Tx, category: str, why: str) -> None:
    known = tx.policy.exceptions.categories
    if category not in known:
        raise Usage(f'"{category}" is no category of the policy.{nearest(category, known)}')
    if len(why.strip()) < 5:
        raise Usage("Say in a few words why it cannot wait: --reason. Others read it afterwards.")


def _span(tx: Tx, row: Row[Any], found: Target | None) -> tuple[datetime, datetime]:
    rules = tx.policy.exceptions
    if row.kind == "urgent":
        return tx.now, tx.now + rules.urgent_for
    if row.kind == "incident":
        return tx.now, tx.now + rules.incident_for
    assert found is not None
    asked = [r.requested_at for r in found.deliveries if r.id in row.deliveries]
    if min(asked) < tx.now - timedelta(minutes=1):
        raise Conflict("The planned time has passed; reschedule the post and ask again.")
    if min(asked) != max(asked):
        raise Conflict("A planned exception is for one slot: ask for each time, as POST/ACCOUNT.")
    return min(asked), max(asked) + rules.planned_after


def _review_due(tx: Tx, accounts: Sequence[Account]) -> datetime:
    """The end of the next business day of the first account's calendar (never "always" ones)."""
    business = [c for c in tx.policy.calendars.values() if not c.always]
    mine = [c for a in accounts if (c := tx.policy.calendars.get(a.calendar)) and not c.always]
    for calendar in mine or business:
        tomorrow = clock.local(tx.now, calendar.zone).date() + timedelta(days=1)
        opening = calendar.next_open(clock.earliest(datetime.combine(tomorrow, datetime.min.time()),
                                                    calendar.zone))  # fmt: skip
        if opening and (window := calendar.window(opening)):
            return window.close
    return tx.now + timedelta(days=3)


def _waiting(found: Target) -> set[str]:
    return {r.id for r in found.deliveries if r.state == "waiting" and r.act != "retract"}


def _accounts(tx: Tx, row: Row[Any]) -> list[Account]:
    names = row.accounts or [r.account for r in tx.all(
        select(_DELIVERY.c.account).where(_DELIVERY.c.id.in_(list(row.deliveries))))]  # fmt: skip
    return [account_value(one) for one in account_rows(tx, names)]


def _open(tx: Tx, name: str) -> Row[Any]:
    row = _get(tx, name)
    if row.granted_by or row.revoked_at:
        raise Conflict(f"Exception {row.id} has been decided already.")
    return row


def _get(tx: Tx, name: str) -> Row[Any]:
    row = tx.first(select(_GRANT).where(_GRANT.c.id == name.strip().lower()))
    if row is None:
        raise NotFound(f'There is no exception "{name}". List them: publisher exception list')
    return row
