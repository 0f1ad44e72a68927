"""What the releaser is given to work with."""

from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import Row

from publisher.clock import Now
from publisher.config import Config
from publisher.networks import Credentials, Later, Network, Outcome
from publisher.store import Store


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
