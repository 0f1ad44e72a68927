"""Which way is stricter: said beside each field of a policy, asked when two policies are compared.

    max_hours: Annotated[Hours, LESS] = timedelta(hours=24)

Fails closed: a field without a mark, with two, or with values that its mark cannot compare loosens
whichever way it is changed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, timedelta
from typing import Any, get_type_hints

from pydantic import BaseModel


@dataclass(frozen=True)
class Stricter:
    """The mark of a field. `holds(old, new)`: is this change no loosening? `said`: what is stricter."""

    holds: Callable[[Any, Any], bool]
    said: str = ""


def tightens(old: Any, new: Any) -> bool:
    """Is every field of `new` the same as that of `old`, or stricter?

    For two policies: True only if nothing that `old` would have held or refused could go out under
    `new`. Different wordings of the disclaimer or of the clauses never count as tightening: people
    have to read them.
    """
    if type(old) is not type(new):
        return False
    known = marks(type(old))
    return bool(known) and all(
        _holds(mark, getattr(old, name), getattr(new, name)) for name, mark in known.items()
    )


def _holds(mark: Stricter | None, old: Any, new: Any) -> bool:
    if mark is None or old == new:
        return bool(old == new)
    try:
        return mark.holds(old, new)
    except (
        TypeError
    ):  # values that cannot be compared after all: an instant with and without a zone
        return False


def marks(kind: type) -> Mapping[str, Stricter | None]:
    """Every field of a model or a dataclass that counts, with its mark, if it has just one."""
    said: dict[str, Iterable[Any]] = {}
    if issubclass(kind, BaseModel):
        said = {name: one.metadata for name, one in kind.model_fields.items()}
    elif is_dataclass(kind):
        hints = get_type_hints(kind, include_extras=True)
        said = {
            f.name: getattr(hints[f.name], "__metadata__", ()) for f in fields(kind) if f.compare
        }
    found = {name: [one for one in of if isinstance(one, Stricter)] for name, of in said.items()}
    return {name: of[0] if len(of) == 1 else None for name, of in found.items()}


def _ordered(old: Any, new: Any) -> bool:
    return isinstance(old, int | float | timedelta | date) and type(old) is type(new)


def _sets(old: Any, new: Any) -> bool:
    return isinstance(old, tuple | frozenset) and type(old) is type(new)


def _each(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return old.keys() == new.keys() and all(tightens(old[name], new[name]) for name in old)


def _kept(old: tuple[Any, ...], new: tuple[Any, ...]) -> bool:
    return all(any(tightens(one, other) for other in new) for one in old)


MORE = Stricter(lambda old, new: _ordered(old, new) and new >= old, "more")
LESS = Stricter(lambda old, new: _ordered(old, new) and new <= old, "less")
FEWER = Stricter(lambda old, new: _sets(old, new) and set(new) <= set(old), "fewer of them")
MORE_OF = Stricter(lambda old, new: _sets(old, new) and set(new) >= set(old), "more of them")
EITHER = Stricter(lambda _old, _new: True)  # it lets nothing out and keeps nothing back
PARTS = Stricter(tightens)  # by the marks of its own fields
EACH = Stricter(_each)  # the same names, and each by the marks of its own fields
KEPT = Stricter(_kept)  # for each of the old there is one that is no looser


def among(*order: str) -> Stricter:
    """One of several words, the loosest first."""
    return Stricter(
        lambda old, new: old in order and new in order and order.index(new) >= order.index(old),
        f"towards {order[-1]}",
    )
