"""The credentials belong to the very account in the register, not to one with the same name."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from publisher.policy import Case, Effect, Finding, Rule

EVENT = "who-am-I"


def check(case: Case, params: Mapping[str, Any]) -> Finding | None:
    if case.account is None:
        return None
    seen, args = case.whoami, {"account": case.account.id}
    if seen is None:
        return Finding(Effect.HOLD, args, event=EVENT, sentence="unasked")
    if not seen.same_credential:
        return Finding(Effect.HOLD, args, event=EVENT, sentence="swapped")
    if case.at - seen.at > timedelta(hours=params["max_age_hours"]):
        return Finding(Effect.HOLD, args, event=EVENT, sentence="stale")
    if not seen.user_id or seen.user_id != case.account.remote_user_id:
        return Finding(Effect.BLOCK, {**args, "id": seen.user_id}, sentence="other")
    return None


RULE = Rule(
    id="whoami",
    clauses=("D2",),
    against=("d18654b0",),
    strength="shall",
    stages=("send",),
    check=check,
    takedowns=True,
    params={"max_age_hours": 24},
    stricter={"max_age_hours": "less"},
    sentences={
        "en": {
            "unasked": "The network has not confirmed yet who {account} is.",
            "swapped": "The credentials of {account} changed; the network has to confirm them.",
            "stale": "It is too long ago that the network confirmed who {account} is.",
            "other": "The credentials of {account} belong to another user of the network ({id}).",
        },
        "ja": {
            "unasked": "{account} の本人確認（ネットワークへの照会）がまだ済んでいません。",
            "swapped": "{account} の認証情報が変わりました。ネットワークでの再確認が必要です。",
            "stale": "{account} の本人確認が古くなっています。",
            "other": "{account} の認証情報は別の利用者（{id}）のものです。",
        },
    },
)
