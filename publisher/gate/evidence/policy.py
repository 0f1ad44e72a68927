"""What the written policy says for this account and these words."""

from datetime import timedelta

from publisher.gate.rendering import ladder
from publisher.gate.subject import Asked, Evidence, Fields, Subject
from publisher.networks.registry import about


def _fields(_found: None, of: Subject, asked: Asked) -> Fields:
    policy, account = asked.tx.policy, of.account
    return {
        "needed": policy.approval.count,
        "params": policy.params,
        "calendar": policy.calendars.get(account.calendar) if account else None,
        "gap": policy.gap(account) if account else timedelta(),
        "threads": about(account.network).threads if account else False,
        "markup": about(account.network).markup if account else "plain",
        "wordings": ladder(of.content, account, policy) if account else (),
        "promises": policy.promises(account.disclaimers) if account else (),
        "domains": policy.domains.get(account.disclaimers, ()) if account else (),
    }


EVIDENCE = Evidence(_fields)
