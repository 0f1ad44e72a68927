"""Plain text as Markdown that shows it as it was written, on a board that knows many extensions.

Marks are escaped where they could act. Addresses stay addresses: alone on a line as they are, so
that the board may show a card; within a line in angle brackets, so that they end where they end.
"""

import re

from publisher import addresses

_BLANKS = re.compile(r"[^\S\n]+")
# What begins a list, a heading, a quotation, a rule or a table's second line.
_BLOCK = re.compile(
    r"(?:#{1,6}(?=\s|$)|[-+](?=[\s:|-]|$)|=(?=[=\s]|$)|>|:(?=[-\s]))|(\d{1,9})[.)](?=\s|$)"
)
_MARK = re.compile(
    r"[\\`*\[<|\"'~$]"
    r"|(?<![^\W_])_|_(?![^\W_])"  # between letters it is no mark
    r"|&(?=#?\w)"
    r"|\((?=(?:c|r|pa?|tm)\))"  # from here on: what boards turn into typographic signs
    r"|[.,?!+](?=[.,?!-])|(?<!xn)-(?=[.,?!>-])",  # arrows too; xn--… is a host
    re.IGNORECASE,
)
# Signs that boards turn into pictures, also behind a backslash: an unseen comment parts them.
_PICTURE = re.compile(
    r"(?<!\d):(?=[\w+-]{1,60}:)|8(?=-\))|[:;](?=[-\\'(]{0,5}[()|/$*DOPXop](?:\s|$))"
    r"|\^(?=(?:\\_){1,2}\^(?:\s|$))",
    re.ASCII,
)
_UNSEEN = "<!-- -->"
# A line of its own with which some boards begin a formula, which ends in `\]`: brackets that close
# stay as they are, for they mean nothing where none was opened.
_FORMULA = "\\["
_AS_IT_IS = re.compile(
    r"https?://(?:[A-Za-z0-9.:/?#=%+,@-]|(?<=[A-Za-z0-9])_(?=[A-Za-z0-9])|&(?!#?\w+;)|~(?!~))+"
)


def escaped(text: str) -> str:
    """The Markdown that a board shows as `text`, line by line."""
    return "\n".join(_line(line.rstrip()) for line in text.split("\n"))


def _line(line: str) -> str:
    indent = _BLANKS.match(line)
    before = "".join(map(_blank, indent[0])) if indent else ""
    rest = line[indent.end() :] if indent else line
    if not before and _AS_IT_IS.fullmatch(rest):
        return rest
    done, at = [], 0
    for start, end in addresses.in_text(rest):
        done += [_marks(rest[at:start]), f"<{rest[start:end]}>"]
        at = end
    inline = "".join([*done, _marks(rest[at:])])
    return before + (inline if before else _block(inline))


def _blank(character: str) -> str:
    return {" ": "&nbsp;", "\t": "&nbsp;" * 4}.get(character, f"&#{ord(character)};")


def _block(line: str) -> str:
    if line == _FORMULA:
        return "&#91;"
    found = _BLOCK.match(line)
    if found is None:
        return line
    number = found[1] or ""
    return f"{number}\\{line[len(number) :]}"


def _marks(text: str) -> str:
    return _PICTURE.sub(rf"\g<0>{_UNSEEN}", _MARK.sub(r"\\\g<0>", text))
