"""Finds words that mean one day when they are written and another when they are read."""

import re
import unicodedata

# Japanese writes no blanks: what would turn a word into part of another one is named.
_DAY_WORDS = re.compile(
    r"\b(?:today|tonight|tonite|tomorrow|yesterday"
    r"|(?:this|tomorrow|yesterday) (?:morning|noon|afternoon|evening)|last night)\b"
    r"|(?<!日)本日|今日(?!的)|明日(?!香)|明[々明]?後日|昨日|一昨日|今[夜晩朝夕]|明[朝晩]|昨[夜晩]"
    r"|(?:(?<![ぁ-んー])|(?<=[はがをにでもと]))(?:きょう|あした|あす|しあさって|あさって|きのう|おととい|こんや|こんばん|けさ)"
    r"(?=[はがのもにへをとで]|から|まで|より|[^ぁ-んー]|$)"
)
_BLANKS = re.compile(r"\s+")


def day_word(text: str) -> str:
    """The first such word in the text, in one width and case; "" when there is none."""
    folded = _BLANKS.sub(" ", unicodedata.normalize("NFKC", text).casefold())
    found = _DAY_WORDS.search(folded)
    return found[0] if found else ""
