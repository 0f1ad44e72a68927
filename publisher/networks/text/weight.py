"""How long a text is on X, as twitter-text 3.1 counts it.

After NFC a code point weighs 1 (Latin and its neighbours) or 2; an emoji of several code points
weighs 2; a link weighs 23, however long (https://docs.x.com/fundamentals/counting-characters).
"""

import re
import unicodedata

from publisher.networks.text import autolink, emoji

LINK = 23
MOST_MARKS = 30  # combining marks in a row; no language needs more, and NFC sorts them one by one,
SHORT = 1000  # characters: so few are sorted at once, whatever they are

_HEAVY = re.compile("[^\0-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")


def weigh(text: str) -> int:
    """The weighted length; half of a surrogate pair counts as U+FFFD."""
    text = normal(text)
    weight = at = 0
    for link in autolink.links(text):
        weight += _plain(text[at : link.start]) + LINK
        at = link.start + link.size
    return weight + _plain(text[at:])


def normal(text: str) -> str:
    """`text` in NFC, in time that grows with its length: marks are sorted few at a time."""
    if text.isascii():
        return text
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if len(text) <= SHORT:
        return unicodedata.normalize("NFC", text)
    cuts, marks = [0], 0
    for at, character in enumerate(text):
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > MOST_MARKS:
            cuts.append(at)
            marks = 1
    pieces = zip(cuts, [*cuts[1:], len(text)], strict=True)
    return "".join(unicodedata.normalize("NFC", text[start:end]) for start, end in pieces)


def _plain(text: str) -> int:
    if text.isascii():
        return len(text)
    if emoji.JOINTS.search(text):
        text = emoji.pattern().sub("\ufffd", text)
    return len(text) + len(_HEAVY.findall(text))
