"""Identifiers that are never reused, not even by a restored or second installation."""

import secrets
from datetime import datetime

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u


def new_id(now: datetime) -> str:
    """A UUIDv7 (RFC 9562 §5.7) as 32 hex digits: milliseconds since 1970, then 74 random bits."""
    milliseconds = int(now.timestamp() * 1000) & (2**48 - 1)
    random = secrets.randbits(74)
    value = (
        milliseconds << 80 | 0x7 << 76 | (random >> 62) << 64 | 0b10 << 62 | random & (2**62 - 1)
    )
    return f"{value:032x}"


def short_id() -> str:
    """Ten characters that a person can type: 50 random bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(10))
