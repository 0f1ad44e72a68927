"""One word for what people have said to a post, derived from their decisions, for many posts at once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import Row, select

from publisher.desk.parts.approving import fingerprints, own
from publisher.desk.parts.find import Target
from publisher.gate.cases import Facts
from publisher.roles import authorize
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.bound import APPROVAL, GRANT, believed
from publisher.store.tables import core

_APPROVAL = core(t.Approval)
_GRANT = core(t.ExceptionGrant)

Approval = Literal["draft", "in review", "approved", "returned"]
By = Mapping[str, Sequence[Row[Any]]]


def approvals(tx: Tx, found: Sequence[Target], facts: Iterable[Facts]) -> dict[str, Approval]:
    """By post. `facts`: of every delivery that a yes can be about."""
    authorize(tx.actor, "read")
    names = [one.post.id for one in found]
    asked = select(_APPROVAL).where(_APPROVAL.c.post_id.in_(names)).order_by(_APPROVAL.c.id)
    decided = _by_post(believed(tx, APPROVAL, tx.all(asked)))
    open_ = _GRANT.c.granted_by != "", _GRANT.c.revoked_at.is_(None)
    granted = select(_GRANT).where(_GRANT.c.post_id.in_(names), *open_)
    grants = _by_post(believed(tx, GRANT, tx.all(granted)))
    known: dict[str, list[Facts]] = {}
    for one in facts:
        known.setdefault(one.row.post_id, []).append(one)
    return {
        one.post.id: _approval(tx, one, known.get(one.post.id, []), (decided, grants))
        for one in found
    }


def _approval(tx: Tx, found: Target, known: Sequence[Facts], decisions: tuple[By, By]) -> Approval:
    if found.post.state == "draft":
        return "draft"
    prints = fingerprints(known)
    decided, grants = (rows.get(found.post.id, ()) for rows in decisions)
    current = [row for row in decided if row.revision == found.post.revision]
    if current and current[-1].decision == "return":
        return "returned"
    back = max((n for n, row in enumerate(decided) if row.decision == "return"), default=-1)
    people = {
        row.person for row in decided[back + 1 :]
        if row.decision == "approve" and row.expires_at > tx.now and _binds(row, prints)
    }  # fmt: skip
    enough = len(people - own(known)) >= tx.policy.approval.count
    # A grant of exactly these words is the approval as well (clause U4c).
    granted = any(_binds(row, prints) for row in grants)
    return "approved" if prints and (enough or granted) else "in review"


def _binds(row: Row[Any], prints: Mapping[str, str]) -> bool:
    return all(row.deliveries.get(name) == mark for name, mark in prints.items())


def _by_post(rows: Iterable[Row[Any]]) -> By:
    found: dict[str, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.post_id, []).append(row)
    return found
