"""What a reader cannot see, or sees in another place than it stands; and where a text has it first.

Letters, marks, numbers, punctuation, symbols and blanks are allowed, by Unicode's general category;
what shows nothing (Default_Ignorable_Code_Point, UAX #44) is not. Joiners and variation selectors
are allowed where an emoji (UTS #51) or a script (RFC 5892, appendix A) needs them.
"""

import re
import unicodedata

# Default-ignorable characters (soft hyphen, joiners, fillers, direction marks, variation selectors, tags),
# blank Braille, the place of an object that was not pasted along, and what is like it in other scripts.
UNSEEN = frozenset(
    chr(code)
    for first, last in (
        *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5)),
        *((0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x2800, 0x2800)),
        *((0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFFC, 0xFFFC)),
        *((0x16FE4, 0x16FE4), (0x1D159, 0x1D159), (0xE0000, 0xE0FFF)),
    )
    for code in range(first, last + 1)
)
ACTING = (
    "Cc",
    "Cf",
    "Cs",
    "Zl",
    "Zp",
)  # categories of what shows nothing itself, and may do something
_ZWNJ, _ZWJ = "\u200c", "\u200d"
_CURSIVE = ("ARABIC ", "SYRIAC ", "MONGOLIAN ", "NKO ", "ADLAM ")
_MVS = "\u180e"  # before a last vowel that is written apart
JOINERS = _ZWJ + _ZWNJ + _MVS  # of emoji; of Persian, Hindi and others; of Mongolian
_VIRAMA = 9  # the canonical combining class of what joins consonants
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef\u180b-\u180d\u180f]")
_TONES = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff]")
# The three flags of a part of a country: England, Scotland, Wales (UTS #51, annex C).
FLAGS = re.compile(
    "(\U0001f3f4(?:\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067"
    "|\U000e0073\U000e0063\U000e0074|\U000e0077\U000e006c\U000e0073))\U000e007f)"
)
_USUAL = re.compile("[\\n\\t -~\u00a1-\u00ac\u00ae-\u02ff\u3000-\u3163\u4e00-\u9fff\uff01-\uff9f]*")


def first(text: str) -> int | None:
    """Where the first such character of `text` stands, counted from 0; None when there is none."""
    flags = [range(*flag.span()) for flag in FLAGS.finditer(text)] if "\U000e007f" in text else []
    at = 0
    while (at := _after_usual(text, at)) < len(text):
        if not _seen(text, at) and not any(at in flag for flag in flags):
            return at
        at += 1
    return None


def name(character: str) -> str:
    """Its number and, where Unicode has one, its name: what a person can look for."""
    known = unicodedata.name(character, "")
    return f"U+{ord(character):04X}{' ' if known else ''}{known}"


def _after_usual(text: str, at: int) -> int:
    found = _USUAL.match(text, at)
    return found.end() if found else at


def _seen(text: str, at: int) -> bool:
    character = text[at]
    if character == _MVS:
        return _mongolian(text[at - 1 : at]) and _mongolian(text[at + 1 : at + 2])
    if character in (_ZWJ, _ZWNJ):
        return _joins(text, at)
    if _SELECTORS.match(character):
        return _selects(text, at)
    if character in UNSEEN:
        return False
    kind = unicodedata.category(character)
    if kind == "Cn":  # not known to this Python: newer emoji and ideographs are, others are not
        place = ord(character)
        newer = 0x1F000 <= place < 0x1FC00 or 0x20000 <= place < 0x3FFFE
        return newer and place & 0xFFFE != 0xFFFE
    return kind not in (*ACTING, "Co")


def _joins(text: str, at: int) -> bool:
    """Between two emoji, beside a virama, or within a script whose letters join."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if not before:
        return False
    if unicodedata.combining(before) == _VIRAMA or _cursive(before) or _cursive(after):
        return True
    if after and unicodedata.combining(after) == _VIRAMA and unicodedata.category(before) == "Lo":
        return True  # as in Bengali: ra keeps its form before ya
    back = at - 1
    while back > 0 and _TONES.match(text[back]):
        back -= 1
    return text[at] == _ZWJ and _pictured(text[back]) and bool(after) and _pictured(after)


def _cursive(character: str) -> bool:
    return bool(character) and unicodedata.name(character, "").startswith(_CURSIVE)


def _pictured(character: str) -> bool:
    place = ord(character)
    return place >= 0x1F000 or (place >= 0x2190 and unicodedata.category(character) in ("So", "Sm"))


def _mongolian(character: str) -> bool:
    return "\u1820" <= character <= "\u18aa"


def _selects(text: str, at: int) -> bool:
    before, selector = text[at - 1 : at], ord(text[at])
    if not before:
        return False
    if selector >= 0xE0100:
        return _ideograph(ord(before))
    if selector in (0xFE0E, 0xFE0F):
        typed = before in "#*0123456789\u00a9\u00ae"
        return typed or _pictured(before) or unicodedata.name(before, "") in _PRESENTED
    if 0x180B <= selector <= 0x180F:
        return _mongolian(before)
    return unicodedata.category(before) in ("Lo", "Sm", "So") and ord(before) >= 0x2200


def _ideograph(place: int) -> bool:
    return 0x3400 <= place <= 0x9FFF or 0xF900 <= place <= 0xFAFF or 0x20000 <= place < 0x3FFFE


_PRESENTED = frozenset(
    {
        "DOUBLE EXCLAMATION MARK",
        "EXCLAMATION QUESTION MARK",
        "INFORMATION SOURCE",
        "WAVY DASH",
        "PART ALTERNATION MARK",
        "TRADE MARK SIGN",
    }
)
