"""A network asks an account to wait, and a person who knows better does not."""

from publisher.clock import rfc3339
from publisher.desk.parts.find import account_rows
from publisher.errors import Conflict
from publisher.gate.accounts import account_value
from publisher.release.follow import wake_accounts
from publisher.roles import authorize
from publisher.store import Tx, ledger
from publisher.store.bound import RECOGNITION
from publisher.store.ledger import Line
from publisher.store.rows import AccountRow
from publisher.words import foreign


def resume(tx: Tx, account: str, why: str = "") -> AccountRow:
    """Lift the wait of one account, which is returned as it was. Raises Conflict without one."""
    authorize(tx.actor, "resume")
    why = foreign(why)
    [row] = account_rows(tx, [account])
    authorize(tx.actor, "resume", [account_value(row)])
    if row.not_before is None or row.not_before <= tx.now:
        raise Conflict("waits.not_waiting", account=account)
    line = Line("resume account", account, {"until": rfc3339(row.not_before), "reason": why})
    ledger.change(tx, (RECOGNITION, account), line, not_before=None)
    wake_accounts(tx, {account})
    return row
