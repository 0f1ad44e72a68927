"""What everybody may know of the vault: for which accounts it holds something, sealed with which key, and
until when that is good. What it holds the daemon alone can say (`daemon.vault`).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select

from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.rows import CredentialRow
from publisher.store.tables import core

_CREDENTIAL = core(t.Credential)

VERSION = "v1"


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
