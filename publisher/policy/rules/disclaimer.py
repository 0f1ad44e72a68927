"""Every post carries exactly one whole notice that it is not necessarily an official statement."""

from collections.abc import Mapping
from typing import Any

from publisher.policy import Case, Effect, Finding, Rule
from publisher.policy.detect.disclaimer import contains


def check(case: Case, _params: Mapping[str, Any]) -> Finding | None:
    attached, text = case.rendered.disclaimer, case.rendered.text
    if not attached:
        return Finding(Effect.BLOCK, sentence="no room")
    if attached not in case.wordings:
        return Finding(Effect.BLOCK, {"notice": attached}, sentence="foreign")
    if not contains(text, (attached,)):
        return Finding(Effect.BLOCK, {"notice": attached}, sentence="missing")
    count = contains(text, case.wordings)
    return Finding(Effect.BLOCK, {"count": count}, sentence="doubled") if count > 1 else None


RULE = Rule(
    id="disclaimer",
    clauses=("U1a",),
    against=("72c1f43e",),
    strength="shall",
    stages=("submit", "send"),
    check=check,
    sentences={
        "en": {
            "no room": "No notice fits beside this text. Shorten the text.",
            "foreign": "The notice “{notice}” is not one of the policy.",
            "missing": "The notice “{notice}” is not, or not whole, in what would be sent.",
            "doubled": "The notice is there {count} times. Take the typed one out of the text.",
        },
        "ja": {
            "no room": "この本文には注記が入りません。本文を短くしてください。",
            "foreign": "注記「{notice}」はポリシーの文言ではありません。",
            "missing": "送信内容に注記「{notice}」が完全な形で入っていません。",
            "doubled": "注記が {count} 回入っています。本文に書いた注記を削除してください。",
        },
    },
)
