"""Only official accounts: in the register, opened under the company's name, not retired."""

from collections.abc import Mapping
from typing import Any

from publisher.policy import Case, Effect, Finding, Rule


def check(case: Case, _params: Mapping[str, Any]) -> Finding | None:
    if case.account is None:
        return Finding(Effect.BLOCK, sentence="unknown")
    if not case.account.active and case.act != "retract":  # what is public can still be taken down
        return Finding(Effect.BLOCK, {"account": case.account.id}, sentence="retired")
    if case.elsewhere:  # the same number in a new place is another post
        args = {"account": case.account.id, "there": case.elsewhere}
        return Finding(Effect.HOLD, args, event="resolve", sentence="elsewhere")
    return None


RULE = Rule(
    id="account",
    clauses=("D2",),
    against=("d18654b0",),
    strength="shall",
    stages=("submit", "send"),
    check=check,
    takedowns=True,
    sentences={
        "en": {
            "unknown": "This account is not in the register of official accounts.",
            "retired": "{account} is not active: it is retired, or new and not confirmed yet.",
            "elsewhere": "The post is at another place ({there}) than {account} is now. Change it or "
            "take it down there by hand, then: publisher resolve POST/ACCOUNT --done --reason …",
        },
        "ja": {
            "unknown": "このアカウントは公式アカウントとして登録されていません。",
            "retired": "{account} は有効ではありません（廃止済み、または新規で確認待ち）。",
            "elsewhere": "投稿は {account} の現在の場所ではなく {there} にあります。そこで手動で修正または"
            "削除してから、publisher resolve POST/ACCOUNT --done --reason … を実行してください。",
        },
    },
)
