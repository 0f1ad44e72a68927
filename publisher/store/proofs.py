"""Secrets that people hold to be known by, and the rows that know them again.

A secret is 256 random bits behind a prefix, with a checksum behind it, so that whoever scans for leaked
ones can tell it from other text. Only its sha256 is kept: whoever reads the database can use none.
"""

import hashlib
import re
import secrets
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import select, update

from publisher.errors import TryAgain
from publisher.roles import NOBODY
from publisher.store import Store, Tx, bound, ledger
from publisher.store.bound import Kind, believed
from publisher.store.ledger import Line
from publisher.store.rows import InviteRow, PasskeyRow, PasswordRow, SignInRow, TokenRow
from publisher.store.tables import Passkey, Password, core

_PASSWORD = core(Password)
_PASSKEY = core(Passkey)

What = Literal["token", "sign-in", "invite"]
Row = TokenRow | SignInRow | InviteRow

KINDS: Mapping[What, Kind] = {
    "token": bound.TOKEN,
    "sign-in": bound.SIGN_IN,
    "invite": bound.INVITE,
}
PREFIXES: Mapping[What, str] = {"token": "pub_tok_", "sign-in": "pub_ses_", "invite": "pub_inv_"}
ENDS: Mapping[What, str] = {
    "token": "revoke token",
    "sign-in": "end sign-in",
    "invite": "end invite",
}

# Without use for so long, and a sign-in has ended, by its kind.
IDLE = {"login": timedelta(days=30), "page": timedelta(minutes=60)}
FRESH = timedelta(
    minutes=10
)  # since they said all they know, somebody at a page may do all they may
NOTED = timedelta(minutes=1)  # uses within it are noted once

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SIZE, _CHECK = 43, 6  # digits of 256 bits, and of 32
_SHAPE = re.compile(r"(pub_tok_|pub_ses_|pub_inv_)([0-9A-Za-z]{43})([0-9A-Za-z]{6})")


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
    if row.ended_at is not None or now >= row.expires_at:
        return False
    if what != "sign-in":
        return True
    mine = cast(SignInRow, row)
    since = max(one for one in (mine.created_at, mine.used_at, mine.fresh_at) if one is not None)
    return now - since < IDLE.get(mine.kind, timedelta())


def fresh(row: SignInRow, now: datetime) -> bool:
    """Has whoever has this page just said all they know? Not by a clock that was set back."""
    return row.fresh_at is not None and timedelta() <= now - row.fresh_at < FRESH


def note_use(store: Store, what: What, row: Row) -> None:
    """Keep when it was last used, once a minute at the most. No decision: the history is not told."""
    now, table = store.now(), KINDS[what].table
    if row.used_at is None or now - row.used_at >= NOTED:
        with suppress(TryAgain), store.write(NOBODY) as tx:
            tx.run(update(table).where(table.c.id == row.id).values(used_at=tx.now))


def end(tx: Tx, what: What, row: Row) -> None:
    """It is good for nothing from now on."""
    said = {"id": row.id, "name": getattr(row, "name", row.person)}
    ledger.change(
        tx, (KINDS[what], row.id), Line(ENDS[what], subject(what, row), said), ended_at=tx.now
    )


def subject(what: What, row: Row) -> str:
    """What the history calls it. The daemon remembers the newest decision about each subject: of tokens,
    which are made by hand, each one's; of others one for each person, for there are as many as one likes.
    """
    return f"token {row.id} of {row.person}" if what == "token" else f"{what}s of {row.person}"


def end_all(tx: Tx, person: str = "", *kinds: What) -> None:
    """The same for all of a person, or of everybody; of all kinds, if none is named."""
    for what in kinds or KINDS:
        for row in live(tx, what, person):
            end(tx, what, row)


def live(tx: Tx, what: What, person: str = "") -> Sequence[Any]:
    """All of a person, or of everybody, that nobody has ended; the oldest first."""
    table = KINDS[what].table
    mine = select(table).where(table.c.ended_at.is_(None))
    if person:
        mine = mine.where(table.c.person == person)
    return tx.all(mine.order_by(table.c.created_at, table.c.id))


# ---- what people know

# What people do about it; to be let in by it changes nothing that matters.
CHANGES = frozenset(
    {
        *("join", "change password", "change factor", "drop factor", "change recovery codes"),
        *("forget password", "add passkey", "end passkey"),
    }
)


def password_of(person: str) -> str:
    """What the history calls what this person knows."""
    return f"password of {person}"


def knowing(tx: Tx) -> Sequence[str]:
    """Everybody who has a password."""
    return [row[0] for row in tx.all(select(_PASSWORD.c.person).where(_PASSWORD.c.hash != ""))]


def password(tx: Tx, person: str, *, alone: bool = False) -> PasswordRow | None:
    """What this person knows, if the history vouches for it. `alone`: nobody else changes it meanwhile."""
    found = select(_PASSWORD).where(_PASSWORD.c.person == person)
    row: PasswordRow | None = tx.first(found.with_for_update() if alone else found)
    good_ = row is not None and row.hash != "" and bool(believed(tx, bound.PASSWORD, [row]))
    return row if good_ else None


def passkeys(tx: Tx, person: str) -> Sequence[PasskeyRow]:
    """Those of a person that are good, the oldest first."""
    mine = select(_PASSKEY).where(_PASSKEY.c.person == person, _PASSKEY.c.ended_at.is_(None))
    return believed(tx, bound.PASSKEY, tx.all(mine.order_by(_PASSKEY.c.created_at, _PASSKEY.c.id)))


def end_passkey(tx: Tx, row: PasskeyRow) -> None:
    """It is good for nothing from now on."""
    line = Line("end passkey", password_of(row.person), {"id": row.id, "name": row.name})
    ledger.change(tx, (bound.PASSKEY, row.id), line, ended_at=tx.now)


def end_passkeys(tx: Tx, person: str) -> None:
    """The same for all of a person."""
    mine = select(_PASSKEY).where(_PASSKEY.c.person == person, _PASSKEY.c.ended_at.is_(None))
    for one in tx.all(mine):
        end_passkey(tx, one)


def forget(tx: Tx, person: str) -> None:
    """What this person knows, and their passkeys, are good for nothing from now on."""
    end_passkeys(tx, person)
    if tx.first(select(_PASSWORD.c.person).where(_PASSWORD.c.person == person)) is not None:
        line = Line("forget password", password_of(person))
        nothing = {"hash": "", "seed": "", "codes": []}
        ledger.change(tx, (bound.PASSWORD, person), line, **nothing)
