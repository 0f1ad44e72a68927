"""The register: accounts, people, and when an account may speak."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import func, select

from publisher.clock import from_rfc3339
from publisher.desk.parts import seen
from publisher.desk.parts.deliveries import asked_for
from publisher.desk.parts.find import account_rows, registered
from publisher.errors import NotFound
from publisher.gate.accounts import account_value
from publisher.networks.registry import about, handshake
from publisher.policy.calendar import Calendar
from publisher.read.view import Instant, View
from publisher.roles import authorize, held
from publisher.store import Tx, vault
from publisher.store import tables as t
from publisher.store.people import gone
from publisher.store.rows import AccountRow, CredentialRow, PersonRow
from publisher.store.tables import core
from publisher.words import ENGLISH, read, say_part

_ACCOUNT = core(t.Account)
_PERSON = core(t.Person)
_POST = core(t.Post)
_DELIVERY = core(t.Delivery)


class Account(View):
    """One official account."""

    id: str
    """What the register calls it."""
    network: str
    """Its network."""
    calendar: str
    """The calendar of the policy that it keeps."""
    lang: str
    """Its language."""
    user_id: str
    """The network's own id of it, as registered."""
    owner: str
    """Who answers for it."""
    sandbox: bool
    """Is it one of the demonstration?"""
    active: bool
    """Does anything go out there?"""
    retired_at: Instant | None
    """Since when it is no longer in use."""
    recognised_at: Instant | None
    """When the network last said who we are."""
    recognised_as: str | None
    """Who the network said we are."""
    broken: str | None
    """Why it needs reconnecting."""
    zone: str
    """The time zone on whose clock its times are read."""
    credentials: Literal["vault", "config", "nowhere"]
    """Where they are: in the vault, which goes first; where config.toml says; or nowhere."""
    credentials_until: Instant | None
    """When they end, where the network says so."""


class Secret(View):
    """One field of an account's credentials."""

    name: str
    """What it is called."""
    how: str
    """Where a person gets it, in words."""
    shown: bool
    """Is it a name, which may be seen while it is typed?"""
    by_pin: bool
    """May it be left out, for the network hands it out once its owner has said yes there?"""


class Deputy(View):
    """Who has somebody's roles as well, for a time."""

    name: str
    """Who."""
    start: Instant
    """From then on."""
    end: Instant
    """Until then."""


class Person(View):
    """Somebody who has a part in it."""

    name: str
    """What the register calls them."""
    display: str
    """Their name for readers."""
    roles: tuple[str, ...]
    """What they may do on every account."""
    only: dict[str, tuple[str, ...]]
    """By role, the accounts for which they have it, where that is not for all."""
    os_users: tuple[str, ...]
    """The operating-system users that they are."""
    sample: bool
    """Are they one of the demonstration?"""
    active: bool
    """Are they still there?"""
    until: str | None
    """The day (ISO 8601, on the company's clock) from which on they are nobody."""
    deputy: Deputy | None
    """Who acts for them as well, now or later."""
    waits: int
    """Of whoever has left: how many of their posts wait for another author."""


class Window(View):
    """A time in which an account may speak; half-open: `close` itself is closed."""

    open: Instant
    """From then on."""
    close: Instant
    """Until then."""
    zone: str
    """The time zone on whose clock its times are read."""


def accounts(tx: Tx, lang: str = ENGLISH) -> list[Account]:
    """Every official account that there is for whoever looks, retired ones too."""
    authorize(tx.actor, "read")
    kept = vault.rows(tx)
    return [_account(tx, row, kept, lang) for row in registered(tx) if seen.there(tx, row.id)]


def account(tx: Tx, name: str, lang: str = ENGLISH) -> Account:
    """One official account. Raises NotFound."""
    authorize(tx.actor, "read")
    [row] = account_rows(tx, [name])
    return _account(tx, row, vault.rows(tx), lang)


def secrets(tx: Tx, name: str, lang: str = ENGLISH) -> list[Secret]:
    """What is typed to connect an account, in its order. Raises NotFound."""
    authorize(tx.actor, "read")
    [row] = account_rows(tx, [name])
    way = handshake(row.network)
    return [
        Secret(
            name=one.name,
            how=say_part(one.how, lang),
            shown=one.public,
            by_pin=way is not None and one.name in way.GIVES,
        )
        for one in about(row.network).secrets
    ]


