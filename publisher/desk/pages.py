"""Signed in with a browser: begun with a password, good for a day's work, and fresh for ten minutes."""

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from publisher.desk.access import MOST
from publisher.desk.parts.page import mine, renewed
from publisher.roles import authorize
from publisher.store import Tx, ledger, proofs
from publisher.store import tables as t
from publisher.store.ids import short_id
from publisher.store.ledger import Line
from publisher.store.rows import SignInRow

LONGEST = timedelta(hours=12)


@dataclass(frozen=True)
class NewPage:
    """A browser: what it calls itself, where from, and the sha256 of what it held before, if anything."""

    name: str
    place: str
    former: str = ""


def begin(tx: Tx, new: NewPage) -> str:
    """From now on whoever has this secret is the person who just said all they know; the secret.

    What the browser held before ends, and of too many pages the oldest.
    """
    authorize(tx.actor, "sign in")
    former = cast(SignInRow | None, proofs.found(tx, "sign-in", new.former))
    if former and former.kind == "page" and former.ended_at is None:
        proofs.end(tx, "sign-in", former)
    pages = [one for one in proofs.live(tx, "sign-in", tx.actor.person) if one.kind == "page"]
    for one in pages[: max(0, len(pages) + 1 - MOST)]:
        proofs.end(tx, "sign-in", one)
    secret = proofs.made("sign-in")
    row = t.SignIn(
        id=short_id(),
        person=tx.actor.person,
        kind="page",
        name=new.name,
        place=new.place,
        hash=proofs.hashed(secret),
        created_at=tx.now,
        expires_at=tx.now + LONGEST,
        fresh_at=tx.now,
    )
    said = {"id": row.id, "name": row.name, "place": row.place}
    ledger.put(tx, row, Line("sign in", proofs.subject("sign-in", row), said))
    return secret


def refresh(tx: Tx, page: str) -> str:
    """For ten minutes this page is good for all that its person may; its new secret. Raises NotSignedIn.

    `page`: the sha256 of its secret. Whoever asks has just said all they know.
    """
    authorize(tx.actor, "sign in")
    return renewed(tx, mine(tx, page))
