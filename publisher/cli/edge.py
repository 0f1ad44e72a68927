"""The edge of the command line: errors become one sentence and an exit code, never a trace."""

import os
import sys
from collections.abc import Sequence

import click

from publisher.errors import PublisherError

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and exit: 0 ok, 1 failure, 2 usage, 3 policy, 4 config, 5 not permitted,
    6 not found, 7 conflict, 8 partly done, 75 try again."""
    sys.exit(run(list(sys.argv[1:] if argv is None else argv)))


def run(argv: list[str]) -> int:
    """The exit code of one command."""
    from publisher.cli.commands import app  # noqa: PLC0415  # typer is imported on first use

    try:
        code = app(argv, standalone_mode=False, prog_name="publisher")
        sys.stdout.flush()
    except PublisherError as error:
        say(str(error))
        return error.exit_code
    except click.exceptions.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader has gone; what was committed is committed
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001  # a person gets a sentence, whatever happened
        return _unexpected(error)
    return code if isinstance(code, int) else 0


def say(text: str) -> None:
    """A note or an error, for the person, on stderr."""
    from publisher.log import plain, redact  # noqa: PLC0415

    for line in text.splitlines():
        print(plain(redact(line)), file=sys.stderr)  # noqa: T201


def _unexpected(error: Exception) -> int:
    if os.environ.get("PUBLISHER_DEBUG"):
        raise error
    say(
        f"Something unexpected happened ({type(error).__name__}: {error}). What was saved before is "
        "saved, this command is not. PUBLISHER_DEBUG=1 shows more; publisher doctor looks around."
    )
    return 1
