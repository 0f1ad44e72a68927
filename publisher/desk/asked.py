"""What a person sees before they grant: the words of each account, its pictures and slot, and why."""

from collections.abc import Sequence
from typing import Any

from publisher.clock import rfc3339
from publisher.desk import exceptions
from publisher.desk.parts import permissions
from publisher.desk.parts.approving import fingerprints, seen_now
from publisher.desk.parts.find import deliveries, target
from publisher.desk.views import rendered_json_of
from publisher.store import Tx


def asked_json(tx: Tx, name: str) -> dict[str, Any]:
    """The request, its fingerprint, what goes out under it, and uses that nobody has reviewed yet.

    `slots`: account to the instant that was asked for; None means as soon as it is granted.
    """
    row = exceptions.grantable(tx, name)
    rows = [d for d in deliveries(tx, row.post_id) if d.id in row.deliveries] if row.post_id else []
    names = {d.account for d in rows} | set(row.accounts)
    prints = {}
    if row.post_id:
        known = seen_now(tx, target(tx, row.post_id))
        prints = {k: v for k, v in fingerprints(known).items() if k in row.deliveries}
    shown = rendered_json_of(tx, row.post_id) if row.post_id else {}
    return {
        "id": row.id, "kind": row.kind, "post": row.post_id, "category": row.category,
        "reason": row.reason, "requested_by": row.requested_by,
        "fingerprint": permissions.request_fingerprint(row, prints),
        "accounts": sorted(names),
        "rendered": {account: one for account, one in shown.items() if account in names},
        "slots": {d.account: rfc3339(d.requested_at) if row.kind == "planned" else None for d in rows},
        "unreviewed": unreviewed_json(tx, sorted(names)),
        "others": permissions.others(tx) if row.category == permissions.OTHER else None,
    }  # fmt: skip


def unreviewed_json(tx: Tx, accounts: Sequence[str]) -> list[dict[str, Any]]:
    """What went out on these accounts under a permission that nobody has reviewed yet."""
    return [
        {"exception": u.exception_id, "post": u.post_id, "account": u.account,
         "category": u.category, "at": rfc3339(u.at)}
        for u in permissions.unreviewed(tx, accounts)
    ]  # fmt: skip
