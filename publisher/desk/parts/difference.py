"""What changed since somebody last said yes: the words as they would be sent, then and now."""

import difflib
from typing import Any

from sqlalchemy import Row, select

from publisher.content import Rendered
from publisher.gate.rendering import content_for, render
from publisher.policy import Case
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.tables import core

_APPROVAL = core(t.Approval)
_REVISION = core(t.Revision)


def changed_words(tx: Tx, row: Row[Any], case: Case) -> list[str]:
    """Lines that went (`- `) and came (`+ `); [] when nobody said yes before, or to just this.

    The earlier wording is rendered by the policy of today, so that only what people wrote differs.
    """
    if case.account is None:
        return []
    before = tx.first(
        select(_REVISION)
        .join(_APPROVAL, _APPROVAL.c.revision == _REVISION.c.number)
        .where(
            _REVISION.c.post_id == row.post_id,
            _APPROVAL.c.post_id == row.post_id,
            _APPROVAL.c.decision == "approve",
        )
        .order_by(_APPROVAL.c.id.desc())
        .limit(1)
    )
    if before is None or before.number == row.revision:
        return []
    old = render(content_for(before, case.account.id, case.account.lang), case.account, tx.policy)
    lines = difflib.ndiff(_lines(old), _lines(case.rendered))
    return [line for line in lines if line[:2] in ("- ", "+ ")]


def _lines(rendered: Rendered) -> list[str]:
    """Everything that an approval binds and a person can read, a line each."""
    pictures = [m for part in rendered.parts for m in part.media]
    return [
        *([f"title: {rendered.title}"] if rendered.title else []),
        *([f"link: {rendered.link}"] if rendered.link else []),
        *rendered.text.splitlines(),
        *(f"picture {m.sha256[:12]}: {m.alt}" for m in pictures),
    ]
