"""What one network says and means: canned answers, and how to read its requests.

To add a network: one module here with a `DIALECT`, and one line in `conftest.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scripted import Play, Seen

from publisher.networks import Intent


@dataclass(frozen=True)
class Entry:
    """A post of the account's own, as its listing should show it."""

    id: str
    text: str
    at: datetime
    images: int = 0
    thread: str = ""


@dataclass(frozen=True)
class Listing:
    """How a network without a key lists own posts. `cut_off` never reaches back to the attempt."""

    page: Callable[[Sequence[Entry]], Play]
    cut_off: Callable[[Sequence[Entry]], Play]
    ids: Sequence[str]


@dataclass(frozen=True)
class Dialect:
    """Everything the contract suite has to know about one network.

    `meaning`: the outcome of sending, by status, when the answer carries `error(status)`, the
    network's own body; `bare`: the same with an empty body. Whatever they leave out is Unknown.
    `throttled` asks for 120 s. `sent`: the text in the irreversible request, without markup.
    `notes`: what `prepare` would have noted, for tests that only send. `echo`: a refusal that
    repeats a word. `uploaded`: the answers to the upload of image number n. `vague`: a success that
    does not say that anything was taken down, where `{}` says it. `already_gone`: the answers to a
    retract, `gone` and `still_there` to its look-up, of the post `target`.
    `present`, `absent`: answers to the look-up after which a publish is found, or is not there.
    `edited`: the answers to an edit that shows what was sent; `reads`: to the look before it, for a
    post that says this, in the network's own markup.
    `names`: the fields of `secrets` that are names, and may stand in an address. `urls`: how a
    post's address begins where the network's answer brings it along; else it is built on ours.
    `broken_contract`: what in a request the network's published description does not allow.
    """

    network: str
    remote_user_id: str
    secrets: Mapping[str, str]
    irreversible: Callable[[Seen], bool]
    sent: Callable[[Seen], str]
    remote_id: str
    published: Play
    me: Play
    error: Callable[[int], Any]
    meaning: Mapping[int, type]
    bare: Mapping[int, type]
    throttled: Play
    unauthorized: Play
    echo: Callable[[str], Play]
    retracted: Sequence[Play]
    already_gone: Sequence[Play]
    gone: Sequence[Play]
    still_there: Sequence[Play]
    present: Callable[[Intent], Sequence[Play]]
    absent: Sequence[Play]
    uploaded: Callable[[int], Sequence[Play]]
    broken_contract: Callable[[Seen], Sequence[str]]
    target: str = ""
    names: Sequence[str] = ()
    urls: str = ""
    notes: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    duplicate: Play | None = None
    vague: Play | None = None
    edited: Callable[[Intent], Sequence[Play]] = lambda intent: ()
    reads: Callable[[str], Play] | None = None
    listing: Listing | None = None
