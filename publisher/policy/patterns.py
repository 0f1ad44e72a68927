"""Patterns that a policy may contain: regular expressions that no text can make slow.

Python's `re` tries one way after the other, and a short pattern can have more ways than there are atoms.
So every repetition has an end, and what it takes from one place of the text is counted beforehand.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from publisher.documents import unfit

LONGEST = 200  # characters
STEPS = 1_000  # from one place of the text

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TOKEN = re.compile(
    r"(?P<open>\((?:\?:)?(?!\?))|(?P<close>\))|(?P<or>\|)"
    r"|(?P<repeat>\?|\{(?P<least>[0-9]{1,4})(?:,(?P<most>[0-9]{1,4}))?\})"
    r"|(?P<one>\\[^A-Za-z0-9]|\\[bBdDsSwW]|\[\^?\]?(?:\\.|[^\[\]\\])+\]|[^\\(){}\[*+])"
)


class _Cost(NamedTuple):
    """In how many ways it can match from one place, and how many characters are looked at for that."""

    ways: int
    steps: int

    def then(self, other: "_Cost") -> "_Cost":
        return _few(_Cost(self.ways * other.ways, self.steps + self.ways * other.steps))

    def otherwise(self, other: "_Cost") -> "_Cost":
        return _few(_Cost(self.ways + other.ways, self.steps + other.steps))


def _few(cost: _Cost) -> _Cost:
    if max(cost) > STEPS:
        raise unfit("pattern.ways")
    return cost


_NOTHING = _Cost(1, 0)
_ONE = _Cost(1, 1)


def pattern(text: str) -> re.Pattern[str]:
    """The pattern, found in any case; raises what `unfit` makes, with what to write."""
    if len(text) > LONGEST:
        raise unfit("pattern.long", most=LONGEST)
    if _CONTROL.search(text):
        raise unfit("pattern.control", example=r"'\bword\b'")
    _cost(_tokens(text), outermost=True)
    try:
        made = re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise unfit("pattern.wrong", error=str(error)) from None
    if any((found := made.search(text)) and not found[0] for text in ("", "a a")):
        raise unfit("pattern.everywhere")
    return made


def _tokens(text: str) -> Iterator[re.Match[str]]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            if text[at] in "*+":
                raise unfit("pattern.no_end", sign=text[at], example="{0,20}")
            raise unfit("pattern.unknown", signs=text[at : at + 3])
        yield found
        at = found.end()


def _cost(tokens: Iterator[re.Match[str]], *, outermost: bool = False) -> _Cost:
    """Of everything up to the end of this group."""
    earlier = _Cost(0, 0)  # alternatives
    before, latest = _NOTHING, _NOTHING
    for token in tokens:
        kind = token.lastgroup
        if kind == "repeat":
            latest = _repeated(latest, token)
            continue
        before, latest = before.then(latest), _NOTHING
        if kind == "close" and not outermost:
            return earlier.otherwise(before)
        if kind == "or":
            earlier, before = earlier.otherwise(before), _NOTHING
        else:
            latest = _cost(tokens) if kind == "open" else _ONE
    if not outermost:
        raise unfit("pattern.unclosed")
    return earlier.otherwise(before.then(latest))


def _repeated(one: _Cost, token: re.Match[str]) -> _Cost:
    least, most = int(token["least"] or 0), int(token["most"] or token["least"] or 1)
    taken, ways = _NOTHING, 1 if least == 0 else 0
    for times in range(1, most + 1):
        taken = taken.then(one)
        ways += taken.ways if times >= least else 0
    return _few(_Cost(ways, taken.steps))
