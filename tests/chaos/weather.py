"""Random faults, a few at a time, in every network."""

import random

from publisher.sandbox.faults import MODERATED_NETWORKS
from tests.chaos.stage import NETWORKS, Stage

# kind -> (how often, seconds): short, so that hundreds fit into minutes; a hang outlasts the deadline.
KINDS = {
    "429": (3, 1.0),
    "401": (1, 0.0),
    "500-before": (3, 0.0),
    "500-after": (5, 0.0),
    "hang-before": (1, 6.0),
    "hang": (2, 6.0),
    "reset-before": (3, 0.0),
    "reset": (5, 0.0),
    "slow": (3, 1.0),
    "garbage": (3, 0.0),
    "lag": (3, 2.0),
    "moderated": (2, 0.0),
}
ON = ("write",) * 6 + ("any", "read", "prepare", "retract", "edit", "measure", "measure")


class Weather:
    """Orders one fault at a time; they add up until they hit or are cleared."""

    def __init__(self, stage: Stage, dice: random.Random) -> None:
        self._stage, self._dice = stage, dice
        self.ordered = 0

    def change(self) -> None:
        """One more fault somewhere."""
        kind = self._dice.choices(list(KINDS), [often for often, _ in KINDS.values()])[0]
        network = self._dice.choice(MODERATED_NETWORKS if kind == "moderated" else NETWORKS)
        fault = {
            "fault": kind,
            "network": network,
            "account": "*",
            "times": 1,
            "on": self._dice.choice(ON),
            "seconds": KINDS[kind][1],
        }
        self._stage.tell("faults", **fault).raise_for_status()
        self.ordered += 1

    def clear(self) -> None:
        """Fair weather."""
        import requests

        requests.delete(f"{self._stage.url}/_sandbox/faults", timeout=10).raise_for_status()
