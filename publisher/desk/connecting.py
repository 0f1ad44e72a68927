"""Who may connect an account: what they type goes to the daemon, which alone keeps it."""

from collections.abc import Collection, Mapping
from typing import Any

from publisher.desk.parts.find import account_rows
from publisher.errors import Usage
from publisher.gate.accounts import account_value
from publisher.networks.registry import about
from publisher.roles import authorize, kept, refuse_another_login
from publisher.store import Tx


def connect(tx: Tx, account: str, fields: Collection[str] = ()) -> Mapping[str, Any]:
    """Who connects which account, or disconnects it, as the daemon is told. Raises NotFound, and Usage
    for `fields` that its network does not know.
    """
    authorize(tx.actor, "connect account")
    refuse_another_login(tx.actor, "connect account")
    who = _named(tx, account, "connect account")
    [row] = account_rows(tx, [account])
    known = [one.name for one in about(row.network).secrets]
    if not set(fields) <= set(known):
        raise Usage("connect.unknown", field="secrets", known=known)
    return who


def verify(tx: Tx, account: str) -> Mapping[str, Any]:
    """Who asks for which account who we are there. Raises NotFound."""
    authorize(tx.actor, "verify accounts")
    return _named(tx, account, "verify accounts")


def _named(tx: Tx, account: str, action: str) -> Mapping[str, Any]:
    who = tx.actor
    [row] = account_rows(tx, [account])
    authorize(who, action, [account_value(row)])
    how = {"kept": who.os_user, "roles": kept(who), "sample": who.sample}
    return {"account": row.id, "person": who.person, **how}
