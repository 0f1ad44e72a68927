"""Findings in words, for people: the rule's own sentence, with times on the account's clock."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from publisher import clock
from publisher.content import Rendered
from publisher.policy import FAILED, Finding
from publisher.policy.rules import BY_ID

# An instant in a finding that was kept with its delivery.
_STORED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")
_DAYS = {"en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), "ja": tuple("月火水木金土日")}
_LIFTED = {
    "en": " Goes out all the same, under the out-of-hours permission {id}.",
    "ja": "時間外公開の許可 {id} により公開できます。",
}
_SILENT = {"en": "The rule “{rule}” holds this.", "ja": "ルール「{rule}」により保留中です。"}
_SHORTER = {
    "en": "The standard notice does not fit ({length} of {limit}), so a shorter one is used: “{notice}”",
    "ja": "標準の注記では長すぎるため（{limit} のところ {length}）、短い注記を使います：「{notice}」",
}
_LATER = {"en": "at a time nobody knows yet", "ja": "未定"}


def reason(finding: Finding, lang: str, zone: str) -> str:
    """The finding as a sentence in `lang` (English when the rule has no such language).

    Times are shown on the clock of `zone`, which is named. Never raises for a stored finding of a
    rule that is gone, or that has other sentences now.
    """
    chosen = lang if lang in _DAYS else "en"
    args = {name: _shown(value, chosen, zone) for name, value in finding.args.items()}
    args["until"] = _shown(finding.until, chosen, zone) if finding.until else _LATER[chosen]
    args["rule"] = finding.rule
    try:
        said = _template(finding, chosen).format_map(args)
    except (KeyError, IndexError, ValueError):
        said = _SILENT[chosen].format(rule=finding.rule)
    return said + (_LIFTED[chosen].format(id=finding.lifted_by) if finding.lifted_by else "")


def shorter_notice(rendered: Rendered, length: int, lang: str) -> str:
    """That the notice is not the standard one, with which the text would have `length`."""
    said = _SHORTER[lang if lang in _SHORTER else "en"]
    return said.format(length=length, limit=rendered.limit, notice=rendered.disclaimer)


def _template(finding: Finding, lang: str) -> str:
    if finding.sentence == "failed":
        return FAILED[lang]
    rule = BY_ID.get(finding.rule)
    sentences: Mapping[str, Mapping[str, str]] = rule.sentences if rule else {}
    return sentences.get(lang, sentences.get("en", {})).get(finding.sentence, _SILENT[lang])


def _shown(value: Any, lang: str, zone: str) -> Any:
    if isinstance(value, str) and _STORED.fullmatch(value):
        value = clock.from_rfc3339(value)
    return moment(value, lang, zone) if isinstance(value, datetime) else value


def moment(at: datetime, lang: str, zone: str) -> str:
    """`Tue 2026-11-24 09:00 (Asia/Tokyo)`, with seconds when there are any."""
    wall = clock.local(at, zone)
    day = _DAYS[lang if lang in _DAYS else "en"][wall.weekday()]
    time = wall.strftime("%H:%M:%S" if wall.second else "%H:%M")
    return f"{day} {wall:%Y-%m-%d} {time} ({zone})"
