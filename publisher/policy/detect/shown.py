"""What a reader sees of what is sent: which paragraphs, whole and at the top level, and which links.

It knows nothing of how a text was composed or escaped: it reads what goes out, as the network will
show it. Where it is in doubt whether something is seen, it is not.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from functools import cache, lru_cache
from html import unescape
from html.parser import HTMLParser
from itertools import groupby
from typing import Any

from publisher import addresses

LONGEST = 400_000  # characters; nothing so long is sent
_VOID = frozenset(
    "area base br col embed hr img input link meta source track wbr".split()  # noqa: SIM905
)
_HARMLESS = frozenset("a b br em i img strong wbr".split())  # noqa: SIM905
# In which a link is plain to see.
_OPEN_TO_ALL = frozenset(
    "a b em h1 h2 h3 h4 h5 h6 i li ol p strong table tbody td th thead tr ul".split()  # noqa: SIM905
)
_HARMLESS_ATTRIBUTES = frozenset(("href", "rel", "target", "src", "alt"))
# Containers that boards know, and whatever is closed somewhere, since plugins bring their own.
_CONTAINERS = frozenset(
    "blur code details excerpt fold grid hide poll quote spoiler wrap".split()  # noqa: SIM905
)
_TAG = re.compile(r"\[(/?)([A-Za-z][\w-]{0,29})(?:[= ][^\]\n]{0,200})?\](?![(\[:])")
# Lines between which stands a formula; without the second one all that follows is one.
_FORMULAS = {"$$": "$$", "\\[": "\\]"}
_CLOSING = re.compile(r"\[/([A-Za-z][\w-]{0,29})\]")


@lru_cache(maxsize=4096)  # as many as are kept rendered: what is rehearsed is judged again when due
def paragraphs(source: str, markup: str) -> tuple[str, ...]:
    """The visible paragraphs of `source`, which is "plain", "markdown" or "html"."""
    if len(source) > LONGEST:
        return ()
    match markup:
        case "plain":
            lines = source.splitlines()
            blocks = groupby(lines, key=lambda line: bool(line.strip()))
            return tuple("\n".join(block) for filled, block in blocks if filled)
        case "html":
            return _of_page(source)
        case "markdown":
            return _of_page(_page_of(source))
    raise ValueError(markup)


def links(source: str) -> tuple[str, ...]:
    """Where the links lead that a reader sees in this Markdown, and the addresses in its words."""
    if len(source) > LONGEST:
        return ()
    page = _read(_page_of(source))
    return (*page.targets, *addresses.plain_in_text("".join(page.words)))


def _page_of(markdown: str) -> str:
    closed = {found[1].lower() for found in _CLOSING.finditer(markdown)}
    return _markdown()(markdown, {"containers": _CONTAINERS | closed})


def _of_page(html: str) -> tuple[str, ...]:
    return tuple(_read(html).found)


def _read(html: str) -> "_Page":
    page = _Page()
    with suppress(_Unfinished):
        page.feed(_without_comments(html))
        page.close()
    return page


def _without_comments(html: str) -> str:
    """Up to the first thing that is no plain comment: who knows where a browser ends that."""
    kept, at = [], 0
    while (start := html.find("<!", at)) >= 0:
        end = html.find("-->", start + 4)
        inside = html[start + 4 : end]
        plain = html.startswith("<!--", start) and not inside.startswith((">", "->"))
        kept.append(html[at:start])
        if end < 0 or not plain or "<!--" in inside or "--!>" in inside:
            return "".join(kept)
        at = end + 3
    return "".join([*kept, html[at:]]).partition("<?")[0]


class _Unfinished(Exception):
    """A tag that never ends: a reader may see anything or nothing of the rest."""


class _Page(HTMLParser):
    """Collects the paragraphs that stand in no other element and hold nothing but text and links.

    And `targets` of links with words to be clicked on, and the `words` that stand in no link.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[str] = []
        self.targets: list[str] = []
        self.words: list[str] = []
        self._target = ""
        self._open: list[str] = []
        self._text: list[str] = []
        self._counts = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "p":
            self._counts = not self._open and not attrs
            self._text = []
        elif tag not in _HARMLESS or {name for name, _ in attrs} - _HARMLESS_ATTRIBUTES:
            self._counts = False
        if tag == "br":
            self._text.append("\n")
        if tag not in _VOID:
            self._open.append(tag)
        if tag == "a":
            self._target = dict(attrs).get("href") or ""
        self.words.append("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)  # HTML knows no closing slash

    def handle_endtag(self, tag: str) -> None:
        if self._open[-1:] == [tag]:
            self._open.pop()
        elif tag in self._open:
            self._counts = False  # what was left open reaches into all that follows
            self._open.reverse()
            self._open.remove(tag)
            self._open.reverse()
        if tag == "p":
            if self._counts and not self._open:
                self.found.append("".join(self._text))
            self._counts = False

    def handle_data(self, data: str) -> None:
        if "<" in data:
            raise _Unfinished
        self._say(data)

    def handle_entityref(self, name: str) -> None:
        self._say(unescape(f"&{name};"))

    def handle_charref(self, name: str) -> None:
        self._say(unescape(f"&#{name};"))

    def _say(self, text: str) -> None:
        self._text.append(text)
        if not _OPEN_TO_ALL.issuperset(self._open):
            return
        if "a" not in self._open:
            self.words.append(text)
        elif text.strip() and self._target:
            self.targets.append(self._target)
            self._target = ""


@cache
def _markdown() -> Callable[[str, dict[str, Any]], str]:
    """CommonMark with what boards add to it: tables, strike-through, containers in brackets."""
    from markdown_it import MarkdownIt  # noqa: PLC0415  # only boards need it

    parser = MarkdownIt("commonmark", {"breaks": True}).enable(["table", "strikethrough"])
    parser.inline.ruler.before("link", "container", _container)
    parser.block.ruler.before(
        "code", "formula", _formula, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )

    def render(source: str, env: dict[str, Any]) -> str:
        return str(parser.render(source, env))

    return render


def _container(state: Any, silent: bool) -> bool:  # noqa: FBT001  # the parser's own signature
    """`[details]` as an element, which closes only where `[/details]` stands."""
    found = _TAG.match(state.src, state.pos)
    if found is None or found[2].lower() not in state.env["containers"]:
        return False
    if not silent:
        token = state.push("html_inline", "", 0)
        token.content = f"<{found[1]}in-{found[2].lower()}>"
    state.pos = found.end()
    return True


def _formula(state: Any, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001  # the parser's
    """From a line `$$` to the next one, or to the end of everything around it."""
    closing = _FORMULAS.get(_line(state, start))
    if closing is None:
        return False
    if not silent:
        last = next((n for n in range(start + 1, end) if _line(state, n) == closing), None)
        token = state.push("html_block", "", 0)
        token.content = "<in-formula>" if last is None else "<hr>\n"
        state.line = end if last is None else last + 1
    return True


def _line(state: Any, number: int) -> str:
    begin = state.bMarks[number] + state.tShift[number]
    return str(state.src[begin : state.eMarks[number]].rstrip())
