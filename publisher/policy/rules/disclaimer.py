"""A reader sees exactly one notice: it is not necessarily an official statement (a block of its own)."""

from publisher.policy import Case, Effect, Finding, Rule
from publisher.policy.detect.normal import letters, normal
from publisher.policy.detect.shown import paragraphs
from publisher.policy.params import Table


def check(case: Case, _params: Table) -> Finding | None:
    attached = case.rendered.disclaimer
    if not attached:
        return Finding(Effect.BLOCK, sentence="no room")
    if attached not in case.wordings:
        return Finding(Effect.BLOCK, {"notice": attached}, sentence="foreign")
    seen = paragraphs(case.source, case.markup)
    first = paragraphs(case.rendered.parts[0].text, case.markup) if _thread(case) else seen
    if normal(attached) not in map(normal, first):
        return Finding(Effect.BLOCK, {"notice": attached}, sentence="unseen")
    known = {letters(wording) for wording in case.wordings}
    count = sum(letters(paragraph) in known for paragraph in seen)
    return Finding(Effect.BLOCK, {"count": count}, sentence="doubled") if count > 1 else None


def _thread(case: Case) -> bool:
    """Whoever reads its first part alone has to see the notice."""
    return len(case.rendered.parts) > 1


RULE = Rule(
    id="disclaimer",
    clauses=("U1a",),
    against=("72c1f43e",),
    strength="shall",
    stages=("submit", "send"),
    params=Table,
    check=check,
    firm=True,
)
