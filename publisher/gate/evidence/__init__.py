"""The facts that rules read, one file each: its query, and the fields of a case that it fills."""

from publisher.gate.evidence import (
    approvals,
    embargo,
    grants,
    history,
    policy,
    register,
    stops,
    twins,
)
from publisher.gate.subject import Evidence

EVIDENCE: tuple[Evidence, ...] = (
    history.EVIDENCE,
    register.EVIDENCE,
    policy.EVIDENCE,
    approvals.EVIDENCE,
    grants.EVIDENCE,
    stops.EVIDENCE,
    twins.EVIDENCE,
    embargo.EVIDENCE,
)
