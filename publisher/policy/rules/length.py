"""There is something to say, and it fits the network, counted as the network counts."""

from collections.abc import Mapping

from publisher.errors import Do
from publisher.policy import Case, Effect, Finding, Rule
from publisher.policy.detect.normal import letters, normal
from publisher.policy.params import Table


def check(case: Case, _params: Table) -> Finding | None:
    said = letters(case.content.text)
    notices = map(letters, case.wordings)
    if not case.content.media and (not normal(case.content.text) or (said and said in notices)):
        return Finding(Effect.BLOCK, sentence="empty")
    if case.rendered.length > case.rendered.limit:
        over = case.rendered.length - case.rendered.limit
        args = {"length": case.rendered.length, "limit": case.rendered.limit, "over": over}
        return Finding(Effect.BLOCK, args, sentence=_too_long(case))
    return _site(case, case.account.limits) if case.account else None


def _too_long(case: Case) -> str:
    if not case.threads:
        return "long"
    return "thread" if case.content.thread else "splits"


def _site(case: Case, limits: Mapping[str, int]) -> Finding | None:
    """What this very site takes, where its owner sets that, counted as it is sent."""
    for part, text in (("title", case.rendered.title), ("text", case.source)):
        least, most = limits.get(f"{part}_min", 0), limits.get(f"{part}_max", len(text))
        if len(text) < least:
            args = {"length": len(text), "least": least}
            return Finding(Effect.BLOCK, args, sentence=f"short_{part}")
        if len(text) > most:
            args = {"length": len(text), "limit": most}
            return Finding(Effect.BLOCK, args, sentence=f"long_{part}")
    return None


RULE = Rule(
    id="length",
    clauses=("2.2",),
    against=("73c0c180",),
    strength="shall",
    stages=("submit", "send"),
    params=Table,
    check=check,
    acts={"splits": (Do("edit", {"how": "thread"}),)},
)
