"""How text, link and notice become one message, and how two messages are compared."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from urllib.parse import unquote

from publisher import addresses

# What people write before a notice; in the form of `_letters`.
_LABEL = re.compile(
    r"\A(?:(?:please)?note|notice|disclaimer|注(?:記|釈|意(?:事項)?)?|ご注意|免責(?:事項)?|お断り|\d{1,2})"
)
BLOCK = "\n\n"  # a blank line, so that a URL can never run into the notice


def compose(
    text: str, *, link: str = "", notice: str = "", form: Callable[[str], str] = addresses.lasting
) -> str:
    """The text, then the link unless it is in it already, then the notice.

    The link in a `form` of which the network takes every character for a part of it.
    """
    blocks = [text.rstrip()]
    if link and not addresses.names(text, link):
        blocks.append(form(link))
    blocks.append(notice)
    return BLOCK.join(block for block in blocks if block)


def without(text: str, notices: Sequence[str]) -> str:
    """The text without the lines that say one of these notices and nothing else.

    However typed: signs, width, case, blanks and a label such as "Note:" before it make no difference.
    A notice within a sentence stays.
    """
    wanted = {letters for notice in notices if (letters := _letters(notice))}
    lines = text.split("\n")
    letters_of = [_letters(line) for line in lines]
    kept, at = [], 0
    while at < len(lines):
        begins = (letters_of[at], _LABEL.sub("", letters_of[at]))
        end = max(_notice_end(letters_of, at, wanted, said=said) for said in begins)
        kept += lines[at : at + 1] if end == at else []
        at = max(end, at + 1)
    return "\n".join(kept) if len(kept) < len(lines) else text


def _notice_end(letters: Sequence[str], start: int, wanted: set[str], *, said: str) -> int:
    """Where the notice ends that begins in this line, of which `said` counts; `start` if none does."""
    longest = max(map(len, wanted), default=0)
    for end in range(start + 1, len(letters) + 1):
        if said in wanted:
            return end
        if not said or len(said) > longest or end == len(letters) or not letters[end]:
            break
        said += letters[end]
    return start


def _letters(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())


def plain(text: str) -> str:
    """A form for comparing: NFC, no blanks around lines, one blank line in a row at most."""
    lines = (line.strip() for line in unicodedata.normalize("NFC", text).splitlines())
    return re.sub(r"\n{3,}", BLOCK, "\n".join(lines)).strip()


def unified(text: str) -> str:
    """A form for comparing in which addresses are written in one way only.

    Networks complete them and hand hosts back in punycode or lower case: `例え.jp/News/` and
    `http://xn--r8jz45g.jp/News` are the same; `example.org/a` and `example.org/A` are not.
    """
    words = (_unified_word(word) for word in re.split(r"(\s+)", plain(text)))
    return "".join(words)


def _unified_word(word: str) -> str:
    if "." not in word:
        return word
    before, scheme, address = _around_scheme(word)
    host, mark, rest = _around_host(address)
    if not scheme and not all(host.split(".")):
        return word  # a full stop, and no domain
    return before + _readable(host.lower()) + unquote(mark + rest).removesuffix("/")


def _around_scheme(word: str) -> tuple[str, str, str]:
    found = re.search("https?://", word, re.IGNORECASE)
    return (word[: found.start()], found[0], word[found.end() :]) if found else ("", "", word)


def _around_host(address: str) -> tuple[str, str, str]:
    found = re.search("[/?#]", address)
    return (
        (address[: found.start()], found[0], address[found.end() :]) if found else (address, "", "")
    )


def _readable(host: str) -> str:
    """The host with its punycode written out."""

    def decoded(label: re.Match[str]) -> str:
        with suppress(UnicodeError):
            return label[1].encode().decode("punycode")
        return label[0]

    return unicodedata.normalize("NFC", re.sub("xn--([a-z0-9-]{1,59})", decoded, host))


def alike(one: str, other: str, *, notice: str = "", share: float = 0.6) -> bool:
    """Whether most of the shorter text occurs in the longer (by groups of three characters).

    Notice and addresses are left out, because posts share them, and networks rewrite addresses.
    Where nothing else is left of one of them there is nothing to tell them apart by: that is alike.
    """
    if unified(one) == unified(other):
        return True
    first, second = (_threes(_own_words(text, notice)) for text in (one, other))
    smaller = min(len(first), len(second))
    return len(first & second) >= share * smaller


def says_something(text: str, notice: str) -> bool:
    """Whether there is anything besides the notice, be it an address."""
    return plain(text) != plain(notice)


def _own_words(text: str, notice: str) -> str:
    words = plain(text)
    if notice:
        words = words.replace(plain(notice), "")
    return re.sub(r"https?://\S+", "", words, flags=re.IGNORECASE)


def _threes(text: str) -> set[str]:
    """Of letters and digits only: networks rewrite signs, widths, case and the form of emoji."""
    letters = _letters(text)
    return {letters[at : at + 3] for at in range(max(len(letters) - 2, 1))} if letters else set()
