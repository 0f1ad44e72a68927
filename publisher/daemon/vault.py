"""The vault, opened: only the daemon has one.

A record is `v1|key-id|nonce|ciphertext` (AES-256-GCM), bound to its table, account and field: under any
other name it does not open. Desk and daemon run as one user, so this is order and no wall.
"""

import base64
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select, update

from publisher import hidden
from publisher.app import App
from publisher.content import canonical
from publisher.daemon.keyring import NoKey, Place, Ring, new_id, new_key, place
from publisher.errors import Conflict
from publisher.networks.registry import about
from publisher.store import Store, Tx, ledger
from publisher.store import tables as t
from publisher.store.bound import CREDENTIAL, believed
from publisher.store.ledger import Line
from publisher.store.rows import AccountRow, CredentialRow
from publisher.store.tables import core
from publisher.store.vault import VERSION, key_of, rows

_CREDENTIAL = core(t.Credential)
_NONCE = (
    12  # bytes (NIST SP 800-38D, 8.2.2): random, and a key seals a few hundred times in its life
)


class Locked(Conflict):
    """What the vault holds of an account cannot be opened; the sentence says why, and never what."""


def sealed(ring: Ring, of: tuple[str, str], value: str) -> str:
    """The record of a value; `of`: account and field."""
    nonce = os.urandom(_NONCE)
    made = AESGCM(ring.keys[ring.newest]).encrypt(nonce, value.encode(), _bound(of))
    return "|".join((VERSION, ring.newest, _text(nonce), _text(made)))


def opened(ring: Ring, of: tuple[str, str], record: str) -> str:
    """The value of a record. Raises Locked where the key is another one, or the record is not ours."""
    key = ring.keys.get(key_of(record))
    if key is None:
        raise Locked("vault.other_key", key=key_of(record) or "?")
    try:
        nonce, made = (base64.b64decode(one, validate=True) for one in record.split("|")[2:])
        return AESGCM(key).decrypt(nonce, made, _bound(of)).decode()
    except (InvalidTag, ValueError):
        raise Locked("vault.not_ours") from None


def _bound(of: tuple[str, str]) -> bytes:
    return canonical([_CREDENTIAL.name, *of])


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Vault:
    """What the database holds of the networks' credentials. `look` after each change of it."""

    def __init__(self, store: Store, place: Place) -> None:
        self.place = place
        self._store = store
        self._rows: Mapping[str, Sequence[CredentialRow]] = {}
        self._believed: frozenset[str] = frozenset()
        self._looks = 0
        self.look()

    def look(self) -> None:
        """What it holds now; every thread sees it whole, or as it was."""
        with self._store.read() as tx:
            found = rows(tx)
            whole = believed(tx, CREDENTIAL, [row for held in found.values() for row in held])
        facts = frozenset(CREDENTIAL.fact(row) for row in whole)
        self._rows, self._believed, self._looks = found, facts, self._looks + 1

    def mark(self, account: str) -> Any:
        """Changes whenever what is opened would; None where it holds nothing of the account."""
        return (self._looks, self.place.mark()) if account in self._rows else None

    def read(self, account: AccountRow) -> Mapping[str, str]:
        """The account's credentials by field. Every value but those that may be shown is hidden from the
        logs from here on. Raises Locked, NoKey, MissingSecret.
        """
        held = self._rows.get(account.id, ())
        if any(CREDENTIAL.fact(row) not in self._believed for row in held):
            raise Locked("vault.changed")
        ring = self.place.read()
        found = {row.field: opened(ring, (row.account, row.field), row.record) for row in held}
        hide(account.network, found)
        return found

    def ring(self, tx: Tx) -> Ring:
        """The keys; the first ones are made. What is sealed already never gets another key by itself.

        Raises NoKey.
        """
        if self.place.is_there() or not self.place.ours or rows(tx):
            return self.place.read()
        try:
            self.place.write(Ring({new_id(): new_key()}))
        except OSError as error:
            raise NoKey("vault.unwritten", where=self.place.said, why=error.strerror) from None
        return self.place.read()

    def take_out(self, tx: Tx, account: str) -> list[str]:
        """Nothing of the account is left; the fields there were. It takes no key."""
        held = rows(tx).get(account, ())
        _blank(tx, held)
        return [row.field for row in held]


def of(app: App, installation: str) -> Vault:
    """The vault of this installation."""
    return Vault(app.store, place(app.config, installation, app.env))


def put(
    tx: Tx, ring: Ring, account: str, values: Mapping[str, str], until: datetime | None
) -> None:
    """Keep these, sealed, as all of an account's credentials; `until` as in the table."""
    known = tx.all(select(_CREDENTIAL).where(_CREDENTIAL.c.account == account))
    fields = {row.field for row in known}
    _blank(tx, [row for row in known if row.record and row.field not in values])
    for field, value in values.items():
        record = sealed(ring, (account, field), value)
        line = Line("seal credential", f"{account}/{field}", {"key": ring.newest})
        if field not in fields:
            row = t.Credential(
                account=account, field=field, record=record, saved_at=tx.now, expires_at=until
            )
            ledger.put(tx, row, line)
            continue
        mine = (_CREDENTIAL.c.account == account) & (_CREDENTIAL.c.field == field)
        told = {"record": record, "saved_at": tx.now, "expires_at": until}
        tx.run(update(_CREDENTIAL).where(mine).values(**told))
        ledger.restate(tx, (CREDENTIAL, (account, field)), line)


def _blank(tx: Tx, these: Sequence[CredentialRow]) -> None:
    """A row that was deleted would look like somebody's deletion."""
    for row in these:
        line = Line("take out credential", f"{row.account}/{row.field}")
        of = (CREDENTIAL, (row.account, row.field))
        ledger.change(tx, of, line, record="", expires_at=None)


def hide(network: str, values: Mapping[str, str]) -> None:
    """No log says any of these but a name."""
    for field, value in values.items():
        if field not in about(network).names:
            hidden.hide(value)
