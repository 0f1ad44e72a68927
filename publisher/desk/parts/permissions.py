"""Out-of-hours permissions as they stand: asked for, granted, used, to be reviewed."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import exists, func, select

from publisher.content import digest
from publisher.desk.parts import seen
from publisher.desk.parts.approving import fingerprints, seen_now
from publisher.desk.parts.find import target
from publisher.errors import Conflict, Do, NotFound
from publisher.lifecycle import HELD
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.rows import GrantRow
from publisher.store.tables import core

if TYPE_CHECKING:
    from publisher.store.rows import GrantedRow, UseRow

_DELIVERY = core(t.Delivery)
_GRANT = core(t.ExceptionGrant)


_USE = core(t.ExceptionUse)


OTHER = "other"  # the category that says nothing: its reason has to, and it is counted


COUNTED = timedelta(days=90)


def request_fingerprint(row: GrantRow, prints: Mapping[str, str]) -> str:
    """What a grant names as seen: the request, and what would be sent now under it."""
    return digest(
        {
            "id": row.id,
            "kind": row.kind,
            "category": row.category,
            "reason": row.reason,
            "accounts": row.accounts,
            "deliveries": dict(prints),
        }
    )


def others(tx: Tx) -> int:
    """How many permissions were granted of late under the category that says nothing."""
    statement = select(func.count()).where(
        _GRANT.c.category == OTHER, _GRANT.c.granted_at > tx.now - COUNTED
    )
    return int(tx.value(statement))


def unreviewed(tx: Tx, accounts: Sequence[str]) -> "Sequence[UseRow]":
    """What went out on these accounts under a permission that nobody has reviewed yet."""
    return tx.all(
        select(
            _USE.c.exception_id,
            _USE.c.at,
            _DELIVERY.c.post_id,
            _DELIVERY.c.account,
            _GRANT.c.category,
        )
        .join_from(_USE, _GRANT, _GRANT.c.id == _USE.c.exception_id)
        .join(_DELIVERY, _DELIVERY.c.id == _USE.c.delivery_id)
        .where(_GRANT.c.reviewed_at.is_(None), _DELIVERY.c.account.in_(accounts))
        .order_by(_USE.c.at)
    )


def held_after_grant(tx: Tx, name: str) -> list[str]:
    """The accounts on which something besides the permission keeps it from going out."""
    row = permission(tx, name)
    waiting = tx.all(
        select(_DELIVERY).where(
            _DELIVERY.c.id.in_(list(row.deliveries)), _DELIVERY.c.state.in_(HELD)
        )
    )
    return sorted(r.account for r in waiting if r.verdict not in ("PASS", "WARN"))


def unused_slot(tx: Tx, row: GrantRow) -> bool:
    """Is it a planned one whose slot lies ahead, and under which nothing has gone out?"""
    if row.kind != "planned" or row.expires_at is None or row.expires_at <= tx.now:
        return False
    return tx.first(select(_USE).where(_USE.c.exception_id == row.id)) is None


# Not granted yet, live, or not reviewed. What was taken back after its use is reviewed all the same:
# whoever takes it back is often who asked.
UNSETTLED = _GRANT.c.reviewed_at.is_(None) & (
    _GRANT.c.revoked_at.is_(None) | exists().where(_USE.c.exception_id == _GRANT.c.id)
)
_GRANTED = _GRANT.c.granted_by != ""


def listed(tx: Tx, most: int, *, unsettled: bool, behind: GrantRow | None) -> Sequence[GrantRow]:
    """Permissions, the newest first; `behind`: those that come after it there."""
    asked, id_ = _GRANT.c.requested_at, _GRANT.c.id
    found = (
        select(_GRANT).where(seen.permissions(tx)).order_by(asked.desc(), id_.desc()).limit(most)
    )
    if unsettled:
        found = found.where(UNSETTLED)
    if behind is not None:
        same = (asked == behind.requested_at) & (id_ < behind.id)
        found = found.where((asked < behind.requested_at) | same)
    return tx.all(found)


def requests(tx: Tx, most: int) -> Sequence[GrantRow]:
    """What is asked for and not granted yet, the newest first."""
    newest = select(_GRANT).order_by(_GRANT.c.requested_at.desc()).limit(most)
    return tx.all(newest.where(UNSETTLED, ~_GRANTED, seen.permissions(tx)))


def to_review(tx: Tx, most: int) -> "Sequence[GrantedRow]":
    """What was granted and has not been looked at since, the first that is due first."""
    first = select(_GRANT).order_by(_GRANT.c.review_due).limit(most)
    return tx.all(first.where(UNSETTLED, _GRANTED, seen.permissions(tx)))


def open_request(tx: Tx, post: str, *kinds: str) -> GrantRow | None:
    """The request (of these kinds) for this post that nobody has granted yet, the newest that there is for
    whoever acts.
    """
    newest: GrantRow | None = tx.first(
        select(_GRANT)
        .where(
            _GRANT.c.post_id == post,
            _GRANT.c.kind.in_(kinds or ("urgent", "planned")),
            _GRANT.c.granted_by == "",
            _GRANT.c.revoked_at.is_(None),
            seen.permissions(tx),
        )
        .order_by(_GRANT.c.requested_at.desc())
    )
    return newest


def refuse_granted(tx: Tx, post: str) -> None:
    """Raises Conflict when urgent permission for what the post is now was granted and still lasts."""
    rows = tx.all(
        select(_GRANT).where(
            _GRANT.c.post_id == post,
            _GRANT.c.kind == "urgent",
            _GRANT.c.granted_by != "",
            _GRANT.c.revoked_at.is_(None),
            _GRANT.c.expires_at > tx.now,
        )
    )
    prints = fingerprints(seen_now(tx, target(tx, post).every))
    for row in rows:
        if all(prints.get(one) == mark for one, mark in row.deliveries.items()):
            raise Conflict(
                "exceptions.granted",
                Do("read", {"post": post}),
                person=row.granted_by,
                until=row.expires_at,
                zone=tx.zone(),
            )


def permission(tx: Tx, name: str) -> GrantRow:
    """The permission with this id, whatever has become of it; raises NotFound."""
    mine = select(_GRANT).where(_GRANT.c.id == name.strip().lower(), seen.permissions(tx))
    row: GrantRow | None = tx.first(mine)
    if row is None:
        listing = Do("read", {"how": "exceptions"})
        raise NotFound("exceptions.no_such", listing, name=name)
    return row
