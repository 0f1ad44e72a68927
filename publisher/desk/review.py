"""Approval is of content, not of a row: it binds a person to a fingerprint."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select

from publisher.content import digest
from publisher.desk.find import Target, accounts_of, target
from publisher.desk.write import recalled
from publisher.errors import Conflict, NotPermitted, Usage
from publisher.gate import Plan, plan
from publisher.gate.facts import gather
from publisher.roles import authorize
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.tables import core

_APPROVAL = core(t.Approval)
_GRANT = core(t.ExceptionGrant)

SHORTEST = 8  # characters of a fingerprint by which it may be named


def fingerprints(tx: Tx, found: Target) -> dict[str, str]:
    """What would be sent now, per delivery that an approval can be about."""
    rows = [r for r in found.deliveries if r.act != "retract" and r.state != "cancelled"]
    return {f.row.id: f.case.fingerprint for f in gather(tx, rows, "submit")}


def post_fingerprint(prints: Mapping[str, str]) -> str:
    """One fingerprint over a post's deliveries: what `approve --seen` names."""
    return digest(dict(prints))


def approve(tx: Tx, name: str, seen: str) -> list[Plan]:
    """A second person's yes to exactly what they saw; what waits is planned again.

    Raises NotPermitted for author and last editor, Conflict when it is no longer what was seen.
    """
    found = target(tx, name)
    authorize(tx.actor, "approve", accounts_of(tx, found.deliveries))
    _refuse_own(tx, found)
    prints = fingerprints(tx, found)
    if not prints:
        raise Conflict(f"Post {found.post.id} has not been submitted; there is nothing to approve.")
    _refuse_unseen(seen, post_fingerprint(prints), found.post.id)
    _decide(tx, found, prints, "approve", "")
    waiting = recalled(tx, _open(found))
    return plan(tx, waiting, human_at=tx.now) if waiting else []


def send_back(tx: Tx, name: str, why: str) -> int:
    """Return a post to its author with a reason; it waits for a new revision."""
    found = target(tx, name)
    authorize(tx.actor, "return", accounts_of(tx, found.deliveries))
    if not why.strip():
        raise Usage("Say why it goes back: --reason. The author reads it.")
    _decide(tx, found, fingerprints(tx, found), "return", why)
    waiting = recalled(tx, _open(found))
    if waiting:
        plan(tx, waiting)
    return len(waiting)


def state_of_approval(tx: Tx, found: Target, prints: Mapping[str, str]) -> str:
    """One word derived from the approval rows: draft, in review, approved, returned."""
    if found.post.state == "draft":
        return "draft"
    rows = tx.all(
        select(_APPROVAL).where(_APPROVAL.c.post_id == found.post.id).order_by(_APPROVAL.c.id)
    )
    current = [r for r in rows if r.revision == found.post.revision]
    if current and current[-1].decision == "return":
        return "returned"
    back = max((r.id for r in rows if r.decision == "return"), default=0)
    people = {r.person for r in rows if r.decision == "approve" and r.id > back and r.expires_at > tx.now
              and all(r.deliveries.get(k) == v for k, v in prints.items())}  # fmt: skip
    people -= {found.post.author, found.post.last_editor}
    enough = len(people) >= tx.policy.approval.count or _granted(tx, found.post.id, prints)
    return "approved" if prints and enough else "in review"


def _granted(tx: Tx, post: str, prints: Mapping[str, str]) -> bool:
    """A grant of exactly these words is the approval as well (clause U4c)."""
    rows = tx.all(
        select(_GRANT).where(
            _GRANT.c.post_id == post, _GRANT.c.granted_by != "", _GRANT.c.revoked_at.is_(None)
        )
    )
    return any(all(row.deliveries.get(k) == v for k, v in prints.items()) for row in rows)


def _open(found: Target) -> Sequence[Row[Any]]:
    """What waits, and what the releaser has just taken: it may have been judged without this."""
    return [r for r in found.deliveries if r.state in ("waiting", "claimed") and r.act != "retract"]


def _refuse_own(tx: Tx, found: Target) -> None:
    if tx.actor.person in (found.post.author, found.post.last_editor):
        raise NotPermitted(
            f"{tx.actor.person} wrote or last edited post {found.post.id}; "
            "its approval takes somebody else."
        )


def _refuse_unseen(seen: str, now: str, post: str) -> None:
    if len(seen) < SHORTEST:
        raise Usage(f"--seen takes at least {SHORTEST} characters of the fingerprint you saw.")
    if not now.startswith(seen.lower()):
        raise Conflict(
            f"Post {post} is no longer what you saw: its fingerprint is now {now[:12]}. "
            f"Look again: publisher show {post}"
        )


def _decide(tx: Tx, found: Target, prints: Mapping[str, str], decision: str, why: str) -> None:
    tx.add(t.Approval(
        post_id=found.post.id,
        revision=found.post.revision, decision=decision, person=tx.actor.person, at=tx.now,
        expires_at=tx.now + tx.policy.approval.valid_for, fingerprint=post_fingerprint(prints),
        deliveries=dict(prints), reason=why, policy=tx.policy.version,
    ))  # fmt: skip
    ledger.record(tx, decision, found.post.id, post=found.post.id, payload={
        "fingerprint": post_fingerprint(prints), "deliveries": dict(prints), "reason": why,
        "revision": found.post.revision, "policy": tx.policy.version,
    })  # fmt: skip
