"""From when until when a permission out of hours holds, and by when it is reviewed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from publisher import clock
from publisher.content import Account
from publisher.desk.parts.find import Target
from publisher.errors import Conflict, Do
from publisher.store import Tx
from publisher.store.rows import DeliveryRow, GrantRow


def bound(found: Target, row: GrantRow) -> list[DeliveryRow]:
    """The deliveries that a permission was asked for."""
    return [r for r in found.deliveries if r.id in row.deliveries]


def span(tx: Tx, row: GrantRow, found: Target | None) -> tuple[datetime, datetime]:
    """From when until when a permission that is granted now holds. Raises Conflict without one slot."""
    rules = tx.policy.exceptions
    if row.kind == "urgent":
        return tx.now, tx.now + rules.urgent_hours
    if row.kind == "incident":
        return tx.now, tx.now + rules.incident_hours
    assert found is not None
    mine = bound(found, row)
    asked = [r.requested_at for r in mine]
    if min(asked) < tx.now - timedelta(minutes=1):
        raise Conflict("exceptions.slot_passed", Do("reschedule", {"post": found.post.id}))
    if min(asked) != max(asked):
        ask = Do("request exception", {"kind": "planned", "post": found.post.id})
        accounts = dict.fromkeys(r.account for r in mine)
        raise Conflict("exceptions.one_slot", *(ask.to(account=one) for one in accounts))
    return min(asked), max(asked) + rules.planned_after_minutes


def review_due(tx: Tx, accounts: Sequence[Account], used: datetime) -> datetime:
    """The end of the business day after `used`, by the first account's calendar (never "always")."""
    business = [c for c in tx.policy.calendars.values() if not c.always]
    mine = [c for a in accounts if (c := tx.policy.calendars.get(a.calendar)) and not c.always]
    for calendar in mine or business:
        tomorrow = clock.local(used, calendar.zone).date() + timedelta(days=1)
        opening = calendar.next_open(
            clock.earliest(datetime.combine(tomorrow, datetime.min.time()), calendar.zone)
        )
        if opening and (window := calendar.window(opening)):
            return window.close
    return used + timedelta(days=3)
