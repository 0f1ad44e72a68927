"""What readers need of what the rules know, from rows that are read once for a whole page of posts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from publisher.acts import act_of
from publisher.desk.parts.continuing import hindrances
from publisher.desk.parts.find import Target
from publisher.errors import Problem
from publisher.gate import cases
from publisher.gate.cases import Facts
from publisher.gate.evidence import approvals, grants, policy, stops
from publisher.gate.evidence.approvals import Decision
from publisher.gate.subject import Asked, among
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.rows import AccountRow, DeliveryRow, GrantRow, taken_out
from publisher.store.tables import core

_ACCOUNT = core(t.Account)
_ACCOUNTS = select(_ACCOUNT).where(among(_ACCOUNT.c.id, "accounts"))


@dataclass(frozen=True)
class Known:
    """Of a page of posts: `facts` by delivery, `accounts` by name, and what people decided.

    `decided`: by post, approvals and returns; `grants`: permissions that were not taken back; `removed`: by
    post and account, the network's ids of what takedowns have removed; `stuck`: by delivery, why a thread
    that is public in part cannot be gone on with.
    """

    facts: Mapping[str, Facts]
    accounts: Mapping[str, AccountRow]
    decided: Mapping[str, Sequence[Decision]]
    grants: Sequence[GrantRow]
    removed: Mapping[tuple[str, str], frozenset[str]]
    stuck: Mapping[str, Problem]


# What would be sent; and what people said to it, and what stops it.
_WORDS = (policy.EVIDENCE, approvals.WITHOUT_RETURNS)
_STANDING = (policy.EVIDENCE, approvals.WITHOUT_RETURNS, grants.EVIDENCE, stops.EVIDENCE)


def standing(tx: Tx, found: Sequence[Target]) -> Known:
    """Everything that says where these posts stand."""
    rows = [row for one in found for row in one.approvable]
    asked = _asked(tx, found, rows)
    if not rows:
        return Known({}, asked.accounts, {}, (), {}, {})
    facts, (_, said, granted, _) = cases.facts(asked, _STANDING)
    known = {one.row.id: one for one in facts}
    stuck = hindrances(tx, [row for row in rows if row.state == "partly_published"])
    return Known(known, asked.accounts, said.made, granted.grants, _removed(found), stuck)


def _removed(found: Sequence[Target]) -> dict[tuple[str, str], frozenset[str]]:
    gone: dict[tuple[str, str], frozenset[str]] = {}
    for row in (row for one in found for row in one.every if act_of(row).undoes):
        place = (row.post_id, row.account)
        gone[place] = gone.get(place, frozenset()) | taken_out(row)
    return gone


def words(tx: Tx, found: Target, rows: Sequence[DeliveryRow]) -> list[Facts]:
    """What would be sent now by these deliveries of one post, and nothing else about them."""
    return cases.facts(_asked(tx, [found], rows), _WORDS)[0]


def _asked(tx: Tx, found: Sequence[Target], rows: Sequence[DeliveryRow]) -> Asked:
    names = {
        name
        for one in found
        for name in (*one.revision.accounts, *(row.account for row in one.every))
    }
    return Asked(
        tx=tx,
        stage="submit",
        credential_of=None,
        rows=rows,
        accounts={row.id: row for row in tx.all(_ACCOUNTS, {"accounts": list(names)})},
        posts={one.post.id: one.post for one in found},
        revisions=[row for one in found for row in one.written],
    )
