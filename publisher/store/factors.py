"""The second factor: codes of an app on a person's own device (RFC 6238), and codes for a lost one."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

from publisher.store import Tx, bound, sealed
from publisher.store.ids import ALPHABET

STEP = 30  # seconds; what every app takes for granted, as it does SHA-1 and six digits
DIGITS = 6
RECOVERY = 10  # codes
_GROUPS, _GROUP = 4, 4  # letters of a recovery code: 80 random bits
_DOMAIN = (
    b"publisher second factor 1"  # no ledger row begins so: their canonical JSON does with "["
)


def seed_for(tx: Tx, of: str) -> bytes:
    """20 bytes, always the same for what this is the sha256 of, and for nobody to guess without our key.

    So that a person can be shown one before there is anything to keep.
    """
    return hmac.digest(_key(tx), b"seed\0" + of.encode(), "sha256")[:20]


def kept(tx: Tx, person: str, seed: bytes) -> str:
    """As it lies in the database."""
    return sealed.seal(_key(tx), seed, _where(person))


def step_of(tx: Tx, person: str, kept_: str, code: str, after: int) -> int | None:
    """The step whose code this is, of the kept seed; None for none, and for one that was taken before."""
    seed = sealed.opened(_key(tx), kept_, _where(person))
    return None if seed is None else step(seed, code, tx.now, after)


def step(seed: bytes, code: str, now: datetime, after: int = 0) -> int | None:
    """The same of a seed: of now, or one before or after, for clocks differ; later than `after`."""
    typed = "".join(code.split()).encode()
    at, made = int(now.timestamp()) // STEP, HOTP(seed, DIGITS, SHA1())  # noqa: S303  # as RFC 6238 has it
    these = (one for one in (at, at - 1, at + 1) if one > after)
    return next((one for one in these if hmac.compare_digest(made.generate(one), typed)), None)


def uri(seed: bytes, person: str, company: str) -> str:
    """What an app reads, as a picture of squares or a link."""
    label = quote(f"{company}:{person}", safe="")
    more = urlencode({"secret": written(seed), "issuer": company}, quote_via=quote)
    return f"otpauth://totp/{label}?{more}"


def written(seed: bytes) -> str:
    """The seed as a person types it into an app."""
    return base64.b32encode(seed).decode()


def recovery() -> list[str]:
    """New recovery codes; each is good once."""
    return [
        "-".join("".join(secrets.choice(ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
        for _ in range(RECOVERY)
    ]


def hashed(code: str) -> str:
    """What is kept of a recovery code, however it was typed."""
    plain = "".join(one for one in code.lower() if one in ALPHABET)
    return hashlib.sha256(plain.encode()).hexdigest()


def hashes(codes: Sequence[str]) -> list[str]:
    """The same of several."""
    return [hashed(one) for one in codes]


def _key(tx: Tx) -> bytes:
    return hmac.digest(bound.signer(tx).key, _DOMAIN, "sha256")


def _where(person: str) -> tuple[str, str, str]:
    return "password", person, "seed"
