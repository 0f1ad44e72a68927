"""One Discourse topic as values: the title and Markdown that we send, and reading them back."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from publisher.clock import from_rfc3339
from publisher.content import Account, Content, Media, Part, Rendered
from publisher.networks import Intent
from publisher.networks.discourse import ABOUT
from publisher.networks.text.longform import first_line, key_name
from publisher.networks.text.markdown import escaped
from publisher.networks.wire.fields import number_at, text_at
from publisher.networks.wire.http import Answer, Result, retry_after
from publisher.networks.wire.listing import Own

CHOSEN_TITLE = 100  # characters of the text that stand in for a title
LOOKED_AT = 5_000  # characters among which they are looked for
ADDRESS = "upload://" + "x" * 34  # as long as the address of an image
# As Discourse makes them. It goes into the post behind what was judged: nothing else may.
_UPLOADED = re.compile(r"upload://[A-Za-z0-9_-]{1,64}(?:\.[A-Za-z0-9]{1,10})?")
Post = Mapping[str, Any]
_WORDS = ("text", "code_inline")
_SEEN_AS = {"softbreak": " ", "hardbreak": " "}
# The site settings by which a board is asked for its limits.
SETTINGS = {
    "title_min": "min_topic_title_length",
    "title_max": "max_topic_title_length",
    "text_min": "min_first_post_length",
    "text_max": "max_post_length",
}
# Neither part may hold what another image could begin with: so it is read in one go.
IMAGE = re.compile(r"!\[(?:[^\[\]\\\n]|\\[^\n])*\]\(upload://[^()\n]*\)")


def title_of(content: Content, account: Account) -> str:
    """The author's title, else the first line; a shorter one than the board takes is filled up.

    Only with the rest of the author's text: what is too short then needs a title of its own.
    """
    if content.title:
        return content.title
    limits = {**ABOUT.site_limits, **account.limits}
    text = unmarked(content.text) if content.markup == "markdown" else content.text
    line = first_line(text, CHOSEN_TITLE)
    if len(line) < limits["title_min"]:
        line = first_line(" ".join(text.split()), CHOSEN_TITLE)
    return line[: limits["title_max"]]


@lru_cache(maxsize=256)
def unmarked(markdown: str) -> str:
    """The words of a Markdown text, a line for each block: a title knows no marks."""
    from markdown_it import MarkdownIt  # noqa: PLC0415  # only boards need it

    blocks = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown[:LOOKED_AT])
    return "\n".join(
        "".join(
            each.content if each.type in _WORDS else _SEEN_AS.get(each.type, "") for each in inline
        )
        for inline in (block.children or () for block in blocks)
    )


def limits(settings: Mapping[str, Any]) -> dict[str, int]:
    """What `/site/settings.json` says of the lengths that it takes."""
    said = {name: settings.get(setting) for name, setting in SETTINGS.items()}
    return {k: v for k, v in said.items() if type(v) is int and 0 < v < 1_000_000}


def raw(rendered: Rendered, addresses: Mapping[str, str]) -> str:
    """The Markdown that is sent: of a plain text, one that shows it as it is.

    Images stand before the notice that ends it. `addresses` maps sha256 to the `upload://`
    address; raises KeyError when one is missing.
    """
    text = rendered.text
    foot = rendered.disclaimer if text.endswith(rendered.disclaimer) else ""
    body = text.removesuffix(foot).rstrip()
    pictures = [_image(medium, addresses) for part in rendered.parts for medium in part.media]
    marked = body if rendered.markup == "markdown" else escaped(body)
    return "\n\n".join(block for block in (marked, *pictures, escaped(foot)) if block)


def source(rendered: Rendered) -> str:
    """`raw` before the images have addresses: as long, and shown in the same way."""
    media = (medium for part in rendered.parts for medium in part.media)
    return raw(rendered, dict.fromkeys((medium.sha256 for medium in media), ADDRESS))


def words(text: str) -> str:
    """A form for comparing: Discourse trims, and writes sizes into the images' Markdown."""
    return "".join(unicodedata.normalize("NFC", IMAGE.sub("", text)).split())


