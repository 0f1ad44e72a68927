"""What blogs and boards share: titles, keys that fit an address, telling our text on their page."""

import hashlib
import html
import re
import unicodedata

_JOINED = re.compile("[\u200d\u20e3\U0001f3fb-\U0001f3ff]")
LONGEST_KEY = 46  # Discourse takes 50 characters, four of which are ours


def key_name(key: str) -> str:
    """The intent's key as `pub-…`, in `[a-z0-9-]`, at most 50 characters, another for each key.

    A key that does not fit stands there as a hash, never cut: half an id is not an id.
    """
    plain = key.lower()
    if re.fullmatch(r"[a-z0-9-]+", plain) and len(plain) <= LONGEST_KEY:
        return f"pub-{plain}"
    return f"pub-{hashlib.sha256(key.encode()).hexdigest()[:40]}"


def first_line(text: str, most: int) -> str:
    """The first line with something in it, cut between words to at most `most` characters."""
    line = next((" ".join(each.split()) for each in text.splitlines() if each.strip()), "")
    if len(line) <= most:
        return line
    cut = line[: _apart(line, most - 1)]
    words = cut if line[len(cut)] == " " else cut.rpartition(" ")[0]
    return (words if len(words) >= most // 2 else cut).rstrip(" ,;:、。") + "…"


def _apart(text: str, at: int) -> int:
    """The last place up to `at` where a cut parts no letter from its marks and no joined emoji."""
    while at > 1 and (_JOINED.match(text[at]) or text[at - 1] == "\u200d" or _is_mark(text[at])):
        at -= 1
    return at


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


def bare(text: str) -> str:
    """A text without markup and entities, as it reads."""
    return html.unescape(re.sub(r"<[^<>]*>", " ", text))


def essence(text: str) -> str:
    """A text without markup, entities and white space: what is left when a site has reshaped it."""
    return "".join(unicodedata.normalize("NFC", bare(text)).split())
