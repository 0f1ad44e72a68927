"""What is said beside an answer: it was done, and something about it went wrong afterwards."""

import json
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from publisher.errors import Do
from publisher.store.notices import plain

HEADER = "Publisher-Said"  # a JSON list of {code, args, acts}; ASCII
_HEARD: ContextVar[list[dict[str, Any]] | None] = ContextVar("heard", default=None)


def listen() -> list[dict[str, Any]]:
    """From here on, what is said belongs to this request; the threads that it starts say it here, too."""
    heard: list[dict[str, Any]] = []
    _HEARD.set(heard)
    return heard


def say(said: Mapping[str, Any], acts: Sequence[Do]) -> None:
    """As `Store.say`: to whoever is being answered."""
    heard = _HEARD.get()
    if heard is not None:
        args = {name: value for name, value in said.items() if name != "say"}
        heard.append({"code": said["say"], "args": args, "acts": [act.json() for act in acts]})


def header(heard: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The header that says it; none when there is nothing to say."""
    return {HEADER: json.dumps(plain(heard))} if heard else {}
