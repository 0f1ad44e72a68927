"""How long a text is, in the unit in which each network counts."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

FAR_OVER = 10  # times the limit: such a text is refused without being parsed


@lru_cache(maxsize=4096)
def weighted(text: str) -> int:
    """Weighted characters as X counts them (`publisher.networks.text.weight`)."""
    from publisher.networks.text.weight import weigh  # noqa: PLC0415  # only X needs its patterns

    return weigh(text)


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

    A text of over 10 × `limit` code points is not parsed: its length is
    then its number of code points, which is over the limit in any case that is not one long URL.
    """
    if len(text) > FAR_OVER * limit:
        return len(text)
    return UNITS[unit](text)
