"""The one door for what a person hands in: its shape, and what no network should get."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from publisher.content import Kind, Lang, Markup, Media
from publisher.desk.words import TITLE, checked_link, checked_text, description, variant
from publisher.errors import Usage


@dataclass(frozen=True)
class NewPost:
    """What a person hands in. `at`: "now", "next", or a time; `lang` None: each account's own."""

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
