"""Finds the notice in a text, also when somebody typed it by hand in another width or case."""

from collections.abc import Sequence

from publisher.policy.detect.normal import normal

_MARK = "\x00"  # stands where a wording was found, so that none is counted twice


def contains(text: str, wordings: Sequence[str]) -> int:
    """How many whole notices of `wordings` are in the text. Longer ones are found first."""
    rest, count = normal(text), 0
    for wording in sorted({normal(w) for w in wordings} - {""}, key=len, reverse=True):
        count += rest.count(wording)
        rest = rest.replace(wording, _MARK)
    return count
