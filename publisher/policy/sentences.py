"""Findings in words, for people: the rule's own sentence, with times on the account's clock."""

from typing import Any

from publisher.content import Rendered
from publisher.errors import Do
from publisher.policy import Finding
from publisher.policy.rules import named
from publisher.words import ENGLISH, kept, part, say, sentences


def reason(finding: Finding, lang: str, zone: str) -> str:
    """The finding as a sentence in `lang` (English when there are no such sentences).

    Times are shown on the clock of `zone`, which is named. Never raises for a stored finding of a
    rule that is gone, or that has other sentences now.
    """
    said = say(_code(finding), _args(finding), lang, zone=zone, instead="finding.silent")
    if finding.lifted_by:
        return say("finding.lifted", {"said": said, "id": finding.lifted_by}, lang)
    return said


def reason_part(finding: Finding, zone: str) -> dict[str, Any]:
    """The same as a part of another sentence; of a finding that was made just now, and not lifted."""
    code = _code(finding)
    known = code if code in sentences(ENGLISH) else "finding.silent"
    return part(known, **{**_args(finding), "zone": zone})


def _code(finding: Finding) -> str:
    if finding.sentence == "failed":
        return "finding.failed"
    return f"{finding.rule}.{finding.sentence}"


def _args(finding: Finding) -> dict[str, Any]:
    until = finding.until or part("when.later")
    args = {name: kept(one) if isinstance(one, str) else one for name, one in finding.args.items()}
    return {**args, "until": until, "rule": finding.rule}


def acts(finding: Finding, **of: str) -> tuple[Do, ...]:
    """What a person can do about it; `of`: the post and account that it is about."""
    rule = named(finding.rule)
    return tuple(one.to(**of) for one in rule.acts.get(finding.sentence, ())) if rule else ()


def shorter_notice(rendered: Rendered, length: int, lang: str) -> str:
    """That the notice is not the standard one, with which the text would have `length`."""
    args = {"length": length, "limit": rendered.limit, "notice": rendered.disclaimer}
    return say("notice.shorter", args, lang)
