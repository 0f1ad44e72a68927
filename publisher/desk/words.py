"""What is refused at the door: no text at all, too much of it, what nobody can see, where a link lies."""

import re
import unicodedata
from collections.abc import Collection
from contextlib import suppress
from ipaddress import IPv4Address
from urllib.parse import SplitResult, urlsplit

from publisher import addresses
from publisher.content import Account, Markup
from publisher.errors import Usage
from publisher.networks.autolink import top_level
from publisher.policy.detect import invisible

LONGEST = 100_000  # characters of text that are taken in at all
LONGEST_LINK = 2_000
MOST_MARKS = 12  # on one letter: no script stacks as many (Tibetan comes to eight)

_BREAKS = re.compile("\r\n|[\r\u0085\u2028\u2029\v\f]")
# Scripts that are written together within one word (UTS #39, section 5.2: highly restrictive).
_TOGETHER = (
    {"LATIN", "CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "IDEOGRAPHIC"},
    {"LATIN", "CJK", "HANGUL"},
    {"LATIN", "CJK", "BOPOMOFO"},
)
# Cyrillic and Greek letters that are Latin ones to the eye: a word of nothing else is a look-alike.
_AS_LATIN = frozenset("асԁеһіјӏорԛѕԝхуъьҽпгѵѡαικνρυωηοτγ")
_ALPHABETS = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})
_BARE_HOST = re.compile(r"(?<![\w.@-])(?:[\w-]++\.)++[A-Za-z]{2,24}+(?![\w@])")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
_SIGNS = frozenset("-_·・\u200c\u200d")  # what a host holds besides letters and digits


def checked_text(text: str, what: str) -> str:
    """The text in NFC; raises Usage for empty, endless, undecodable or invisible text."""
    text = _BREAKS.sub("\n", text.removeprefix("\ufeff")).strip()
    if len(text) > LONGEST:
        raise Usage(
            f"{what.capitalize()} has {len(text):,} characters; no network takes that many."
        )
    _refuse_unseen(text, what)
    _refuse_stacks(text, what)
    _refuse_lookalikes_within(text, what)
    if all(unicodedata.category(character)[0] in "MZ" or character.isspace() for character in text):
        raise Usage(f"{what.capitalize()} is empty. Write what should be posted.")
    return unicodedata.normalize("NFC", text)


def checked_link(link: str, what: str = "the link") -> str:
    """The web address as it was given; raises Usage for one that leads elsewhere than it seems to.

    Blanks around it and angle brackets, as mail programs write them, are left out.
    """
    link = link.strip()
    if link.startswith("<") and link.endswith(">"):
        link = link[1:-1]
    if not link.lower().startswith(("https://", "http://")):
        raise Usage(f'"{link}" is not a web address. Write it with https:// in front.')
    if len(link) > LONGEST_LINK:
        raise Usage(f"{what.capitalize()} has {len(link):,} characters; up to 2,000 are taken.")
    _refuse_unseen(link, what)
    if re.search(r"\s", link):
        raise Usage(f"{what.capitalize()} holds a blank. Give one address, without blanks.")
    if "\\" in link:
        raise Usage(
            f"{what.capitalize()} holds a backslash, which browsers and others read as different "
            "addresses. Write / or %5C."
        )
    _refuse_host(_split(link, what), what)
    if sign := addresses.sign_behind(link):
        raise Usage(
            f"{what.capitalize()} ends with “{sign}”, which networks take for the end of a sentence. "
            f"Leave it out; if the address does end with it, write {addresses.percent(sign)} instead."
        )
    return link


def _refuse_unseen(text: str, what: str) -> None:
    at = invisible.first(text)
    if at is None:
        return
    if unicodedata.category(text[at]) == "Cs":
        raise Usage(f"{what.capitalize()} is not valid UTF-8 (character {at + 1}).")
    raise Usage(
        f"{what.capitalize()} holds an invisible control character ({invisible.name(text[at])}, "
        f"character {at + 1}). Remove it, so that readers see what was approved."
    )


def _refuse_stacks(text: str, what: str) -> None:
    marks = 0
    for at, character in enumerate(text):
        # By category: what encloses, and some vowels, have no combining class, and stack as well.
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks > MOST_MARKS:
            raise Usage(
                f"{what.capitalize()} stacks more than {MOST_MARKS} marks on one letter (character "
                f"{at + 1}), and covers other lines with them. Remove them."
            )


