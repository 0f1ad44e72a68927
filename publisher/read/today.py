"""The desk at a glance: who is there, what stands still, what comes next and what went out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from publisher.desk.parts import seen
from publisher.policy.calendar import Calendar
from publisher.read import posts, stops
from publisher.roles import Role, authorize
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.tables import core
from publisher.words import ENGLISH

_ACCOUNT = core(t.Account)
_PERSON = core(t.Person)
_DELIVERY = core(t.Delivery)

SEVERAL = 5  # deliveries that a post has at the most, as a rule


@dataclass(frozen=True)
class Me:
    """Whoever looks."""

    name: str
    """What the register calls them."""
    display: str
    """Their name for readers."""
    roles: tuple[Role, ...]
    """What they may do, on all accounts or on some."""
    sample: bool
    """Are they one of the demonstration?"""


@dataclass(frozen=True)
class Frame:
    """What stands around every page."""

    me: Me
    """Whoever looks."""
    stops: tuple[stops.Stop, ...]
    """What is stopped."""
    zone: str
    """The company's zone."""
    samples: tuple[str, ...]
    """Of the demonstration: whom else one may play."""


def frame(tx: Tx, lang: str = ENGLISH) -> Frame:
    """Who looks, and what is stopped."""
    authorize(tx.actor, "read")
    row = tx.first(select(_PERSON.c.display).where(_PERSON.c.name == tx.actor.person))
    me = Me(
        name=tx.actor.person,
        display=row.display if row else tx.actor.person,
        roles=tuple(sorted({*tx.actor.roles, *(role for role, _ in tx.actor.on)})),
        sample=tx.actor.sample,
    )
    samples = select(_PERSON.c.name).where(_PERSON.c.sample & _PERSON.c.retired_at.is_(None))
    played = tx.all(samples.order_by(_PERSON.c.name)) if me.sample else []
    return Frame(
        me=me,
        stops=tuple(stops.stops(tx, lang)),
        zone=tx.zone(),
        samples=tuple(row.name for row in played),
    )


@dataclass(frozen=True)
class Hours:
    """A calendar of the policy: may those who keep it speak now?"""

    calendar: str
    """What the policy calls it."""
    accounts: tuple[str, ...]
    """Who keeps it."""
    open: bool
    """Now."""
    until: datetime | None
    """When that ends; None where it does not, or nobody knows."""
    zone: str
    """The time zone on whose clock its times are read."""


def hours(tx: Tx) -> list[Hours]:
    """Every calendar that an account keeps which there is for whoever looks."""
    authorize(tx.actor, "read")
    kept: dict[str, list[str]] = {}
    used = _ACCOUNT.c.active & _ACCOUNT.c.retired_at.is_(None) & seen.accounts(tx, _ACCOUNT.c.id)
    for row in tx.all(
        select(_ACCOUNT.c.id, _ACCOUNT.c.calendar).where(used).order_by(_ACCOUNT.c.id)
    ):
        kept.setdefault(row.calendar, []).append(row.id)
    known = tx.policy.calendars
    return [_hours(tx, known[name], name, kept[name]) for name in sorted(kept) if name in known]


def _hours(tx: Tx, calendar: Calendar, name: str, accounts: Sequence[str]) -> Hours:
    now = calendar.window(tx.now)
    until = now.close if now else calendar.next_open(tx.now)
    endless = calendar.always and now is not None
    return Hours(
        calendar=name,
        accounts=tuple(accounts),
        open=now is not None,
        until=None if endless else until,
        zone=calendar.zone,
    )


def went_out(tx: Tx, most: int, lang: str = ENGLISH) -> list[posts.Post]:
    """The posts of which something became public last, the newest first."""
    authorize(tx.actor, "read")
    theirs = seen.accounts(tx, _DELIVERY.c.account)
    newest = select(_DELIVERY.c.post_id).where(t.PUBLIC, theirs)
    newest = newest.order_by(_DELIVERY.c.settled_at.desc())
    names = dict.fromkeys(row.post_id for row in tx.all(newest.limit(most * SEVERAL)))
    return posts.several(tx, list(names)[:most], lang)
