"""What waits for a person's word on the server: sign-ins, and single acts of them (as RFC 8628 has it).

It is kept in memory: a desk that is opened anew has forgotten it, and one asks again.
"""

import hmac
import secrets
import struct
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from dataclasses import dataclass, field

from publisher.errors import NotFound, TooMany

PATIENCE = 600.0  # seconds until what waits is forgotten
EVERY = 5.0  # seconds between two questions about the same
MOST = 500  # sign-ins that wait at a time
MOST_ANSWERED = (
    10_000  # challenges that are remembered; each answer that is none costs its side time
)
MOST_OF_ONE = 5  # of one place, and acts of one sign-in

# No vowels, so that none spells a word (RFC 8628 §6.1); 2.5 * 10^10 codes of eight letters.
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


def _new_code() -> str:
    letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def _plain(code: str) -> str:
    return "".join(one for one in code.upper() if one in _LETTERS)


@dataclass
class Waits:
    """Something that waits under a code. Times are seconds on a clock that nobody can set.

    `name`, `place`: what asked for it calls itself, and where from. Of a sign-in: `hash`, the sha256 of
    what it is to be known by; `side`, by which those that wait are counted. Of an act: `sign_in`, the id
    of the one that asks; `act`, in the words of HTTP; `digest` of all of it. `person`: who confirmed it.
    """

    name: str
    place: str
    until: float
    hash: str = ""
    side: str = ""
    sign_in: str = ""
    act: str = ""
    digest: str = ""
    person: str = ""
    asked: float | None = None
    code: str = field(default_factory=_new_code)


class Room:
    """All that waits at one desk."""

    def __init__(self) -> None:
        self.one_at_a_time = threading.Lock()  # held by whoever confirms
        self._guard = threading.Lock()
        self._waiting: dict[str, Waits] = {}

    def login(self, new: Waits, now: float) -> Waits:
        """A new sign-in that waits. Raises TooMany."""
        with self._guard:
            logins = [one for one in self._present(now) if one.hash]
            beside = [one for one in logins if one.side == new.side]
            if len(logins) >= MOST or len(beside) >= MOST_OF_ONE:
                first = min(one.until for one in beside or logins)
                raise TooMany("session.too_many_wait", seconds=int(first - now) + 1)
            return self._keep(new)

    def act(self, new: Waits, now: float) -> Waits:
        """An act that waits: the one that was asked for before, or this; not too many of one sign-in."""
        with self._guard:
            mine = [one for one in self._present(now) if one.sign_in == new.sign_in]
            same = [one for one in mine if one.digest == new.digest and not one.person]
            if same:
                return same[0]
            for one in mine[: max(0, len(mine) + 1 - MOST_OF_ONE)]:
                del self._waiting[_plain(one.code)]
            return self._keep(new)

    def under(self, code: str, now: float) -> Waits:
        """What waits under this code, however it is typed. Raises NotFound."""
        with self._guard:
            self._present(now)
            found = self._waiting.get(_plain(code))
        if found is None or found.person:
            raise NotFound("access.no_code")
        return found

    def ask(self, hash_: str, now: float) -> Waits:
        """How does this sign-in stand? Raises NotFound, and TooMany when that was asked just now."""
        with self._guard:
            found = next((one for one in self._present(now) if one.hash == hash_), None)
            if found is None:
                raise NotFound("access.no_login")
            if found.asked is not None and now - found.asked < EVERY:
                raise TooMany("session.too_soon", seconds=int(found.asked + EVERY - now) + 1)
            found.asked = now
            return found

    def confirmed(self, sign_in: str, now: float) -> bool:
        """Is there an act of this sign-in that its person has confirmed?"""
        with self._guard:
            return any(one.person and one.sign_in == sign_in for one in self._present(now))

    def use(self, sign_in: str, digest: str, now: float) -> Waits | None:
        """This very act, where it was confirmed: it is so once."""
        with self._guard:
            for one in self._present(now):
                if one.person and (one.sign_in, one.digest) == (sign_in, digest):
                    del self._waiting[_plain(one.code)]
                    return one
        return None

    def give_back(self, used: Waits) -> None:
        """Nothing was done by it: it is good once more."""
        with self._guard:
            self._keep(used)

    def _present(self, now: float) -> list[Waits]:
        self._waiting = {code: one for code, one in self._waiting.items() if now < one.until}
        return [*self._waiting.values()]

    def _keep(self, new: Waits) -> Waits:
        while _plain(new.code) in self._waiting:
            new.code = _new_code()
        self._waiting[_plain(new.code)] = new
        return new


class Challenges:
    """What browsers are asked for a passkey: each is answered once, and in time.

    What was asked says so itself, so that nobody keeps others out by asking for many.
    """

    def __init__(self) -> None:
        self._guard, self._key = threading.Lock(), secrets.token_bytes(32)
        self._used: OrderedDict[bytes, float] = OrderedDict()

    def new(self, now: float) -> str:
        """One that nobody can guess or make, in base64url."""
        raw = secrets.token_bytes(16) + struct.pack(">d", now + PATIENCE)
        return urlsafe_b64encode(raw + self._sign(raw)).decode().rstrip("=")

    def take(self, challenge: str, now: float) -> bool:
        """Was this asked, and not answered yet? It is now."""
        try:
            whole = urlsafe_b64decode(challenge + "=" * (-len(challenge) % 4))
        except ValueError:
            return False
        raw, signed = whole[:24], whole[24:]
        if not hmac.compare_digest(self._sign(raw), signed):
            return False
        until: float = struct.unpack(">d", raw[16:])[0]
        with self._guard:
            self._used = OrderedDict((one, end) for one, end in self._used.items() if now < end)
            if now >= until or raw in self._used:
                return False
            self._used[raw] = until
            while len(self._used) > MOST_ANSWERED:
                self._used.popitem(last=False)
        return True

    def _sign(self, raw: bytes) -> bytes:
        return hmac.digest(self._key, raw, "sha256")
