"""A long text as the parts of a thread, each of which says which one it is: `… (2/3)`.

It is cut where a reader would pause: between paragraphs, lines, sentences, words; where a script has
no blanks, between its characters. Never within a link, a hashtag, a mention, or what is one character
to the eye.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from publisher import addresses
from publisher.content import Content, Part, Rendered
from publisher.networks.about import About
from publisher.networks.text.autolink import links
from publisher.networks.text.count import length
from publisher.networks.text.wording import BLOCK

MOST = 20  # parts: few readers follow further

_SPACELESS = (
    "\u3000-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
)
_BETWEEN = re.compile(rf"(?<=[{_SPACELESS}])(?=\S)|(?<=\S)(?=[{_SPACELESS}])")
_BLANK = re.compile(r"\s+")
_NAME = re.compile(r"[#＃@＠$＄][\w\u200c\u200d・]+")
_ENDS = re.compile(r"[.!?。．！？…][\"'”’»)\]）」』】〉》]?\Z")
_PAUSES = frozenset("、，,;；:：")
# What begins no line, and what ends none.
_NOT_FIRST = frozenset(
    "、。，．・：；？！」』）】〕］｝〉》々ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶゝゞヽヾ〜…‥％ﾞﾟ"
    ",.;:!?)]}%\"'”’»"
)
_NOT_LAST = frozenset("「『（【〔［｛〈《([{“‘«#＃@＠$＄￥¥\u200d")
_HANGS_ON = frozenset({"Mn", "Mc", "Me", "Cf", "Sk"})  # of one character with what stands before it

_PARAGRAPH, _LINE, _SENTENCE, _WORD, _CHARACTER = 4, 3, 3, 2, 1


class _Cut(NamedTuple):
    """A place where a text may be cut: where what is before it ends, and what is after it begins."""

    end: int
    begin: int
    rank: int


@dataclass(frozen=True)
class _Room:
    """What goes into one part, where the number of parts has so many digits."""

    notice: str
    digits: int
    limit: int
    count: Callable[[str], int]

    def takes(self, words: str, *, first: bool) -> bool:
        """Do they fit?"""
        nines = "9" * self.digits
        said = _said(words, f"({nines}/{nines})", self.notice if first else "")
        return self.count(said) <= self.limit


def threaded(about: About, content: Content, whole: Rendered, text: str) -> Rendered:
    """`whole`, or where its author allows that and it is too long, in parts; the images in the first.

    `text`: its words without the notice. `length` is then that of the longest part.
    """
    limit = about.limit
    if not content.thread or whole.length <= limit or len(text) > MOST * limit:
        return whole
    said = parts(text, whole.disclaimer, limit, lambda one: length(one, about.unit, limit))
    made = tuple(Part(one, () if at else content.media) for at, one in enumerate(said))
    return replace(whole, parts=made, length=max(length(one, about.unit, limit) for one in said))


def parts(text: str, notice: str, limit: int, count: Callable[[str], int]) -> tuple[str, ...]:
    """The parts of `text`, the notice whole in the first.

    What cannot be cut, or what `MOST` parts do not take, stands in a part that is too long.
    """
    text = text.strip()
    cuts = list(_cuts(text))
    made = _filled(text, cuts, _Room(notice, 1, limit, count))
    if len(made) > 9:
        made = _filled(text, cuts, _Room(notice, 2, limit, count))
    return tuple(
        _said(words, f"({number}/{len(made)})", notice if number == 1 else "")
        for number, words in enumerate(made, start=1)
    )


def _said(words: str, number: str, notice: str) -> str:
    return BLOCK.join(block for block in (f"{words} {number}", notice) if block)


def _filled(text: str, cuts: Sequence[_Cut], room: _Room) -> list[str]:
    """Each part as full as it gets, or up to a better place to cut in its second half."""
    made: list[str] = []
    at, start = 0, 0
    while start < len(cuts):
        stop = len(cuts) - 1
        if len(made) + 1 < MOST:
            stop = _best(cuts, at, start, _reached(text, cuts, room, (at, start, not made)))
        made.append(text[at : cuts[stop].end])
        at, start = cuts[stop].begin, stop + 1
    return made


def _reached(text: str, cuts: Sequence[_Cut], room: _Room, of: tuple[int, int, bool]) -> int:
    """The last cut up to which the words fit, found by steps that double; at least the next one.

    `of`: where in the text, and among the cuts, the part starts, and is it the first.
    """
    at, start, first = of

    def too_long(cut: int) -> bool:
        return not room.takes(text[at : cuts[cut].end], first=first)

    step = 1
    while start + step < len(cuts) and not too_long(start + step):
        step *= 2
    low, high = start + step // 2 + 1, min(start + step, len(cuts))
    return low - 1 + bisect_right(range(low, high), False, key=too_long)


def _best(cuts: Sequence[_Cut], at: int, start: int, stop: int) -> int:
    if stop == len(cuts) - 1:
        return stop
    half = (at + cuts[stop].end) // 2
    late = (n for n in range(start, stop + 1) if cuts[n].end >= half)
    return max(late, key=lambda n: (cuts[n].rank, n))


def _cuts(text: str) -> Iterator[_Cut]:
    """Where it may be cut, in order; the last one is its end."""
    inside = {at for start, end in _whole(text) for at in range(start + 1, end)}
    blanks = {found.start(): found for found in _BLANK.finditer(text)}
    between = {found.start() for found in _BETWEEN.finditer(text)} - inside
    for at in sorted(blanks.keys() | between):
        if found := blanks.get(at):
            yield _Cut(at, found.end(), _rank(text, at, found[0]))
        elif not _hangs_together(text[at - 1], text[at]):
            yield _Cut(at, at, _rank(text, at, ""))
    yield _Cut(len(text), len(text), _PARAGRAPH)


def _whole(text: str) -> Iterator[tuple[int, int]]:
    """What is not cut: links, as readers and as the network see them, hashtags and mentions."""
    yield from addresses.in_text(text)
    yield from ((link.start, link.start + link.size) for link in links(text))
    yield from (found.span() for found in _NAME.finditer(text))


def _hangs_together(last: str, first: str) -> bool:
    return last in _NOT_LAST or first in _NOT_FIRST or unicodedata.category(first) in _HANGS_ON


def _rank(text: str, at: int, blank: str) -> int:
    if "\n" in blank:
        return _PARAGRAPH if blank.count("\n") > 1 else _LINE
    if _ENDS.search(text, max(at - 2, 0), at):
        return _SENTENCE
    return _WORD if blank or text[at - 1] in _PAUSES else _CHARACTER
