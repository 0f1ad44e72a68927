"""Errors say what to do next. The edges map them once: `exit_code` for the shell, `status` for HTTP.

Each message is for a person: what happened, what it means for their post, what they can do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from publisher.words import ENGLISH, Part, part, say, say_part, sentences


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


class Problem(Exception):
    """Something failed; nothing was half-done.

    `code` names a sentence of `words`, `values` stand in it. `field`: what of the request is off, as the
    desk's functions name it. `acts`: what can be done about it. A text that is no code is said as it is.
    `done`: what was done all the same, as a surface shows it.
    """

    exit_code = 1
    status = 500
    done: Any = None

    def __init__(self, code: str, *acts: Do, field: str = "", **values: Any) -> None:
        super().__init__(code)
        self.code, self.acts, self.field, self.values = code, acts, field, values

    def part(self) -> Part:
        """The sentence as a value of another one."""
        known = self.code in sentences(ENGLISH)
        return part(self.code, **self.values) if known else part("problem.plain", said=self.code)

    def said(self, lang: str) -> str:
        """The sentence, without what a surface adds to it."""
        if self.code not in sentences(ENGLISH):
            return self.code
        zone = self.values.get("zone", "UTC")
        return say(self.code, self.values, lang, zone=zone, instead="problem.unsaid")

    def __str__(self) -> str:
        """In English."""
        return self.said(ENGLISH)


class Usage(Problem):
    """The request itself is off; say it again, corrected."""

    exit_code = 2
    status = 422


class HeldByPolicy(Problem):
    """The policy does not let this go out now."""

    exit_code = 3
    status = 409


class BadConfig(Problem):
    """config.toml or a policy file is wrong; `flaws` lists every finding at once, as `words.part`s.

    One that is text is said as it is.
    """

    exit_code = 4
    status = 409

    def __init__(self, flaws: Sequence[str | dict[str, Any]]) -> None:
        self.flaws = [
            part("problem.plain", said=one) if isinstance(one, str) else one for one in flaws
        ]
        super().__init__("problem.flaws", flaws=self.flaws)

    @property
    def problems(self) -> list[str]:
        """Each finding in English."""
        return [say_part(one, ENGLISH) for one in self.flaws]


class NotPermitted(Problem):
    """This person may not do that; the message says who may."""

    exit_code = 5
    status = 403


class NotSignedIn(NotPermitted):
    """Nobody knows who this is: what they showed is no proof, or none any more."""

    status = 401


class NotFresh(NotPermitted):
    """They may do that, once they have proved anew who they are."""


class NotFound(Problem):
    """There is no such thing; the message says how to list what there is."""

    exit_code = 6
    status = 404


class Conflict(Problem):
    """Somebody or something else moved first; look again, then decide."""

    exit_code = 7
    status = 409


class Stale(Conflict):
    """The row is no longer in the state, or under the fence, that the caller saw."""


class Changed(Conflict):
    """It is no longer what the caller says they saw (`If-Match`, RFC 9110)."""

    status = 412


class PartlyDone(Problem):
    """Some of it was done; the message names what was not."""

    exit_code = 8
    status = 207


class TryAgain(Problem):
    """Nothing is wrong with the request; the machine cannot do it right now."""

    exit_code = 75
    status = 503


class TooMany(TryAgain):
    """Too many tries; `seconds` among the values says after how many the next one is looked at."""

    status = 429


class PutBack(Problem):
    """The database does not hold any more what it held: somebody put back an older one."""
