"""What a delivery left on its network, a draft and its pictures, goes when it will not go out.

First it is noted as dropped: from then on no sending builds on it. Then it is removed, like a
look-up in a thread of its own, and tried again until nothing of it is left.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, select

from publisher import clock
from publisher.content import Rendered
from publisher.gate.accounts import account_value, place_of
from publisher.lifecycle import DEAD
from publisher.networks import Absent, CannotTell, Drafting, Found, Intent, Network
from publisher.networks.place import said
from publisher.release import doubt
from publisher.release.intend import Limits
from publisher.store import Tx, ledger, past
from publisher.store import tables as t
from publisher.store.notices import tell
from publisher.store.rows import AccountRow, DeliveryRow
from publisher.store.tables import Utc, core
from publisher.words import as_text

_DELIVERY = core(t.Delivery)
_ACCOUNT = core(t.Account)

# A delivery, its account, and what to ask; in its place the answer where nobody can be asked.
Asked = tuple[DeliveryRow, AccountRow | None, Intent | CannotTell]

OURS = ("post_id", "media")  # notes of what lies on the network
AGAIN = timedelta(hours=1)
GIVE_UP = timedelta(days=30)
AT_ONCE = 20

# Each pass asks this twice, so it is made once.
_LEFT = (
    select(_DELIVERY)
    .where(
        t.LEFT,
        _DELIVERY.c.tidy_at <= bindparam("now", type_=Utc),
        _DELIVERY.c.unproven == "",
        _DELIVERY.c.id.not_in(bindparam("live", expanding=True)),
    )
    .limit(bindparam("most"))
)


def leaves(notes: Mapping[str, Any]) -> bool:
    """Does something lie on the network that these notes are about?"""
    return bool(_lies(notes) or notes.get("dropped"))


def due(tx: Tx) -> bool:
    """Is there something to be noted as dropped?"""
    return any(_lies(row.notes) for row in _rows(tx, AT_ONCE))


def mark(tx: Tx) -> None:
    """Note as dropped what those left that will not go out."""
    for row in _rows(tx, AT_ONCE):
        if lying := _lies(row.notes):
            kept = {k: v for k, v in row.notes.items() if k not in (*OURS, "at", "draft_seen")}
            ledger.move(
                tx,
                row,
                "tidy",
                payload={"dropped": lying.get("post_id", "pictures")},
                notes={**kept, "dropped": lying},
            )


def _lies(notes: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: notes[name] for name in OURS if notes.get(name)}
    return {**found, "at": notes["at"]} if found and "at" in notes else found


def _rows(tx: Tx, most: int, live: Collection[str] = ()) -> Sequence[DeliveryRow]:
    """None in a restored database that nobody has adopted: the true one may need what lies there."""
    rows = tx.all(_LEFT, {"now": tx.now, "live": list(live), "most": most})
    return rows if rows and past.kept(tx) is None else ()


def leftovers(tx: Tx, limits: Limits, live: Collection[str], most: int) -> list[Asked]:
    """What is noted as dropped and due to be removed: (row, account row, intent).

    In place of the intent stands the answer where the account is not there any more.
    """
    if most <= 0:
        return []
    found: list[Asked] = []
    for row in _rows(tx, most, live):
        account = tx.first(select(_ACCOUNT).where(_ACCOUNT.c.id == row.account))
        if not row.notes.get("dropped"):
            continue
        if account is None:
            found.append((row, None, CannotTell(as_text("reason.account_gone"))))
            continue
        away = row.place not in ("", place_of(account))
        lies = as_text("reason.left_elsewhere", place=said(row.place))
        left = CannotTell(lies) if away else None
        found.append((row, account, left or _intent(tx, row, account, limits)))
    return found


def _intent(tx: Tx, row: DeliveryRow, account: AccountRow, limits: Limits) -> Intent:
    return Intent(
        key=f"{row.id}r{row.revision}",
        account=account_value(account),
        act=row.act,
        rendered=Rendered(account.network, ()),
        started_at=tx.now,
        not_after=tx.now + limits.send,
        deadline=clock.monotonic() + limits.send.total_seconds(),
        notes=row.notes["dropped"],
        target=row.target,
    )


def look(adapter: Network, row: DeliveryRow, intent: Intent) -> Found:
    """The look-up of this delivery; of one that will not go out, the removal of what it left."""
    if row.state not in DEAD:
        return doubt.look(adapter, intent)
    left = adapter.drop(intent) if isinstance(adapter, Drafting) else ""
    return CannotTell(left) if left else Absent(as_text("reason.nothing_left"))


def tidied(tx: Tx, row: DeliveryRow, answer: Found) -> None:
    """Nothing is left, or it is tried again; after an hour in vain an admin is told."""
    if isinstance(answer, Absent):
        kept = {name: note for name, note in row.notes.items() if name != "dropped"}
        ledger.move(tx, row, "tidy", payload={"left": ""}, notes=kept, tidy_at=None)
        return
    reason, since = str(getattr(answer, "reason", "")), tx.now - (row.settled_at or row.human_at)
    again = tx.now + AGAIN if since < GIVE_UP else None
    ledger.move(tx, row, "tidy", payload={"left": reason}, notes=row.notes, tidy_at=again)
    if since > AGAIN:
        tell(
            tx,
            f"left:{row.id}",
            "admin",
            "left_over",
            account=row.account,
            post=row.post_id,
            reason=reason,
        )
