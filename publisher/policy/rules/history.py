"""The history vouches for what is about to be sent: nobody wrote it into the database by hand."""

from collections.abc import Mapping
from typing import Any

from publisher.policy import Case, Effect, Finding, Rule


def check(case: Case, _params: Mapping[str, Any]) -> Finding | None:
    return Finding(Effect.HOLD, {"what": case.unvouched}) if case.unvouched else None


RULE = Rule(
    id="history",
    clauses=("P1",),
    against=("ac582025",),
    strength="shall",
    stages=("submit", "send"),
    check=check,
    takedowns=True,
    sentences={
        "en": {
            "default": "The history does not vouch for {what}: it was changed outside Publisher. "
            "An administrator looks: publisher audit verify"
        },
        "ja": {
            "default": "{what} は記録と一致しません（Publisher の外で変更されています）。"
            "管理者による確認が必要です: publisher audit verify"
        },
    },
)
