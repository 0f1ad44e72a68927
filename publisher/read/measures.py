"""What was asked for about somebody else's comments, and what came of it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from publisher.desk.parts import seen
from publisher.errors import NotFound, Usage
from publisher.measures import MeasureName
from publisher.read.view import Instant, View
from publisher.roles import authorize
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.rows import MeasureRow
from publisher.store.tables import core
from publisher.words import ENGLISH, read

_MEASURE = core(t.Measure)


class Measure(View):
    """Something that is to be done about somebody else's comment."""

    id: str
    """The measure."""
    account: str
    """Under whose post the comment stands."""
    comment: str
    """The network's own id of it."""
    what: MeasureName
    """What is to be done."""
    state: str
    """`waiting`, `done`, and what else docs/lifecycle.md says of measures."""
    asked_by: str
    """Who asked for it."""
    asked_at: Instant
    """When."""
    why: str
    """What they said."""
    reason: str
    """Why it stands as it stands; `""` when there is nothing to say."""
    settled_at: Instant | None
    """When it came to its end."""


def listed(tx: Tx, most: int, at: str = "", lang: str = ENGLISH) -> list[Measure]:
    """Measures, the newest first. `at`: only those behind this one. Raises Usage for what is none."""
    authorize(tx.actor, "read")
    behind: Sequence[ColumnElement[bool]] = ()
    if at:
        if _row(tx, at) is None:
            raise Usage("look.no_place", field="at")
        behind = (_MEASURE.c.id < at,)
    mine = select(_MEASURE).where(seen.accounts(tx, _MEASURE.c.account), *behind)
    return [_shown(row, lang) for row in tx.all(mine.order_by(_MEASURE.c.id.desc()).limit(most))]


def one(tx: Tx, measure: str, lang: str = ENGLISH) -> Measure:
    """One of them. Raises NotFound."""
    authorize(tx.actor, "read")
    row = _row(tx, measure)
    if row is None:
        raise NotFound("measures.none", measure=measure)
    return _shown(row, lang)


def _row(tx: Tx, measure: str) -> MeasureRow | None:
    mine = select(_MEASURE).where(_MEASURE.c.id == measure, seen.accounts(tx, _MEASURE.c.account))
    found: MeasureRow | None = tx.first(mine)
    return found


def _shown(row: MeasureRow, lang: str) -> Measure:
    of: dict[str, Any] = {name: getattr(row, name) for name in ("id", "account", "what", "state")}
    return Measure(
        **of,
        comment=row.target,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        why=row.why,
        reason=read(row.reason, lang),
        settled_at=row.settled_at,
    )
