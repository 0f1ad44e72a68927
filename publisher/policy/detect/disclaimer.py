"""Finds the notice in a text, also when somebody typed it by hand in another width or case."""

from collections.abc import Sequence
from functools import lru_cache

from publisher.policy.detect.normal import normal

_MARK = "\x00"  # stands where a wording was found, so that none is counted twice


def contains(text: str, wordings: Sequence[str]) -> int:
    """How many whole notices of `wordings` are in the text. Longer ones are found first."""
    rest, count = normal(text), 0
    for wording in _longest_first(tuple(wordings)):
        count += rest.count(wording)
        rest = rest.replace(wording, _MARK)
    return count


@lru_cache(maxsize=256)
def _longest_first(wordings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({normal(w) for w in wordings} - {""}, key=len, reverse=True))
