"""The emoji of several code points that X counts as one.

A single code point weighs what it weighs, emoji or not; only the joined ones need a table. It is
Unicode's Emoji 11 (https://unicode.org/Public/emoji/11.0/), which twitter-text 3.1 knows: a newer
sequence is counted by its parts, which is never too little.
"""

import re
from functools import cache

# Code points that may be followed by VS16 and are then still one: emoji-variation-sequences.txt.
_PRESENTED = (
    "a9 ae 203c 2049 2122 2139 2194-2199 21a9-21aa 231a-231b 2328 23cf 23ed-23ef 23f1-23f2 "
    "23f8-23fa 24c2 25aa-25ab 25b6 25c0 25fb-25fe 2600-2604 260e 2611 2614-2615 2618 261d 2620 "
    "2622-2623 2626 262a 262e-262f 2638-263a 2640 2642 2648-2653 265f-2660 2663 2665-2666 2668 "
    "267b 267f 2692-2697 2699 269b-269c 26a0-26a1 26aa-26ab 26b0-26b1 26bd-26be 26c4-26c5 26c8 "
    "26cf 26d1 26d3-26d4 26e9-26ea 26f0-26f5 26f7-26fa 26fd 2702 2708-2709 270c-270d 270f 2712 "
    "2714 2716 271d 2721 2733-2734 2744 2747 2757 2763-2764 27a1 2934-2935 2b05-2b07 2b1b-2b1c "
    "2b50 2b55 3030 303d 3297 3299 1f004 1f170-1f171 1f17e-1f17f 1f202 1f21a 1f22f 1f237 1f321 "
    "1f324-1f32c 1f336 1f37d 1f396-1f397 1f399-1f39b 1f39e-1f39f 1f3cb-1f3ce 1f3d4-1f3df 1f3f3 "
    "1f3f5 1f3f7 1f43f 1f441 1f4fd 1f549-1f54a 1f56f-1f570 1f573-1f579 1f587 1f58a-1f58d 1f590 "
    "1f5a5 1f5a8 1f5b1-1f5b2 1f5bc 1f5c2-1f5c4 1f5d1-1f5d3 1f5dc-1f5de 1f5e1 1f5e3 1f5e8 1f5ef "
    "1f5f3 1f5fa 1f6cb 1f6cd-1f6cf 1f6e0-1f6e5 1f6e9 1f6f0 1f6f3"
)
# Hands and people that a skin tone may follow; some of them take VS16 before it.
_TONED = (
    "261d 26f7 26f9 270a-270d 1f385 1f3c2-1f3c4 1f3c7 1f3ca-1f3cc 1f442-1f443 1f446-1f450 "
    "1f466-1f469 1f46e 1f470-1f478 1f47c 1f481-1f483 1f485-1f487 1f4aa 1f574-1f575 1f57a 1f590 "
    "1f595-1f596 1f645-1f647 1f64b-1f64f 1f6a3 1f6b4-1f6b6 1f6c0 1f6cc 1f918-1f91c 1f91e-1f91f "
    "1f926 1f930-1f939 1f93d-1f93e 1f9b5-1f9b6 1f9b8-1f9b9 1f9d1-1f9dd"
)
_TONED_PRESENTED = "261d 26f7 26f9 270c-270d 1f3cb-1f3cc 1f574-1f575 1f590"
# What a man or a woman may be joined to: an occupation, or a kind of hair.
_OCCUPATIONS = (
    "1f33e 1f373 1f393 1f3a4 1f3a8 1f3eb 1f3ed 1f4bb-1f4bc 1f527 1f52c 1f680 1f692 1f9b0-1f9b3"
)
_OCCUPATIONS_PRESENTED = "2695-2696 2708"
# What ♀ or ♂ may be joined to: with a skin tone, with a skin tone or VS16 always, without either.
_GENDERED = (
    "1f3c3-1f3c4 1f3ca 1f46e 1f471 1f473 1f477 1f481-1f482 1f486-1f487 1f645-1f647 1f64b "
    "1f64d-1f64e 1f6a3 1f6b4-1f6b6 1f926 1f935 1f937-1f939 1f93d-1f93e 1f9b8-1f9b9 1f9d6-1f9dd"
)
_GENDERED_PRESENTED = "26f9 1f3cb-1f3cc 1f574-1f575"
_GENDERED_BARE = "1f46f 1f93c 1f9de-1f9df"
_FLAGS = (
    "AC AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO "
    "BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CP CR CU CV CW CX CY CZ DE DG "
    "DJ DK DM DO DZ EA EC EE EG EH ER ES ET EU FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM "
    "GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU IC ID IE IL IM IN IO IQ IR IS IT JE JM JO JP "
    "KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK "
    "ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE "
    "PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM "
    "SN SO SR SS ST SV SX SY SZ TA TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM UN "
    "US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW"
)
_NATIONS = ("gbeng", "gbsct", "gbwls")  # England, Scotland, Wales, spelt in tags after a black flag

