"""One form for texts that look the same, so that spelling tricks and widths do not hide a match."""

import unicodedata
from functools import lru_cache

from publisher.invisible import UNSEEN

_DROP = dict.fromkeys(map(ord, UNSEEN))


@lru_cache(maxsize=256)
def normal(text: str) -> str:
    """NFKC, case folded, without white space and without characters that nobody sees."""
    folded = unicodedata.normalize("NFKC", text.translate(_DROP)).casefold()
    # NFKC can bring hidden characters back (U+FFA0 becomes U+1160), and folding can undo it.
    return "".join(unicodedata.normalize("NFKC", folded).translate(_DROP).split())


@lru_cache(maxsize=1024)  # wordings above all: the same few for each post
def letters(text: str) -> str:
    """Only the letters and digits of `normal`: however somebody marked or punctuated it."""
    return "".join(filter(str.isalnum, normal(text)))
