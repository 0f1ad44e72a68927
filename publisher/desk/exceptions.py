"""Out-of-hours permission (clause U4c): requested by one person, granted by another, told to others."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select

from publisher import clock
from publisher.acts import act_of
from publisher.content import Account
from publisher.desk.parts.approving import (
    fingerprints,
    own,
    refuse_other_pictures,
    refuse_unseen,
    seen_now,
)
from publisher.desk.parts.deliveries import recalled
from publisher.desk.parts.find import (
    Target,
    account_rows,
    authorize_on,
    permitted,
    target,
)
from publisher.desk.parts.permissions import (
    COUNTED,
    OTHER,
    open_request,
    others,
    permission,
    refuse_granted,
    request_fingerprint,
    unused_slot,
)
from publisher.desk.parts.selves import acting_for, as_well, my
from publisher.desk.parts.spans import bound, review_due, span
from publisher.desk.parts.took_part import took_part
from publisher.documents import near
from publisher.errors import Conflict, Do, NotPermitted, Usage
from publisher.gate import plan
from publisher.gate.accounts import account_value
from publisher.gate.cases import Facts
from publisher.lifecycle import CAN_GO, UNSENT
from publisher.roles import authorize, refuse_another_login
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.bound import GRANT, believed
from publisher.store.ids import short_id
from publisher.store.ledger import Line
from publisher.store.notices import tell
from publisher.store.rows import DeliveryRow, GrantRow
from publisher.store.tables import core
from publisher.words import foreign, part, word

_GRANT = core(t.ExceptionGrant)
_DELIVERY = core(t.Delivery)

Kind = Literal["urgent", "planned", "incident"]

SHORTEST = {OTHER: 20}  # characters of a written reason; of any other category 5


def request(tx: Tx, name: str, kind: Kind, category: str, why: str) -> str:
    """Ask for permission to send a post out of hours; the exception's id.

    `kind`: "urgent" (from the grant) or "planned" (for the asked slot). It binds what it is now.
    """
    found = permitted(tx, name, "request exception")
    why = foreign(why)
    _checked(tx, category, why)
    waiting = [r for r in found.deliveries if r.state == "waiting" and act_of(r).transmits]
    prints = fingerprints(seen_now(tx, waiting))
    if not prints:
        raise Conflict("exceptions.nothing_to_permit", post=found.post.id)
    number = _ask(tx, kind, category, why, post_id=found.post.id, deliveries=prints)
    plan(tx, waiting)  # under an incident, a category may be all that it waited for
    return number


def asked_of_another(tx: Tx, name: str) -> GrantRow | None:
    """The open request for an urgent notice that somebody else made; None: it is to be asked for.

    Raises Conflict when the actor has asked already, or when it is granted and still lasts.
    """
    authorize(tx.actor, "read")
    post = target(tx, name).post.id
    row = open_request(tx, post, "urgent")
    if row is None:
        refuse_granted(tx, post)
    elif row.requested_by in (tx.actor.person, *tx.actor.stands_for):
        raise Conflict("exceptions.asked_already", post=post)
    return row


def request_incident(tx: Tx, names: Sequence[str], category: str, why: str) -> str:
    """Ask for incident mode: urgent notices of these accounts, each still by two people."""
    authorize(tx.actor, "request exception")
    why = foreign(why)
    accounts = [account_value(row) for row in account_rows(tx, names)]
    authorize(tx.actor, "request exception", accounts)
    _checked(tx, category, why)
    return _ask(tx, "incident", category, why, accounts=[a.id for a in accounts])


def grantable(tx: Tx, name: str) -> GrantRow:
    """The open request, after everything that forbids the actor to grant it has been asked."""
    return _grantable(tx, name)[0]


def _grantable(tx: Tx, name: str) -> tuple[GrantRow, Target | None, Sequence[Facts]]:
    authorize(tx.actor, "grant exception")
    row = _open(tx, name)
    authorize_on(tx, "grant exception", _accounts(tx, row))
    refuse_another_login(tx.actor, "grant exception")
    found = target(tx, row.post_id) if row.post_id else None
    if not believed(tx, GRANT, [row]):
        raise Conflict("exceptions.tampered", exception=row.id)
    known = seen_now(tx, bound(found, row)) if found else []
    first = own(known) | {row.requested_by}
    if my(tx) & first:
        raise NotPermitted("exceptions.own", person=tx.actor.person, as_well=as_well(tx, first))
    if found and fingerprints(known) != row.deliveries:
        raise Conflict("exceptions.post_changed")
    if found and not any(_is_open(r, row.kind) for r in bound(found, row)):
        look = Do("read", {"post": found.post.id})
        raise Conflict("exceptions.nothing_to_grant", look, post=found.post.id)
    refuse_other_pictures(tx, known)
    return row, found, known


def grant(tx: Tx, name: str, seen: str) -> GrantRow:
    """A second person's grant of exactly what they saw, which is the approval as well.

    Raises NotPermitted for whoever asked or wrote, Conflict when it is no longer what was seen.
    """
    row, found, known = _grantable(tx, name)
    mark = request_fingerprint(row, fingerprints(known))
    look = Do("grant exception", {"exception": row.id})
    refuse_unseen(seen, mark, "exceptions.changed", look, exception=row.id)
    accounts = [account_value(one) for one in account_rows(tx, _accounts(tx, row))]
    starts, expires = span(tx, row, found)
    used_by = expires if row.kind == "planned" else tx.now
    ledger.change(
        tx,
        (GRANT, row.id),
        _granted(row, mark, expires),
        granted_by=tx.actor.person,
        acting_for=acting_for(tx, "grant exception", [one.id for one in accounts]),
        granted_at=tx.now,
        starts_at=starts,
        expires_at=expires,
        review_due=review_due(tx, accounts, used_by),
    )
    _tell_approvers(tx, row)
    _plan_again(tx, row, found, accounts)
    return permission(tx, row.id)


def _granted(row: GrantRow, mark: str, expires: datetime) -> Line:
    kept = ("kind", "category", "reason", "requested_by", "deliveries", "accounts")
    payload = {name: getattr(row, name) for name in kept}
    payload |= {"fingerprint": mark, "expires_at": clock.rfc3339(expires)}
    return Line("grant exception", row.id, payload, post=row.post_id or "")


def _tell_approvers(tx: Tx, row: GrantRow) -> None:
    said = {"kind": word("kind", row.kind), "counted": _counted(tx, row), "reason": row.reason}
    who = {"asked": row.requested_by, "granted": tx.actor.person}
    review = Do("review exception", {"exception": row.id})
    once = f"exception granted:{row.id}"
    about = _accounts(tx, row)
    tell(tx, once, "approver", "exception_granted", review, **said, **who, accounts=about)


def _plan_again(tx: Tx, row: GrantRow, found: Target | None, accounts: Sequence[Account]) -> None:
    """What was granted may go; an incident lets out what was approved and only waited for it."""
    if found:
        _let_out(tx, row, bound(found, row))
        return
    waiting = tx.all(
        select(_DELIVERY).where(
            _DELIVERY.c.account.in_([a.id for a in accounts]),
            _DELIVERY.c.state == "waiting",
            _DELIVERY.c.id.in_(_notices()),
        )
    )
    if waiting:
        plan(tx, waiting)


def _let_out(tx: Tx, row: GrantRow, mine: Sequence[DeliveryRow]) -> None:
    """An urgent one goes from now on, however long its second person took: lateness counts from here.

    Under an incident it may have come due, and even been too late, while it waited for them.
    """
    now: dict[str, Any] = {"human_at": tx.now} | (
        {"release_at": tx.now} if row.kind == "urgent" else {}
    )
    plan(tx, recalled(tx, [r for r in mine if r.state in UNSENT]), **now)
    late = [r for r in mine if r.state == "expired" and row.kind == "urgent"]
    plan(
        tx, late, "confirm", **now, confirmed_at=tx.now, settled_at=None, reason=""
    ) if late else None


def _is_open(delivery: DeliveryRow, kind: str) -> bool:
    """May a grant still let it out? An urgent one also what was too late while it waited for it."""
    return delivery.state in (CAN_GO if kind == "urgent" else UNSENT)


def _notices() -> Any:
    """Ids of deliveries of urgent notices, whatever their revision was then."""
    revision = core(t.Revision)
    return (
        select(_DELIVERY.c.id)
        .join_from(_DELIVERY, revision, revision.c.post_id == _DELIVERY.c.post_id)
        .where(
            _DELIVERY.c.state == "waiting",
            revision.c.number == _DELIVERY.c.revision,
            revision.c.kind == "urgent",
        )
    )


def _counted(tx: Tx, row: GrantRow) -> Any:
    if row.category != OTHER:
        return ""
    return part("told.counted", number=others(tx), category=OTHER, days=COUNTED.days)


def revoke(tx: Tx, name: str, why: str) -> None:
    """Take the permission back; it acts at once, by one person (tightening)."""
    authorize(tx.actor, "request exception")
    why = foreign(why)
    row = permission(tx, name)
    authorize_on(tx, "request exception", _accounts(tx, row))
    if row.revoked_at:
        raise Conflict("exceptions.taken_back", person=row.revoked_by, exception=row.id)
    tx.bump_epoch()
    line = Line("revoke exception", row.id, {"reason": why}, row.post_id or "")
    ledger.change(tx, (GRANT, row.id), line, revoked_by=tx.actor.person, revoked_at=tx.now)
    if row.post_id:
        waiting = [r for r in target(tx, row.post_id).deliveries if r.state == "waiting"]
        plan(tx, waiting) if waiting else None


def review(tx: Tx, name: str, note: str) -> None:
    """Looked at afterwards, by somebody who had no part in it."""
    authorize(tx.actor, "review exception")
    note = foreign(note)
    row = permission(tx, name)
    authorize_on(tx, "review exception", _accounts(tx, row))
    if my(tx) & took_part(tx, row):
        raise NotPermitted("exceptions.took_part")
    if not row.granted_by:
        raise Conflict("exceptions.not_granted", exception=row.id)
    if unused_slot(tx, row):
        raise Conflict("exceptions.slot_to_come", exception=row.id)
    if row.reviewed_at:
        raise Conflict(
            "exceptions.reviewed", exception=row.id, person=row.reviewed_by, note=row.review_note
        )
    if not note.strip():
        raise Usage("exceptions.say_what", field="note")
    line = Line("review exception", row.id, {"note": note}, row.post_id or "")
    ledger.change(
        tx,
        (GRANT, row.id),
        line,
        reviewed_by=tx.actor.person,
        reviewed_at=tx.now,
        review_note=note,
    )


def _ask(tx: Tx, kind: Kind, category: str, why: str, **of: Any) -> str:
    number = short_id()
    asked = t.ExceptionGrant(
        id=number,
        kind=kind,
        category=category,
        reason=why.strip(),
        requested_by=tx.actor.person,
        requested_at=tx.now,
        **of,
    )
    ledger.put(
        tx,
        asked,
        Line(
            "request exception",
            number,
            post=of.get("post_id", ""),
            payload={
                "kind": kind,
                "category": category,
                "reason": why,
                **of,
            },
        ),
    )
    decide = Do("grant exception", {"exception": number})
    tell(
        tx,
        f"exception asked:{number}",
        "duty officer",
        "exception_asked",
        decide,
        kind=word("kind", kind),
        person=tx.actor.person,
        why=why,
        accounts=_accounts(tx, permission(tx, number)),
    )
    return number


def _checked(tx: Tx, category: str, why: str) -> None:
    known = tx.policy.exceptions.categories
    if category not in known:
        raise Usage(
            "exceptions.no_category",
            field="category",
            category=category,
            near=near(category, known),
        )
    if len(why.strip()) < SHORTEST.get(category, 5):
        code = "exceptions.say_more" if category == OTHER else "exceptions.say_why"
        raise Usage(code, field="reason", category=category)


def _accounts(tx: Tx, row: GrantRow) -> list[str]:
    """All that it is about, whether or not there are all for whoever acts."""
    about = select(_DELIVERY.c.account).where(_DELIVERY.c.id.in_(list(row.deliveries)))
    return list(row.accounts) or [one.account for one in tx.all(about)]


def _open(tx: Tx, name: str) -> GrantRow:
    row = permission(tx, name)
    if row.granted_by or row.revoked_at:
        raise Conflict("exceptions.decided", exception=row.id)
    return row