_VS16, _ZWJ, _TONE = "\ufe0f", "\u200d", "[\U0001f3fb-\U0001f3ff]"
_MAN, _WOMAN, _BOY, _GIRL = "\U0001f468", "\U0001f469", "\U0001f466", "\U0001f467"
_HEART, _KISS = "\u2764\ufe0f", "\U0001f48b"
# Whatever joins; a text without any of these has no emoji of several code points.
JOINTS = re.compile("[\u200d\ufe0f\u20e3\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\U000e007f]")


@cache
def pattern() -> re.Pattern[str]:
    """Matches one emoji of several code points, the longest first."""
    gendered = (
        f"(?:{_any(_GENDERED)}{_TONE}?|{_any(_GENDERED_PRESENTED)}(?:{_TONE}|{_VS16})"
        f"|{_any(_GENDERED_BARE)})"
    )
    occupation = f"(?:{_any(_OCCUPATIONS_PRESENTED)}{_VS16}|{_any(_OCCUPATIONS)})"
    parents = f"(?:(?:{_MAN}{_ZWJ})?[{_MAN}{_WOMAN}]|{_WOMAN}{_ZWJ}{_WOMAN})"
    children = f"(?:{_GIRL}{_ZWJ}[{_GIRL}{_BOY}]|{_BOY}{_ZWJ}{_BOY}|{_GIRL}|{_BOY})"
    love = f"{_ZWJ}{_HEART}{_ZWJ}(?:{_KISS}{_ZWJ})?"
    joined = [
        f"[{_MAN}{_WOMAN}]{_TONE}?{_ZWJ}{occupation}",
        f"{gendered}{_ZWJ}[\u2640\u2642]{_VS16}",
        f"(?:{_WOMAN}{love}[{_MAN}{_WOMAN}]|{_MAN}{love}{_MAN})",
        f"{parents}{_ZWJ}{children}",
        f"\U0001f3f3{_VS16}{_ZWJ}\U0001f308",  # the rainbow flag
        f"\U0001f3f4{_ZWJ}\u2620{_VS16}",  # the pirates'
        f"\U0001f441{_ZWJ}\U0001f5e8",  # an eye in a bubble
    ]
    spelt = [
        *(f"\U0001f3f4{_moved(nation, 0xE0000)}\U000e007f" for nation in _NATIONS),
        *(_moved(flag.lower(), 0x1F1E6 - ord("a")) for flag in _FLAGS.split()),
    ]
    plain = [
        f"[#*0-9]{_VS16}?\u20e3",
        f"{_any(_TONED_PRESENTED)}{_VS16}?{_TONE}",
        f"{_any(_TONED)}{_TONE}",
        f"{_any(_PRESENTED)}{_VS16}",
    ]
    return re.compile("|".join(joined + spelt + plain))


def _any(ranges: str) -> str:
    """A character class out of hexadecimal code points and ranges."""
    ends = (each.split("-") for each in ranges.split())
    return f"[{''.join('-'.join(chr(int(end, 16)) for end in pair) for pair in ends)}]"


def _moved(letters: str, by: int) -> str:
    return "".join(chr(ord(letter) + by) for letter in letters)
