"""The content of a WordPress post as blocks, in which nothing but our own markup acts.

WordPress changes what it shows: curly quotes, dashes, `2x4`, smileys, "Wordpress", shortcodes,
addresses on a line of their own. So every character that could take part in that stands as a
numeric entity: a reader sees exactly what was approved.
"""

import html
import re
from collections.abc import Mapping
from typing import Any

from publisher import addresses
from publisher.content import Media, Rendered

NO_BREAK = "\N{NO-BREAK SPACE}"
_ACTIVE = re.compile(
    r"[\"'`<>&\[\]\\*_~#{}]"  # quotes, markup, entities, shortcodes, Markdown
    r"|[:;](?=\S)|8(?=[O)-])"  # the beginning of a smiley, or of what follows http
    r"|\.(?=\.)|(?<=\.)\.|-(?!\w)|(?<!\w)-"  # the dots of "...", and any dash that joins no words
    r"|(?<=\d)x(?=\d)|\((?=tm\))|W(?=ordpress)"  # 2x4 becomes 2×4, Wordpress WordPress
)
_BLANKS = re.compile(r"(?<= ) |^ ", re.MULTILINE)
_TAB = "    "

Pictures = Mapping[str, Mapping[str, Any]]


def article(rendered: Rendered, pictures: Pictures) -> str:
    """Paragraphs, images, and the notice last.

    `pictures` maps sha256 to what the upload was noted as; raises KeyError when one is missing.
    """
    text = rendered.text
    foot = rendered.disclaimer if text.endswith(rendered.disclaimer) else ""
    body = text.removesuffix(foot)
    figures = [_figure(medium, pictures) for part in rendered.parts for medium in part.media]
    blocks = [*_paragraphs(body, rendered.link), *figures, *_paragraphs(foot, rendered.link)]
    return "\n\n".join(blocks)


def literal(text: str) -> str:
    """The text as HTML that WordPress shows as it is, be it a title or a line of a paragraph."""
    return _ACTIVE.sub(lambda found: f"&#{ord(found[0]):03d};", text)


def _paragraphs(text: str, link: str) -> list[str]:
    blocks = [block.strip(" \t\r\n") for block in re.split(r"\n[^\S\n]*\n", text)]
    return [_block("paragraph", f"<p>{_lines(block, link)}</p>") for block in blocks if block]


def _lines(block: str, link: str) -> str:
    spaced = _BLANKS.sub(NO_BREAK, block.replace("\t", _TAB))  # HTML would run blanks together
    made, at = "", 0
    for start, found in addresses.in_text(spaced):
        whole = bool(link) and spaced.startswith(link, start)  # with Japanese in its path
        end = max(found, start + len(link)) if whole else found
        address = spaced[start:end]
        made += literal(spaced[at:start])
        made += f'<a href="{_attribute(address)}">{literal(address)}</a>'
        at = end
    return (made + literal(spaced[at:])).replace("\n", "<br>")


def _figure(medium: Media, pictures: Pictures) -> str:
    """As the block editor writes it: WordPress then adds width, height and `srcset` by the number."""
    picture = pictures[medium.sha256]
    number, size = int(picture["id"]), picture.get("size", "full")
    image = (
        f'<img src="{_attribute(picture["url"])}" alt="{_attribute(medium.alt)}"'
        f' class="wp-image-{number}"/>'
    )
    figure = f'<figure class="wp-block-image size-{size}">{image}</figure>'
    more = f' {{"id":{number},"sizeSlug":"{size}","linkDestination":"none"}}'
    return _block("image", figure, more)


def _attribute(text: str) -> str:
    return html.escape(text).replace("[", "&#091;").replace("]", "&#093;")


def _block(name: str, inner: str, more: str = "") -> str:
    return f"<!-- wp:{name}{more} -->\n{inner}\n<!-- /wp:{name} -->"
