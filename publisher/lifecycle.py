"""The state machines: (state, action) -> state. Nothing else in the program knows an arrow.

`docs/lifecycle.md` is drawn from these tables and a test compares. The action words are also the
ledger's verbs and the permissions of `roles.py`.
"""

from collections.abc import Mapping
from typing import Any, Literal

from publisher.errors import Conflict
from publisher.words import part

Table = Mapping[tuple[str, str], str]

PostState = Literal["draft", "submitted", "withdrawn"]

POST_STATES: Mapping[str, str] = {
    "draft": "being written; nobody has been asked for anything",
    "submitted": "handed in; its deliveries live their own lives",
    "withdrawn": "taken back; what has not gone out will not",
}

POST: Table = {
    ("draft", "edit"): "draft",
    ("draft", "submit"): "submitted",
    ("draft", "cancel"): "withdrawn",
    ("submitted", "edit"): "submitted",
    ("submitted", "cancel"): "withdrawn",
}

DELIVERY_STATES: Mapping[str, str] = {
    "waiting": "for its time, an approval, an event or the next try",
    "claimed": "taken by the releaser; nothing has been sent",
    "sending": "an intent is recorded; the one request may be on the wire",
    "published": "public, with the network's own id",
    "accepted": "the network's own moderators have it",
    "unknown": "sent, and not known whether it is public; being looked up, or in a person's hands",
    "refused": "the network said no, provably; nothing is public",
    "blocked": "the policy says no; needs new content",
    "expired": "too late; a person decides: send spaced, move or cancel",
    "cancelled": "will not go out",
    "partly_published": "some parts are public, the rest will not follow by itself",
}

DELIVERY: Table = {
    # people and planning
    ("waiting", "plan"): "waiting",
    ("waiting", "edit"): "waiting",
    ("waiting", "reschedule"): "waiting",
    ("waiting", "confirm"): "waiting",
    ("waiting", "pause"): "waiting",
    ("waiting", "unpause"): "waiting",
    ("waiting", "cancel"): "cancelled",
    ("waiting", "block"): "blocked",
    ("waiting", "expire"): "expired",
    ("waiting", "lose"): "unknown",
    ("waiting", "note"): "waiting",
    ("waiting", "part"): "partly_published",
    ("partly_published", "continue"): "waiting",
    ("blocked", "edit"): "waiting",
    ("blocked", "reschedule"): "waiting",
    ("blocked", "cancel"): "cancelled",
    ("refused", "edit"): "waiting",
    ("refused", "reschedule"): "waiting",
    ("refused", "cancel"): "cancelled",
    ("expired", "edit"): "waiting",
    ("expired", "reschedule"): "waiting",
    ("expired", "confirm"): "waiting",
    ("expired", "cancel"): "cancelled",
    # a restored database: it may have been revived, and have gone out
    ("expired", "lose"): "unknown",
    ("refused", "lose"): "unknown",
    ("blocked", "lose"): "unknown",
    ("partly_published", "lose"): "unknown",
    # the walk
    ("waiting", "claim"): "claimed",
    ("claimed", "note"): "claimed",
    ("claimed", "recall"): "waiting",
    ("claimed", "hold"): "waiting",
    ("claimed", "block"): "blocked",
    ("claimed", "later"): "waiting",
    ("claimed", "refuse"): "refused",
    ("claimed", "expire"): "expired",
    ("claimed", "doubt"): "unknown",
    ("claimed", "part"): "partly_published",
    ("claimed", "intend"): "sending",
    ("sending", "publish"): "published",
    ("sending", "accept"): "accepted",
    ("sending", "refuse"): "refused",
    ("sending", "later"): "waiting",
    ("sending", "expire"): "expired",
    ("sending", "part"): "partly_published",
    ("sending", "proceed"): "waiting",
    ("sending", "doubt"): "unknown",
    # removing what was left on the network
    ("refused", "tidy"): "refused",
    ("blocked", "tidy"): "blocked",
    ("expired", "tidy"): "expired",
    ("cancelled", "tidy"): "cancelled",
    # finding out
    ("unknown", "look"): "unknown",
    ("unknown", "publish"): "published",
    ("unknown", "accept"): "accepted",
    ("unknown", "refuse"): "refused",
    ("unknown", "proceed"): "waiting",
    ("unknown", "part"): "partly_published",
    ("unknown", "repeat"): "waiting",
    ("unknown", "deny"): "expired",
    ("accepted", "look"): "accepted",
    ("accepted", "publish"): "published",
    ("accepted", "refuse"): "refused",
    ("accepted", "proceed"): "waiting",
    ("accepted", "part"): "partly_published",
}

