"""The text of a post: how long it is on Mastodon, and how it reads when it comes back as HTML.

A link counts as if it had a fixed length, and who is mentioned without their server, which readers
do not see either; apart from that a letter with its marks, or an emoji of several code points, is
one character. A newer emoji is counted by its parts, which is never too little.
"""

import html
import re
import unicodedata

from publisher.networks.text import autolink, emoji
from publisher.networks.text.count import FAR_OVER
from publisher.networks.text.weight import normal

_PROTOCOL = re.compile("https?://", re.IGNORECASE)  # what has none is no link there
_MENTION = re.compile(r"(?<![=/\w])@([A-Za-z0-9_]+(?:[.-]+[A-Za-z0-9_]+)*)@\w+(?:[.-]+\w+)*")
_LINE_END = re.compile(r"<br ?/?>")
_BLOCK_END = re.compile("</p>")
_TAG = re.compile("<[^<>]*>")


def length(text: str, limit: int, url: int) -> int:
    """As the server counts it, `url` characters for a link; of far too long a text, its code points."""
    if len(text) > FAR_OVER * limit:
        return len(text)
    text = normal(text)
    count = at = 0
    for link in autolink.links(text):
        if _PROTOCOL.match(text, link.start):
            count += _characters(text[at : link.start]) + url
            at = link.start + link.size
    return count + _characters(text[at:])


def near(text: str) -> str:
    """The text with everybody who is mentioned as if they were on this server."""
    return _MENTION.sub(r"@\1", text)


def words(content: str) -> str:
    """The text that the server made this HTML of, mentions as in `near`."""
    lines = _BLOCK_END.sub("\n\n", _LINE_END.sub("\n", content))
    return near(html.unescape(_TAG.sub("", lines)).strip())


def _characters(text: str) -> int:
    text = near(text)
    if text.isascii():
        return len(text)
    if emoji.JOINTS.search(text):
        text = emoji.pattern().sub("\ufffd", text)
    return sum(unicodedata.category(each)[0] != "M" for each in text)
