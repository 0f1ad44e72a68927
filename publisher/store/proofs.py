"""Secrets that people hold to be known by, and the rows that know them again.

A secret is 256 random bits behind a prefix, with a checksum behind it, so that whoever scans for leaked
ones can tell it from other text. Only its sha256 is kept: whoever reads the database can use none.
"""

import hashlib
import re
import secrets
import zlib
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select, update

from publisher.errors import TryAgain
from publisher.roles import NOBODY
from publisher.store import Store, Tx, bound, ledger
from publisher.store.bound import Kind
from publisher.store.ledger import Line
from publisher.store.rows import SignInRow, TokenRow

What = Literal["token", "sign-in"]
Row = TokenRow | SignInRow

KINDS: Mapping[What, Kind] = {"token": bound.TOKEN, "sign-in": bound.SIGN_IN}
PREFIXES: Mapping[What, str] = {"token": "pub_tok_", "sign-in": "pub_ses_"}
ENDS: Mapping[What, str] = {"token": "revoke token", "sign-in": "end sign-in"}

IDLE = timedelta(days=30)  # without use, and a sign-in has ended
NOTED = timedelta(minutes=1)  # uses within it are noted once

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SIZE, _CHECK = 43, 6  # digits of 256 bits, and of 32
_SHAPE = re.compile(r"(pub_tok_|pub_ses_)([0-9A-Za-z]{43})([0-9A-Za-z]{6})")


def made(what: What) -> str:
    """A new secret; it is shown once."""
    said = PREFIXES[what] + _written(int.from_bytes(secrets.token_bytes(32)), _SIZE)
    return said + _checksum(said)


def kind_of(secret: str) -> What | None:
    """What kind of secret this is; None for what was never one of ours."""
    found = _SHAPE.fullmatch(secret)
    if found is None or _checksum(found[1] + found[2]) != found[3]:
        return None
    return next(what for what, prefix in PREFIXES.items() if prefix == found[1])


def hashed(secret: str) -> str:
    """What is kept of it. With 256 random bits there is nothing to guess, so one sha256 will do."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _checksum(text: str) -> str:
    return _written(zlib.crc32(text.encode()), _CHECK)


def _written(number: int, digits: int) -> str:
    said = ""
    for _ in range(digits):
        number, digit = divmod(number, len(_DIGITS))
        said = _DIGITS[digit] + said
    return said


def found(tx: Tx, what: What, of: str) -> Row | None:
    """The row that knows the secret whose sha256 this is; it may have ended, and is not yet believed."""
    table = KINDS[what].table
    row: Row | None = tx.first(select(table).where(table.c.hash == of))
    return row


def good(row: Row, what: What, now: datetime) -> bool:
    """Has it neither ended nor run out?"""
    idle = what == "sign-in" and now - (row.used_at or row.created_at) >= IDLE
    return row.ended_at is None and now < row.expires_at and not idle


def note_use(store: Store, what: What, row: Row) -> None:
    """Keep when it was last used, once a minute at the most. No decision: the history is not told."""
    now, table = store.now(), KINDS[what].table
    if row.used_at is None or now - row.used_at >= NOTED:
        with suppress(TryAgain), store.write(NOBODY) as tx:
            tx.run(update(table).where(table.c.id == row.id).values(used_at=tx.now))


def end(tx: Tx, what: What, row: Row) -> None:
    """It is good for nothing from now on."""
    line = Line(ENDS[what], subject(what, row), {"id": row.id, "name": row.name})
    ledger.change(tx, (KINDS[what], row.id), line, ended_at=tx.now)


def subject(what: What, row: Row) -> str:
    """What the history calls it. The daemon remembers the newest decision about each subject: of tokens,
    which are made by hand, each one's; of sign-ins one for each person, for there are as many as one likes.
    """
    return f"token {row.id} of {row.person}" if what == "token" else f"sign-ins of {row.person}"


def end_all(tx: Tx, person: str = "") -> None:
    """The same for all of a person, or of everybody."""
    for what, kind in KINDS.items():
        mine = select(kind.table).where(kind.table.c.ended_at.is_(None))
        if person:
            mine = mine.where(kind.table.c.person == person)
        for row in tx.all(mine):
            end(tx, what, row)
