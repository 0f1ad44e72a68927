"""Whoever shows proofs that are none waits longer and longer; nobody is locked out for good."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from publisher.errors import TooMany

FREE = 5  # tries that cost nothing
LONGEST = 60.0  # seconds
FORGOTTEN = 900.0  # seconds after the last failure
MOST = 10_000  # sides that are remembered; the one that failed longest ago is forgotten first


@dataclass
class _Failures:
    many: int
    last: float


class Throttle:
    """Failures by side: an address, a person. Times are seconds on a clock that nobody can set."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._known: OrderedDict[str, _Failures] = OrderedDict()

    def refuse(self, side: str, now: float) -> None:
        """Raises TooMany while this side has to wait."""
        with self._guard:
            failures = self._of(side, now)
            left = failures.last + _wait(failures.many) - now if failures else 0.0
        if left > 0:
            raise TooMany("session.too_many", seconds=int(left) + 1)

    def failed(self, side: str, now: float) -> None:
        """What this side showed was no proof."""
        with self._guard:
            failures = self._of(side, now) or _Failures(0, now)
            self._keep(side, _Failures(failures.many + 1, now))

    def attempt(self, sides: Mapping[str, tuple[int, float]], now: float) -> None:
        """A try that counts as failed for each of these until it is forgiven; nothing when it may not be
        made. `sides`: with tries that cost nothing, and the longest wait. Raises TooMany.
        """
        with self._guard:
            known = {one: self._of(one, now) or _Failures(0, now) for one in sides}
            waits = [one.last + _wait(one.many, *sides[name]) - now for name, one in known.items()]
            if (left := max(waits)) > 0:
                raise TooMany("session.too_many", seconds=int(left) + 1)
            for name, one in known.items():
                self._keep(name, _Failures(one.many + 1, now))

    def forgive(self, sides: Iterable[str]) -> None:
        """That try was none of those that count."""
        with self._guard:
            for name in sides:
                if found := self._known.get(name):
                    found.many = max(0, found.many - 1)

    def _keep(self, side: str, failures: _Failures) -> None:
        self._known[side] = failures
        self._known.move_to_end(side)
        while len(self._known) > MOST:
            self._known.popitem(last=False)

    def _of(self, side: str, now: float) -> _Failures | None:
        failures = self._known.get(side)
        return failures if failures and now - failures.last < FORGOTTEN else None


def _wait(many: int, free: int = FREE, longest: float = LONGEST) -> float:
    over = many - free
    return min(longest, 2.0 ** min(over, 10)) if over >= 0 else 0.0
