"""Who the network says we are: which accounts are asked, and what an answer means."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select, update

from publisher.errors import Do
from publisher.gate.accounts import place_of
from publisher.release.flight import Flight
from publisher.release.follow import break_account, wake_accounts
from publisher.release.machine import Heard
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.bound import ACCOUNT, RECOGNITION, believed
from publisher.store.ledger import Line
from publisher.store.notices import tell
from publisher.store.rows import AccountRow
from publisher.store.tables import core
from publisher.words import code_of

_DELIVERY = core(t.Delivery)
_ACCOUNT = core(t.Account)

UNREAD = "reason.no_credentials"
A_DAY = timedelta(days=1)
FRESH = timedelta(hours=1)  # before each post, it was asked within the last hour


def to_ask(
    tx: Tx, flight: Flight, credential_of: Callable[[AccountRow], str]
) -> Collection[AccountRow]:
    """Accounts to be asked who they are, now: before a post, a day ahead, or since they can be again."""
    found = [*stale(tx, flight.asking), *ahead(tx, flight.asked_ahead)]
    found += filter(credential_of, unread(tx))
    return {account.id: account for account in found}.values()


def stale(tx: Tx, live: Collection[str], most: int = 20) -> list[AccountRow]:
    """Accounts to be asked who they are.

    Those that will send within the hour and were not asked within the last, and those that are
    another place than when they were asked.
    """
    soon = exists().where(
        _DELIVERY.c.account == _ACCOUNT.c.id,
        t.LIVE,
        _DELIVERY.c.state == "waiting",
        _DELIVERY.c.release_at <= tx.now + FRESH,
        _DELIVERY.c.expires_at > tx.now,
    )
    fresh = tx.now - FRESH
    old = or_(_ACCOUNT.c.whoami_at.is_(None), _ACCOUNT.c.whoami_at < fresh)
    rows = tx.all(
        select(_ACCOUNT, (old & soon).label("due")).where(
            _ACCOUNT.c.active,
            _ACCOUNT.c.retired_at.is_(None),
            _ACCOUNT.c.broken_since.is_(None),
            _ACCOUNT.c.id.not_in(live),
        )
    )
    asked = [row for row in rows if row.due or _has_moved(row)][:most]
    return believed(tx, ACCOUNT, asked)


def ahead(tx: Tx, asked: dict[str, datetime]) -> list[AccountRow]:
    """Accounts that will send within a day, and that nobody asked who they are for as long: what is wrong
    there is found out while there is time. `asked`: when each was, by this; it notes whom it names.
    """
    since = tx.now - A_DAY
    sends = exists().where(
        _DELIVERY.c.account == _ACCOUNT.c.id,
        t.LIVE,
        _DELIVERY.c.state == "waiting",
        _DELIVERY.c.release_at <= tx.now + A_DAY,
        _DELIVERY.c.expires_at > tx.now,
    )
    rows = tx.all(
        select(_ACCOUNT).where(
            _ACCOUNT.c.active,
            _ACCOUNT.c.retired_at.is_(None),
            _ACCOUNT.c.broken_since.is_(None),
            or_(_ACCOUNT.c.whoami_at.is_(None), _ACCOUNT.c.whoami_at < since),
            sends,
        )
    )
    found = believed(tx, ACCOUNT, [one for one in rows if asked.get(one.id, since) <= since])
    asked.update((one.id, tx.now) for one in found)
    return found


def unread(tx: Tx) -> list[AccountRow]:
    """Accounts that need nothing but that their credentials can be read again: a file, a key."""
    broken = tx.all(
        select(_ACCOUNT).where(
            _ACCOUNT.c.broken_since.is_not(None), _ACCOUNT.c.retired_at.is_(None)
        )
    )
    return believed(tx, ACCOUNT, [one for one in broken if code_of(one.broken_reason) == UNREAD])


def _has_moved(account: AccountRow) -> bool:
    """Is it another place than when it was asked who it is?"""
    return bool(account.whoami_place) and account.whoami_place != place_of(account)


def answered(tx: Tx, heard: Heard) -> None:
    """What the network said to who-am-I; no answer at all says nothing, nor does another place's."""
    name, answer = heard.account.id, heard.answer
    now = tx.first(select(_ACCOUNT).where(_ACCOUNT.c.id == name))
    if now is None or place_of(now) != place_of(heard.account):
        return
    if now.broken_since != heard.account.broken_since:
        return  # asked before the network refused the credentials, and heard after it
    if isinstance(answer, str):
        recognised(tx, name, answer, heard.credential)
    elif answer.credentials:
        break_account(tx, name, str(answer))
    if heard.limits:
        _bounded(tx, name, heard.limits)


def _bounded(tx: Tx, account: str, limits: Mapping[str, int]) -> None:
    """The site said what it takes: what is written from now on is judged by that."""
    line = Line("site limits", account, {"limits": dict(limits)})
    ledger.change(tx, (RECOGNITION, account), line, limits=dict(limits), limits_at=tx.now)


def recognised(tx: Tx, account: str, user_id: str, credential: str) -> None:
    """The network said who we are, where the account is now; what waited for that is looked at again."""
    row = tx.first(select(_ACCOUNT).where(_ACCOUNT.c.id == account))
    assert row is not None
    here = place_of(row)
    tx.run(
        update(_ACCOUNT)
        .where(_ACCOUNT.c.id == account)
        .values(
            whoami_id=user_id,
            whoami_at=tx.now,
            whoami_credential=credential,
            whoami_place=here,
            broken_since=None,
            broken_reason="",
        )
    )
    line = Line("who-am-I", account, {"user_id": user_id, "place": here})
    ledger.restate(tx, (RECOGNITION, account), line)
    if user_id != row.remote_user_id:
        once = f"another user:{account}:{here}:{credential}:{user_id}"
        connect, told = Do("connect account", {"account": account}), {"account": account}
        ids = {"id": user_id, "registered": row.remote_user_id}
        tell(tx, once, "admin", "another_user", connect, **told, **ids)
    wake_accounts(tx, {account})
