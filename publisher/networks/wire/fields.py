"""Reading what an answer brought, without believing its shape."""

from collections.abc import Mapping
from typing import Any


def number_at(found: Mapping[str, Any], name: str) -> int:
    """The number of a thing (1, 2, …) in a JSON object, 0 where there is none."""
    value = found.get(name)
    return value if type(value) is int and value > 0 else 0


def text_at(found: Mapping[str, Any], *path: str) -> str:
    """The text at a path of names in a JSON object, "" where there is none."""
    value: Any = found
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""
