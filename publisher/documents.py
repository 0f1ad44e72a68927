"""Reads a TOML file into a pydantic model and says everything that is wrong at once, by line."""

import difflib
import json
import re
import tomllib
from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from publisher.errors import BadConfig
from publisher.words import ENGLISH, part, say_part


class Strict(BaseModel):
    """Base of every settings model: unknown keys are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


M = TypeVar("M", bound=BaseModel)
_KINDS = {
    "model_type": "should be a table, such as [name]",
    "dict_type": "should be a table, such as [name]",
    "string_type": 'should be text in quotes: "…"',
    "int_type": "should be a whole number",
    "int_parsing": "should be a whole number",
    "bool_type": "should be true or false",
    "bool_parsing": "should be true or false",
    "string_too_short": "should not be empty",
    "too_short": "should not be empty",
}
_HEADER = re.compile(r"\s*\[{1,2}([^\[\]]+)\]")
_KEY = re.compile(r"([A-Za-z0-9_\-.\"'\s]+)=")


def parse(text: str, model: type[M], source: str) -> M:
    """`text` as `model`; raises BadConfig with `source:line: what is wrong and what to do`."""
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise BadConfig([f"{source}:1: not valid TOML: nested too deeply"]) from None
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise BadConfig([f"{source}:{line[1] if line else 1}: not valid TOML: {error}"]) from None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = sorted({_problem(text, model, source, item) for item in error.errors()})
        raise BadConfig([message for _, message in found]) from None


def line_of(text: str, path: Sequence[str | int]) -> int:
    """The line (from 1) at which the value at `path` stands, or its nearest parent; else 1."""
    wanted, table, best, depth = [str(p) for p in path if not isinstance(p, int)], [], 1, 0
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _split(header[1])
            here = table
        elif key := _KEY.match(line):
            here = table + _split(key[1])
        else:
            continue
        if len(here) > depth and wanted[: len(here)] == here:
            best, depth = number, len(here)
    return best


def near(word: str, known: Sequence[str]) -> Any:
    """For the end of a sentence: ` Did you mean "x"?`, or the known words when none is near."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return part("names.near", name=close[0])
    return part("names.known", names=sorted(known)) if known else ""


def nearest(word: str, known: Sequence[str]) -> str:
    """The same in English."""
    found = near(word, known)
    return say_part(found, ENGLISH) if found else ""


def _split(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]


def _problem(text: str, model: type[BaseModel], source: str, item: Any) -> tuple[int, str]:
    path = item["loc"]
    line = line_of(text, path)
    where = ".".join(str(p) for p in path)
    if item["type"] == "extra_forbidden":
        known = _keys_at(model, path[:-1])
        what = f'unknown key "{path[-1]}".{nearest(str(path[-1]), known)}'
    elif item["type"] == "missing":
        what = f"{where} is missing."
    else:
        said = _list(item) or _KINDS.get(item["type"], item["msg"].removeprefix("Value error, "))
        what = f"{where}: {said}"
    return line, f"{source}:{line}: {what}"


def _list(item: Any) -> str:
    """Where a list is wanted: how the very value looks as one; "" for any other mistake."""
    if item["type"] not in ("list_type", "tuple_type", "set_type", "frozen_set_type"):
        return ""
    value = item["input"]
    return f"should be a list, such as [{json.dumps(value if isinstance(value, str) else 'a')}]"


def _keys_at(model: Any, path: Sequence[str | int]) -> list[str]:
    for step in path:
        field = getattr(model, "model_fields", {}).get(step)
        model = _inner(field.annotation) if field is not None else model
    return [f.alias or name for name, f in getattr(model, "model_fields", {}).items()]


def _inner(annotation: Any) -> Any:
    """The settings model inside `dict[str, Model]`, `list[Model]`, `Model | None`, or deeper."""
    if hasattr(annotation, "model_fields"):
        return annotation
    found = [_inner(argument) for argument in getattr(annotation, "__args__", ())]
    return next((model for model in found if hasattr(model, "model_fields")), annotation)
