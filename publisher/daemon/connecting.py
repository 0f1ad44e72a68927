"""Connecting an account: the daemon tries what was typed at once, compares who we are there with the
register, and only then keeps it. Nothing of it is kept anywhere else.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from publisher.app import App
from publisher.clock import rfc3339
from publisher.daemon import rotating
from publisher.daemon.line import Asked
from publisher.daemon.vault import Vault, hide, put
from publisher.desk import accounts
from publisher.desk.parts.find import account_rows
from publisher.errors import Conflict, NotFound, Problem, TryAgain, Usage
from publisher.gate.accounts import account_value, place_of
from publisher.networks import Begun, Entitled, Lasting, Network, WhoAmIFailed
from publisher.networks.registry import about, handshake
from publisher.networks.wire import shape
from publisher.release import whoami
from publisher.roles import ON, ROLES, Actor, authorize, held, server
from publisher.store import Tx, ledger, provision
from publisher.store.bound import ACCOUNT, believed
from publisher.store.rows import AccountRow
from publisher.store.secrets import fingerprint
from publisher.unix import Peer

LONGEST = 1_000  # characters of one secret; the longest that we know has some 400
PATIENCE = timedelta(minutes=15)  # to say yes on the network's page

T = TypeVar("T")


@dataclass(frozen=True)
class _Waits:
    """Somebody is to say yes on the network's page. `place`: where the account was when it began."""

    person: str
    place: str
    begun: Begun = field(repr=False)
    until: datetime


@dataclass(frozen=True)
class _Tried:
    """Credentials that the network has taken: until when, and what they may do there."""

    values: Mapping[str, str] = field(repr=False)
    until: datetime | None
    rights: Mapping[str, bool]


class Connecting:
    """One account at a time: two people who connect at once would not know whose was kept."""

    def __init__(self, app: App, vault: Vault, wake: Callable[[], None]) -> None:
        self._app, self._vault, self._wake = app, vault, wake
        self._one = threading.Lock()
        self._waiting: dict[str, _Waits] = {}

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._one.acquire(blocking=False):
            raise TryAgain("connect.busy")
        try:
            yield
        finally:
            self._one.release()

    def connect(self, _peer: Peer, asked: Asked) -> Asked:
        """`secrets` by field, or the `pin` that the network showed: `{authorize}`, or `{rights}`."""
        by, pin = _actor(asked), _text(asked.get("pin", ""))
        with self._alone():
            row = self._row(by, str(asked["account"]))
            typed = _typed(row, asked.get("secrets") or {})
            values = self._finished(row, by, pin) if pin else typed
            if begun := None if pin else self._begun(row, by, typed):
                return {"authorize": begun.address}
            tried = self._tried(row, values)
            self._keep(row, by, tried)
        self._wake()
        return {"rights": dict(tried.rights)}

    def disconnect(self, _peer: Peer, asked: Asked) -> Asked:
        """Take an account's credentials out of the vault; `{fields}` says how many."""
        by, name = _actor(asked), str(asked["account"])
        authorize(by, "connect account")
        with self._alone():
            with self._app.store.write(by) as tx:
                tx.lock_epoch(exclusive=True)
                fields = self._vault.take_out(tx, name)
                if not fields:
                    raise NotFound("connect.not_there", account=name)
                ledger.record(tx, "disconnect account", name, {"fields": fields})
                tx.bump_epoch()
            self._vault.look()
        self._wake()
        return {"fields": len(fields)}

    def verify(self, _peer: Peer, asked: Asked) -> Asked:
        """Who the network says we are, by credentials that only the daemon has."""
        [found] = accounts.verify(self._app, _actor(asked), str(asked["account"]))
        return {"user": found.user, "failed": found.failed, "rights": dict(found.rights)}

    def rotate(self, peer: Peer, _asked: Asked) -> Asked:
        """Seal all of the vault anew; `{count}` says how many values."""
        with self._alone():
            return {"count": rotating.rotate(self._app, self._vault, server(peer.kept))}

    def _row(self, by: Actor, name: str) -> AccountRow:
        with self._app.store.read() as tx:
            row = _registered(tx, name)
        authorize(by, "connect account", [account_value(row)])
        return row

    def _begun(self, row: AccountRow, by: Actor, typed: Mapping[str, str]) -> Begun | None:
        """Where a yes on the network's page gives what was not typed: that is asked for."""
        lacking = {one.name for one in about(row.network).secrets} - typed.keys()
        if not lacking:
            return None
        way = handshake(row.network)
        if way is None or not lacking <= way.GIVES:
            raise Usage("connect.lacks", field="secrets", lacking=sorted(lacking))
        begun = _asked(lambda: way.begin(account_value(row), typed, self._app.tools))
        now = self._app.now()
        hide(row.network, {**begun.kept})
        self._waiting[row.id] = _Waits(by.person, place_of(row), begun, now + PATIENCE)
        return begun

    def _finished(self, row: AccountRow, by: Actor, pin: str) -> Mapping[str, str]:
        """What the yes gives. A PIN is good once, so whatever comes of it one begins anew."""
        waits, way = self._waiting.pop(row.id, None), handshake(row.network)
        good = waits and waits.until > self._app.now() and waits.place == place_of(row)
        if waits is None or way is None or not good or waits.person != by.person:
            raise Conflict("connect.nothing_begun", account=row.id)
        values = _asked(
            lambda: way.finish(account_value(row), waits.begun.kept, pin, self._app.tools)
        )
        hide(row.network, values)
        return values

    def _tried(self, row: AccountRow, values: Mapping[str, str]) -> _Tried:
        """Raises Conflict unless the network says that we are who the register says."""
        adapter = _asked(lambda: self._app.make_adapter(row, self._app.tools, values))
        user = _asked(lambda: shape.user_id(adapter.whoami()))
        if user != row.remote_user_id:
            ids = {"user": user, "registered": row.remote_user_id}
            raise Conflict("connect.another", account=row.id, **ids)
        until, rights = _more(adapter)
        if until and until <= self._app.now():
            raise Conflict("connect.ended", account=row.id)
        return _Tried(values, until, rights)

    def _keep(self, row: AccountRow, by: Actor, tried: _Tried) -> None:
        """In one transaction with who we are there, so that the next post need not ask."""
        with self._app.store.write(by) as tx:
            tx.bump_epoch()  # what is in flight judges again
            now = _registered(tx, row.id)
            if place_of(now) != place_of(row) or now.network != row.network:
                raise Conflict("connect.moved", account=row.id)
            mark = fingerprint(tried.values)
            until = rfc3339(tried.until) if tried.until else ""
            said = {"fields": sorted(tried.values), "fingerprint": mark, "until": until}
            ledger.record(tx, "connect account", row.id, said)
            put(tx, self._vault.ring(tx), row.id, tried.values, tried.until)
            whoami.recognised(tx, row.id, row.remote_user_id, mark)
            provision.look_again(tx, row.id)
        self._vault.look()


