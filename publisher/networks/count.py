"""How long a text is, in the unit in which each network counts.

X counts by twitter-text v3: NFC first; weight 1 for Latin and its neighbours, 2 for the rest, 2 for
a whole emoji sequence, 23 for any URL (https://docs.x.com/fundamentals/counting-characters).
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

FAR_OVER = 10  # times the limit: such a text is refused without being parsed


@lru_cache(maxsize=4096)
def weighted(text: str) -> int:
    """Weighted characters as X counts them; a lone surrogate counts as U+FFFD. 1-2 ms a parse."""
    from twitter_text import parse_tweet  # noqa: PLC0415  # a tenth of a second only X needs
    from twitter_text.config import config  # noqa: PLC0415

    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return int(parse_tweet(whole, config["version3"]).weightedLength)


def characters(text: str) -> int:
    """Unicode code points."""
    return len(text)


def utf8_bytes(text: str) -> int:
    """Bytes in UTF-8; a lone surrogate counts as three."""
    return len(text.encode("utf-8", "surrogatepass"))


UNITS: Mapping[str, Callable[[str], int]] = MappingProxyType(
    {"weighted characters": weighted, "characters": characters, "bytes": utf8_bytes}
)


def length(text: str, unit: str, limit: int) -> int:
    """The length of `text` in `unit`; raises KeyError for a unit that `UNITS` does not name.

    A text of over 10 × `limit` code points is not parsed (100 kB cost a second): its length is
    then its number of code points, which is over the limit in any case that is not one long URL.
    """
    if len(text) > FAR_OVER * limit:
        return len(text)
    return UNITS[unit](text)
