"""Failing on command: which faults are set, and which of them hit a request.

`429 401 500-before hang-before reset-before` act instead of the network: nothing is committed.
`500-after hang reset slow garbage` act after it committed. `lag` and `moderated` change what the
network does with the post. `random` picks among `kinds`, repeatably by `seed`.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import count
from typing import Any

from publisher.sandbox.ids import NETWORKS

BEFORE = ("429", "401", "500-before", "hang-before", "reset-before")
AFTER = ("500-after", "hang", "reset", "slow", "garbage")
BENDING = ("lag", "moderated")
KINDS = (*BEFORE, *AFTER, *BENDING, "random")
IRREVERSIBLE = ("publish", "edit", "retract", "measure")
ON = ("write", "any", "read", "prepare", *IRREVERSIBLE)
MODERATED_NETWORKS = tuple(name for name, place in NETWORKS.items() if place.moderated)

# Seconds that a fault takes when none are given: to wait, to hang, to drip, to lag.
SECONDS: Mapping[str, float] = {"429": 60, "hang": 60, "hang-before": 60, "slow": 5, "lag": 10}

_ids = count(1)


class FaultError(Exception):
    """The order to fail is not understood; the message says what would be."""


@dataclass
class Fault:
    """One standing order. `times` left, or None for until cleared; `account` "*" is everyone."""

    fault: str
    account: str = "*"
    network: str | None = None
    on: Sequence[str] = ("write",)
    times: int | None = 1
    seconds: float | None = None
    status: int | None = None
    rate: float = 1.0
    seed: int = 0
    kinds: Sequence[str] = ()
    id: int = field(default_factory=lambda: next(_ids))
    hits: int = 0
    _dice: dict[str, random.Random] = field(default_factory=dict, repr=False)

    def shown(self) -> dict[str, Any]:
        return {
            each.name: getattr(self, each.name) for each in fields(self) if each.name != "_dice"
        }


@dataclass(frozen=True)
class Plan:
    """What happens to one request: at most one way to fail, and how the network's act is bent."""

    kind: str = ""
    seconds: float = 0.0
    status: int | None = None
    lag: float = 0.0
    moderated: bool = False


def fault_from(data: Mapping[str, Any]) -> Fault:
    """A standing order from JSON. Raises FaultError for what it does not know."""
    known = {each.name for each in fields(Fault)} - {"id", "hits", "_dice"}
    if unknown := set(data) - known:
        raise FaultError(
            f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}"
        )
    on = data.get("on", "write")
    made = Fault(**{**data, "fault": str(data.get("fault", "")), "on": _listed(on)})
    made.account = made.account or "*"
    if made.fault == "random":
        made.times = data.get("times")
        made.kinds = _listed(made.kinds)
    _check(made)
    return made


def _listed(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(each) for each in value)


def _check(fault: Fault) -> None:
    for kind in (fault.fault, *fault.kinds):
        if kind not in KINDS or "random" in fault.kinds:
            raise FaultError(f"no fault {kind!r}; there are: {', '.join(KINDS)}")
    _check_numbers(fault)
    if fault.fault == "random" and not fault.kinds:
        raise FaultError("random needs `kinds` to pick among")
    if fault.network not in (None, *NETWORKS):
        raise FaultError(f"no network {fault.network!r}; there are: {', '.join(NETWORKS)}")
    if bad := set(fault.on) - set(ON):
        raise FaultError(f"on {sorted(bad)}; there are: {', '.join(ON)}")
    if fault.fault == "moderated" and fault.network not in (None, *MODERATED_NETWORKS):
        raise FaultError(f"{fault.network} has no moderators' queue")


def _check_numbers(fault: Fault) -> None:
    for name in ("times", "seconds", "status", "rate", "seed"):
        value = getattr(fault, name)
        missing = value is None and name in ("times", "seconds", "status")
        if not missing and (not isinstance(value, (int, float)) or value < 0):
            raise FaultError(f"{name} must be a number that is not negative, not {value!r}")


def _concerns(fault: Fault, network: str, account: str, kind: str) -> bool:
    return (
        fault.times != 0
        and fault.account in ("*", account)
        and fault.network in (None, network)
        and (
            kind in fault.on or "any" in fault.on or ("write" in fault.on and kind in IRREVERSIBLE)
        )
    )


class Board:
    """The standing orders, oldest first."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def add(self, data: Mapping[str, Any]) -> Fault:
        """Set one. Raises FaultError."""
        self.faults.append(fault_from(data))
        return self.faults[-1]

    def clear(self, *, account: str | None = None, network: str | None = None) -> int:
        """Take back the orders of one account, of one network, or all; how many they were."""
        before = len(self.faults)
        self.faults = [
            each
            for each in self.faults
            if (account is not None and each.account != account)
            or (network is not None and each.network != network)
        ]
        return before - len(self.faults)

    def plan(self, network: str, account: str, kind: str) -> Plan:
        """What happens to this request; the orders that hit are used up by one."""
        failing: tuple[str, Fault] | None = None
        lag, moderated = 0.0, False
        for fault in self.faults:
            if not _concerns(fault, network, account, kind):
                continue
            if failing and not {fault.fault, *fault.kinds} & set(BENDING):
                continue
            chosen = _chosen(fault, f"{network}:{account}")
            if not chosen or (chosen == "moderated" and network not in MODERATED_NETWORKS):
                continue
            if chosen == "lag":
                lag = _seconds(fault, chosen)
            elif chosen == "moderated":
                moderated = True
            elif failing:
                continue
            else:
                failing = chosen, fault
            fault.hits += 1
            fault.times = None if fault.times is None else fault.times - 1
        if failing is None:
            return Plan(lag=lag, moderated=moderated)
        kind, fault = failing
        return Plan(kind, _seconds(fault, kind), fault.status, lag, moderated)


def _chosen(fault: Fault, who: str) -> str:
    if fault.fault != "random":
        return fault.fault
    # One die per account, so that the order in which threads arrive does not matter.
    dice = fault._dice.setdefault(who, random.Random(f"{fault.seed}:{who}"))  # noqa: S311, SLF001
    return dice.choice(list(fault.kinds)) if dice.random() < fault.rate else ""


def _seconds(fault: Fault, kind: str) -> float:
    return SECONDS.get(kind, 0.0) if fault.seconds is None else fault.seconds
