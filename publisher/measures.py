"""What can be done about somebody else's words under a post of ours: one row a measure.

No act of a post: see `docs/decisions/0022-measures.md`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

MeasureName = Literal["hide", "show"]


@dataclass(frozen=True)
class About:
    """What a measure is, for all that handle it.

    `tightens`: readers see less afterwards: one person, at any hour, also under a stop.
    `repeatable`: what is so already cannot become more so, and the machine may ask for it again.
    """

    tightens: bool
    repeatable: bool


MEASURES: Mapping[str, About] = {
    "hide": About(tightens=True, repeatable=True),
    "show": About(tightens=False, repeatable=True),
}

UNKNOWN = About(tightens=False, repeatable=False)  # a name that nobody knows


def about(what: str) -> About:
    """The row of a measure."""
    return MEASURES.get(what, UNKNOWN)
