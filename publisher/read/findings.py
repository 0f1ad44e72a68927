"""Why something stands where it stands: a rule's finding, in the reader's language."""

from typing import Annotated

from pydantic import PlainSerializer

from publisher import policy
from publisher.policy import Effect
from publisher.policy.sentences import acts, reason
from publisher.read.view import Act, Instant, View

Verdict = Annotated[
    Effect,
    PlainSerializer(lambda effect: effect.name, return_type=str, when_used="json"),
]


class Finding(View):
    """What one rule of the policy says of a delivery."""

    rule: str
    """The rule's id."""
    clauses: tuple[str, ...]
    """The clauses of the policy that it keeps."""
    verdict: Verdict
    """What follows: `PASS`, `WARN`, `APPROVE`, `HOLD` or `BLOCK`."""
    reason: str
    """The same in words."""
    acts: tuple[Act, ...]
    """What a person can do about it."""
    until: Instant | None
    """When it passes by itself; `null` when it waits for a person or an event."""


def said(finding: policy.Finding, lang: str, zone: str, **about: str) -> Finding:
    """The finding in `lang`, with times on the clock of `zone`; `about`: the post and account."""
    return Finding(
        rule=finding.rule,
        clauses=finding.clauses,
        verdict=finding.effect,
        reason=reason(finding, lang, zone),
        acts=tuple(one.json() for one in acts(finding, **about)),
        until=finding.until,
    )
