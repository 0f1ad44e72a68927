"""Out-of-hours permission takes two people; an urgent notice goes out under one or not at all."""

from collections.abc import Mapping
from typing import Any

from publisher.policy import Case, Effect, Finding, Rule, is_live


def check(case: Case, _params: Mapping[str, Any]) -> Finding | None:
    leave = case.leave
    if leave is not None and is_live(leave, case.at):
        own = {leave.requested_by}
        if leave.kind != "incident":  # there each notice is approved by itself
            own |= {case.author, case.last_editor}
        if leave.granted_by in own:
            args = {"person": leave.granted_by}
            return Finding(Effect.HOLD, args, event="exception", sentence="own")
        return None
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
            "used": "{person} granted it.",
        },
        "ja": {
            "own": "{person} さん自身の投稿・申請に対する時間外公開の許可です。"
            "別の当番責任者の許可が必要です。",
            "none": "緊急のお知らせには有効な時間外公開の許可が必要です。"
            "当番責任者に依頼してください。",
            "used": "{person} さんの許可によります。",
        },
    },
)
