"""What the policy never lets out, of what is planned."""

from collections.abc import Sequence

from publisher.errors import Do, HeldByPolicy
from publisher.gate import Plan
from publisher.policy import Effect
from publisher.policy.sentences import reason_part
from publisher.words import part


def blocked(made: Sequence[Plan], *acts: Do) -> HeldByPolicy | None:
    """All that it says no to; `acts`: what can be done about it."""
    lines = []
    for row, finding in ((p.facts.row, f) for p in made for f in p.findings):
        why = reason_part(finding, row.requested_zone)
        line = part("compose.blocked_there", account=row.account, reason=why)
        if finding.effect == Effect.BLOCK and line not in lines:
            lines.append(line)
    return HeldByPolicy("compose.blocked", *acts, reasons=lines) if lines else None


def refuse_blocked(made: Sequence[Plan]) -> None:
    """Raises HeldByPolicy with what the policy never lets out."""
    if no := blocked(made):
        raise no
