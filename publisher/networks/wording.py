"""How text, link and notice become one message, and how two messages are compared."""

import re
import unicodedata

BLOCK = "\n\n"  # a blank line, so that a URL can never run into the notice


def compose(text: str, *, link: str = "", notice: str = "") -> str:
    """The text, then the link unless it is in it already, then the notice unless it was typed."""
    blocks = [text.rstrip()]
    if link and not _names(text, link):
        blocks.append(link)
    if notice and not _has_line(text, notice):
        blocks.append(notice)
    return BLOCK.join(block for block in blocks if block)


def _names(text: str, link: str) -> bool:
    """The whole link, not the beginning of a longer one."""
    return re.search(re.escape(link) + r"(?![\w/?#&=%~-])", text) is not None


def _has_line(text: str, notice: str) -> bool:
    """The notice stands on its own, not within a sentence about it."""
    lines = plain(text).splitlines()
    wanted = plain(notice).splitlines()
    size = len(wanted)
    return any(lines[at : at + size] == wanted for at in range(len(lines) - size + 1))


def plain(text: str) -> str:
    """A form for comparing: NFC, no blanks around lines, one blank line in a row at most."""
    lines = (line.strip() for line in unicodedata.normalize("NFC", text).splitlines())
    return re.sub(r"\n{3,}", BLOCK, "\n".join(lines)).strip()


def alike(one: str, other: str, *, notice: str = "", share: float = 0.6) -> bool:
    """Whether most of the shorter text occurs in the longer (by groups of three characters).

    Notice and addresses are left out, because posts share them; a text that is nothing else is
    alike only to its equal.
    """
    if plain(one) == plain(other):
        return True
    first, second = (_threes(_own_words(text, notice)) for text in (one, other))
    smaller = min(len(first), len(second))
    return smaller > 0 and len(first & second) >= share * smaller


def _own_words(text: str, notice: str) -> str:
    words = plain(text)
    if notice:
        words = words.replace(plain(notice), "")
    return re.sub(r"https?://\S+", "", words)


def _threes(text: str) -> set[str]:
    letters = "".join(text.casefold().split())
    return {letters[at : at + 3] for at in range(max(len(letters) - 2, 1))} if letters else set()
