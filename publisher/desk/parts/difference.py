"""What changed since somebody last said yes: the words as they would be sent, then and now."""

import difflib

from sqlalchemy import select

from publisher.content import Rendered
from publisher.gate.rendering import content_for, render
from publisher.policy import Case
from publisher.policy.bundle import Policy
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.rows import RevisionRow
from publisher.store.tables import core

_APPROVAL = core(t.Approval)
_REVISION = core(t.Revision)


def last_approved(tx: Tx, post: str) -> RevisionRow | None:
    """The revision that somebody last said yes to."""
    found: RevisionRow | None = tx.first(
        select(_REVISION)
        .join(_APPROVAL, _APPROVAL.c.revision == _REVISION.c.number)
        .where(
            _REVISION.c.post_id == post,
            _APPROVAL.c.post_id == post,
            _APPROVAL.c.decision == "approve",
        )
        .order_by(_APPROVAL.c.id.desc())
        .limit(1)
    )
    return found


def changed_words(
    before: RevisionRow | None, revision: int, case: Case, policy: Policy
) -> list[str]:
    """Lines that went (`- `) and came (`+ `) since `before`; [] without one, or for the same revision.

    The earlier wording is rendered by the policy of today, so that only what people wrote differs.
    """
    if case.account is None or before is None or before.number == revision:
        return []
    old = render(content_for(before, case.account.id, case.account.lang), case.account, policy)
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
