"""What rules.toml may say of a rule: its mode, and what the rule's own `Params(Table)` adds to that.

Each field says with a mark of `stricter` which way is the stricter one. A length of time is a whole number,
and the field's name ends in its unit, as everywhere in a policy: `max_hours = 24`.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, ConfigDict, StringConstraints, model_validator

from publisher.documents import Strict, unfit
from publisher.policy.detect.normal import normal
from publisher.policy.patterns import pattern
from publisher.policy.stricter import among
from publisher.words import part

Mode = Literal["off", "audit", "warn", "enforce"]

YEARS = timedelta(days=36_500)  # so long is for ever


class Table(Strict):
    """A rule's table in rules.toml; read once a policy. Every field has a default.

    So a policy that was in force before there was the field goes on.
    """

    model_config = ConfigDict(strict=True, allow_inf_nan=False)

    mode: Annotated[Mode, among(*get_args(Mode))] = "enforce"

    @model_validator(mode="before")
    @classmethod
    def _lists(cls, given: Any) -> Any:
        """TOML has lists, a frozen value has tuples."""
        return _frozen(given)


def _frozen(given: Any) -> Any:
    if isinstance(given, Mapping):
        return {name: _frozen(value) for name, value in given.items()}
    return tuple(map(_frozen, given)) if isinstance(given, list) else given


def whole(unit: str, least: int = 0, most: int | None = None) -> BeforeValidator:
    """Reads a whole number of hours (or what the unit is) as a length of time."""
    one = timedelta(**{unit: 1})
    bounds = {"least": least, "most": most}
    code = "length_between" if most else "length_from" if least else "length"

    def read(given: Any) -> Any:
        if isinstance(given, timedelta):
            return given
        top = YEARS // one if most is None else most
        if type(given) is not int or not least <= given <= top:
            raise unfit(f"document.{code}", unit=part(f"unit.{unit}"), **bounds)
        return given * one

    return BeforeValidator(read)


Seconds = Annotated[timedelta, whole("seconds")]
Minutes = Annotated[timedelta, whole("minutes")]
Hours = Annotated[timedelta, whole("hours")]
Days = Annotated[timedelta, whole("days")]


def _seen(word: str) -> str:
    if not normal(word):
        raise unfit("pattern.everywhere")
    return word


Word = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_seen),
]
Words = tuple[Word, ...]

Pattern = Annotated[
    re.Pattern[str],
    BeforeValidator(lambda given: pattern(given) if isinstance(given, str) else given),
]
Patterns = tuple[Pattern, ...]
