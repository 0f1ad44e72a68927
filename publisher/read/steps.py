"""What others do with a post next: none when it waits for nobody."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select

from publisher.desk.parts import permissions
from publisher.desk.parts.approving import SHORTEST, fingerprints, own, post_fingerprint
from publisher.desk.parts.find import Target, target
from publisher.errors import Do
from publisher.gate.cases import Facts
from publisher.policy import Effect
from publisher.read.parts.known import standing
from publisher.read.posts import Delivery, Post
from publisher.read.view import Act, View
from publisher.roles import MAY, authorize
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.tables import core
from publisher.words import ENGLISH, say

_PERSON = core(t.Person)


class Step(View):
    """What somebody does next."""

    code: str
    """The sentence of `publisher/words/` that says what."""
    args: dict[str, Any]
    """What stands in that sentence."""
    what: str
    """The same in the reader's language."""
    acts: tuple[Act, ...]
    """How (as of a finding)."""
    sample: str
    """Of the demonstration: which sample person can; else `""`."""


def steps(tx: Tx, post: Post, lang: str = ENGLISH) -> list[Step]:
    """What comes next of this post."""
    authorize(tx.actor, "read")
    waits = [one for one in post.deliveries if one.state == "waiting"]
    return (
        [
            Step(
                code=f"next.{code}",
                args={"author": post.author},
                what=say(f"next.{code}", {"author": post.author}, lang),
                acts=tuple(act.json() for act in acts),
                sample=sample if tx.actor.sample else "",
            )
            for code, acts, sample in _steps(tx, post, waits)
        ]
        if waits
        else []
    )


def _steps(tx: Tx, post: Post, waits: list[Delivery]) -> Iterator[tuple[str, list[Do], str]]:
    of = {"post": post.id}
    found = target(tx, post.id)
    known = [*standing(tx, [found]).facts.values()]
    asked = permissions.open_request(tx, post.id)
    if asked is not None and (asked.kind != "urgent" or any(map(_held, waits))):
        urgent = asked.kind == "urgent"
        grant = {"kind": "urgent", **of} if urgent else {"exception": asked.id}
        other = _sample(tx, known, "grant exception", asked.requested_by)
        yield "send" if urgent else "grant", [Do("grant exception", grant)], other
        return
    if post.approval == "returned":
        yield "change", [Do("edit", of)], post.author
        return
    if any(f.rule == "moved" and f.verdict == Effect.HOLD for one in waits for f in one.findings):
        yield "confirm", [Do("confirm", of), Do("reschedule", of)], post.author
    if post.approval == "in review" and post.kind != "urgent":
        other = _sample(tx, known, "approve", post.author)
        yield "approve", [*_yeses(found, known)], other


def _yeses(found: Target, known: Sequence[Facts]) -> Iterator[Do]:
    """Of a post that there is only a part of for whoever looks, a yes for each account."""
    for account in found.accounts if found.partial else ("",):
        mine = fingerprints([one for one in known if account in ("", one.row.account)])
        of = {"post": found.post.id} | ({"account": account} if account else {})
        seen = post_fingerprint(mine)[:SHORTEST]
        if mine:
            yield Do("approve", {**of, "how": "seen", "seen": seen})


def _held(delivery: Delivery) -> bool:
    """Under an incident, one person's approval may have let an urgent notice out already."""
    return any(one.verdict in (Effect.APPROVE, Effect.HOLD) for one in delivery.findings)


def _sample(tx: Tx, known: Sequence[Facts], action: str, but: str) -> str:
    """Which sample person may, and wrote none of it; "" when there is none."""
    mine = own(known) | {but}
    for row in tx.all(select(_PERSON).order_by(_PERSON.c.name)):
        may = row.sample and row.retired_at is None and MAY[action] & set(row.roles)
        if may and row.name not in mine:
            return str(row.name)
    return ""
