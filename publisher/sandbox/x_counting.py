"""What a text weighs on X and what X links in it, by rules of thumb from X's own pages.

Simpler than the product's counter and written apart from it, so that the two share no mistake:
words instead of a grammar of links, any joined emoji instead of a table of those there are.
"""

import re
from collections.abc import Iterator

_LINK = 23
_LIGHT = (range(0x1100), range(0x2000, 0x200E), range(0x2010, 0x2020), range(0x2032, 0x2038))
_COMMON = (
    "com net org edu gov mil int info biz name pro aero coop museum jobs mobi tel travel app blog "
    "cloud club design dev email game global group link live media moe news nagoya online osaka "
    "page press shop site store tech tokyo top xyz work"
)
_GENERIC = frozenset(_COMMON.split())
_WORD = re.compile("[!-~\xc0-\u04ff\u2013]+")  # Japanese beside a link is not of it
_QUOTES, _ENDS = "([{<\"'*", ".,;:!?\"'*]}>"
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+", re.ASCII)
_JOINED = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"
    "|[#*0-9]\ufe0f?\u20e3"
    "|[\xa9\xae\u2000-\u33ff\U0001f000-\U0001faff]"
    "(?:[\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
    "|\u200d[\u2000-\u33ff\U0001f000-\U0001faff])+"
)


def weighted_length(text: str) -> int:
    """The length of `text`, which is in NFC, as X's limit means it."""
    at = total = 0
    for start, end, _ in links(text):
        total += _weight(text[at:start]) + _LINK
        at = end
    return total + _weight(text[at:])


def links(text: str) -> Iterator[tuple[int, int, str]]:
    """Where each link starts and ends, and what it is."""
    for word in _WORD.finditer(text):
        bare = word[0].lstrip(_QUOTES)
        start = word.end() - len(bare)
        url = bare.rstrip(_ENDS if "(" in bare else f"{_ENDS})")
        if _is_link(url):
            yield start, start + len(url), url


def _is_link(word: str) -> bool:
    protocol, _, rest = word.rpartition("://")
    if protocol.lower() not in ("", "http", "https"):
        return False
    host = re.split("[/?#:]", rest, maxsplit=1)[0]
    last = host.rpartition(".")[2].lower()
    return _HOST.fullmatch(host) is not None and (last in _GENERIC or _country(last))


def _country(label: str) -> bool:
    return len(label) == 2 and label.isalpha()


def _weight(text: str) -> int:
    plain = _JOINED.sub("\u4e00", text)
    return sum(1 if any(ord(each) in light for light in _LIGHT) else 2 for each in plain)
