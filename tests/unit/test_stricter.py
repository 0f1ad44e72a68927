"""Which way is stricter: by the mark beside each field, and no mark means looser."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import pytest

from publisher.documents import Strict
from publisher.policy.stricter import (
    EACH,
    EITHER,
    FEWER,
    KEPT,
    LESS,
    MORE,
    MORE_OF,
    PARTS,
    Stricter,
    among,
    tightens,
)

EARLY, LATE = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
SHORT, LONG = timedelta(hours=1), timedelta(hours=2)
NAN = float("nan")


class Inner(Strict):
    least: Annotated[int, MORE] = 1


def of(mark: Stricter) -> type:
    @dataclass(frozen=True)
    class Whole:
        value: Annotated[Any, mark]
        loose: int = field(default=0, compare=False)

    Whole.__annotations__["value"] = Annotated[Any, mark]
    return Whole


WAYS = among("off", "warn", "enforce")


@pytest.mark.parametrize(
    ("mark", "old", "new"),
    [
        (MORE, 1, 2),
        (MORE, SHORT, LONG),
        (MORE, EARLY, LATE),
        (MORE, False, True),
        (MORE, 0.5, 0.6),
        (LESS, 2, 1),
        (LESS, LONG, SHORT),
        (LESS, LATE, EARLY),
        (LESS, True, False),
        (FEWER, ("a", "b"), ("b",)),
        (FEWER, ("a",), ()),
        (FEWER, frozenset("ab"), frozenset("a")),
        (MORE_OF, (), ("a",)),
        (MORE_OF, ("a", "b"), ("c", "b", "a")),
        (MORE_OF, (SHORT,), (LONG, SHORT)),
        (WAYS, "off", "enforce"),
        (WAYS, "off", "warn"),
        (PARTS, Inner(), Inner(least=2)),
        (EACH, {"a": Inner(), "b": Inner()}, {"b": Inner(), "a": Inner(least=2)}),
        (KEPT, (Inner(),), (Inner(), Inner(least=3))),
        (KEPT, (), (Inner(),)),
    ],
)
def test_a_mark_says_which_way_tightens_and_the_other_way_loosens(
    mark: Stricter, old: Any, new: Any
) -> None:
    whole = of(mark)
    assert tightens(whole(old), whole(new))
    assert not tightens(whole(new), whole(old))
    assert tightens(whole(old), whole(old, loose=1))


@pytest.mark.parametrize(
    ("mark", "one", "other"),
    [
        (MORE, "10", "9"),
        (MORE, 1, None),
        (MORE, 1, 1.5),
        (MORE, ("a",), ("b",)),
        (MORE, 1.0, NAN),
        (LESS, SHORT, 3),
        (LESS, b"a", b"b"),
        (LESS, NAN, 1.0),
        (FEWER, "ab", "a"),
        (FEWER, ("a",), ("b",)),
        (FEWER, ["a", "b"], ["a"]),
        (FEWER, ("a",), None),
        (MORE_OF, "a", "ab"),
        (MORE_OF, {"a": 1}, {"a": 1, "b": 2}),
        (MORE_OF, ("a",), frozenset("a")),
        (WAYS, "off", "audit"),
        (WAYS, 1, 2),
        (PARTS, 1, 2),
        (PARTS, "a", "b"),
        (PARTS, Inner(), None),
        (EACH, {"a": Inner()}, {}),
        (EACH, {"a": 1}, {"a": 2}),
        (EACH, {"a": Inner()}, {"b": Inner()}),
        (KEPT, ("a",), ("b",)),
        (MORE, EARLY, LATE.replace(tzinfo=None)),
        (FEWER, ([1], [2]), ([1],)),
    ],
)
def test_what_a_mark_cannot_compare_loosens_either_way(
    mark: Stricter, one: Any, other: Any
) -> None:
    whole = of(mark)
    assert not tightens(whole(one), whole(other))
    assert not tightens(whole(other), whole(one))


class Marks(Strict):
    without: int = 1
    twice: Annotated[int, MORE, LESS] = 1
    within: Annotated[int, MORE] | None = 1
    of_each: tuple[Annotated[int, MORE], ...] = (1,)
    whichever: Annotated[str, EITHER] = "a"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("without", 0),
        ("without", 2),
        ("twice", 2),
        ("within", 2),
        ("within", None),
        ("of_each", (2,)),
    ],
)
def test_a_field_without_a_mark_of_its_own_loosens_whichever_way_it_changes(
    name: str, value: Any
) -> None:
    assert not tightens(Marks(), Marks(**{name: value}))
    assert not tightens(Marks(**{name: value}), Marks())


def test_what_decides_nothing_may_change() -> None:
    assert tightens(Marks(), Marks(whichever="b"))


class Longer(Inner):
    more: Annotated[int, MORE] = 1


def test_another_kind_of_thing_is_never_stricter() -> None:
    assert not tightens(Inner(), Longer())
    assert not tightens(Longer(), Inner())
    assert not tightens(1, 2)
