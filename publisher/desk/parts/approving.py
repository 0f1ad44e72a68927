"""What a yes is about: what would be sent now, its fingerprint, and who may not give it."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from publisher.content import digest
from publisher.desk.parts.find import Target
from publisher.errors import Conflict, Do, Usage
from publisher.gate.cases import Facts, gather
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.bound import APPROVAL, GRANT, believed
from publisher.store.tables import core

# Characters of a fingerprint by which it may be named. Whoever writes chooses among endless wordings, so
# of 12 they find two texts that begin alike within minutes, and could change one for the other between
# somebody's look and their yes; of 24 they do not.
SHORTEST = 24


DONE = ("published", "accepted", "partly_published", "cancelled")  # no yes brings these out


_APPROVAL = core(t.Approval)


_GRANT = core(t.ExceptionGrant)


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
