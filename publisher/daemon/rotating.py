"""Sealing the vault anew with a new key.

The keys file holds every key that anything is sealed with, before and after each step: so whenever it is
killed, everything opens, and it can be begun again.
"""

from collections.abc import Mapping

from publisher.app import App
from publisher.daemon import lock, vault
from publisher.daemon.keyring import NoKey, Place, Ring, new_id, new_key
from publisher.daemon.vault import Locked, Vault, opened, sealed
from publisher.errors import Conflict, NotFound
from publisher.roles import Actor
from publisher.store import Tx, ledger, meta
from publisher.store.bound import CREDENTIAL, believed
from publisher.store.ledger import Line
from publisher.store.rows import CredentialRow
from publisher.store.vault import key_of, rows


def rotate(app: App, held: Vault, by: Actor) -> int:
    """Seal all anew, in one transaction; how many values. `by`: whoever holds the machine.

    Where the keys are not ours to write, somebody has put a newer one there before. Raises NotFound,
    Conflict, Locked, NoKey.
    """
    place = held.place
    with app.store.read() as tx:
        found = _all(tx)
        ring = place.read()
        _opened(tx, ring, found)  # nothing is begun that cannot be ended
    used = {key_of(row.record) for row in found}
    ours = place.writable
    if not ours and used == {ring.newest}:
        raise Conflict("vault.same_key", where=place.said)
    if ours:
        ring = Ring({**ring.keys, new_id(): new_key()})
        _write(place, ring)
    with app.store.write(by) as tx:
        count = _reseal(tx, ring)
    held.look()
    if ours:  # what a backup of yesterday is sealed with stays until the next time
        kept = {one: key for one, key in ring.keys.items() if one in {*used, ring.newest}}
        _write(place, Ring(kept))
    return count


def locally(app: App, by: Actor) -> int:
    """The same where no daemon runs. Raises Conflict where one does."""
    alone = lock.take(app.store, app.config.data)
    try:
        with app.store.read() as tx:
            installation = meta.get(tx, "installation")
        return rotate(app, vault.of(app, installation), by)
    finally:
        alone.release()
        app.store.close()


def _reseal(tx: Tx, ring: Ring) -> int:
    """All that is there by now, which may be more than before."""
    found = _all(tx)
    values = _opened(tx, ring, found)
    said = {"key": ring.newest, "credentials": len(found)}
    ledger.record(tx, "rotate keys", "vault", said)
    for of, value in values.items():
        line = Line("seal credential", "/".join(of), {"key": ring.newest})
        ledger.change(tx, (CREDENTIAL, of), line, record=sealed(ring, of, value))
    return len(values)


def _all(tx: Tx) -> list[CredentialRow]:
    found = [row for held in rows(tx).values() for row in held]
    if not found:
        raise NotFound("vault.empty")
    return found


def _opened(tx: Tx, ring: Ring, found: list[CredentialRow]) -> Mapping[tuple[str, str], str]:
    """Every value; raises Locked, naming the first account of which one does not open."""
    whole = {CREDENTIAL.fact(row) for row in believed(tx, CREDENTIAL, found)}
    values = {}
    for row in found:
        of = (row.account, row.field)
        if CREDENTIAL.fact(row) not in whole:
            raise _not_all(row, Locked("vault.changed"))
        try:
            values[of] = opened(ring, of, row.record)
        except Locked as error:
            raise _not_all(row, error) from None
    return values


def _not_all(row: CredentialRow, why: Locked) -> Locked:
    return Locked("vault.not_all", account=row.account, why=why.part())


def _write(place: Place, ring: Ring) -> None:
    try:
        place.write(ring)
    except OSError as error:
        raise NoKey("vault.unwritten", where=place.said, why=error.strerror) from None
