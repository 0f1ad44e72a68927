"""The page of a browser that somebody is signed in with."""

from typing import cast

from publisher.errors import NotSignedIn
from publisher.store import Tx, ledger, proofs
from publisher.store.bound import SIGN_IN
from publisher.store.ledger import Line
from publisher.store.rows import SignInRow


def mine(tx: Tx, page: str) -> SignInRow:
    """The page of whoever asks, by the sha256 of its secret. Raises NotSignedIn for none of theirs."""
    row = cast(SignInRow | None, proofs.found(tx, "sign-in", page))
    if (
        row is None
        or (row.kind, row.person) != ("page", tx.actor.person)
        or not proofs.good(row, "sign-in", tx.now)
    ):
        raise NotSignedIn("session.no_page")
    return row


def renewed(tx: Tx, row: SignInRow) -> str:
    """Whoever has this page has said all they know; its new secret. Whoever has the old one is out."""
    secret = proofs.made("sign-in")
    line = Line("prove anew", proofs.subject("sign-in", row), {"id": row.id})
    changes = {"hash": proofs.hashed(secret), "fresh_at": tx.now}
    ledger.change(tx, (SIGN_IN, row.id), line, **changes)
    return secret
