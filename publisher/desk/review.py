"""Approval is of content, not of a row: it binds a person to a fingerprint."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select

from publisher.content import digest
from publisher.desk.find import Target, accounts_of, target
from publisher.desk.selves import as_well, my
from publisher.desk.write import recalled
from publisher.errors import Conflict, Do, NotPermitted, Usage
from publisher.gate import Plan, plan
from publisher.gate.facts import Facts, gather
from publisher.roles import authorize, refuse_another_login
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.bound import APPROVAL, GRANT, believed
from publisher.store.ledger import Line
from publisher.store.tables import core

_APPROVAL = core(t.Approval)
_GRANT = core(t.ExceptionGrant)

# Characters of a fingerprint by which it may be named. Whoever writes chooses among endless wordings, so
# of 12 they find two texts that begin alike within minutes, and could change one for the other between
# somebody's look and their yes; of 24 they do not.
SHORTEST = 24


def seen_now(tx: Tx, found: Target) -> list[Facts]:
    """What would be sent now, for each delivery that an approval can be about."""
    rows = [r for r in found.deliveries if r.act != "retract" and r.state != "cancelled"]
    return gather(tx, rows, "submit")


def fingerprints(known: Sequence[Facts]) -> dict[str, str]:
    """By delivery, what an approval of it binds."""
    return {one.row.id: one.case.fingerprint for one in known}


def own(known: Sequence[Facts]) -> frozenset[str]:
    """Those who may not approve it: author, last editor, and whoever wrote since the last approval."""
    return frozenset().union(*(one.case.own for one in known))


def post_fingerprint(prints: Mapping[str, str]) -> str:
    """One fingerprint over a post's deliveries: what `approve --seen` names."""
    return digest(dict(prints))


DONE = ("published", "accepted", "partly_published", "cancelled")  # no yes brings these out


def approve(tx: Tx, name: str, seen: str) -> list[Plan]:
    """A second person's yes to exactly what they saw; what waits is planned again.

    Raises NotPermitted for whoever wrote any of it since it was last approved, Conflict when it is no
    longer what was seen, was approved by the same person already, or nothing of it can go out any more;
    what `refuse_other_pictures` raises.
    """
    found = target(tx, name)
    authorize(tx.actor, "approve", accounts_of(tx, found.deliveries))
    refuse_another_login(tx.actor, "approve")
    if found.deliveries and all(r.state in DONE for r in found.deliveries if r.act != "retract"):
        raise Conflict("review.nothing_waits", post=found.post.id)
    known = seen_now(tx, found)
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
    """Return a post to its author with a reason; it waits for a new revision."""
    found = target(tx, name)
    authorize(tx.actor, "return", accounts_of(tx, found.deliveries))
    if not why.strip():
        raise Usage("review.say_why", field="reason")
    if not _open(found):
        raise Conflict("review.nothing_to_return", post=found.post.id)
    _decide(tx, found, fingerprints(seen_now(tx, found)), "return", why)
    waiting = recalled(tx, _open(found))
    if waiting:
        plan(tx, waiting)
    return len(waiting)


def state_of_approval(tx: Tx, found: Target, known: Sequence[Facts]) -> str:
    """One word derived from the approval rows: draft, in review, approved, returned."""
    prints = fingerprints(known)
    if found.post.state == "draft":
        return "draft"
    asked = select(_APPROVAL).where(_APPROVAL.c.post_id == found.post.id)
    rows = believed(tx, APPROVAL, tx.all(asked))
    current = [r for r in rows if r.revision == found.post.revision]
    if current and current[-1].decision == "return":
        return "returned"
    back = max((n for n, r in enumerate(rows) if r.decision == "return"), default=-1)
    people = {r.person for r in rows[back + 1:] if r.decision == "approve" and r.expires_at > tx.now
              and all(r.deliveries.get(k) == v for k, v in prints.items())}  # fmt: skip
    people -= own(known)
    enough = len(people) >= tx.policy.approval.count or _granted(tx, found.post.id, prints)
    return "approved" if prints and enough else "in review"


def _granted(tx: Tx, post: str, prints: Mapping[str, str]) -> bool:
    """A grant of exactly these words is the approval as well (clause U4c)."""
    rows = tx.all(
        select(_GRANT).where(
            _GRANT.c.post_id == post, _GRANT.c.granted_by != "", _GRANT.c.revoked_at.is_(None)
        )
    )
    rows = believed(tx, GRANT, rows)
    return any(all(row.deliveries.get(k) == v for k, v in prints.items()) for row in rows)


def _open(found: Target) -> Sequence[Row[Any]]:
    """What waits, and what the releaser has just taken: it may have been judged without this."""
    return [r for r in found.deliveries if r.state in ("waiting", "claimed") and r.act != "retract"]


def _refuse_own(tx: Tx, known: Sequence[Facts], post: str) -> None:
    people = own(known)
    if people & my(tx):
        raise NotPermitted(
            "review.own", post=post, people=sorted(people), as_well=as_well(tx, people)
        )


def refuse_unseen(seen: str, now: str, code: str, look: Do, **values: str) -> None:
    """Raises Conflict (`code`, `values`) unless `seen` is the beginning of the fingerprint `now`."""
    if len(seen) < SHORTEST:
        raise Usage("review.seen_too_short", field="seen", least=SHORTEST)
    if not now.startswith(seen.lower()):
        raise Conflict(code, look, now=now[:SHORTEST], **values)


def refuse_other_pictures(tx: Tx, known: Sequence[Facts]) -> None:
    """No yes while a picture where people look is another than the one that would be sent.

    Raises NotFound, or Problem that names the picture.
    """
    parts = [part for one in known if one.row.state not in DONE for part in one.case.rendered.parts]
    for sha256 in {image.sha256 for part in parts for image in part.media}:
        tx.store.picture(sha256)


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
        revision=found.post.revision, decision=decision, person=tx.actor.person, at=tx.now,
        expires_at=tx.now + tx.policy.approval.valid_for, fingerprint=post_fingerprint(prints),
        deliveries=dict(prints), reason=why, policy=tx.policy.version,
    )  # fmt: skip
    ledger.put(tx, decided, Line(decision, found.post.id, post=found.post.id, payload={
        "fingerprint": post_fingerprint(prints), "deliveries": dict(prints), "reason": why,
        "revision": found.post.revision, "policy": tx.policy.version,
    }))  # fmt: skip
