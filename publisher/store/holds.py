"""Legal holds: of what they are about the history keeps every particular, whatever the policy says.

And what was forgotten: of a post, up to which row of the ledger the particulars are gone for good.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import distinct, func, select, text

from publisher.store import Tx, bound
from publisher.store import tables as t
from publisher.store.bound import HOLD, believed
from publisher.store.rows import HoldRow
from publisher.store.tables import core

_HOLD = core(t.Hold)
_LEDGER = core(t.LedgerRow)
_DELIVERY = core(t.Delivery)
_REVISION = core(t.Revision)

FORGOTTEN = "forgotten"


def in_force(tx: Tx) -> Sequence[HoldRow]:
    """Those that are not lifted, as far as the history vouches for them, the oldest first."""
    rows = tx.all(select(_HOLD).where(_HOLD.c.lifted_at.is_(None)).order_by(_HOLD.c.id))
    return believed(tx, HOLD, rows)


def all_there(tx: Tx) -> bool:
    """Is every hold that the history names there as it says? Else nothing may be forgotten."""
    named = tx.value(
        select(func.count(distinct(_LEDGER.c.fact))).where(
            text("fact <> ''"), _LEDGER.c.fact.between("hold ", "hold!")
        )
    )
    rows = tx.all(select(_HOLD))
    return bool(len(rows) == named == len(believed(tx, HOLD, rows)))


def held(tx: Tx, posts: Collection[str]) -> set[str]:
    """Those posts that a hold is about: by name, by where they go, or by who had a part in them."""
    names: dict[str, set[str]] = {"post": set(), "account": set(), "person": set()}
    for row in in_force(tx):
        names[row.kind].add(row.name)
    found = names["post"] & set(posts)
    if names["account"]:
        going = select(_DELIVERY.c.post_id, _DELIVERY.c.account)
        rows = tx.all(going.where(_DELIVERY.c.post_id.in_(posts)))
        found |= {row.post_id for row in rows if row.account in names["account"]}
        meant = select(_REVISION.c.post_id, _REVISION.c.accounts)
        rows = tx.all(meant.where(_REVISION.c.post_id.in_(posts)))
        found |= {row.post_id for row in rows if names["account"] & set(row.accounts)}
    if names["person"]:
        of = _LEDGER.c.post_id.in_(posts), _LEDGER.c.actor.in_(names["person"])
        found |= {row.post_id for row in tx.all(select(_LEDGER.c.post_id).where(*of).distinct())}
    return found


def forgotten(tx: Tx, posts: Collection[str]) -> dict[str, int]:
    """By post, the number of the row up to which its particulars are gone, as the history says."""
    facts = bound.newest(tx, [f"{FORGOTTEN} {post}" for post in posts])
    return {
        fact.removeprefix(f"{FORGOTTEN} "): int(row.binds)
        for fact, row in facts.items()
        if bound.signed(tx, row)
    }


def count_forgotten(tx: Tx) -> int:
    """How many posts have particulars that are gone."""
    facts = _LEDGER.c.fact.between(f"{FORGOTTEN} ", f"{FORGOTTEN}!")
    return int(
        tx.value(select(func.count(distinct(_LEDGER.c.fact))).where(text("fact <> ''"), facts))
    )
