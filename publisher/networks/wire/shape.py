"""The shape and length of whatever a network may put into our rows: the one place that checks it.

What does not fit is not kept in part: the outcome is then not known, with a short reason of ours.
Reasons and look-alikes are only shown, so they are cut and escaped instead.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from publisher.hidden import plain, redact
from publisher.networks import (
    Absent,
    Accepted,
    CannotTell,
    Found,
    Later,
    Notes,
    Outcome,
    Published,
    Unknown,
)
from publisher.networks.wire.reasons import because
from publisher.words import cleaned, foreign

LONGEST_ADDRESS = 2_000
LONGEST_REASON = 600
SHORTEST = 20  # to which what others said in one is cut
LONGEST_READ = 65_536  # of what is cut to one of these
LONGEST_TEXT = 2_000  # of a look-alike
LONGEST_NOTES = 16_384  # characters as JSON
LARGEST = 2**31 - 1  # of a number
MOST_SHOWN = 20  # look-alikes
ODD = because("odd")

_ID = re.compile(r"[!-~]{1,500}")  # the longest we know has 40; PostgreSQL indexes 2,700 bytes

Known = TypeVar("Known", bound=Outcome | Found)


class Misfit(ValueError):
    """Something in an answer has not the shape that it must have; its text is a reason."""


def outcome(given: Any) -> Outcome:
    """`given` if it is an outcome that fits, its reason readable; else Unknown."""
    try:
        return _fitting(given) if isinstance(given, Outcome) else Unknown(ODD)
    except Misfit as error:
        return Unknown(str(error))


def prepared(given: Any) -> Notes | Outcome:
    """What preparing came to; misfits are Later, because nothing is public."""
    if isinstance(given, Outcome):
        made = outcome(given)
        return Later(made.reason, own=True) if isinstance(made, Unknown) else made
    try:
        return _notes(given)
    except Misfit as error:
        return Later(because("not_public", why=str(error)), own=True)


def found(given: Any) -> Found:
    """What a look-up came to; misfits are CannotTell."""
    try:
        return _fitting(given) if isinstance(given, Found) else CannotTell(ODD)
    except Misfit as error:
        return CannotTell(str(error))


def user_id(given: Any) -> str:
    """Who we are, as the network says; raises Misfit."""
    return _id(given)


def numbers(given: Any) -> dict[str, int]:
    """What a site says that it takes: short names and numbers that a column holds; others left out."""
    known = given if isinstance(given, Mapping) else {}
    return {
        name: value
        for name, value in list(known.items())[:MOST_SHOWN]
        if isinstance(name, str) and _ID.fullmatch(name) and type(value) is int
        if 0 <= value <= LARGEST
    }


def is_address(url: str) -> bool:
    """A web address that can be kept and shown."""
    try:
        _address(url)
    except Misfit:
        return False
    return bool(url)


def readable(words: Any, most: int = LONGEST_REASON) -> str:
    """What a network said, as it may be kept and shown: one line, no secrets, cut to `most`."""
    text = words if isinstance(words, str) else ""
    line = foreign(plain(" ".join(redact(text[:LONGEST_READ]).split())))
    return line if len(line) <= most else line[: most - 1] + "…"


def reason(words: Any) -> str:
    """Why, as it may be kept and shown. In a sentence of ours its values are cut, never itself."""
    text, most = words if isinstance(words, str) else "", LONGEST_REASON
    made = cleaned(text, readable)
    while len(made) > LONGEST_REASON and most > SHORTEST:
        most //= 2
        made = cleaned(made, partial(readable, most=most))
    return made


def _fitting(given: Known) -> Known:
    parts: dict[str, Any] = {}
    match given:
        case Published(remote_id, url):
            parts = {"remote_id": _id(remote_id), "url": _address(url)}
        case Accepted(remote_id=remote_id):
            parts = {"remote_id": _id(remote_id) if remote_id else ""}
        case Later(at=at):
            parts = {"at": _instant(at)}
        case Absent(notes=notes):
            parts = {"notes": _notes(notes)}
        case CannotTell(lookalikes=lookalikes):
            parts = {"lookalikes": _shown(lookalikes)}
    if not isinstance(given, Published):
        parts["reason"] = reason(given.reason)
    made: Known = replace(given, **parts)
    return made


def _id(given: Any) -> str:
    if isinstance(given, str) and _ID.fullmatch(given):
        return given
    raise Misfit(because("odd_id"))


def _address(given: Any) -> str:
    odd = Misfit(because("odd_address"))
    if given == "" and isinstance(given, str):
        return given
    if not isinstance(given, str) or len(given) > LONGEST_ADDRESS:
        raise odd
    if not given.isprintable() or " " in given:
        raise odd
    try:
        split = urlsplit(given)
    except ValueError:
        raise odd from None
    if split.scheme not in ("http", "https") or not split.hostname:
        raise odd
    return given


def _instant(given: Any) -> datetime | None:
    if given is None or (isinstance(given, datetime) and given.tzinfo is not None):
        return given
    raise Misfit(because("odd_wait"))


def _notes(given: Any) -> Notes:
    """Plain JSON of a bounded size, in characters that every database keeps."""
    odd = Misfit(because("odd_notes"))
    try:
        text = json.dumps(given, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (TypeError, ValueError, RecursionError):
        raise odd from None
    if not hasattr(given, "items") or len(text) > LONGEST_NOTES or "\\u0000" in text:
        raise odd
    kept: Notes = json.loads(text)
    return kept


def _shown(given: Any) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (readable(one), readable(url), readable(text, LONGEST_TEXT))
        for one, url, text in (given if isinstance(given, tuple) else ())[:MOST_SHOWN]
    )
