"""There is something to say, and it fits the network, counted as the network counts."""

from collections.abc import Mapping
from typing import Any

from publisher.policy import Case, Effect, Finding, Rule
from publisher.policy.detect.normal import normal


def check(case: Case, _params: Mapping[str, Any]) -> Finding | None:
    if not case.content.media and not normal(case.content.text):
        return Finding(Effect.BLOCK, sentence="empty")
    if case.rendered.length > case.rendered.limit:
        over = case.rendered.length - case.rendered.limit
        args = {"length": case.rendered.length, "limit": case.rendered.limit, "over": over}
        return Finding(Effect.BLOCK, args, sentence="long")
    return None


RULE = Rule(
    id="length",
    clauses=("2.2",),
    against=("73c0c180",),
    strength="shall",
    stages=("submit", "send"),
    check=check,
    sentences={
        "en": {
            "empty": "The post has no text.",
            "long": "Too long by {over}: {length} of {limit} with the notice. Shorten the text.",
        },
        "ja": {
            "empty": "本文がありません。",
            "long": "{over} 文字分の超過です（注記込み {length}/{limit}）。短くしてください。",
        },
    },
)
