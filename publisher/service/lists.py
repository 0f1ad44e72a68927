"""Lists in pages: no answer is without an end."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from publisher.errors import Usage

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """Some of a list, in its order."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    items: list[T]
    """These."""
    next: str | None
    """Where the next page begins (`at`); `null` when this is the last one."""


def page(found: Sequence[T], key: Callable[[T], str], at: str, most: int) -> Page[T]:
    """Up to `most` of a whole list, behind the last one whose key is `at`. Raises Usage."""
    behind = [number for number, one in enumerate(found, start=1) if key(one) == at]
    if at and not behind:
        raise Usage("look.no_place", field="at")
    begin = behind[-1] if at else 0
    return cut(found[begin : begin + most + 1], key, most)


def cut(found: Sequence[T], key: Callable[[T], str], most: int) -> Page[T]:
    """Up to `most` of what was read one further than that, so that it is known whether more follows."""
    items = list(found[:most])
    return Page(items=items, next=key(items[-1]) if len(found) > most else None)
