"""A value that lies in the database as nobody reads it who has the database alone (AES-256-GCM).

It is bound to where it lies: of another row, or in another column, it opens no more.
"""

import base64
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from publisher.content import canonical

_NONCE = 12  # bytes; random, for there are far fewer than 2^32 under one key (NIST SP 800-38D §8.3)


def seal(key: bytes, plain: bytes, where: Sequence[str]) -> str:
    """`plain` under a key of 32 bytes, as text. `where`: table, row and column."""
    nonce = secrets.token_bytes(_NONCE)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, plain, _bound(where))).decode()


def opened(key: bytes, sealed: str, where: Sequence[str]) -> bytes | None:
    """What was sealed there; None for what was not, or under another key."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        return AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], _bound(where))
    except (ValueError, InvalidTag):
        return None


def _bound(where: Sequence[str]) -> bytes:
    return canonical(["v1", *where])
