"""Reads a TOML file into a pydantic model and says everything that is wrong at once, by line."""

import difflib
import json
import re
import tomllib
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from publisher.errors import BadConfig
from publisher.words import ENGLISH, part, say_part, sentences


class Strict(BaseModel):
    """Base of every settings model: unknown keys are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


M = TypeVar("M", bound=BaseModel)
# Where something wrong stands (keys), and a `words.part` that says what.
Flaw = tuple[Sequence[str | int], dict[str, Any]]
_KINDS = {
    "model_type": "table",
    "dict_type": "table",
    "string_type": "text",
    "int_type": "whole",
    "int_parsing": "whole",
    "bool_type": "truth",
    "bool_parsing": "truth",
    "string_too_short": "something",
    "too_short": "something",
}
_HEADER = re.compile(r"\s*\[{1,2}([^\[\]]+)\]")
_KEY = re.compile(r"([A-Za-z0-9_\-.\"'\s]+)=")


def unfit(code: str, **args: Any) -> ValueError:
    """For a validator to raise: the sentence that says what the value should be."""
    return PydanticCustomError(code, "unfit", args)


def why_unfit(error: ValueError) -> dict[str, Any]:
    """What `unfit` was made of, as a part."""
    assert isinstance(error, PydanticCustomError)
    return part(error.type, **error.context or {})


def parse(text: str, model: type[M], source: str) -> M:
    """`text` as `model`; raises BadConfig with everything that is wrong, and where."""
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise BadConfig([flaw_at(source, 1, part("document.deep"))]) from None
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        said = part("document.no_toml", error=str(error))
        raise BadConfig([flaw_at(source, int(line[1]) if line else 1, said)]) from None
    return validated(data, model, text, source=source)


def validated(
    data: Any, model: type[M], text: str, *, source: str, within: tuple[str, ...] = ()
) -> M:
    """`data`, the part of `text` that stands at `within`, as `model`; raises BadConfig like `parse`."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        flaws = [_flaw(model, item, within) for item in error.errors()]
        raise BadConfig(by_line(placed(text, source, flaws))) from None


def placed(text: str, source: str, flaws: Iterable[Flaw]) -> list[dict[str, Any]]:
    """`source:line: what is wrong and what to do`, each as a part."""
    return [flaw_at(source, line_of(text, where), said) for where, said in flaws]


def by_line(of: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What `placed` gives: each once, in the order of the lines."""
    once = {say_part(one, ENGLISH): one for one in of}
    return [once[said] for said in sorted(once, key=lambda said: (once[said]["line"], said))]


def flaw_at(source: str, line: int, said: dict[str, Any]) -> dict[str, Any]:
    """One flaw of a file, with its place."""
    return part("document.at", source=source, line=line, said=said)


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


def near(word: str, known: Sequence[str], *, instead: Any = None) -> Any:
    """For the end of a sentence: ` Did you mean "x"?`; when none is near, the known words or `instead`."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return part("names.near", name=close[0])
    if instead is not None:
        return instead
    return part("names.known", names=sorted(known)) if known else ""


def _split(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]


def _flaw(model: type[BaseModel], item: Any, within: tuple[str, ...]) -> Flaw:
    path = (*within, *item["loc"])
    where = ".".join(str(p) for p in path)
    if item["type"] == "extra_forbidden":
        hint = near(str(path[-1]), _keys_at(model, item["loc"][:-1]))
        return path, part("document.unknown_key", key=path[-1], near=hint)
    if item["type"] == "missing":
        return path, part("document.missing", where=where)
    return path, part("document.value", where=where, said=_shape(item))


def _shape(item: Any) -> Any:
    """What a value should be; a list is wanted: how the very value looks as one."""
    kind = item["type"]
    if kind in ("list_type", "tuple_type", "set_type", "frozen_set_type"):
        value = item["input"]
        shown = json.dumps(value if isinstance(value, str) else "a")
        return part("document.list", shown=f"[{shown}]")
    if kind in _KINDS:
        return part(f"document.{_KINDS[kind]}")
    if kind in sentences(ENGLISH):
        return part(kind, **item.get("ctx", {}))
    code = item["msg"].removeprefix("Value error, ")  # of a validator of ours, or pydantic's words
    return part(code) if code in sentences(ENGLISH) else code.removeprefix("Input ")


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
