"""What the releaser is given to work with, and what its threads do with it: no session, only the wire."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog

from publisher.clock import Now
from publisher.config import Config
from publisher.errors import Problem
from publisher.gate.accounts import place_of
from publisher.networks import (
    Bounded,
    CannotTell,
    Credentials,
    Found,
    Intent,
    Later,
    MeasureIntent,
    Measuring,
    Network,
    Notes,
    Outcome,
    Preparing,
    WhoAmIFailed,
)
from publisher.networks.wire import shape
from publisher.release import tidy
from publisher.store import Store
from publisher.store.rows import AccountRow
from publisher.words import ENGLISH, Part, as_text, read

log = structlog.get_logger()


class Machine(Protocol):
    """What the releaser is given: see `app.App`."""

    config: Config
    store: Store

    @property
    def now(self) -> Now: ...

    def credential_of(self, account: AccountRow) -> str: ...

    def adapter(self, account: AccountRow) -> Network: ...


FEW = 400  # characters of an error within a reason of ours, which must not be cut itself
LIMITS_FRESH = timedelta(days=1)
RECOGNISE = timedelta(seconds=1)  # until a changed credential is asked about


def known(app: Machine, account: AccountRow) -> bool:
    """Has the network said, to this very credential and at this very place, that we are the account?"""
    return (
        bool(account.whoami_credential)
        and app.credential_of(account) == account.whoami_credential
        and account.whoami_place == place_of(account)
        and account.whoami_id == account.remote_user_id
    )


def _why(error: Exception, otherwise: str) -> Part | str:
    """What is wrong, where we foresaw it."""
    return error.part() if isinstance(error, Problem) else otherwise


def adapter_known(app: Machine, account: AccountRow) -> Network | Outcome:
    """The adapter, if its credential is the very one that who-am-I was asked with (H23)."""
    try:
        adapter = app.adapter(account)
    except Exception as error:  # noqa: BLE001  # before any byte: the account needs its credentials
        said = shape.readable(str(error), FEW)
        return Credentials(as_text("reason.no_credentials", why=_why(error, said)))
    if known(app, account):
        return adapter
    return Later(as_text("reason.new_credentials"), app.now() + RECOGNISE)


@dataclass(frozen=True)
class Heard:
    """What a network said to who-am-I, asked with this credential; and what its site takes, if asked."""

    account: AccountRow
    credential: str
    answer: str | WhoAmIFailed
    limits: Mapping[str, int] = field(default_factory=dict)


def who_am_i(app: Machine, account: AccountRow) -> Heard:
    """Ask the network, in whatever thread. Never raises: no answer is no proof."""
    credential = app.credential_of(account)
    try:
        adapter = app.adapter(account)
        name = shape.user_id(adapter.whoami())
        return Heard(account, credential, name, asked_limits(adapter, account, app.now()))
    except WhoAmIFailed as error:
        failed = WhoAmIFailed(shape.reason(str(error)), credentials=error.credentials)
    except Problem as error:
        why = as_text("reason.no_credentials", why=error.part())
        failed = WhoAmIFailed(why, credentials=not credential)
    except Exception as error:  # noqa: BLE001
        failed = WhoAmIFailed(f"{type(error).__name__}: {shape.readable(str(error))}")
    return Heard(account, credential, failed)


def asked_limits(adapter: Network, account: AccountRow, now: datetime) -> Mapping[str, int]:
    """What the site takes, asked once a day; {} when it was asked, or does not say. Never raises."""
    known = account.limits_at is not None and account.limits_at > now - LIMITS_FRESH
    if known or not isinstance(adapter, Bounded):
        return {}
    with suppress(Exception):  # no answer is no news
        return shape.numbers(adapter.limits())
    return {}


def needs_preparing(app: Machine, account: AccountRow, intent: Intent) -> bool:
    """Has the adapter something to upload or to draft first? Asked without any I/O.

    One that fails here is asked again by `prepared`, where that ends no claim but its own.
    """
    try:
        return _prepares(app.adapter(account), intent)
    except Exception:  # noqa: BLE001
        return True


def _prepares(adapter: Network, intent: Intent) -> bool:
    return isinstance(adapter, Preparing) and adapter.needs_preparing(intent)


def room_on_disk(app: Machine) -> bool:
    """Is there enough free space to write down what comes of a send?"""
    if why := cramped(app.config):
        log.error("nothing is claimed", why=read(why, ENGLISH))
    return not why


def cramped(config: Config) -> str:
    """Why what comes of a send might not be written down; "" when there is room."""
    try:
        found = os.statvfs(config.data)
    except OSError as error:
        return as_text("reason.unread_folder", folder=str(config.data), why=error.strerror)
    room = found.f_bavail * found.f_frsize >= config.daemon.free_space_reserve
    return "" if room else as_text("reason.full_disk", folder=str(config.data))


def prepared(app: Machine, account: AccountRow, intent: Intent) -> Notes | Outcome:
    """What preparing came to: nothing public happens in it."""
    adapter = adapter_known(app, account)
    try:
        if isinstance(adapter, Outcome):
            return adapter
        return adapter.prepare(intent) if _prepares(adapter, intent) else {}
    except Exception as error:  # noqa: BLE001  # whatever it is, nothing is public
        return Later(
            as_text("reason.not_prepared", why=_why(error, type(error).__name__)), own=True
        )


def looked_up(
    app: Machine,
    about: tuple[Any, Intent | MeasureIntent],
    account: AccountRow,
    ask: Callable[[], str | WhoAmIFailed],
) -> Found:
    """What the network shows to the account itself; what it shows to somebody else proves nothing.

    `about` is the delivery or measure, and its intent.
    """
    user = account.remote_user_id if known(app, account) else ask()
    if isinstance(user, WhoAmIFailed):
        return CannotTell(as_text("reason.no_whoami", why=str(user)))
    if user != account.remote_user_id:
        ids = {"id": user, "registered": account.remote_user_id}
        return Credentials(as_text("reason.other_user", **ids))
    try:
        adapter, (row, intent) = app.adapter(account), about
        if isinstance(intent, Intent):
            return tidy.look(adapter, row, intent)
        assert isinstance(adapter, Measuring)
        return adapter.standing(intent)
    except Exception as error:  # noqa: BLE001  # a failed look-up proves nothing
        return CannotTell(as_text("reason.lookup_failed", error=type(error).__name__))
