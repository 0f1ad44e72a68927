"""What a yes is about: what would be sent now, its fingerprint, and who may not give it."""

from collections.abc import Iterable, Mapping, Sequence

from publisher.content import digest
from publisher.desk.parts.find import approvable
from publisher.errors import Conflict, Do, Usage
from publisher.gate.cases import Facts, gather
from publisher.lifecycle import BEYOND_APPROVAL
from publisher.store import Tx
from publisher.store.rows import DeliveryRow

# Characters of a fingerprint by which it may be named. Whoever writes chooses among endless wordings, so
# of 12 they find two texts that begin alike within minutes, and could change one for the other between
# somebody's look and their yes; of 24 they do not.
SHORTEST = 24


def seen_now(tx: Tx, rows: Iterable[DeliveryRow]) -> list[Facts]:
    """What would be sent now, for each of these deliveries that a yes can be about."""
    return gather(tx, approvable(rows), "submit")


def fingerprints(known: Sequence[Facts]) -> dict[str, str]:
    """By delivery, what an approval of it binds."""
    return {one.row.id: one.case.fingerprint for one in known}


def own(known: Sequence[Facts]) -> frozenset[str]:
    """Those who may not approve it: author, last editor, and whoever wrote since the last approval."""
    return frozenset().union(*(one.case.own for one in known))


def post_fingerprint(prints: Mapping[str, str]) -> str:
    """One fingerprint over a post's deliveries: what `approve --seen` names."""
    return digest(dict(prints))


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
    waits = [one.case.rendered for one in known if one.row.state not in BEYOND_APPROVAL]
    parts = [part for rendered in waits for part in rendered.parts]
    for sha256 in {image.sha256 for part in parts for image in part.media}:
        tx.store.picture(sha256)