def _split(link: str, what: str) -> SplitResult:
    try:
        parts = urlsplit(link)
        _ = parts.port  # raises ValueError for one that is none
    except ValueError:
        raise Usage(f"{what.capitalize()} is not a web address that can be read.") from None
    if "@" in parts.netloc:
        raise Usage(
            f"{what.capitalize()} holds a user name or a password before an @: it leads to "
            f"{parts.hostname}. Leave that part out."
        )
    return parts


def _refuse_host(parts: SplitResult, what: str) -> None:
    host = unicodedata.normalize("NFKC", parts.hostname or "")
    if not host.strip("."):
        raise Usage(f"{what.capitalize()} names no host. Write it like https://example.com/page")
    labels = [] if ":" in host else _labels(host)
    for label in labels:
        odd = [c for c in label if unicodedata.category(c)[0] not in "LMN" and c not in _SIGNS]
        if odd or not label:
            sign = f"holds “{odd[0]}”" if odd else "has a part with nothing in it"
            raise Usage(
                f"The host of {what}, {host}, {sign}, and no host does. Type the address anew."
            )
    if labels and _NUMBER.fullmatch(labels[-1]):
        _refuse_number(host, what)
    _refuse_lookalike(labels, host, what)


def _refuse_number(host: str, what: str) -> None:
    """Browsers read 2130706433 and 0x7f.1 as 127.0.0.1 (WHATWG URL, "ends in a number")."""
    try:
        _ = IPv4Address(host)
    except ValueError:
        raise Usage(
            f"The host of {what}, {host}, is a number that browsers read as another address. Write the "
            "host's name, or its address as four numbers."
        ) from None


def _refuse_lookalike(labels: list[str], host: str, what: str) -> None:
    for label in labels:
        letters = set(filter(str.isalpha, label))
        scripts = set(map(_script, letters))
        if len(scripts) > 1 and not any(scripts <= allowed for allowed in _TOGETHER):
            raise Usage(
                f"The host of {what}, {host}, mixes the letters of several scripts in one word "
                f"({', '.join(sorted(scripts)).lower()}), as look-alikes do. Nothing was saved; "
                "type the address anew."
            )
        if letters and letters <= _AS_LATIN and labels[-1].isascii():
            raise Usage(
                f"The host of {what}, {host}, looks like Latin letters and is "
                f"{_script(min(letters)).title()}, as look-alikes are. Nothing was saved; type the "
                "address anew, or give its host as xn--…."
            )


def _labels(host: str) -> list[str]:
    return re.split("[.。]", host.removesuffix(".").removesuffix("。"))


def _refuse_lookalikes_within(text: str, what: str) -> None:
    if text.isascii():
        return
    for start, end in addresses.in_text(text):
        with suppress(ValueError):
            host = unicodedata.normalize("NFKC", urlsplit(text[start:end]).hostname or "")
            _refuse_lookalike(_labels(host), host, f"a link in {what}")
    for found in _BARE_HOST.finditer(text):
        host = unicodedata.normalize("NFKC", found[0]).lower()
        labels = _labels(host)
        # Networks link it all the same. Other scripts run into a host without a blank, and honestly.
        scripts = set(map(_script, filter(str.isalpha, host)))
        if scripts <= _ALPHABETS and not host.isascii() and top_level(labels[-1], 0):
            _refuse_lookalike(labels, host, f"a link in {what}")


def _script(letter: str) -> str:
    return unicodedata.name(letter, "unknown").split()[0]


def refuse_marks(markup: Markup, accounts: Collection[Account]) -> None:
    """Raises Usage for a Markdown post to a network whose readers would see the marks themselves."""
    from publisher.networks import network  # noqa: PLC0415  # adapters are imported on first use

    if markup == "plain":
        return
    marks = [a.id for a in accounts if network(a.network).traits.markup != "markdown"]
    if marks:
        raise Usage(
            f"--markdown: readers of {', '.join(marks)} would see the marks as they were typed. Write "
            "a post of its own for the accounts that show Markdown."
        )
