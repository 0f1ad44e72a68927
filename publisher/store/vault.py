"""What everybody may know of the vault: for which accounts it holds something, sealed with which key, and
until when that is good. What it holds the daemon alone can say (`daemon.vault`).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select

from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.rows import CredentialRow
from publisher.store.tables import core

_CREDENTIAL = core(t.Credential)

_ACCOUNT = core(t.Account)

VERSION = "v1"
AHEAD = timedelta(days=14)  # so long before it ends somebody is told


def rows(tx: Tx) -> Mapping[str, list[CredentialRow]]:
    """What it holds, by account; not yet to be believed."""
    found: dict[str, list[CredentialRow]] = {}
    held = select(_CREDENTIAL).where(_CREDENTIAL.c.record != "")
    for row in tx.all(held.order_by(_CREDENTIAL.c.account, _CREDENTIAL.c.field)):
        found.setdefault(row.account, []).append(row)
    return found


def key_of(record: str) -> str:
    """The id of the key that this was sealed with; "" for what is no record of ours."""
    version, *rest = record.split("|")
    return rest[0] if version == VERSION and len(rest) == 3 else ""


def until(held: Iterable[CredentialRow]) -> datetime | None:
    """When the first of these ends, as far as the network says."""
    return min((one.expires_at for one in held if one.expires_at), default=None)


def ends(tx: Tx) -> Mapping[str, datetime]:
    """Of each account in use whose credentials end some day, as far as the network says: when."""
    kept = select(_ACCOUNT.c.id).where(_ACCOUNT.c.active, _ACCOUNT.c.retired_at.is_(None))
    used = {row.id for row in tx.all(kept)}
    said = {name: until(held) for name, held in rows(tx).items() if name in used}
    return {name: at for name, at in said.items() if at is not None}


def soon(tx: Tx) -> Mapping[str, datetime]:
    """Those that end so soon that somebody should have connected the account anew; or have ended."""
    return {name: at for name, at in ends(tx).items() if at <= tx.now + AHEAD}
