"""Passwords: how they are kept (argon2id), how many are looked at at a time, and which are none."""

import re
import secrets
import threading
import unicodedata
from base64 import b64encode
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from publisher.errors import TooMany, Usage

# RFC 9106 §4, its second choice (KiB), but for the lanes: with several of them two that are computed at the
# same time wait for each other for ever (cryptography 50, OpenSSL's pool of threads). Where these change,
# each password is kept anew when it is next said.
MEMORY, TIMES, LANES = 65_536, 3, 1
SALT, SIZE = 16, 32  # bytes
MOST = 10  # that wait; the threads of the desk are for others as well

SHORTEST = 12  # characters
LONGEST = 1_000
DIFFERENT = 5  # characters that have to be left when what anybody would try is taken out

# What stands in a list of the most frequent ones, in one form or another.
_FREQUENT = """
    password passwort passwd pass letmein welcome willkommen administrator admin login master secret
    changeme change default qwertyuiop qwertz qwerty azerty asdfghjkl asdf zxcvbnm iloveyou monkey dragon
    football baseball sunshine princess superman batman abcdefghijklmnopqrstuvwxyz abcdef abcd abc
    01234567890 1234567890 123456789 12345678 1234567 123456 12345 1234 123 987654321 87654321 654321
    4321 321 spring summer autumn winter january publisher パスワード ぱすわーど
"""
_NO_LETTER = re.compile(r"[\W_]")


class _Turns:
    """One at a time, for each takes a processor for a tenth of a second, and 64 MB: what is due goes out
    also while somebody tries passwords. So many more wait; who comes then is told to come again.
    """

    def __init__(self) -> None:
        self._guard, self._free, self._many = threading.Lock(), threading.Lock(), 0

    @contextmanager
    def take(self) -> Iterator[None]:
        """Raises TooMany."""
        with self._guard:
            if self._many >= MOST:
                raise TooMany("session.busy", seconds=1)
            self._many += 1
        try:
            with self._free:
                yield
        finally:
            with self._guard:
                self._many -= 1


_turns = _Turns()


def hashed(password: str) -> str:
    """What is kept of it: parameters, salt and hash, in the form of the PHC. Raises TooMany."""
    with _turns.take():
        return _made(secrets.token_bytes(SALT)).derive_phc_encoded(_plain(password))


def holds(password: str, kept: str) -> bool:
    """Is this the one? Without one that is kept ("") it takes the same work, and is not. Raises TooMany."""
    with _turns.take():
        try:
            Argon2id.verify_phc_encoded(_plain(password), kept or _nobodys())
        except InvalidKey:
            return False
    return kept != ""


def outdated(kept: str) -> bool:
    """Was it kept with other parameters than now?"""
    return not kept.startswith(_parameters())


def refuse_weak(password: str, ours: Collection[str]) -> None:
    """Raises Usage for a short one, and for one of words that anybody would try. `ours`: names here."""
    said = unicodedata.normalize("NFKC", password)
    if len(said) < SHORTEST:
        raise Usage("password.short", field="password", least=SHORTEST)
    left = said.casefold()
    words = {*_FREQUENT.split(), *(part for one in ours for part in one.casefold().split())}
    for word in sorted(words, key=len, reverse=True):
        if len(word) > 2:  # shorter ones stand in any text
            left = left.replace(word, "")
    if len(set(_NO_LETTER.sub("", left))) < DIFFERENT:
        raise Usage("password.frequent", field="password")


def _plain(password: str) -> bytes:
    """The same for one password, however a keyboard composes it."""
    return unicodedata.normalize("NFKC", password).encode()


def _made(salt: bytes) -> Argon2id:
    return Argon2id(salt=salt, length=SIZE, iterations=TIMES, lanes=LANES, memory_cost=MEMORY)


def _parameters() -> str:
    return f"$argon2id$v=19$m={MEMORY},t={TIMES},p={LANES}$"


def _nobodys() -> str:
    """Looked at for a name that nobody has: as much work as for any other, and no password fits."""
    salt, found = (b64encode(bytes(size)).decode().rstrip("=") for size in (SALT, SIZE))
    return f"{_parameters()}{salt}${found}"
