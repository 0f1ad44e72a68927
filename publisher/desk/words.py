"""What is refused at the door: no text at all, too much of it, or what nobody can see."""

import unicodedata

from publisher.errors import Usage

LONGEST = 100_000  # characters of text that are taken in at all
INVISIBLE = frozenset("\u200b\u2060\ufeff\u00ad")
BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def checked_text(text: str, what: str) -> str:
    """The text in NFC; raises Usage for empty, endless, undecodable or invisible text."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > LONGEST:
        raise Usage(
            f"{what.capitalize()} has {len(text):,} characters; no network takes that many."
        )
    for place, character in enumerate(text, start=1):
        kind = unicodedata.category(character)
        if kind == "Cs":
            raise Usage(f"{what.capitalize()} is not valid UTF-8 (character {place}).")
        if (kind == "Cc" and character not in "\n\t") or character in INVISIBLE | BIDI:
            raise Usage(
                f"{what.capitalize()} holds an invisible control character (U+{ord(character):04X}, "
                f"character {place}). Remove it, so that readers see what was approved."
            )
    if not any(unicodedata.category(c)[0] in "LNPS" for c in text):
        raise Usage(f"{what.capitalize()} is empty. Write what should be posted.")
    return unicodedata.normalize("NFC", text)
