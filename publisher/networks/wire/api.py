"""One account's API: where it answers, and with what it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from publisher.networks import Tools
from publisher.networks.wire.http import Result, attempt, call

PATIENCE = 15  # seconds for what no intent bounds, such as who we are


class Bounds(Protocol):
    """An intent of any kind."""

    @property
    def deadline(self) -> float: ...

    @property
    def not_after(self) -> datetime: ...


@dataclass(frozen=True)
class Api:
    """`base` has no slash at its end, every path has one at its beginning."""

    base: str
    tools: Tools = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: Any = field(default=None, repr=False)

    def soon(self) -> float:
        """The deadline of a question that no intent bounds."""
        return self.tools.monotonic() + PATIENCE

    def read(self, path: str, deadline: float, **params: str) -> Result:
        return self.call("GET", path, params=params, deadline=deadline)

    def write(self, method: str, path: str, intent: Bounds, **body: Any) -> Result:
        """One request whose first byte leaves while the intent may go out."""
        bounds = {"deadline": intent.deadline, "not_after": intent.not_after}
        return self.call(method, path, **bounds, **body)

    def call(self, method: str, path: str, **more: Any) -> Result:
        how = {"headers": self.headers, "auth": self.auth, "tools": self.tools}
        return attempt(partial(call, method, f"{self.base}{path}", **how, **more))
