"""The edge of the command line: errors become one sentence and an exit code, never a trace."""

import errno
import io
import os
import sys
from collections.abc import Sequence

from typer import Abort
from typer.exceptions import TyperException

from publisher.cli.acts import problem
from publisher.cli.common import asked, asked_by, mine, say, spoken, unheard
from publisher.cli.mistakes import mistake
from publisher.errors import Do, Problem, TryAgain
from publisher.words import part, say_part

INTERRUPTED = 130
_OF_SHAPE = (KeyError, IndexError, TypeError, AttributeError, ValueError)
TIME = ("--time", "--when", "--date", "--on")  # what people type for --at


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and exit: 0 ok, 1 failure, 2 usage, 3 policy, 4 config, 5 not permitted,
    6 not found, 7 conflict, 8 partly done, 75 try again.
    """
    _prepare_streams()
    code = run(list(sys.argv[1:] if argv is None else argv))
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        unheard()
    sys.exit(code)


def run(argv: list[str]) -> int:  # noqa: PLR0911  # one return for each way to end
    """The exit code of one command."""
    from publisher.cli.commands import app  # typer is imported on first use

    asked_by(argv)
    if any(not _encodable(argument) for argument in argv):
        say(spoken("typed.no_utf8"))
        return 2
    try:
        code = app(argv, standalone_mode=False, prog_name="publisher")
    except Problem as error:
        say(problem(error, mine(), argv))
        return error.exit_code
    except Abort:
        return INTERRUPTED
    except TyperException as error:
        _show(error, argv)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as ended:  # the sandbox's own options; typer's answer to a closed pipe
        return ended.code if isinstance(ended.code, int) else 1
    except Exception as error:  # noqa: BLE001  # a person gets a sentence, whatever happened
        return _unexpected(error)
    return code if isinstance(code, int) else 0


def _prepare_streams() -> None:
    """Closed ones lead nowhere; one of another encoding shows an escape for what it lacks."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    sys.stdout = sys.stdout or os.fdopen(nowhere, "w", encoding="utf-8")
    sys.stderr = sys.stderr or os.fdopen(nowhere, "w", encoding="utf-8", closefd=False)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _encodable(argument: str) -> bool:
    """False for bytes that were no UTF-8: Python smuggles them in as lone surrogates."""
    try:
        argument.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _show(error: TyperException, argv: Sequence[str]) -> None:
    """A mistake in how the command was typed: the usage line, then what is wrong."""
    context = getattr(error, "ctx", None)
    said = error.format_message()
    if said.startswith("Usage:"):
        say(said)
        return
    if context is None:
        say(say_part(mistake(said), mine()))
        return
    typed = getattr(error, "option_name", "")
    if typed and any(map(_is_a_text, argv)):
        as_one = spoken("typed.text_as_option", command=context.command_path)
        say(f"{context.get_usage()}\n{as_one}")
        return
    wrong = mistake(said)
    if typed in TIME and any("--at" in one.opts for one in context.command.params):
        wrong["near"] = part("typed.near", names="--at")
    see = spoken("typed.see", said=wrong, command=context.command_path)
    say(f"{context.get_usage()}\n{see}")


def _is_a_text(argument: str) -> bool:
    """It begins as an option does, and no option has a blank or a Japanese letter in its name."""
    name = argument.partition("=")[0]
    return name.startswith("-") and not (name.isascii() and name.isprintable() and " " not in name)


def _unexpected(error: Exception) -> int:
    if os.environ.get("PUBLISHER_DEBUG"):
        raise error
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        say(spoken("typed.full"))
        return TryAgain.exit_code
    where = asked()
    if where is not None and isinstance(error, _OF_SHAPE):
        seen = f"{type(error).__name__}: {error}"
        say(
            spoken("client.other_shape", Do("read", {"how": "queue"}), where=str(where), error=seen)
        )
        return 1
    say(spoken("typed.unexpected", error=f"{type(error).__name__}: {error}"))
    return 1
