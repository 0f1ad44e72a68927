"""What preparing came to: notes to keep under the fence, or an outcome that ends this claim."""

from collections.abc import Sequence

from publisher.errors import Do
from publisher.gate import backoff
from publisher.gate.accounts import place_of
from publisher.lifecycle import DEAD
from publisher.networks import Credentials, Later, Notes, Outcome, Refused, lasting
from publisher.release import follow, parts
from publisher.release.claim import locked, read
from publisher.release.settle import THROTTLED, later
from publisher.release.tidy import leaves
from publisher.store import Tx, ledger
from publisher.store.notices import change, give_way, look, tell, where
from publisher.store.rows import AccountRow, DeliveryRow
from publisher.words import as_text


def came_of(tx: Tx, row: DeliveryRow, account: AccountRow, got: Notes | Outcome) -> bool:
    """Save the notes under the fence; False when the delivery is no longer ours to send.

    What failed ahead of the instant is tried again at the instant.
    """
    if isinstance(got, Outcome):
        if row.state == "claimed":
            unprepared(tx, row, account, got)
        return False
    return note(tx, row, account, got)


def note(tx: Tx, row: DeliveryRow, account: AccountRow, notes: Notes) -> bool:
    """Keep the notes, so that a crash resumes instead of repeating; False when it was recalled.

    They are of the place that was prepared; what is noted of another one is forgotten. What was
    prepared ahead may have other words by now, or not go out any more.
    """
    now, where = locked(tx, row.id), place_of(account)
    if now is not None and now.state in DEAD:
        _tidied(tx, now, where, notes)
    if now is None or (now.state, now.fence) != (row.state, row.fence):
        return False
    old = now.notes if now.place == where else {}
    kept = {**old, **(notes if now.revision == row.revision else lasting(notes))}
    ledger.move(
        tx,
        now,
        "note",
        payload={"notes": sorted(notes), "place": where},
        notes=kept,
        place=where,
        tidy_at=tx.now if leaves(kept) else None,
    )
    return True


def _tidied(tx: Tx, now: DeliveryRow, where: str, notes: Notes) -> None:
    """It will not go out: what was prepared is removed as if it had been noted before."""
    if leaves(notes) and now.place in ("", where) and not now.unproven:
        payload = {"notes": sorted(notes), "place": where}
        kept = {**now.notes, **notes}
        ledger.move(tx, now, "tidy", payload=payload, notes=kept, place=where, tidy_at=tx.now)


def unprepared(tx: Tx, row: DeliveryRow, account: AccountRow, outcome: Outcome) -> None:
    """Nothing is public: back to waiting for later, or refused."""
    now = _ours(tx, row)
    if now is None:
        return
    reason = getattr(outcome, "reason", as_text("reason.unprepared"))
    if isinstance(outcome, Refused) and not now.unproven:
        theirs = {"notes": {**now.notes, "theirs": outcome.theirs}} if outcome.theirs else {}
        ended = {"wake_at": None, "reason": reason, "settled_at": tx.now}
        verb = parts.short(now, "refuse")
        ledger.move(tx, now, verb, payload={"reason": reason}, **ended, **theirs)
        _tell_author(tx, now, "refuse", reason, (give_way if theirs else change)(now))
        return
    at = tx.now + max(THROTTLED, backoff(now.holds) / 2)
    if isinstance(outcome, Later) and outcome.at:
        at = outcome.at
    if isinstance(outcome, Refused):
        at = now.expires_at  # an earlier try may be public, and it cannot be repeated: a person
    action, changes = later(tx, now, reason, at)
    verb = parts.short(now, action)
    ledger.move(tx, now, verb, payload={"reason": reason}, **changes)
    if action == "expire":
        _tell_author(tx, now, action, changes["reason"], change(now))
    elif action == "doubt":
        follow.tell_person(tx, now, reason)
    if isinstance(outcome, Credentials):
        follow.break_account(tx, account.id, reason)
    elif isinstance(outcome, Later) and not outcome.own:
        follow.throttle_account(tx, now, changes["wake_at"] or at, reason)


def _tell_author(tx: Tx, row: DeliveryRow, action: str, reason: str, can: Sequence[Do]) -> None:
    if parts.short(row, action) == "part":
        parts.stopped(tx, row, reason)
        return
    once, said = f"{action}:{row.id}:{row.fence}", {"where": where(row), "reason": reason}
    tell(tx, once, "author", follow.ended(action, row), look(row), *can, **said)


def _ours(tx: Tx, row: DeliveryRow) -> DeliveryRow | None:
    now = next(iter(read(tx, [row.id])), None)
    return now if now is not None and (now.state, now.fence) == ("claimed", row.fence) else None
