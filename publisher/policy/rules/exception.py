"""Out-of-hours permission takes two people; an urgent notice goes out under one or not at all."""

from collections.abc import Mapping
from typing import Any

from publisher.policy import Case, Effect, Finding, Rule, is_live, live


def check(case: Case, _params: Mapping[str, Any]) -> Finding | None:
    counting = live(case)
    if counting:
        incident = all(leave.kind == "incident" for leave in counting)
        if incident and case.content.kind == "urgent" and not case.category:
            return Finding(Effect.HOLD, event="exception", sentence="category")
        return None
    own = next((leave.granted_by for leave in case.leaves if is_live(leave, case.at)), None)
    if own is not None:
        return Finding(Effect.HOLD, {"person": own}, event="exception", sentence="own")
    if case.content.kind == "urgent":
        return Finding(Effect.HOLD, event="exception", sentence="none")
    return None


RULE = Rule(
    id="exception",
    clauses=("U4c",),
    against=("072b3052",),
    strength="shall",
    stages=("submit", "send"),
    check=check,
    sentences={
        "en": {
            "own": "{person} granted an out-of-hours permission for their own post or request. "
            "Another duty officer has to grant it.",
            "none": "An urgent notice needs an out-of-hours permission, and none is in force. "
            "Ask a duty officer.",
            "category": "A notice under an incident names what it is for: publisher urgent POST "
            "--category … --reason …",
            "used": "{person} granted it.",
        },
        "ja": {
            "own": "{person} さん自身の投稿・申請に対する時間外公開の許可です。"
            "別の当番責任者の許可が必要です。",
            "none": "緊急のお知らせには有効な時間外公開の許可が必要です。"
            "当番責任者に依頼してください。",
            "category": "障害・事故対応中のお知らせには区分と理由が必要です: "
            "publisher urgent POST --category … --reason …",
            "used": "{person} さんの許可によります。",
        },
    },
)
