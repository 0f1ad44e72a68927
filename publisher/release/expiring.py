"""Credentials that end are told of while there is time to renew them."""

from datetime import timedelta

from sqlalchemy import select

from publisher.clock import rfc3339
from publisher.errors import Do
from publisher.roles import MACHINE
from publisher.store import Store, Tx, vault
from publisher.store import tables as t
from publisher.store.notices import tell
from publisher.store.tables import core

_NOTICE = core(t.Notification)

DAYS = (14, 7, 3, 1, 0)  # before the end; once each


def tell_ahead(store: Store) -> None:
    """Tell an administrator of each that ends soon, once a step. Writes nothing when all were told."""
    with store.read() as tx:
        if not _untold(tx):
            return
    with store.write(MACHINE) as tx:
        for dedupe, account in _untold(tx).items():
            ends = vault.soon(tx)[account]
            code = "credentials_ended" if ends <= tx.now else "credentials_end"
            connect = Do("connect account", {"account": account})
            told = {"account": account, "until": ends, "zone": tx.zone()}
            tell(tx, dedupe, "admin", code, connect, **told)


def _untold(tx: Tx) -> dict[str, str]:
    """Of each notice that is due and was not made: what makes it one of a kind, and its account."""
    due = {}
    for account, ends in vault.soon(tx).items():
        step = min(day for day in DAYS if ends - tx.now <= timedelta(days=day))
        due[f"credentials end:{account}:{rfc3339(ends)}:{step}"] = account
    made = tx.all(select(_NOTICE.c.dedupe).where(_NOTICE.c.dedupe.in_(due))) if due else ()
    told = {row.dedupe for row in made}
    return {dedupe: account for dedupe, account in due.items() if dedupe not in told}