MEASURE_STATES: Mapping[str, str] = {
    "waiting": "goes as soon as its account can send",
    "claimed": "taken by the releaser; nothing has been sent",
    "sending": "an intent is recorded; the one request may be on the wire",
    "done": "so it stands on the network",
    "unknown": "sent, and not known how it stands there; being looked up, or in a person's hands",
    "refused": "the network said no, provably, or it was not ours to ask for; nothing has changed",
    "expired": "too late; a person asks again",
    "cancelled": "will not go out",
}

MEASURE: Table = {
    ("waiting", "cancel"): "cancelled",
    ("waiting", "expire"): "expired",
    ("waiting", "lose"): "unknown",
    # the walk, in the words of a delivery's
    ("waiting", "claim"): "claimed",
    ("claimed", "recall"): "waiting",
    ("claimed", "hold"): "waiting",
    ("claimed", "refuse"): "refused",
    ("claimed", "doubt"): "unknown",
    ("claimed", "intend"): "sending",
    ("sending", "take"): "done",
    ("sending", "refuse"): "refused",
    ("sending", "later"): "waiting",
    ("sending", "expire"): "expired",
    ("sending", "doubt"): "unknown",
    # finding out
    ("unknown", "look"): "unknown",
    ("unknown", "take"): "done",
    ("unknown", "refuse"): "refused",
    ("unknown", "repeat"): "waiting",
    ("unknown", "deny"): "expired",
    ("unknown", "cancel"): "cancelled",
}

# What can be said of a delivery by its state alone, and of a measure where it has these. Nothing else
# names states together.
UNSENT = frozenset({"waiting", "claimed"})  # nothing of it has been sent, and it goes by itself
IN_FLIGHT = frozenset({"claimed", "sending"})  # with the releaser, under a lease
LIVE = UNSENT | IN_FLIGHT  # has its place in the order of its account
UNCLEAR = frozenset({"unknown", "accepted"})  # looked up until it is known what became of it
OPEN = LIVE | UNCLEAR  # the machine has still to do with it
DEAD = frozenset({"refused", "blocked", "expired", "cancelled"})  # not public, nor by itself ever
CHANGEABLE = UNSENT | DEAD - {"cancelled"}  # can have other words or another time, or be cancelled
CAN_GO = UNSENT | {"expired"}  # as it is: by itself, or by a person's word
HELD = frozenset({"waiting", "blocked"})  # the policy may be what keeps it
IN_DOUBT = frozenset({"sending", "unknown"})  # a request of it may have arrived
MAYBE_PUBLIC = frozenset({*IN_DOUBT, "accepted", "published", "partly_published"})
# Not by itself, but a person can bring it out, or the rest of it.
REVIVABLE = DEAD - {"cancelled"} | {"partly_published"}
# No yes brings it out any more.
BEYOND_APPROVAL = frozenset({"accepted", "published", "partly_published", "cancelled"})
UNFINISHED = frozenset(DELIVERY_STATES) - {"published", "cancelled"}
QUIET = frozenset(DELIVERY_STATES) - UNFINISHED | {"waiting"}  # nearly all of them, at any time
NEEDS_PERSON = UNFINISHED - LIVE  # unless it is still looked up


def after(table: Table, state: str, action: str) -> str:
    """The state that `action` leads to; raises Conflict where the table has no such arrow."""
    try:
        return table[state, action]
    except KeyError:
        possible: Any = actions(table, state) or part("lifecycle.nothing")
        now = part(f"state.{state}")
        raise Conflict("lifecycle.no_arrow", action=action, state=now, possible=possible) from None


def actions(table: Table, state: str) -> list[str]:
    """Every action that `state` allows, sorted: the buttons of a page, the links of an API."""
    return sorted(action for (source, action) in table if source == state)


def sources(table: Table, action: str) -> tuple[str, ...]:
    """Every state from which `action` is possible, sorted."""
    return tuple(sorted(source for (source, name) in table if name == action))


def diagram(table: Table) -> str:
    """A mermaid state diagram of `table`, arrows between the same two states joined."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for (source, action), target in table.items():
        arrows.setdefault((source, target), []).append(action)
    lines = [f"    {a} --> {b}: {', '.join(names)}" for (a, b), names in arrows.items()]
    return "\n".join(["stateDiagram-v2", *lines])
