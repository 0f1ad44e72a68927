"""What monitors count: how late, how many, with what outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from publisher.acts import act_of
from publisher.store import Tx, vault
from publisher.store import tables as t
from publisher.store.seals import sealed_to
from publisher.store.tables import core

_DELIVERY = core(t.Delivery)
_ATTEMPT = core(t.Attempt)
_ACCOUNT = core(t.Account)
_LEDGER = core(t.LedgerRow)

MOST = 2000  # outcomes that are looked at together


@dataclass(frozen=True)
class Outcome:
    """What one try to send came to. `late` in seconds, of what was published at its own time."""

    network: str
    act: str
    outcome: str
    late: float | None


@dataclass(frozen=True)
class Figures:
    """How it stands now. Times in seconds; `oldest` of what is due, `sealed` of what is not sealed.

    `days`: by account, until its credentials end, as far as the network says; less than 0 when they have.
    """

    oldest: float
    unsealed: int
    sealed: float
    days: Mapping[str, float]


def figures(tx: Tx) -> Figures:
    """As of this look."""
    due = select(func.min(_DELIVERY.c.release_at)).where(
        _DELIVERY.c.state == "waiting",
        _DELIVERY.c.wake_at <= tx.now,
        _DELIVERY.c.release_at <= tx.now,
    )
    upto = sealed_to(tx)
    newest = tx.value(select(func.max(_LEDGER.c.seq))) or 0
    first = tx.value(
        select(_LEDGER.c.at).where(_LEDGER.c.seq > upto).order_by(_LEDGER.c.seq).limit(1)
    )
    days = {name: (at - tx.now) / timedelta(days=1) for name, at in vault.ends(tx).items()}
    return Figures(_age(tx, tx.value(due)), max(newest - upto, 0), _age(tx, first), days)


def _age(tx: Tx, since: datetime | None) -> float:
    return max((tx.now - since).total_seconds(), 0.0) if since else 0.0


def outcomes(tx: Tx, after: int) -> tuple[int, Sequence[Outcome]]:
    """What tries came to in the sealed rows behind that number: how far was looked, and the outcomes."""
    upto = min(sealed_to(tx), after + MOST)
    found = (
        select(
            _LEDGER.c.verb,
            _LEDGER.c.after,
            _DELIVERY.c.act,
            _DELIVERY.c.release_at,
            _ACCOUNT.c.network,
            select(func.max(_ATTEMPT.c.started_at))
            .where(_ATTEMPT.c.delivery_id == _DELIVERY.c.id)
            .scalar_subquery()
            .label("started_at"),
        )
        .join(_DELIVERY, _DELIVERY.c.id == _LEDGER.c.subject)
        .join(_ACCOUNT, _ACCOUNT.c.id == _DELIVERY.c.account)
        .where(_LEDGER.c.seq > after, _LEDGER.c.seq <= upto, _LEDGER.c.before == "sending")
    )
    return max(upto, after), [_outcome(row) for row in tx.all(found)]


def _outcome(row: Any) -> Outcome:
    timely = row.verb == "publish" and act_of(row).makes_post and row.started_at
    late = (row.started_at - row.release_at).total_seconds() if timely else None
    return Outcome(row.network, row.act, row.after, late)