def pictured(text: str) -> str:
    """The text with a word for each image, whatever it is called."""
    return IMAGE.sub("[image]", text)


def is_ours(intent: Intent, text: str) -> bool:
    """Whether a topic's text says what this intent says; whatever its images are called."""
    return words(text) == words(source(intent.rendered))


def as_sent(intent: Intent) -> Intent:
    """The intent with its text in the Markdown that was sent, to be compared with the board's."""
    rendered = intent.rendered
    media = tuple(medium for part in rendered.parts for medium in part.media)
    sent = replace(
        rendered,
        parts=(Part(IMAGE.sub("", source(rendered)).strip(), media),),
        disclaimer=escaped(rendered.disclaimer),
    )
    return replace(intent, rendered=sent)


def external_id(intent: Intent) -> str:
    """The key as Discourse takes it: `[A-Za-z0-9_-]`, at most 50 characters, no case."""
    return key_name(intent.key)


def own(intent: Intent, post: Post, url: str) -> Own:
    """A post as the look-up by listing takes it; for moderators' delay the try's time stands in."""
    text = text_at(post, "raw")
    when = min(max(at(post), intent.started_at), intent.not_after)
    return Own(str(post["id"]), url, text, when, len(IMAGE.findall(text)))


def latest(answer: Post) -> list[Post] | None:
    """The posts of `/posts.json`, or None when it cannot be relied on."""
    posts = answer.get("latest_posts")
    try:
        assert isinstance(posts, list)
        return [post for post in posts if post["id"] > 0 and at(post)]
    except (AssertionError, KeyError, TypeError, ValueError):
        return None


def at(post: Post) -> datetime:
    """When it was made (aware UTC). Raises ValueError."""
    return from_rfc3339(text_at(post, "created_at"))


def first_post(answer: Post) -> int | None:
    """The number of a topic's first post, from the topic."""
    stream = answer.get("post_stream")
    posts = stream.get("posts") if isinstance(stream, dict) else None
    for post in posts if isinstance(posts, list) else []:
        if isinstance(post, dict) and post.get("post_number") == 1:
            return number_at(post, "id") or None
    return None


def errors(answer: Answer) -> list[str]:
    """What Discourse itself has to say against a request; [] when these are not its words."""
    listed = answer.fields().get("errors")
    return [str(error) for error in listed] if isinstance(listed, list) else []


def is_deleted(post: Post) -> bool:
    """Does the board say of this post that it was deleted?"""
    return bool(text_at(post, "deleted_at")) or post.get("user_deleted") is True


def uploaded(answer: Post) -> str:
    """The `upload://` address that an upload was given; "" for one of any other form."""
    said = text_at(answer, "short_url")
    return said if _UPLOADED.fullmatch(said) else ""


def is_absent(result: Result) -> bool:
    """Does the board itself say so, and not whatever stands before it?"""
    return isinstance(result, Answer) and result.status in (404, 410) and bool(errors(result))


def wait_until(answer: Answer, now: datetime) -> datetime | None:
    """When a 429 lets us ask again: its header, else `extras.wait_seconds`."""
    extras = answer.fields().get("extras")
    seconds = extras.get("wait_seconds") if isinstance(extras, dict) else None
    told = replace(answer, headers={"Retry-After": str(seconds)}) if seconds else answer
    return retry_after(answer, now) or retry_after(told, now)


def topic_number(location: str) -> int | None:
    """The topic that an address such as `/t/a-slug/12.json` leads to."""
    found = re.search(r"/t/(?:[^/?]+/)?(\d+)(?:\.json)?(?:[/?]|$)", location)
    return int(found[1]) if found else None


def _image(medium: Media, addresses: Mapping[str, str]) -> str:
    alt = re.sub(r"([\[\]\\])", r"\\\1", " ".join(medium.alt.split())).replace("|", "&#124;")
    return f"![{alt}]({addresses[medium.sha256]})"
