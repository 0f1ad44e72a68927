"""Each network is asked who we are, by a person: does it fit what the register says?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from publisher.desk.parts.find import account_rows
from publisher.gate.accounts import account_value
from publisher.networks import Entitled, WhoAmIFailed
from publisher.networks.wire import shape
from publisher.release import machine, whoami
from publisher.release.follow import break_account
from publisher.release.machine import Machine
from publisher.roles import Actor, authorize
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.rows import AccountRow
from publisher.store.tables import core

_ACCOUNT = core(t.Account)


@dataclass(frozen=True)
class Recognition:
    """What a network answered. `user`: its own id of us, "" when `failed` says why it gave none.

    `rights`: what it lets this user do, by verb, where it says so.
    """

    account: str
    registered: str
    user: str = ""
    failed: str = ""
    rights: Mapping[str, bool] = field(default_factory=dict)

    @property
    def fits(self) -> bool:
        """Is it who the register says?"""
        return bool(self.user) and self.user == self.registered


def verify(app: Machine, actor: Actor, account: str = "") -> Iterator[Recognition]:
    """Ask for one account, or for every one that is not retired; each answer is kept as it comes."""
    authorize(actor, "verify accounts")
    with app.store.read(actor) as tx:
        rows = _chosen(tx, account)
    for row in rows:
        authorize(actor, "verify accounts", [account_value(row)])
    return (_verify(app, actor, row) for row in rows)


def _chosen(tx: Tx, account: str) -> Sequence[AccountRow]:
    if account:
        return account_rows(tx, [account])
    return tx.all(select(_ACCOUNT).where(_ACCOUNT.c.retired_at.is_(None)).order_by(_ACCOUNT.c.id))


def _verify(app: Machine, actor: Actor, row: AccountRow) -> Recognition:
    credential = app.credential_of(row)
    try:
        adapter = app.adapter(row)
        user = shape.user_id(adapter.whoami())
        rights = adapter.rights() if isinstance(adapter, Entitled) else {}
        limits = machine.asked_limits(adapter, row, app.now())
    except WhoAmIFailed as error:
        if error.credentials:
            with app.store.write(actor) as tx:
                break_account(tx, row.id, shape.reason(str(error)))
        return Recognition(row.id, row.remote_user_id, failed=shape.reason(str(error)))
    except Exception as error:  # noqa: BLE001  # MissingSecret and whatever a library raises
        said = shape.readable(str(error)) or type(error).__name__
        return Recognition(row.id, row.remote_user_id, failed=said)
    with app.store.write(actor) as tx:
        whoami.answered(tx, machine.Heard(row, credential, user, limits))
    return Recognition(row.id, row.remote_user_id, user, rights=rights)
