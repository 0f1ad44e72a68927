"""What people read: each sentence by its code, one file a language.

A third language is one more file here. What it lacks is said in English.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from publisher.clock import from_rfc3339, local, rfc3339

ENGLISH = "en"

Part = dict[str, Any]  # what `part` makes
Text = str | Mapping[str, str]  # or, where a number decides, by its plural category

# An instant in values that were kept with a row.
_STORED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")
_PART = "say"
# Begins a sentence of ours that is kept as text; nobody else can write it (`foreign`).
_OURS = "\x1e"
# How one began before there was that mark.
_FORMERLY = f'{{"{_PART}":"reason.'
# How several values are kept -> CLDR's name of such a list.
_LISTS: Mapping[str, Literal["or", "standard"]] = {"or": "or", "and": "standard"}


@cache
def languages() -> frozenset[str]:
    """The languages there are sentences in, as ISO 639-1 codes."""
    return frozenset(
        f.name.removesuffix(".toml") for f in files(__name__).iterdir() if f.name.endswith(".toml")
    )


@cache
def sentences(lang: str) -> Mapping[str, Text]:
    """Every sentence of a language, by its code `group.name`."""
    read = tomllib.loads(files(__name__).joinpath(f"{lang}.toml").read_text("utf-8"))
    return {f"{group}.{name}": text for group, said in read.items() for name, text in said.items()}


def part(code: str, **args: Any) -> Part:
    """A sentence as a value of another one; plain data, so that it can be kept with it."""
    return {_PART: code, **args}


def either(of: Iterable[Any]) -> dict[str, Any]:
    """Several values of which one will do: `a, b or c`."""
    return {"or": list(of)}


def every(of: Iterable[Any]) -> dict[str, Any]:
    """Several values that are meant together: `a, b and c`."""
    return {"and": list(of)}


def word(group: str, name: str) -> Any:
    """A name of ours as a part; one that there is no word for stands as it is."""
    code = f"{group}.{name.replace(' ', '_')}"
    return part(code) if code in sentences(ENGLISH) else name


def as_text(code: str, **args: Any) -> str:
    """A sentence as text: for a column that also holds what others wrote."""
    values = {
        name: _unkept(value, _OURS) or value if isinstance(value, str) else value
        for name, value in args.items()
    }
    return _as_kept(part(code, **values))


def kept(text: str) -> Part | str:
    """Such a text as a value of another sentence."""
    return dict(_unkept(text, _OURS, _FORMERLY)) or text


def code_of(text: str) -> str:
    """Which sentence was kept as this text; "" for what others wrote."""
    return str(_unkept(text, _OURS, _FORMERLY).get(_PART, ""))


def foreign(text: str) -> str:
    """What somebody else wrote, so that nobody takes it for a sentence of ours."""
    return text.replace(_OURS, " ").replace(_FORMERLY, f"{{ {_FORMERLY[1:]}")


def cleaned(text: str, clean: Callable[[str], str]) -> str:
    """Such a text, cleaned of what others may have put into it: the whole, or the values of ours."""
    found = _unkept(text, _OURS)
    return _as_kept(_each(found, clean)) if found else clean(text)


def read(text: str, lang: str, *, zone: str = "UTC") -> str:
    """What such a text says: a sentence of ours in the reader's language, anything else as it stands."""
    if not text.startswith((_OURS, _FORMERLY)):
        return text
    with suppress(KeyError, IndexError, ValueError, TypeError, AttributeError, RecursionError):
        return say_part(_unkept(text, _OURS, _FORMERLY), lang, zone=zone)
    return say("reason.unsaid", {}, lang)


def _as_kept(said: Any) -> str:
    as_json = json.dumps(said, ensure_ascii=False, separators=(",", ":"), default=rfc3339)
    return _OURS + as_json


def _unkept(text: str, *begun: str) -> Mapping[str, Any]:
    if text.startswith(begun):
        with suppress(ValueError, RecursionError):
            found: Mapping[str, Any] = json.loads(text.removeprefix(_OURS))
            return found
    return {}


