"""What the releaser holds in memory between two passes; a crash loses nothing by losing it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from publisher.networks import Found, Notes, Outcome
from publisher.release.ahead import Look
from publisher.release.intend import Ready
from publisher.release.machine import Heard
from publisher.store.rows import AccountRow, DeliveryRow, MeasureRow

Prepared = tuple[DeliveryRow, AccountRow, Notes | Outcome]


@dataclass
class Flight:
    """Which deliveries and accounts a thread of ours holds, and what came back and is not yet written."""

    live: set[str] = field(default_factory=set)
    fences: dict[str, int] = field(default_factory=dict)  # of the claims that are live
    to_judge: set[str] = field(default_factory=set)
    answered: list[tuple[Ready, Outcome]] = field(default_factory=list)
    prepared: list[Prepared] = field(default_factory=list)
    whoami: list[Heard] = field(default_factory=list)
    looked: list[tuple[DeliveryRow | MeasureRow, Found]] = field(default_factory=list)
    asking: set[str] = field(default_factory=set)
    asked_ahead: dict[str, datetime] = field(default_factory=dict)  # accounts, a day before
    looking: set[str] = field(default_factory=set)
    seen: set[Look] = field(default_factory=set)  # of what is due soon
    readying: set[str] = field(default_factory=set)  # being prepared ahead

    @property
    def held(self) -> set[str]:
        """What a thread of ours holds, on the wire or looking."""
        return self.live | self.looking

    def current(self, row: DeliveryRow | MeasureRow) -> bool:
        """Is this claim the newest that we know of? A late answer touches nothing of a newer one."""
        return self.fences.get(row.id, row.fence) == row.fence

    def leave(self, done: Iterable[tuple[str, int]]) -> None:
        """No thread of ours holds these any more, unless they have been claimed anew meanwhile."""
        for delivery, fence in done:
            if self.fences.get(delivery, fence) == fence:
                self.live.discard(delivery)
                self.fences.pop(delivery, None)

    def prepared_early(self, early: Mapping[str, Notes | Outcome]) -> None:
        """These were prepared ahead. What left notes is looked at again: there may be more to do."""
        noted = {one for one, got in early.items() if not isinstance(got, Outcome)}
        self.readying -= early.keys()
        self.seen = {look for look in self.seen if look[0] not in noted}

    def give_back(self) -> None:
        """While finishing: what is claimed and not yet sending goes back at the end, unjudged."""
        self.live -= {row.id for row, _, _ in self.prepared} | self.to_judge
        self.prepared.clear()
        self.to_judge.clear()
