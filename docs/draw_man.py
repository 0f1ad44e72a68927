"""Draws docs/publisher.1, the manual page, from the commands themselves: python docs/draw_man.py"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from publisher import __version__
from publisher.cli.commands import app

PAGE = Path(__file__).parent / "publisher.1"

HEAD = f""".\\" Drawn by docs/draw_man.py.
.TH PUBLISHER 1 "" "Publisher {__version__}" "User Commands"
.SH NAME
publisher \\- the desk and the daemon through which every official post goes out
.SH SYNOPSIS
.B publisher
.RI [ options ]
.I command
.RI [ arguments ]
.SH DESCRIPTION
People write posts into a queue through a desk; a daemon releases each when the written policy lets it go, once.
Commands ask the desk: whoever types them is who the operating system says, or who signed in with
.BR "publisher login" .
What works without a desk opens the files itself, as the user they belong to.
"""

VALUES = {"int": "NUMBER", "Path": "FILE"}

ENVIRONMENT = (
    (
        "PUBLISHER_URL",
        "The desk's address elsewhere; with PUBLISHER_TOKEN, or a sign-in that is kept.",
    ),
    ("PUBLISHER_TOKEN", "An API token for that desk."),
    ("PUBLISHER_SOCKET", "The desk's socket on this machine."),
    ("PUBLISHER_CONFIG", "config.toml, where it does not lie in this folder."),
    ("PUBLISHER_AS", "A sample person of the demonstration to act as."),
    ("PUBLISHER_DEBUG", "Where something unexpected happened, show all of it."),
    ("NO_COLOR", "Emphasize nothing."),
)

TAIL = """.SH COMPLETION
.B publisher \\-\\-install\\-completion
sets it up for the shell that it is typed in: bash, zsh or fish. A new shell has it.
.SH SEE ALSO
.BR systemd (1)
.br
README.md and docs/ of the installation say how it is run, and what each answer in JSON holds.
"""


def plain(text: str) -> str:
    """As roff takes it: no escapes, and no line that begins as a request does."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return re.sub(r"^(?=\.)", "\\\\&", text, flags=re.MULTILINE)


def bold(text: str) -> str:
    """In bold, within a line."""
    return f"\\fB{plain(text)}\\fR"


def paragraphs(text: str) -> Iterator[str]:
    """What a command says of itself."""
    for number, one in enumerate(re.split(r"\n\s*\n", text.strip())):
        yield (".PP\n" if number else "") + plain(" ".join(one.split()))


def usage(name: str, command: Any) -> str:
    """The command with what it takes."""
    given = [one for one in command.params if one.param_type_name == "argument"]
    words = [_word(one) for one in given]
    return " ".join([bold(f"publisher {name}"), "[\\fIoptions\\fR]", *words])


def _word(argument: Any) -> str:
    said = plain((argument.metavar or argument.name).upper())
    return f"\\fI{said}\\fR" if argument.required else f"[\\fI{said}\\fR]"


def options(command: Any) -> Iterator[str]:
    """Each argument that has something to say, and each option."""
    for one in command.params:
        if one.param_type_name == "argument":
            if one.help:
                yield f".TP\n{_word(one)}\n{plain(one.help)}"
            continue
        names = ", ".join(bold(each) for each in (*one.opts, *one.secondary_opts))
        value = (
            ""
            if one.is_flag
            else f" \\fI{plain(one.metavar or VALUES.get(one.bare_type, 'TEXT'))}\\fR"
        )
        yield f".TP\n{names}{value}\n{plain(one.help)}"


def one_command(name: str, command: Any) -> Iterator[str]:
    """A command, or the commands of a group."""
    inner = getattr(command, "commands", None)
    if inner:
        for below, one in inner.items():
            yield from one_command(f"{name} {below}", one)
        if not getattr(command, "invoke_without_command", False):
            return
    yield f".SS {plain(name)}"
    yield usage(name, command)
    yield ".PP"
    yield from paragraphs(command.help or "")
    yield from options(command)


def exits() -> Iterator[str]:
    """What a command ends with, and why: as the page of JSON says it."""
    said = (PAGE.parent / "json.md").read_text(encoding="utf-8")
    for code, why in re.findall(r"^\| (\d+) \| (.+) \|$", said, re.MULTILINE):
        yield f".TP\n.B {code}\n{plain(why.replace('`', ''))}"


def page() -> str:
    """The whole page."""
    root: Any = typer.main.get_command(app)
    lines = [".SH OPTIONS", *options(root)]
    panels: dict[str, list[str]] = {}
    for name, command in root.commands.items():
        panels.setdefault(command.rich_help_panel, []).extend(one_command(name, command))
    for panel, said in panels.items():
        lines += [f".SH {panel.upper()}", *said]
    lines += [".SH EXIT STATUS", *exits(), ".SH ENVIRONMENT"]
    lines += [f".TP\n.B {name}\n{plain(said)}" for name, said in ENVIRONMENT]
    return HEAD + "\n".join(lines) + "\n" + TAIL


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
