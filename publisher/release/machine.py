"""What the releaser is given to work with."""

import os
from datetime import timedelta
from typing import Any, Protocol

import structlog
from sqlalchemy import Row

from publisher.clock import Now
from publisher.config import Config
from publisher.networks import Credentials, Intent, Later, Network, Outcome, Preparing
from publisher.store import Store

log = structlog.get_logger()


class Machine(Protocol):
    """What the releaser is given: see `app.App`."""

    config: Config
    store: Store

    @property
    def now(self) -> Now: ...

    def credential_of(self, account: Row[Any]) -> str: ...

    def adapter(self, account: Row[Any]) -> Network: ...


RECOGNISE = timedelta(seconds=1)  # until a changed credential is asked about


def recognised(app: Machine, account: Row[Any]) -> Network | Outcome:
    """The adapter, if its credential is the very one that who-am-I was asked with (H23)."""
    try:
        adapter = app.adapter(account)
    except Exception as error:  # noqa: BLE001  # before any byte: the account needs its credentials
        return Credentials(f"its credentials cannot be read: {error}")
    if app.credential_of(account) == account.whoami_credential:
        return adapter
    return Later("its credentials have just been changed", app.now() + RECOGNISE)


def needs_preparing(app: Machine, account: Row[Any], intent: Intent) -> bool:
    """Has the adapter something to upload or to draft first? Asked without any I/O."""
    adapter = app.adapter(account)
    return isinstance(adapter, Preparing) and adapter.needs_preparing(intent)


def room_on_disk(app: Machine) -> bool:
    """Is there enough free space to write down what comes of a send?"""
    found = os.statvfs(app.config.data)
    room = found.f_bavail * found.f_frsize >= app.config.daemon.free_space_reserve
    if not room:
        log.error("the disk is nearly full: nothing is claimed", data=str(app.config.data))
    return room
