"""What the releaser is given to work with."""

from typing import Any, Protocol

from sqlalchemy import Row

from publisher.clock import Now
from publisher.config import Config
from publisher.networks import Network
from publisher.store import Store


class Machine(Protocol):
    """What the releaser is given: see `app.App`."""

    config: Config
    store: Store

    @property
    def now(self) -> Now: ...

    def credential_of(self, account: Row[Any]) -> str: ...

    def adapter(self, account: Row[Any]) -> Network: ...
