"""What X makes a link of, as twitter-text 3.1 finds it in a text.

A link is `http://`, `https://` or nothing, a host that ends in a known top-level domain, perhaps a
port, a path, a query. After a protocol a host may be of almost any letters; without one, only its
Latin part is taken, and nothing after "-", "_", "." or "/". All of it takes time in proportion to
the text: what repeats a class is possessive, and hosts are judged from their last label to their first.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MOST_LINK = 4096  # UTF-16 units of a link, and the protocol that it has or would get once more
MOST_LABEL = 63  # characters of a part of a host, in punycode
MOST_SLUG = 40  # characters of a t.co link's own name
ADDED = "https://"  # to a link without protocol

_SPACES = "\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_NEVER = "\ufffe\ufeff\uffff"
_DIRECTIONS = "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
_APART = rf"!'#%&()*+,\\/:;<=>?@\[\]\^{{|}}~${_SPACES}{_NEVER}{_DIRECTIONS}"
_BEFORE = f"A-Za-z0-9@＠$#＃{_NEVER}"  # what no link follows directly
_LATIN = (
    "\xc0-\xd6\xd8-\xf6\xf8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272"
    "\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)
_END = rf"+\-A-Za-z0-9=_#/\u0400-\u04ff{_LATIN}"  # what a path may end with
_INSIDE = r"!*';:,.$%\[\]\u2013~@|&"  # what else it may hold
_WORD = f"[{_END}{_INSIDE}]"
_BRACKETS = rf"\((?:{_WORD}++|{_WORD}*+\({_WORD}++\){_WORD}*+)\)"  # one pair may lie in another
_ASKS = r"[A-Za-z0-9\-_&=#/]"  # what a query may end with
_QUERY = rf"(?:\?(?:{_ASKS}++|[!?*'@();:+$%\[\].,~|]++(?={_ASKS}))+)?"

_RUN = re.compile(rf"[^{_APART}]++")  # hosts, and whole words
_START = re.compile(rf"(?<![{_BEFORE}])[^._\-]")
_PROTOCOL = re.compile(rf"(?<![{_BEFORE}])[Hh][Tt][Tt][Pp][Ss]?://")
_PORT = re.compile("(?::[0-9]++)?")
_PIECE = re.compile(rf"(?P<ends>[{_END}]++)|(?P<inside>[{_INSIDE}]++)|{_BRACKETS}")  # of a path
_ASKED = re.compile(_QUERY)
_SHORTENED = re.compile(rf"[Hh][Tt][Tt][Pp][Ss]?://[Tt]\.[Cc][Oo]/([A-Za-z0-9]++){_QUERY}")
_LATIN_LABELS = re.compile(rf"[\-A-Za-z0-9{_LATIN}]++(?:\.[\-A-Za-z0-9{_LATIN}]++)*\.?")
_ALPHANUMERIC = re.compile("[A-Za-z0-9]*+")
_GOES_ON = re.compile(r"[A-Za-z0-9@+\-]")  # after what is then no top-level domain
_PUNYCODE = re.compile(r"[Xx][Nn]--[\-0-9A-Za-z]++")
_DOTS = re.compile("[.\u3002\uff0e\uff61]")


@dataclass(frozen=True)
class Link:
    """A link in a text: where it starts, and of how many characters it takes the place."""

    start: int
    size: int


@dataclass(frozen=True)
class _Label:
    """A part of a possible host, up to its dot; `far` and `near` say where such a host ends.

    `far` if more labels follow, `near` if a top-level domain follows at once: then no underscore
    may stand in the label. 0 if there is no host of the kind.
    """

    begin: int
    dot: int
    far: int
    near: int

    def end(self, text: str, start: int) -> int:
        """Where the host ends that starts at text[start], in this label; 0 if none does."""
        if text[start] in "_-":
            return 0
        return self.far or ("_" not in text[start : self.dot] and self.near)


@dataclass(frozen=True)
class _Found:
    """A host in a text: where its link starts, where it starts itself, where it ends."""

    start: int
    host: int
    end: int


def links(text: str) -> Iterator[Link]:
    """The links in `text`, which is in NFC, from left to right."""
    free = 0  # what lies before is taken
    for run in _RUN.finditer(text):
        if run.end() <= free or "." not in run[0]:
            continue
        for label in _labels(text, run.start(), run.end()):
            found = _find(text, label, free)
            if found:
                path = _ends(_PORT, text, found.end)
                query = _path_end(text, path)
                free = _ends(_ASKED, text, query)
                if _valid(text[found.start : free], text[found.host : found.end]):
                    yield from _taken(text, found, free, path=query > path)


def _labels(text: str, begin: int, end: int) -> Sequence[_Label]:
    """The labels of a run of letters in which some host starts, judged from the last one on."""
    found: list[_Label] = []
    far = 0
    dot = text.rfind(".", begin, end)
    while dot >= 0:
        before = text.rfind(".", begin, dot)
        label = _Label(max(before + 1, begin), dot, far, top_level(text, dot + 1))
        far = 0
        if label.begin < dot and text[dot - 1] not in "_-" and (label.far or label.near):
            found.append(label)
            far = label.end(text, label.begin)
        dot = before
    return found[::-1]


def _find(text: str, label: _Label, free: int) -> _Found | None:
    """The first host that starts in `label`, with one free character before it."""
    least = free + 1 if free else 0
    begin = label.begin
    end = label.end(text, begin)
    if end and text.startswith("://", max(begin - len("://"), 0)):
        for start in (begin - len("https://"), begin - len("http://")):
            protocol = _PROTOCOL.match(text, start, begin) if start >= least else None
            if protocol and protocol.end() == begin:
                return _Found(start, begin, end)
    begin = max(begin, least)
    if not label.far:
        begin = max(begin, text.rfind("_", begin, label.dot) + 1)
    host = _START.search(text, begin, label.dot)
    if host is None:
        return None
    # The very first character rather stands before a link than in it, where it may.
    later = _START.match(text, 1, label.dot) if host.start() == 0 else None
    start = (later or host).start()
    return _Found(start, start, label.far or label.near)


def _ends(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where the match of a pattern ends that matches everywhere."""
    return pattern.match(text, at).end()  # type: ignore[union-attr]


