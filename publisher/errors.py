"""Errors say what to do next. The edges map them once: `exit_code` for the shell.

Each message is for a person: what happened, what it means for their post, what they can do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Do:
    """Something that a person can do about it: a word of `roles.MAY`, and what it is done to.

    The command line makes a command of it, a page a button.
    """

    act: str
    of: Mapping[str, str] = field(default_factory=dict)

    def to(self, **more: str) -> "Do":
        """The same, with its object."""
        return Do(self.act, {**self.of, **more})

    def json(self) -> dict[str, str]:
        """`{act, post, account, …}`."""
        return {"act": self.act, **self.of}


class PublisherError(Exception):
    """Something failed; nothing was half-done."""

    exit_code = 1


class Usage(PublisherError):
    """The request itself is off; say it again, corrected."""

    exit_code = 2


class HeldByPolicy(PublisherError):
    """The policy does not let this go out now."""

    exit_code = 3


class BadConfig(PublisherError):
    """config.toml or a policy file is wrong; `problems` lists every finding at once."""

    exit_code = 4

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class NotPermitted(PublisherError):
    """This person may not do that; the message says who may."""

    exit_code = 5


class NotFound(PublisherError):
    """There is no such thing; the message says how to list what there is."""

    exit_code = 6


class Conflict(PublisherError):
    """Somebody or something else moved first; look again, then decide."""

    exit_code = 7


class Stale(Conflict):
    """The row is no longer in the state, or under the fence, that the caller saw."""


class PartlyDone(PublisherError):
    """Some of it was done; the message names what was not."""

    exit_code = 8


class TryAgain(PublisherError):
    """Nothing is wrong with the request; the machine cannot do it right now."""

    exit_code = 75


class PutBack(PublisherError):
    """The database does not hold any more what it held: somebody put back an older one."""
