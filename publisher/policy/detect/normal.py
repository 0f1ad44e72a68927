"""One form for texts that look the same, so that spelling tricks and widths do not hide a match."""

import unicodedata
from functools import lru_cache

# Default-ignorable characters: soft hyphen, joiners, direction marks, variation selectors, tags.
_UNSEEN = frozenset(
    code
    for first, last in (
        *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5)),
        *((0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x2800, 0x2800)),
        *((0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0)),
        (0xE0000, 0xE0FFF),
    )
    for code in range(first, last + 1)
)
_DROP = dict.fromkeys(_UNSEEN)


@lru_cache(maxsize=256)
def normal(text: str) -> str:
    """NFKC, case folded, without white space and without characters that nobody sees."""
    folded = unicodedata.normalize("NFKC", text.translate(_DROP)).casefold()
    # NFKC can bring hidden characters back (U+FFA0 becomes U+1160), and folding can undo it.
    return "".join(unicodedata.normalize("NFKC", folded).translate(_DROP).split())


def letters(text: str) -> str:
    """Only the letters and digits of `normal`: however somebody marked or punctuated it."""
    return "".join(character for character in normal(text) if character.isalnum())
