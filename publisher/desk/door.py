"""The one door for what a person hands in: its shape, and what no network should get."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from ipaddress import IPv4Address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from publisher import addresses, invisible
from publisher.content import Account, Content, Kind, Lang, Markup, Media
from publisher.errors import Usage
from publisher.networks.registry import about
from publisher.networks.text.autolink import top_level
from publisher.words import part


@dataclass(frozen=True)
class NewPost:
    """What a person hands in. `at`: "now", "next", or a time; `lang` None: each account's own.

    `thread`: where it is too long for one post it may go in several.
    """

    text: str
    accounts: tuple[str, ...]
    title: str = ""
    link: str = ""
    lang: Lang | None = None
    kind: Kind = "standard"
    markup: Markup = "plain"
    variants: Mapping[str, str] = field(default_factory=dict)
    media: tuple[Media, ...] = ()
    at: str = "now"
    key: str | None = None
    again: bool = False
    embargo_until: datetime | None = None
    thread: bool = False


def content_of(new: NewPost, account: Account) -> Content:
    """What of it is for this account: its variant, else the common words."""
    return Content(
        text=new.variants.get(account.id, new.text),
        title=new.title,
        link=new.link,
        media=new.media,
        lang=new.lang or account.lang,
        kind=new.kind,
        markup=new.markup,
        thread=new.thread,
    )


def checked(new: NewPost) -> NewPost:
    """Refuse what no network should get; raises Usage saying what to change."""
    unknown = set(new.variants) - set(new.accounts)
    if unknown:
        raise Usage("door.variant_elsewhere", field="variants", accounts=sorted(unknown))
    _refuse_twins(new.media)
    return replace(
        new,
        link=checked_link(new.link) if new.link else "",
        text=checked_text(new.text),
        title=_checked_title(new.title),
        variants={name: checked_text(text, variant(name)) for name, text in new.variants.items()},
        media=tuple(
            replace(image, alt=_checked_alt(image.alt, number))
            for number, image in enumerate(new.media, start=1)
        ),
    )


def _refuse_twins(media: Sequence[Media]) -> None:
    """A network knows a picture by one upload: it would show both with one description."""
    names = [image.sha256 for image in media]
    for at, name in enumerate(names):
        if (first := names.index(name)) < at:
            raise Usage("door.twin_images", field="media", number=at + 1, first=first + 1)


def _checked_title(title: str) -> str:
    line = checked_text(title, TITLE) if title else ""
    if "\n" in line:
        raise TITLE.off("door.several_lines")
    return line


def _checked_alt(alt: str, number: int) -> str:
    return checked_text(alt, description(number)) if alt else ""


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
_BARE_HOST = re.compile(r"(?<![\w.@-])(?:[\w-]++\.)+[A-Za-z]{2,24}+(?![\w@-]|\.[\w-])")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
_SIGNS = frozenset("-_·・\u200c\u200d")  # what a host holds besides letters and digits


@dataclass(frozen=True)
class Piece:
    """A piece of what was handed in: its field, the sentence that names it, and what stands in that."""

    field: str
    name: str
    of: str | int = ""

    def off(self, code: str, **values: Any) -> Usage:
        """What is wrong with it, as an error."""
        return Usage(code, field=self.field, what=part(f"piece.{self.name}", of=self.of), **values)

    def link(self) -> "Piece":
        """An address that stands in it."""
        return Piece(self.field, f"link_in_{self.name}", self.of)


TEXT, TITLE, LINK = Piece("text", "text"), Piece("title", "title"), Piece("link", "link")


def variant(account: str) -> Piece:
    """The other words for one account."""
    return Piece("variants", "variant", account)


def description(number: int) -> Piece:
    """What an image shows, in words."""
    return Piece("media", "description", number)


def checked_text(text: str, piece: Piece = TEXT) -> str:
    """The text in NFC; raises Usage for empty, endless, undecodable or invisible text."""
    text = _BREAKS.sub("\n", text.removeprefix("\ufeff")).strip()
    if len(text) > LONGEST:
        raise piece.off("text.endless", length=f"{len(text):,}")
    _refuse_unseen(text, piece)
    _refuse_stacks(text, piece)
    _refuse_lookalikes_within(text, piece.link())
    if all(unicodedata.category(character)[0] in "MZ" or character.isspace() for character in text):
        raise piece.off("text.empty")
    return unicodedata.normalize("NFC", text)


def checked_link(link: str) -> str:
    """The web address as it was given; raises Usage for one that leads elsewhere than it seems to.

    Blanks around it and angle brackets, as mail programs write them, are left out.
    """
    link = link.strip()
    if link.startswith("<") and link.endswith(">"):
        link = link[1:-1]
    if not link.lower().startswith(("https://", "http://")):
        raise LINK.off("text.no_address", link=link)
    if len(link) > LONGEST_LINK:
        raise LINK.off("text.long_link", length=f"{len(link):,}", limit=f"{LONGEST_LINK:,}")
    _refuse_unseen(link, LINK)
    if re.search(r"\s", link):
        raise LINK.off("text.blank")
    if "\\" in link:
        raise LINK.off("text.backslash")
    _refuse_host(_split(link))
    if sign := addresses.sign_behind(link):
        raise LINK.off("text.sign_behind", sign=sign, written=addresses.percent(sign))
    return link


def _refuse_unseen(text: str, piece: Piece) -> None:
    at = invisible.first(text)
    if at is None:
        return
    if unicodedata.category(text[at]) == "Cs":
        raise piece.off("text.undecodable", place=at + 1)
    raise piece.off("text.unseen", character=invisible.name(text[at]), place=at + 1)


def _refuse_stacks(text: str, piece: Piece) -> None:
    marks = 0
    for at, character in enumerate(text):
        # By category: what encloses, and some vowels, have no combining class, and stack as well.
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks > MOST_MARKS:
            raise piece.off("text.stacked", most=MOST_MARKS, place=at + 1)


def _split(link: str) -> SplitResult:
    try:
        parts = urlsplit(link)
        _ = parts.port  # raises ValueError for one that is none
    except ValueError:
        raise LINK.off("text.unreadable") from None
    if "@" in parts.netloc:
        raise LINK.off("text.user", host=parts.hostname)
    return parts


def _refuse_host(parts: SplitResult) -> None:
    host = unicodedata.normalize("NFKC", parts.hostname or "")
    if not host.strip("."):
        raise LINK.off("text.no_host")
    labels = [] if ":" in host else _labels(host)
    for label in labels:
        odd = [c for c in label if unicodedata.category(c)[0] not in "LMN" and c not in _SIGNS]
        if odd:
            raise LINK.off("text.odd_host", host=host, sign=odd[0])
        if not label:
            raise LINK.off("text.gap_in_host", host=host)
    if labels and _NUMBER.fullmatch(labels[-1]):
        _refuse_number(host)
    _refuse_lookalike(labels, host, LINK)


def _refuse_number(host: str) -> None:
    """Browsers read 2130706433 and 0x7f.1 as 127.0.0.1 (WHATWG URL, "ends in a number")."""
    try:
        _ = IPv4Address(host)
    except ValueError:
        raise LINK.off("text.number", host=host) from None


def _refuse_lookalike(labels: list[str], host: str, piece: Piece) -> None:
    for label in labels:
        letters = set(filter(str.isalpha, label))
        scripts = set(map(_script, letters))
        if len(scripts) > 1 and not any(scripts <= allowed for allowed in _TOGETHER):
            mixed = [script.lower() for script in sorted(scripts)]
            raise piece.off("text.mixed", host=host, scripts=mixed)
        if letters and letters <= _AS_LATIN and labels[-1].isascii():
            script = part(f"script.{_script(min(letters)).lower()}")
            raise piece.off("text.lookalike", host=host, script=script)


def _labels(host: str) -> list[str]:
    return re.split("[.。]", host.removesuffix(".").removesuffix("。"))


def _refuse_lookalikes_within(text: str, link: Piece) -> None:
    if text.isascii():
        return
    for start, end in addresses.in_text(text):
        with suppress(ValueError):
            host = unicodedata.normalize("NFKC", urlsplit(text[start:end]).hostname or "")
            _refuse_lookalike(_labels(host), host, link)
    for found in _BARE_HOST.finditer(text):
        host = unicodedata.normalize("NFKC", found[0]).lower()
        labels = _labels(host)
        # Networks link it all the same. Other scripts run into a host without a blank, and honestly.
        scripts = set(map(_script, filter(str.isalpha, host)))
        if scripts <= _ALPHABETS and not host.isascii() and top_level(labels[-1], 0):
            _refuse_lookalike(labels, host, link)


def _script(letter: str) -> str:
    return unicodedata.name(letter, "unknown").split()[0]


def refuse_thread(new: NewPost, accounts: Collection[Account]) -> None:
    """Raises Usage for a thread where no network has any: its author believes that it goes in parts."""
    if new.thread and not any(about(account.network).threads for account in accounts):
        raise Usage("threads.nowhere", field="thread", accounts=[a.id for a in accounts])


def refuse_marks(markup: Markup, accounts: Collection[Account]) -> None:
    """Raises Usage for a Markdown post to a network whose readers would see the marks themselves."""
    if markup == "plain":
        return
    marks = [a.id for a in accounts if about(a.network).markup != "markdown"]
    if marks:
        raise Usage("text.marks", field="markup", accounts=marks)
