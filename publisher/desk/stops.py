"""The emergency stop: one person, at once. Lifting it takes the duty role, and releases nothing."""

from publisher.desk.parts.find import account_rows, authorize_everywhere
from publisher.desk.parts.stopped import WIDE, in_force, lift, lifting, put, said
from publisher.errors import Conflict, Do, Usage
from publisher.gate.accounts import account_value
from publisher.roles import MACHINE, authorize
from publisher.store import Tx, bound, ledger
from publisher.store.rows import DeliveryRow
from publisher.words import as_text, foreign


def stop(tx: Tx, account: str = "", *, except_notices: bool = False, why: str) -> str:
    """Stop everything, everything but notices under a live exception, or one account; the scope.

    Raises Conflict when just this is stopped already: a second stop would need a second resume.
    """
    authorize(tx.actor, "stop")  # also of everything, whatever accounts their role is for
    why = foreign(why)
    if account:
        account_rows(tx, [account])  # whoever sees it stops it, whatever their role there
        if except_notices:
            raise Usage("stops.of_everything", field="except_notices")
    scope = account or ("except notices" if except_notices else "everything")
    if not why.strip():
        raise Usage("stops.say_why", field="reason")
    epoch = tx.bump_epoch()  # from here on nobody else can stop or resume
    same = next((row for row in in_force(tx) if row.scope == scope), None)
    if same is not None:
        raise Conflict("stops.already", lifting(scope), stop=said(tx, same))
    put(tx, scope, why, epoch)
    return scope


def stop_beside(tx: Tx, why: str) -> int:
    """Stop everything by the word of whoever holds the machine, where no desk answered; its number.

    One that a person made before stands for it: then it is that one's, and this is recorded beside it.
    """
    authorize(tx.actor, "stop")
    why = foreign(why) or as_text("reason.stop_file")
    epoch = tx.bump_epoch()
    standing = [
        row for row in in_force(tx) if row.by != MACHINE.person and row.scope == "everything"
    ]
    if not standing:
        return put(tx, "everything", why, epoch)
    ledger.record(tx, "stop", "everything", {"reason": why, "epoch": epoch})
    return standing[0].id


def resume(tx: Tx, account: str = "") -> list[DeliveryRow]:
    """Lift stops: of an account, of one of the `WIDE` scopes, or all; what came due meanwhile waits for a
    person, one by one.
    """
    authorize(tx.actor, "resume")
    if account and account not in WIDE:
        authorize(tx.actor, "resume", map(account_value, account_rows(tx, [account])))
    else:
        authorize_everywhere(tx, "resume")
    rows = [r for r in in_force(tx) if r.by != MACHINE.person and account in ("", r.scope)]
    if not rows and (account or bound.stops(tx)[1]):
        if any(r.by == MACHINE.person for r in in_force(tx)):
            raise Conflict("stops.adopt_first", Do("operate", {"how": "adopt"}))
        raise Conflict("stops.none_such")
    return lift(tx, rows, "resume", {})