def _each(value: Any, clean: Callable[[str], str]) -> Any:
    """Every text in a part but the codes of sentences, cleaned."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {k: v if k == _PART else _each(v, clean) for k, v in value.items()}
    return [_each(one, clean) for one in value] if isinstance(value, list) else value


def say(
    code: str, args: Mapping[str, Any], lang: str, *, zone: str = "UTC", instead: str = ""
) -> str:
    """The sentence `code` in `lang`, with `args` in it; times stand on the clock of `zone`.

    Instants may be text as `clock.rfc3339` writes it; a value may be a `part`, or several values.
    `{count}` chooses among plural forms. Raises KeyError for a code or value that is not there; but
    where `instead` names another sentence, that is said: what was stored long ago may be gone here.
    """
    chosen = lang if lang in languages() else ENGLISH
    try:
        shown = {name: _shown(value, chosen, zone) for name, value in args.items()}
        return _text(code, args, chosen).format_map(shown)
    except (KeyError, IndexError, ValueError):
        if not instead:
            raise
    plain = {name: value for name, value in args.items() if isinstance(value, str)}
    return say(instead, {**plain, "code": code}, lang, zone=zone)


def say_part(of: Mapping[str, Any], lang: str, *, zone: str = "UTC") -> str:
    """A `part` by itself."""
    return say(of[_PART], of, lang, zone=of.get("zone", zone))


def moment(at: datetime, lang: str, zone: str) -> str:
    """`Tue 2026-11-24 09:00 (Asia/Tokyo)`, with seconds where there are any."""
    wall = local(at, zone)
    chosen = lang if lang in languages() else ENGLISH
    day = _text("when.days", {}, chosen).split()[wall.weekday()]
    clock = wall.strftime("%Y-%m-%d %H:%M:%S" if wall.second else "%Y-%m-%d %H:%M")
    return f"{_text('when.moment', {}, chosen).format(day=day, at=clock)} ({zone})"


def day_and_time(at: datetime, lang: str, zone: str, *, today: datetime) -> str:
    """`today 09:00`, `Mon, Nov 30 09:00`: on the clock of `zone`, with the year where it is another."""
    from babel.dates import format_skeleton  # noqa: PLC0415  # 60 ms

    wall, now = local(at, zone), local(today, zone)
    chosen = lang if lang in languages() else ENGLISH
    clock, away = wall.strftime("%H:%M"), (wall.date() - now.date()).days
    if near := _NEAR.get(away):
        return f"{_text(near, {}, chosen)} {clock}"
    skeleton = "MMMEd" if wall.year == now.year else "yMMMEd"
    return f"{format_skeleton(skeleton, wall.replace(tzinfo=None), locale=chosen)} {clock}"


# Days from today -> what that day is called.
_NEAR = {-1: "when.yesterday", 0: "when.today", 1: "when.tomorrow"}


def _text(code: str, args: Mapping[str, Any], lang: str) -> str:
    text = sentences(lang).get(code) or sentences(ENGLISH)[code]
    return text if isinstance(text, str) else text.get(_plural(args["count"], lang), text["other"])


def _plural(count: int, lang: str) -> str:
    from babel import Locale  # noqa: PLC0415  # 60 ms

    return str(Locale.parse(lang).plural_form(count))


def _shown(value: Any, lang: str, zone: str) -> Any:
    if isinstance(value, str):
        return _as_stored(value, lang, zone)
    if isinstance(value, datetime):
        return moment(value, lang, zone)
    if isinstance(value, Mapping) and _PART in value:
        return say_part(value, lang, zone=zone)
    if isinstance(value, Mapping) and (style := next((s for s in _LISTS if s in value), "")):
        return _listed([str(_shown(one, lang, zone)) for one in value[style]], style, lang)
    if isinstance(value, Sequence):
        lines = any(isinstance(one, Mapping) for one in value)
        return ("\n" if lines else ", ").join(str(_shown(one, lang, zone)) for one in value)
    return value


def _as_stored(text: str, lang: str, zone: str) -> str:
    if _STORED.fullmatch(text):
        with suppress(ValueError, OverflowError):  # else it is what somebody wrote
            return moment(from_rfc3339(text), lang, zone)
    return read(text, lang, zone=zone) if text.startswith(_OURS) else text


def _listed(said: Sequence[str], style: str, lang: str) -> str:
    from babel.lists import format_list  # noqa: PLC0415  # 60 ms

    return str(format_list(said, style=_LISTS[style], locale=lang))
