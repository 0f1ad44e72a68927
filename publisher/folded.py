"""Text as it is searched: folded to one way of writing, and cut into what an index can look up.

A *unit* is a word of a script that is written with blanks, or one character of one that is not
(Japanese, Chinese, Korean, Thai …), or one symbol. A phrase stands in a text where its units follow each
other there. A *term* is the number of a word, a symbol, an ideograph, or two neighbouring characters: a
text in which a phrase stands has all terms of the phrase, so an index of terms misses none. Numbers meet
and order is lost; so what an index finds is looked at once more, in the text (`line`).
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from zlib import crc32

from publisher.invisible import UNSEEN

_GAP = " "  # one or more blanks or signs between two units
_BREAK = "\n"  # between two texts of one post: no term reaches over it
_CUT = "\x1f"  # between units: no unit holds it, for it is a control character

# Written without blanks, so that a word is found only as some characters in a row: by first and last.
_IDEOGRAPHS = (
    *((0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3021, 0x3029), (0x3400, 0x4DBF), (0x4E00, 0x9FFF)),
    *((0xF900, 0xFAFF), (0x20000, 0x3FFFD)),
)
_DENSE = (
    *((0x0E00, 0x0FFF), (0x1000, 0x109F), (0x1100, 0x11FF), (0x1780, 0x17FF), (0x1950, 0x19DF)),
    *((0x1A20, 0x1AAF), (0x3040, 0x30FF), (0x3100, 0x31FF), (0xA960, 0xA97F), (0xAA60, 0xAADF)),
    *((0xAC00, 0xD7FF), (0x1B000, 0x1B16F)),
)


class _Kinds(dict[str, str]):
    """By character, what it is to a search; each is looked up once."""

    def __missing__(self, one: str) -> str:
        kind = self[one] = _kind(one)
        return kind


def _kind(one: str) -> str:
    category, place = unicodedata.category(one), ord(one)
    if one in UNSEEN or category == "Cf":
        return "unseen"
    if category[0] in "ZPC" and category not in ("Co", "Cn"):
        return "gap"
    if category[0] not in "LMN":
        return "symbol"
    if any(first <= place <= last for first, last in _IDEOGRAPHS):
        return "ideograph"
    return "dense" if any(first <= place <= last for first, last in _DENSE) else "word"


_KINDS = _Kinds()
_ALONE = frozenset({"word", "symbol", "ideograph"})  # terms by themselves
_ADJOINING = frozenset({"ideograph", "dense"})  # terms by twos


def units(text: str) -> list[str]:
    """The text cut into its units, folded (NFKC, no case), with one blank for each gap."""
    found: list[str] = []
    word = ""
    folded = unicodedata.normalize("NFKC", text).casefold()
    for one in unicodedata.normalize("NFKC", folded):
        kind = _KINDS[one]
        if kind == "word":
            word += one
            continue
        if word and kind != "unseen":
            found.append(word)
            word = ""
        if kind == "gap":
            if found and found[-1] != _GAP:
                found.append(_GAP)
        elif kind != "unseen":
            found.append(one)
    return [*found, word] if word else found


def within(texts: Iterable[str], most: int) -> Iterator[str]:
    """The texts, cut off behind so many characters of all of them together."""
    for text in texts:
        yield text[:most]
        most -= min(len(text), most)


def texts(several: Iterable[str]) -> list[str]:
    """The units of several texts that belong together."""
    found: list[str] = []
    for text in several:
        found += units(text)
        found.append(_BREAK)
    return found


def terms(of: Sequence[str]) -> frozenset[int]:
    """The terms of these units."""
    kinds = [_KINDS[one[0]] for one in of]
    alone = [one for one, kind in zip(of, kinds, strict=True) if kind in _ALONE]
    pairs = [
        of[at] + of[at + 1]
        for at in range(len(of) - 1)
        if kinds[at] in _ADJOINING and kinds[at + 1] in _ADJOINING
    ]
    return frozenset(crc32(one.encode()) for one in (*alone, *pairs))


def mark(kind: str, value: str) -> int:
    """The term of something that is no word of the text: where it goes, or who wrote it."""
    return crc32(f"{_CUT}{kind}{_CUT}{value}".encode())


def phrases(words: str) -> list[list[str]]:
    """What is looked for: words, and in quotation marks what has to follow each other.

    Nothing else that is typed has a meaning of its own. What is no more than signs is left out.
    """
    cut = [units(one) for one in _typed(words)]
    bare = [one[:-1] if one and one[-1] == _GAP else one for one in cut]
    return [one for one in bare if one]


def _typed(words: str) -> Iterable[str]:
    """What stands between quotation marks as a whole, all else by its blanks."""
    for number, part in enumerate(words.replace("“", '"').replace("”", '"').split('"')):
        yield from [part] if number % 2 else part.split()


def line(of: Sequence[str]) -> str:
    """Units in a row: the line of a phrase is part of that of a text just where the phrase stands in it."""
    return f"{_CUT}{_CUT.join(of)}{_CUT}"


def plain(phrase: str) -> str:
    """The words of such a line, as somebody would write them."""
    return phrase.replace(_CUT, "")
