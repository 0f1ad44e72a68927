"""Out-of-hours permissions: those that there are for it, and what one was asked for under."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple, cast

from sqlalchemy import bindparam, select

from publisher.gate import people
from publisher.gate.people import People, may_still
from publisher.gate.subject import Asked, Evidence, Fields, Order, Subject, among
from publisher.policy import Leave
from publisher.store import bound
from publisher.store import tables as t
from publisher.store.rows import GrantRow, PersonRow
from publisher.store.tables import Utc, core

if TYPE_CHECKING:
    from publisher.store.rows import GrantedRow

_GRANT = core(t.ExceptionGrant)

MINUTE = timedelta(minutes=1)

_GRANTS = select(_GRANT).where(
    among(_GRANT.c.post_id, "posts")
    | ((_GRANT.c.kind == "incident") & (_GRANT.c.expires_at > bindparam("since", type_=Utc))),
    _GRANT.c.revoked_at.is_(None),
)


class _Found(NamedTuple):
    grants: Sequence[GrantRow]
    people: Sequence[PersonRow]


class Given(NamedTuple):
    """What is believed: the permissions, and who granted them, as they are now."""

    grants: Sequence[GrantRow]
    people: People


def _read(asked: Asked) -> _Found:
    found = asked.tx.all(_GRANTS, {**asked.names, "since": asked.tx.now - MINUTE})
    names = {name for row in found for name in (row.granted_by, *row.acting_for)}
    return _Found(found, people.named(asked.tx, names - {""}))


def _binds(found: _Found, _asked: Asked) -> Mapping[str, str]:
    return {**bound.bindings(bound.GRANT, found.grants), **people.binds(found.people)}


def _believed(found: _Found, order: Order) -> Given:
    kept = [row for row in found.grants if bound.GRANT.fact(row) in order]
    return Given(kept, people.believed(found.people, order))


def _fields(known: Given, of: Subject, asked: Asked) -> Fields:
    found, what = known.grants, ("grant exception", of.row.account)
    given = cast(
        "list[GrantedRow]",
        [
            one
            for one in found
            if may_still(asked.tx, known.people, (one.granted_by, *one.acting_for), what)
        ],
    )
    fitting = [g for g in given if g.expires_at > asked.tx.now and _fits(g, of)]
    # Those of its own first, then incidents.
    fitting.sort(key=lambda g: (g.kind != "incident", g.expires_at), reverse=True)
    leaves = tuple(
        Leave(g.id, g.kind, g.granted_by, g.requested_by, g.starts_at, g.expires_at)
        for g in fitting
    )
    over = {g.id for g in given if g.expires_at <= asked.tx.now - MINUTE}
    return {"leaves": leaves, "category": _category([g for g in found if g.id not in over], of)}


def _fits(grant: GrantRow, of: Subject) -> bool:
    if grant.kind == "incident":
        return of.row.account in grant.accounts and of.content.kind == "urgent"
    return bool(grant.deliveries.get(of.row.id) == of.mark)


def _category(found: Sequence[GrantRow], of: Subject) -> str:
    """What permission was last asked for under for this very notice; "" when it was not."""
    asked = [g for g in found if g.kind == "urgent" and of.row.id in g.deliveries]
    return max(asked, key=lambda g: g.requested_at).category if asked else ""


EVIDENCE = Evidence(_fields, _read, _binds, _believed)