def _registered(tx: Tx, name: str) -> AccountRow:
    [row] = account_rows(tx, [name])
    if row.retired_at is not None or not believed(tx, ACCOUNT, [row]):
        raise Conflict("connect.retired", account=name)
    return row


def _more(adapter: Network) -> tuple[datetime | None, Mapping[str, bool]]:
    """Until when, and what they may do there: a network that does not say has taken them all the same."""
    until, rights = None, dict[str, bool]()
    with suppress(Exception):
        until = adapter.until() if isinstance(adapter, Lasting) else None
    with suppress(Exception):
        rights.update(adapter.rights() if isinstance(adapter, Entitled) else {})
    return until, rights


def _asked(ask: Callable[[], T]) -> T:
    """What a network answers; raises Conflict with what it says against it, and never what was typed."""
    try:
        return ask()
    except WhoAmIFailed as error:
        raise Conflict("connect.refused", why=shape.reason(str(error))) from None
    except Problem as error:
        raise Conflict("connect.refused", why=error.part()) from None
    except Exception as error:  # noqa: BLE001  # whatever a library or an odd answer raises
        said = shape.readable(str(error)) if isinstance(error, shape.Misfit) else ""
        raise Conflict("connect.refused", why=said or type(error).__name__) from None


def _actor(asked: Asked) -> Actor:
    """The person, as the desk names them: it knows by what they are known, and that it is fresh."""
    roles, on = held(one for one in asked["roles"] if one.partition(ON)[0] in ROLES)
    sample = asked["sample"] is not False
    return Actor(str(asked["person"]), roles, str(asked["kept"]), sample, on=on)


def _typed(row: AccountRow, secrets: Any) -> dict[str, str]:
    """What was typed, by fields that this network knows; empty ones are left out. Raises Usage."""
    known = {one.name for one in about(row.network).secrets}
    if not isinstance(secrets, Mapping) or not set(secrets) <= known:
        raise Usage("connect.unknown", field="secrets", known=sorted(known))
    found = {name: _text(value) for name, value in secrets.items()}
    found = {name: value for name, value in found.items() if value}
    hide(row.network, found)
    return found


def _text(value: Any) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not isinstance(value, str) or len(text) > LONGEST or not text.isprintable():
        raise Usage("connect.no_secret", field="secrets", most=LONGEST)
    return text
