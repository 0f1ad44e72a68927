"""One word for what people have said to a post, derived from their decisions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from publisher.desk.parts.approving import fingerprints, own
from publisher.desk.parts.find import Target
from publisher.gate.cases import Facts
from publisher.store import Tx
from publisher.store.rows import ApprovalRow, GrantRow

Approval = Literal["draft", "in review", "approved", "returned"]


def approval(
    tx: Tx,
    found: Target,
    known: Sequence[Facts],
    rows: tuple[Iterable[ApprovalRow], Iterable[GrantRow]],
) -> Approval:
    """What has been said to it. `known`: of every delivery that a yes can be about.

    `rows`: what the ledger vouches for of its approvals and returns, in order, and of its permissions.
    """
    if found.post.state == "draft":
        return "draft"
    prints, grants = fingerprints(known), rows[1]
    current = [row for row in rows[0] if row.revision == found.post.revision]
    if current and current[-1].decision == "return":
        return "returned"
    mine = own(known)
    each = [{a.person for a in one.case.approvals if a.expires_at > tx.now} - mine for one in known]
    enough = all(len(people) >= tx.policy.approval.count for people in each)
    # A grant of exactly these words is the approval as well (clause U4c).
    granted = any(row.granted_by and _binds(row, prints) for row in grants)
    return "approved" if prints and (enough or granted) else "in review"


def _binds(row: ApprovalRow | GrantRow, prints: Mapping[str, str]) -> bool:
    return all(row.deliveries.get(name) == mark for name, mark in prints.items())
