"""The last part of a post's address: readable, then the delivery's key, which finds it again.

It is made once and noted: an edit of the title leaves it alone. Whatever words it begins with, the
key at its end alone says whose it is.
"""

import re
import unicodedata
from urllib.parse import quote

from publisher.networks import Intent
from publisher.networks.text.longform import key_name
from publisher.networks.wire.fields import text_at

LONGEST = 190  # bytes as percent-encoded; WordPress keeps 200, ten of them for `__trashed`
TRASHED = "__trashed"  # what WordPress puts behind the slug of what lies in its trash


def slug_of(intent: Intent) -> str:
    """The noted slug, else the one that the title makes; percent-encoded, as WordPress keeps it."""
    if noted := text_at(intent.notes, "slug"):
        return noted
    key = key_name(intent.delivery)
    words = _words(intent.rendered.title, LONGEST - len(key) - 1)
    return f"{words}-{key}" if words else key


def is_of(intent: Intent, slug: str) -> bool:
    """Is this the slug of a post of this delivery, in the trash too?"""
    key = key_name(intent.delivery)
    bare = slug.removesuffix(TRASHED)
    return bare == key or bare.endswith(f"-{key}")


def _words(text: str, most: int) -> str:
    """Whole words joined by hyphens, at most `most` bytes; of the first one as much as fits."""
    made = ""
    for word in re.findall(r"[^\W_]+", _plain(text)):
        longer = f"{made}-{quote(word)}" if made else _cut(word, most)
        if len(longer) > most:
            break
        made = longer.lower()
    return made


def _plain(text: str) -> str:
    """In lower case, Latin letters without accents: what stays as it is on every blog."""
    apart = unicodedata.normalize("NFKD", text).replace("'", "").replace("’", "")
    bare = "".join(c for c in apart if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", bare).lower()


def _cut(word: str, most: int) -> str:
    while len(quote(word)) > most:
        word = word[:-1]
    return quote(word)
