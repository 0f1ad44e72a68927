"""A releaser that dies at one point of the walk: what it did is done, what it knew is forgotten."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from publisher.release.engine import Releaser
from publisher.release.intend import Judgement, Ready, send
from publisher.release.machine import looked_up

POINTS = (
    "no crash",
    "prepared ahead",
    "after claim",
    "after preparing",
    "before sending",
    "before settling",
)


def _part(ready: Ready) -> int:
    """How many posts of its thread are out already; a measure is of none."""
    return len(getattr(ready.intent, "thread", ()))


class Cut(Releaser):
    """Goes up to `point` and not further; everything before it is the real thing.

    Of a thread it is cut at the post before which `part` others are public; before that one is sent for
    the first time, `order` says to its account's network what goes wrong.
    """

    point = "no crash"
    part = 0
    reached = 0
    order: Callable[[str], None] = staticmethod(lambda _: None)
    ordered: frozenset[str] = frozenset()

    def _prepare(self, row: Any, account: Any, intent: Any) -> None:
        if self.point != ("after preparing" if row.state == "claimed" else "prepared ahead"):
            super()._prepare(row, account, intent)
            return
        self.app.adapter(account).prepare(intent)
        self.reached += 1
        self._answer(lambda: self.flight.readying.discard(row.id))  # else it keeps others waiting

    def _dispatch(self, judgement: Judgement) -> None:
        if self.point == "after claim":
            self.reached += len({row.id for row, *_ in (*judgement.prepare, *judgement.whoami)})
            judgement = replace(judgement, prepare=(), whoami=())
        here = [ready for ready in judgement.ready if _part(ready) == self.part]
        for name in {ready.account_row.id for ready in here} - self.ordered:
            self.order(name)
            self.ordered |= {name}
        if self.point == "before sending":
            self.reached += len(here)
            others = [ready for ready in judgement.ready if ready not in here]
            judgement = replace(judgement, ready=others)
        super()._dispatch(judgement)

    def _send(self, ready: Ready) -> None:
        if self.point != "before settling" or _part(ready) != self.part:
            super()._send(ready)
            return
        send(self.app.adapter(ready.account_row), ready.intent)
        self.reached += 1

    def _look(self, row: Any, account: Any, intent: Any) -> None:
        if self.point != "after looking up":
            super()._look(row, account, intent)
            return
        looked_up(self.app, (row, intent), account, lambda: self._ask_whoami(account, None))
        self.reached += 1

    def until(self, done: Callable[[], bool], seconds: float) -> None:
        """Pass until `done`, or for so long."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends and not done():
            self.once()
            time.sleep(0.02)

    def die(self) -> None:
        """Forget everything; threads that are on the wire end there, unheard."""
        self._answer = lambda _: None  # type: ignore[method-assign]
        self._pool.close(wait=True)
        self._lookers.close(wait=True)
