"""A reader sees exactly one notice: it is not necessarily an official statement (a block of its own)."""

from collections.abc import Mapping
from typing import Any

from publisher.policy import Case, Effect, Finding, Rule
from publisher.policy.detect.normal import letters, normal
from publisher.policy.detect.shown import paragraphs


def check(case: Case, _params: Mapping[str, Any]) -> Finding | None:
    attached = case.rendered.disclaimer
    if not attached:
        return Finding(Effect.BLOCK, sentence="no room")
    if attached not in case.wordings:
        return Finding(Effect.BLOCK, {"notice": attached}, sentence="foreign")
    seen = paragraphs(case.source, case.markup)
    if normal(attached) not in map(normal, seen):
        return Finding(Effect.BLOCK, {"notice": attached}, sentence="unseen")
    known = {letters(wording) for wording in case.wordings}
    count = sum(letters(paragraph) in known for paragraph in seen)
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
            "foreign": "The notice “{notice}” is not the policy's for this network, language and "
            "kind of post.",
            "unseen": "Readers would not see the notice “{notice}” as a paragraph of its own. "
            "Something in the text hides it: a code fence, comment, element or bracket that is "
            "not closed.",
            "doubled": "The notice is there {count} times. Take the typed one out of the text.",
        },
        "ja": {
            "no room": "この本文には注記が入りません。本文を短くしてください。",
            "foreign": "注記「{notice}」は、このネットワーク・言語・種類の投稿に定められた文言では"
            "ありません。",
            "unseen": "注記「{notice}」が独立した段落として表示されません。本文に、閉じられていない"
            "コード・コメント・タグ・角括弧などがあります。",
            "doubled": "注記が {count} 回入っています。本文に書いた注記を削除してください。",
        },
    },
)
