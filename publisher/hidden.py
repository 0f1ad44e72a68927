"""What no log line, error or answer may show: secrets, and characters that act instead of being seen."""

import base64
import json
import re
import threading
import unicodedata
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

from publisher.invisible import ACTING

HIDDEN = "[hidden]"
SHORTEST = 8  # anything shorter stands in ordinary words too, and hiding those would blind the log

_WORDS = (
    r"token|secret|passw(?:or)?d|api[_-]?key|authorization|cookie|credentials?|signature|"
    r"private[_-]?key|oauth_\w{1,40}"  # bounded: else a line of nothing but "oauth_" takes minutes
)
TELLING_KEY = re.compile(_WORDS, re.IGNORECASE)
_TELLING_TEXT = re.compile(
    rf"""((?:{_WORDS})["']?\s*[=:]\s*(?:b(?=["']))?["']?)(?:(?:bearer|basic|oauth)\s+)?[^\s&"',;}}]+""",
    re.IGNORECASE,
)
# What our own people show to be known by: it tells itself by how it begins.
_SHOWN = re.compile(r"pub_(?:tok|ses|inv)_\w{1,100}", re.ASCII)

# Every form of every hidden value, and their lengths (longest first) by the first SHORTEST
# characters: looking a line through costs the same however many secrets there are.
_hidden: set[str] = set()
_lengths: dict[str, tuple[int, ...]] = {}
_guard = threading.Lock()


def hide(value: str) -> None:
    """From now on `value` appears in no log line, in none of the forms that libraries print it in.

    Values under `SHORTEST` characters are left alone.
    """
    if len(value) < SHORTEST or value in _hidden:
        return
    with _guard:
        for form in forms(value):
            known = _lengths.get(form[:SHORTEST], ())
            _lengths[form[:SHORTEST]] = tuple(sorted({*known, len(form)}, reverse=True))
            _hidden.add(form)


def forms(value: str) -> Iterator[str]:
    """`value` as libraries and networks print it: plain, URL-encoded, quoted, in base64."""
    yield from (value, quote(value, safe=""), quote(value), quote_plus(value))
    raw = value.encode()
    yield from (json.dumps(value)[1:-1], repr(value)[1:-1], repr(raw)[2:-1])
    for shift in range(3):  # base64 of "user:secret" holds the secret at one of three alignments
        encoded = base64.b64encode(b"\0" * shift + raw).decode()
        core = encoded[(0, 2, 3)[shift] : len(encoded) - (0, 3, 2)[(len(raw) + shift) % 3]]
        if len(core) >= SHORTEST:
            yield from (core, core.replace("+", "-").replace("/", "_"), quote(core, safe=""))


def redact(text: str) -> str:
    """`text` without known secrets and without values that stand under a telling name."""
    kept, done, at = [], 0, 0
    while _hidden and at <= len(text) - SHORTEST:
        lengths = _lengths.get(text[at : at + SHORTEST], ())
        found = next((size for size in lengths if text[at : at + size] in _hidden), 0)
        if found:
            kept += [text[done:at], HIDDEN]
            done = at + found
        at += found or 1
    rest = _SHOWN.sub(HIDDEN, "".join(kept) + text[done:])
    return _TELLING_TEXT.sub(rf"\1{HIDDEN}", rest)


def plain(text: str, *, keep: str = "") -> str:
    """`text` with control, bidi and other invisible characters escaped, except those in `keep`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char if char in keep or unicodedata.category(char) not in ACTING else _escaped(char)
        for char in text
    )


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
