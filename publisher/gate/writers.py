"""Who wrote any of the words as they stand, since they were last approved: they approve nothing of it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row


def writers(
    written: Sequence[Row[Any]], approvals: Sequence[Row[Any]], delivery: Row[Any], count: int
) -> tuple[str, ...]:
    """Everybody who wrote between the last revision that enough others approved and the present one.

    `written` and `approvals` are the post's, of any revision; `count` is how many a yes takes.
    """
    found: set[str] = set()
    for one in written:
        if one.number > delivery.revision:
            break
        found.add(one.written_by)
        own = found | {written[0].written_by}
        if one.number < delivery.revision and _settled(approvals, delivery, one, own, count):
            found = set()
    return tuple(sorted(found))


def _settled(
    approvals: Sequence[Row[Any]], delivery: Any, revision: Any, own: set[str], count: int
) -> bool:
    """Did enough people who wrote none of it say yes to this revision, and nobody send it back?"""
    said = [a for a in approvals if a.revision == revision.number and delivery.id in a.deliveries]
    if any(a.decision == "return" for a in said):
        return False
    return len({a.person for a in said} - own) >= count
