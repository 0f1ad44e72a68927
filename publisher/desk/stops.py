"""The emergency stop: one person, at once. Lifting it takes the duty role, and releases nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select

from publisher.clock import rfc3339
from publisher.desk.find import account_rows, authorize_everywhere
from publisher.desk.write import recalled
from publisher.errors import Conflict, Do, Usage
from publisher.gate import plan
from publisher.release.doubt import CONFIRM
from publisher.roles import MACHINE, authorize
from publisher.store import Tx, bound, ledger
from publisher.store import tables as t
from publisher.store.ledger import Line
from publisher.store.notices import tell
from publisher.store.tables import core
from publisher.words import part

_STOP = core(t.Stop)
_ACCOUNT = core(t.Account)
_DELIVERY = core(t.Delivery)

AT_ONCE = 100
WIDE = ("everything", "except notices")
WAITS_FOR_A_PERSON = frozenset({"approval", "exception", "moved", "paused"})


def stop(tx: Tx, account: str = "", *, except_notices: bool = False, why: str) -> str:
    """Stop everything, everything but notices under a live exception, or one account; the scope.

    Raises Conflict when just this is stopped already: a second stop would need a second resume.
    """
    if account:
        account_rows(tx, [account])
        if except_notices:
            raise Usage("stops.of_everything", field="except_notices")
    authorize(tx.actor, "stop")
    scope = account or ("except notices" if except_notices else "everything")
    if not why.strip():
        raise Usage("stops.say_why", field="reason")
    epoch = tx.bump_epoch()  # from here on nobody else can stop or resume
    same = next((row for row in in_force(tx) if row.scope == scope), None)
    if same is not None:
        raise Conflict("stops.already", lifting(scope), stop=said(tx, same))
    put(tx, scope, why, epoch)
    return scope


def put(tx: Tx, scope: str, why: str, epoch: int) -> None:
    """Record a stop. The epoch has been moved: what is in flight judges again before it sends."""
    stopped = t.Stop(scope=scope, reason=why, by=tx.actor.person, at=tx.now)
    ledger.put(tx, stopped, Line("stop", scope, {"reason": why, "epoch": epoch}))
    tell(tx, f"stop:{scope}:{rfc3339(tx.now)}", "duty officer", "stopped", lifting(scope),
         scope=scope_said(scope), person=tx.actor.person, why=why)  # fmt: skip
    tx.wakes = True


def in_force(tx: Tx) -> Sequence[Row[Any]]:
    """Every stop that has not been lifted, the oldest first."""
    return tx.all(select(_STOP).where(_STOP.c.lifted_at.is_(None)).order_by(_STOP.c.id))


def said(tx: Tx, row: Row[Any]) -> dict[str, Any]:
    """What is stopped, by whom, since when on the clock of the account that it is about, and why."""
    account = tx.first(select(_ACCOUNT.c.calendar).where(_ACCOUNT.c.id == row.scope))
    zone = tx.zone(account.calendar if account else "")
    return part("stopped.said", scope=scope_said(row.scope), by=row.by, zone=zone,
                since=row.at.replace(microsecond=0), reason=row.reason)  # fmt: skip


def scope_said(scope: str) -> Any:
    """What stands still, in words: an account by its name."""
    return part(f"scope.{scope.replace(' ', '_')}") if scope in WIDE else scope


def lifting(scope: str) -> Do:
    """What lifts it."""
    return Do("resume", {} if scope in WIDE else {"scope": scope})


def resume(tx: Tx, account: str = "") -> list[Row[Any]]:
    """Lift stops of this scope; what came due meanwhile waits for a person, one by one."""
    authorize_everywhere(tx, "resume")
    rows = [r for r in in_force(tx) if r.by != MACHINE.person and account in ("", r.scope)]
    if not rows and (account or bound.stops(tx)[1]):
        if any(r.by == MACHINE.person for r in in_force(tx)):
            raise Conflict("stops.adopt_first", Do("operate", {"how": "adopt"}))
        raise Conflict("stops.none_such")
    return lift(tx, rows, "resume", {})


def lift(
    tx: Tx, rows: Sequence[Row[Any]], verb: str, payload: Mapping[str, Any], *, about: str = ""
) -> list[Row[Any]]:
    """Lift these; what came due since waits for a person. The answer is what of it was allowed."""
    epoch = tx.bump_epoch()
    # When stops have vanished outside the history, nobody knows which: all that is due waits.
    _, known = bound.stops(tx)
    since = min((row.at for row in rows), default=tx.now)
    scopes = {row.scope for row in rows} if known else {"everything"}
    due = [
        row
        for row in tx.all(
            select(_DELIVERY).where(
                _DELIVERY.c.state.in_(("waiting", "claimed", "expired")),
                _DELIVERY.c.act != "retract",
                _DELIVERY.c.release_at <= tx.now,
                _DELIVERY.c.expires_at >= since,
            )
        )
        if row.account in scopes or scopes & set(WIDE)
    ]
    line = Line(
        verb,
        about or ", ".join(sorted(scopes)),
        {"reason": "", **payload, "epoch": epoch, "due": len(due)},
    )
    left = len(in_force(tx)) - len(rows)
    ledger.lift(tx, rows, line, whole=known or not left)
    waiting = [row for row in due if row.state != "expired" and not row.paused]
    for start in range(0, len(waiting), AT_ONCE):
        plan(tx, recalled(tx, waiting[start : start + AT_ONCE]), paused=CONFIRM)
    tx.wakes = True
    return [row for row in due if _was_allowed(row)]


def _was_allowed(row: Row[Any]) -> bool:
    """What waits for a yes besides is nobody's surprise: it would not have gone out either."""
    asked = {f["rule"] for f in row.findings if f["effect"] in ("APPROVE", "HOLD", "BLOCK")}
    return not asked & WAITS_FOR_A_PERSON