def _path_end(text: str, at: int) -> int:
    """Where the path ends that begins at text[at]: after what may end one, or brackets right behind it."""
    if not text.startswith("/", at):
        return at
    end = at = at + 1
    while piece := _PIECE.match(text, at):
        if piece["ends"] or (piece["inside"] is None and at == end):
            end = piece.end()
        at = piece.end()
    return end


def _taken(text: str, found: _Found, stop: int, *, path: bool) -> Iterator[Link]:
    """The links that X makes of a host with what follows it; `path`: a path does."""
    start = found.start
    if found.host > start:
        short = _SHORTENED.match(text, start, stop)
        if short is None:
            yield Link(start, stop - start)
        elif len(short[1]) <= MOST_SLUG:
            yield Link(start, short.end() - start)
    elif start == 0 or text[start - 1] not in "-_./":
        hosts = list(_latin_hosts(text[start : found.end]))
        for at, end in hosts:
            rest = stop - found.end if path and end == hosts[-1][1] else 0
            yield Link(start + at, end - at + rest)


def _latin_hosts(host: str) -> Iterator[tuple[int, int]]:
    """Where in a host there are hosts of Latin labels."""
    at = 0
    while labels := _LATIN_LABELS.search(host, at):
        at = labels.end()
        dot = host.rfind(".", labels.start(), at)
        while dot >= 0:
            if end := top_level(host, dot + 1):
                yield labels.start(), end
                at = end
                break
            dot = host.rfind(".", labels.start(), dot)


def top_level(text: str, at: int) -> int:
    """Where the top-level domain that begins at text[at] ends; 0 if none does."""
    known, sizes = _top_levels()
    end = _ALPHANUMERIC.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing, too
    if text[at:end].lower() in known and not _GOES_ON.match(text, end):
        return end
    for size in sizes if end < len(text) and not text[end].isascii() else ():
        end = at + size
        if text[at:end].lower() in known and not _GOES_ON.match(text, end):
            return min(end, len(text))
    punycode = _PUNYCODE.match(text, at)
    return punycode.end() if punycode else 0


@cache
def _top_levels() -> tuple[frozenset[str], Sequence[int]]:
    """Every top-level domain, in lower case, and the lengths of those that are not ASCII."""
    known = frozenset(Path(__file__).with_name("tlds.txt").read_text("utf-8").split())
    return known, sorted({len(each) for each in known if not each.isascii()}, reverse=True)


def _valid(link: str, host: str) -> bool:
    """The host is one in punycode, too, and the whole not too long."""
    if host.startswith("xn--") and next(_latin_hosts(host), None) is None:
        return False
    protocol = _PROTOCOL.match(link)
    size = len(link.encode("utf-16-le")) // 2 + len(protocol[0] if protocol else ADDED)
    return size <= MOST_LINK and all(_label_size(each) <= MOST_LABEL for each in host.split("."))


def _label_size(label: str) -> int:
    """How long a part of a host is in punycode; it may hold dots of other scripts."""
    if label.isascii() or len(label) > MOST_LABEL:
        return len(label)
    pieces = _DOTS.split(label)
    coded = (each if each.isascii() else f"xn--{_punycode(each)}" for each in pieces)
    return len(".".join(coded))


def _punycode(text: str) -> str:
    return text.encode("punycode").decode()
