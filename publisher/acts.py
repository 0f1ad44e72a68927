"""What can be done with a post on an account: one row an act. Whoever handles one asks its row.

Its name is compared nowhere else but in the networks, where the act is the request itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

ActName = Literal["publish", "edit", "retract", "reply"]


@dataclass(frozen=True)
class Act:
    """What an act is, for all that handle it.

    `transmits`: sends words of ours to readers, so that hours, stops and pauses hold it.
    `slot`: keeps its distance from the account's other posts, and is the only one in flight there.
    `content`: carries the words of a revision, and goes with the post when those change.
    `approval`: somebody's yes can be about it.
    `undoes`: takes down what the other acts made; until it is done, none of them may follow.
    `makes_post`: what it sends stands there under an id of its own.
    `needs_post`: it is about one that stands there.
    """

    transmits: bool
    slot: bool
    content: bool
    approval: bool
    undoes: bool
    makes_post: bool
    needs_post: bool

    @property
    def replaces(self) -> bool:
        """Does it put other words in the place of ours?"""
        return self.content and not self.makes_post


ACTS: Mapping[str, Act] = {
    "publish": Act(
        transmits=True,
        slot=True,
        content=True,
        approval=True,
        undoes=False,
        makes_post=True,
        needs_post=False,
    ),
    "edit": Act(
        transmits=True,
        slot=True,
        content=True,
        approval=True,
        undoes=False,
        makes_post=False,
        needs_post=True,
    ),
    "retract": Act(
        transmits=False,
        slot=False,
        content=False,
        approval=False,
        undoes=True,
        makes_post=False,
        needs_post=True,
    ),
    "reply": Act(
        transmits=True,
        slot=True,
        content=True,
        approval=True,
        undoes=False,
        makes_post=True,
        needs_post=True,
    ),
}


UNKNOWN = ACTS["publish"]  # a name that nobody knows is held to all that publishing is held to


class HasAct(Protocol):
    """A delivery, a case, a request: what says its act by name."""

    @property
    def act(self) -> Any: ...


def act_of(one: HasAct) -> Act:
    """The row of its act."""
    return ACTS.get(one.act, UNKNOWN)


def given(act: str) -> dict[str, bool]:
    """The columns of a delivery that follow from its act: by these, and no name, statements choose."""
    row = ACTS.get(act, UNKNOWN)
    return {"slot": row.slot, "transmits": row.transmits}


def named(act: ActName) -> dict[str, Any]:
    """What a new delivery keeps of its act, once and for all."""
    return {"act": act, **given(act)}
