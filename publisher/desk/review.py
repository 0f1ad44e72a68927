"""Approval is of content, not of a row: it binds a person to a fingerprint."""

from collections.abc import Mapping, Sequence

from publisher.acts import act_of
from publisher.desk.parts.approving import (
    fingerprints,
    own,
    post_fingerprint,
    refuse_other_pictures,
    refuse_unseen,
    seen_now,
)
from publisher.desk.parts.deliveries import recalled
from publisher.desk.parts.find import Target, locked, permitted
from publisher.desk.parts.selves import acting_for, as_well, my
from publisher.errors import Conflict, Do, NotPermitted, Usage
from publisher.gate import Plan, plan
from publisher.gate.cases import Facts
from publisher.lifecycle import BEYOND_APPROVAL, IN_DOUBT, UNCLEAR, UNSENT
from publisher.release.parts import request_of
from publisher.roles import authorize, refuse_another_login
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.ledger import Line
from publisher.store.rows import DeliveryRow
from publisher.words import foreign


def approve(tx: Tx, name: str, seen: str) -> list[Plan]:
    """A second person's yes to exactly what they saw; what waits is planned again.

    Raises NotPermitted for whoever wrote any of it since it was last approved, Conflict when it is no
    longer what was seen, was approved by the same person already, or nothing of it can go out any more;
    what `refuse_other_pictures` raises.
    """
    authorize(tx.actor, "approve")
    locked(tx, name)  # of two yeses at once the second one knows the first
    found = permitted(tx, name, "approve")
    refuse_another_login(tx.actor, "approve")
    if found.deliveries and all(
        r.state in BEYOND_APPROVAL for r in found.deliveries if act_of(r).approval
    ):
        raise Conflict("review.nothing_waits", post=found.post.id)
    known = seen_now(tx, found.deliveries)
    if not known:
        raise Conflict("review.not_submitted", post=found.post.id)
    _refuse_own(tx, known, found.post.id)
    prints = fingerprints(known)
    look = Do("read", {"post": found.post.id})
    refuse_unseen(seen, post_fingerprint(prints), "review.changed", look, post=found.post.id)
    _refuse_again(tx, known, found.post.id)
    refuse_other_pictures(tx, known)
    _decide(tx, found, prints, "approve", "")
    waiting = recalled(tx, _open(found))
    return plan(tx, waiting, human_at=tx.now) if waiting else []


def send_back(tx: Tx, name: str, why: str) -> int:
    """Return a post to its author with a reason; it waits for a new revision.

    Of a thread that has a part on the wire nothing waits yet: the part after it is judged by this.
    """
    found = permitted(tx, name, "return")
    why = foreign(why)
    if not why.strip():
        raise Usage("review.say_why", field="reason")
    if not (_open(found) or any(_has_more(tx, row) for row in found.deliveries)):
        raise Conflict("review.nothing_to_return", post=found.post.id)
    _decide(tx, found, fingerprints(seen_now(tx, found.deliveries)), "return", why)
    waiting = recalled(tx, _open(found))
    if waiting:
        plan(tx, waiting)
    return len(waiting)


def _open(found: Target) -> Sequence[DeliveryRow]:
    """What waits, and what the releaser has just taken: it may have been judged without this."""
    return [r for r in found.deliveries if r.state in UNSENT and act_of(r).approval]


def _has_more(tx: Tx, row: DeliveryRow) -> bool:
    """Does more of a thread follow the part that is on the wire, or looked up?"""
    out = row.state in IN_DOUBT | UNCLEAR and act_of(row).makes_post
    return out and bool(request_of(tx, row).get("more"))


def _refuse_own(tx: Tx, known: Sequence[Facts], post: str) -> None:
    people = own(known)
    if people & my(tx):
        raise NotPermitted(
            "review.own", post=post, people=sorted(people), as_well=as_well(tx, people)
        )


def _refuse_again(tx: Tx, known: Sequence[Facts], post: str) -> None:
    """A second yes by the same person to the same words would change nothing."""
    me = my(tx)
    mine = [
        any(a.person in me and a.expires_at > tx.now for a in one.case.approvals) for one in known
    ]
    if all(mine):
        raise Conflict("review.again", person=tx.actor.person, post=post)


def _decide(tx: Tx, found: Target, prints: Mapping[str, str], decision: str, why: str) -> None:
    decided = t.Approval(
        post_id=found.post.id,
        revision=found.post.revision,
        decision=decision,
        person=tx.actor.person,
        acting_for=acting_for(tx, "approve", {row.account for row in found.deliveries}),
        at=tx.now,
        expires_at=tx.now + tx.policy.approval.valid_days,
        fingerprint=post_fingerprint(prints),
        deliveries=dict(prints),
        reason=why,
        policy=tx.policy.version,
    )
    ledger.put(
        tx,
        decided,
        Line(
            decision,
            found.post.id,
            post=found.post.id,
            payload={
                "fingerprint": post_fingerprint(prints),
                "deliveries": dict(prints),
                "reason": why,
                "revision": found.post.revision,
                "policy": tx.policy.version,
            },
        ),
    )