def _account(
    tx: Tx, row: AccountRow, held: Mapping[str, Sequence[CredentialRow]], lang: str
) -> Account:
    mine = held.get(row.id, ())
    return Account(
        id=row.id,
        network=row.network,
        calendar=row.calendar,
        lang=row.lang,
        user_id=row.remote_user_id,
        owner=row.owner,
        sandbox=row.sandbox,
        active=row.active and row.retired_at is None,
        retired_at=row.retired_at,
        recognised_at=row.whoami_at,
        recognised_as=row.whoami_id or None,
        broken=read(row.broken_reason, lang) or None,
        zone=tx.zone(row.calendar),
        credentials="vault" if mine else "config" if row.credentials else "nowhere",
        credentials_until=vault.until(mine),
    )


def people(tx: Tx) -> list[Person]:
    """Everybody, those who have left too; with the roles that concern accounts of whoever looks."""
    authorize(tx.actor, "read")
    rows = tx.all(select(_PERSON).order_by(_PERSON.c.name))
    waits = _waits(tx, [row.name for row in rows if gone(tx, row)])
    return [_person(tx, row, waits) for row in rows]


def _waits(tx: Tx, left: Sequence[str]) -> Mapping[str, int]:
    """By author, how many of their posts wait; of nobody it asks nothing."""
    if not left:
        return {}
    many = func.count(_DELIVERY.c.post_id.distinct()).label("many")
    waiting = (
        select(_POST.c.author, many)
        .join_from(_POST, _DELIVERY, _DELIVERY.c.post_id == _POST.c.id)
        .where(_POST.c.author.in_(left), _DELIVERY.c.state == "waiting")
        .where(seen.accounts(tx, _DELIVERY.c.account))
        .group_by(_POST.c.author)
    )
    return {row.author: row.many for row in tx.all(waiting)}


def _person(tx: Tx, row: PersonRow, waits: Mapping[str, int]) -> Person:
    roles, on = held(row.roles)
    only: dict[str, tuple[str, ...]] = {}
    for role, account in sorted(one for one in on if seen.there(tx, one[1])):
        only[role] = (*only.get(role, ()), account)
    return Person(
        name=row.name,
        display=row.display,
        roles=tuple(sorted(roles)),
        only=only,
        os_users=tuple(row.os_users),
        sample=row.sample,
        active=not gone(tx, row),
        until=row.until or None,
        deputy=_deputy(tx, row),
        waits=waits.get(row.name, 0),
    )


def person(tx: Tx, name: str) -> Person:
    """One of them. Raises NotFound."""
    authorize(tx.actor, "read")
    row = tx.first(select(_PERSON).where(_PERSON.c.name == name))
    if row is None:
        raise NotFound("find.no_person", field="person", name=name, near="")
    return _person(tx, row, _waits(tx, [name] if gone(tx, row) else []))


def _deputy(tx: Tx, row: PersonRow) -> Deputy | None:
    if not row.deputy or from_rfc3339(row.deputy["to"]) <= tx.now:
        return None
    start, end = (from_rfc3339(row.deputy[key]) for key in ("from", "to"))
    return Deputy(name=row.deputy["name"], start=start, end=end)


def calendar(tx: Tx, account: str) -> Calendar:
    """The calendar that an account keeps; raises NotFound."""
    authorize(tx.actor, "read")
    [row] = account_rows(tx, [account])
    found = tx.policy.calendars.get(row.calendar)
    if found is None:
        raise NotFound("find.no_calendar", calendar=row.calendar, account=account)
    return found


def windows(tx: Tx, account: str, start: datetime, end: datetime) -> list[Window]:
    """When the account may speak between `start` and `end` (aware UTC), cut at both."""
    authorize(tx.actor, "read")
    kept = calendar(tx, account)
    return [
        Window(open=one.open, close=one.close, zone=kept.zone) for one in kept.windows(start, end)
    ]


def time_of(tx: Tx, account: str, typed: str) -> datetime:
    """What a time means on the account's clock, as for a post. Raises NotFound, Usage."""
    authorize(tx.actor, "read")
    [row] = account_rows(tx, [account])
    return asked_for(tx, account_value(row), typed).at
