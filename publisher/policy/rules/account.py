"""Only official accounts: in the register, opened under the company's name, not retired."""

from collections.abc import Mapping
from typing import Any

from publisher.policy import Case, Effect, Finding, Rule


def check(case: Case, _params: Mapping[str, Any]) -> Finding | None:
    if case.account is None:
        return Finding(Effect.BLOCK, sentence="unknown")
    if not case.account.active and case.act != "retract":  # what is public can still be taken down
        return Finding(Effect.BLOCK, {"account": case.account.id}, sentence="retired")
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
        },
        "ja": {
            "unknown": "このアカウントは公式アカウントとして登録されていません。",
            "retired": "{account} は有効ではありません（廃止済み、または新規で確認待ち）。",
        },
    },
)
