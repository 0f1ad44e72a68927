"""What everybody outside a network's folder may know of it: data, and cheap to import.

Each network's folder says it once, in `ABOUT`; there is no other table of networks.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from publisher.content import Account, Fit
from publisher.measures import MeasureName
from publisher.words import Part

Dedupe = Literal["native key", "passing key", "two-phase", "listing", "none"]
_ANYTHING = re.compile(".*", re.DOTALL)


@dataclass(frozen=True)
class Secret:
    """One field of an account's `credentials`.

    `how`: where a person gets it. `sandbox`: what the sandbox takes for it, `{name}` standing for
    the account's. `public`: a name, which pages and logs may show.
    """

    name: str
    how: Part
    sandbox: str = "sandbox-{name}"
    public: bool = False


@dataclass(frozen=True)
class Option:
    """One field of an account's `options`, and `what` it is where not every text will do.

    `lands`: it decides where on its network a post lands, so an approval binds it.
    """

    name: str
    shape: re.Pattern[str] = _ANYTHING
    what: Part | None = None
    required: bool = False
    lands: bool = False


@dataclass(frozen=True)
class Permalink:
    """A post's address and the network's own id of it, which no address holds by chance.

    `hosts` show the posts of every account, besides each one's own host. `read(rest, account)` is
    the id in what follows the host of an address, "" where it has none; `write(id, account)` is the
    address of a post.
    """

    read: Callable[[str, Account], str]
    write: Callable[[str, Account], str]
    hosts: tuple[str, ...] = ()


def id_in(pattern: re.Pattern[str]) -> Callable[[str, Account], str]:
    """Reads the id that is the only group of `pattern`."""

    def read(rest: str, account: Account) -> str:
        del account
        found = pattern.search(rest)
        return found[1] if found else ""

    return read


def _current(options: Mapping[str, str], today: date) -> Part | None:
    del options, today
    return None


@dataclass(frozen=True, kw_only=True)
class About:
    """What a network is called, needs and can carry, and how we make sure of an outcome.

    `name` is the register's word, and that of the folder; `adapter` is imported on first use, as is
    `handshake`, where an account may be connected by a PIN. `host`
    is where everybody's API answers; "" where each account has a site of its own, under `base_url`.
    `limit` is in the network's own unit, which `unit` names. `site_limits`: what a site takes in
    characters, where its owner sets that: the defaults, until it was asked. `image`: how large an
    image may be; `images_note` is said beside the images in every preview. `shows_uploads`: whoever
    knows its address sees a picture from the upload on, so it waits for the instant. `notices` names the
    family of notices. `markup`: what its texts are sent as; only where that is "markdown" can a post
    be marked as Markdown. `edits`: what an edit changes there, of "text", "title", "link" and
    "images"; nothing: no edits. `measures`: those that can be taken there; `comment`: the form of a
    comment's id. `look_again`: seconds after the attempt's deadline at which an unknown is looked up, in
    order; the last one may say "absent". `threads`: a text that is too long for one post can go there in
    several. `outdated(options, today)`: what is to be done about an account's options, now or soon; None
    when nothing.
    """

    name: str
    title: str
    adapter: str
    handshake: str = ""
    host: str = ""
    secrets: tuple[Secret, ...]
    options: tuple[Option, ...] = ()
    permalink: Permalink
    dedupe: Dedupe
    limit: int
    unit: str = "characters"
    site_limits: Mapping[str, int] = field(default_factory=dict)
    image: Fit
    images_note: Part | None = None
    shows_uploads: bool = False
    notices: str = "long"
    markup: Literal["plain", "markdown", "html"] = "plain"
    edits: frozenset[str] = frozenset()
    measures: frozenset[MeasureName] = frozenset()
    comment: re.Pattern[str] = _ANYTHING
    look_again: tuple[int, ...] = (5, 30, 120, 600)
    threads: bool = False
    outdated: Callable[[Mapping[str, str], date], Part | None] = _current

    @property
    def repeatable(self) -> bool:
        """After an unknown outcome the machine may send the same key and bytes again: the network
        itself keeps that from doubling.
        """
        return self.dedupe in ("native key", "passing key", "two-phase")

    @property
    def listed(self) -> bool:
        """Only the account's own list of posts tells one post of ours from another with its words."""
        return self.dedupe in ("listing", "passing key")

    def base(self, account: Account) -> str:
        """Where the API of this account answers, without a slash at its end."""
        return (account.base_url or self.host).rstrip("/")

    def taken(self, secrets: Mapping[str, str]) -> dict[str, str]:
        """What of an account's credentials this network uses; raises KeyError where one lacks."""
        return {one.name: secrets[one.name] for one in self.secrets}

    @property
    def names(self) -> frozenset[str]:
        """The fields of `credentials` that pages and logs may show."""
        return frozenset(one.name for one in self.secrets if one.public)
