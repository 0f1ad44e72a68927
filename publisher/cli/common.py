"""What every command shares: who acts, over which database, and how an answer is shown."""

import errno
import json
import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from unicodedata import east_asian_width

import typer

from publisher import unix
from publisher.cli.acts import told
from publisher.clock import from_rfc3339
from publisher.errors import Do, NotFound, Problem, TryAgain, Usage
from publisher.words import ENGLISH, moment, part, word

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.app import App
    from publisher.client.door import Door
    from publisher.client.where import Where
    from publisher.config import Config
    from publisher.desk.session import OsUser
    from publisher.roles import Actor

As = Annotated[
    str,
    typer.Option(
        "--as", envvar="PUBLISHER_AS", help="Act as a sample person of the demonstration."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON (docs/json.md).")]
PostName = Annotated[
    str, typer.Argument(metavar="POST", help="POST, or POST/ACCOUNT for one account.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is recorded.")]
Why = Annotated[str, typer.Option("--reason", help="Why, if it is worth recording.")]

W = TypeVar("W")

MOST_BYTES = 10_000_000  # of a text; far more than any network takes


def configuration() -> "Config":
    """config.toml of $PUBLISHER_CONFIG or of this folder; raises BadConfig with every problem."""
    from publisher import config

    return config.read(config.find(Path.cwd()), os.environ)


def own() -> "Config":
    """The same for what works on the files themselves: they are whoever's runs this, and nobody else's.

    Raises BadConfig where they are not.
    """
    from publisher.config import owner

    config = configuration()
    if made := owner.keep(config):
        say(spoken("belongs.tightened", count=len(made), user=os_user()[0]))
    return config


def opened(config: "Config | None" = None) -> "App":
    """The configured installation; raises NotFound when it has no database yet."""
    from publisher import app

    config = config or configuration()
    file = sqlite_file(config)
    if file is not None and not file.exists():
        raise NotFound("look.no_database", Do("operate", {"how": "upgrade"}))
    made = app.build(config)
    made.store.say = lambda said, acts: say(told(said, [act.json() for act in acts], mine()))
    return made


def say(text: str) -> None:
    """A note or an error, for the person, on stderr."""
    from publisher.hidden import plain, redact

    with suppress(
        OSError
    ):  # in a pipe or a file too, what was shown stands before what is said of it
        sys.stdout.flush()
    for one in text.splitlines():
        print(plain(redact(one)), file=sys.stderr)  # noqa: T201


def sqlite_file(config: "Config") -> Path | None:
    """Where the SQLite database lies; None for PostgreSQL."""
    kind, _, file = config.database.partition(":///")
    return Path(file.partition("?")[0]) if kind.startswith("sqlite") else None


@contextmanager
def desk(as_: str = "", at: "Where | None" = None) -> Iterator["Door"]:
    """The desk, for whoever types this; what it says beside its answers is said at the end."""
    from publisher.client import where
    from publisher.client.door import Door

    door = Door(at or located(where.find), as_)
    _DOOR.set(door)
    try:
        yield door
    finally:
        door.close()
        for one in door.said:
            say(_heard(one))


def _heard(one: "Mapping[str, Any]") -> str:
    """What the desk said beside an answer; a newer one's code stands for a sentence that is not here."""
    try:
        return told(part(one["code"], **one["args"]), one["acts"], mine())
    except (KeyError, TypeError):
        return str(one)


def data() -> Path:
    """Where the daemon is reached without a desk. Raises BadConfig where config.toml cannot say it."""
    from publisher.client import where

    try:
        return where.data(os.environ, Path.cwd())
    except (OSError, ValueError):
        return configuration().data


def is_down(error: Problem) -> bool:
    """Could the desk do nothing at all, or does nobody know? Then there is the daemon's own line."""
    return error.exit_code == TryAgain.exit_code or error.code == "client.perhaps_done"


def person(made: "App", as_: str) -> "Actor":
    """Who types this, by the register."""
    from publisher.desk.session import actor

    with made.store.read() as tx:
        return actor(tx, credential(as_))


def credential(as_: str = "") -> "OsUser":
    """Whoever types this, as the operating system names them; a sample person for `--as`."""
    from publisher.desk.session import OsUser

    (user, kept), uid = os_user(), login_uid()
    return OsUser(user, kept, "" if uid is None else unix.user_name(uid), as_)


def located(by: Callable[[Mapping[str, str], Path], W]) -> W:
    """Where the desk is. Raises BadConfig, with every problem, where config.toml cannot say it."""
    try:
        return by(os.environ, Path.cwd())
    except (OSError, ValueError):
        configuration()
        raise


_DOOR: ContextVar["Door | None"] = ContextVar("door", default=None)
_ASKED: ContextVar[Callable[[], str]] = ContextVar("asked", default=lambda: language(()))


def asked() -> "Where | None":
    """Where the desk is that has answered this command; None where none has."""
    door = _DOOR.get()
    return door.where if door and door.lang else None


def asked_by(argv: Sequence[str]) -> None:
    """This is the command; who reads its answer is looked up once, when something is said."""
    _DOOR.set(None)
    _ASKED.set(cache(partial(language, argv)))


def mine() -> str:
    """The language of whoever typed this command: as the desk knows it, else as config.toml says."""
    door = _DOOR.get()
    return (door.lang if door else "") or _ASKED.get()()


def spoken(code: str, *acts: Do, **values: Any) -> str:
    """A sentence for whoever typed this command, with the commands that it leads to."""
    return told(part(code, **values), [act.json() for act in acts], mine())


def language(argv: Sequence[str]) -> str:
    """What whoever typed this command reads, as far as config.toml says; else English."""
    from publisher.client import where

    try:
        found = where.settings(os.environ, Path.cwd())
    except (OSError, ValueError):  # what is wrong is said all the same
        return ENGLISH
    company = str(_table(found.get("company")).get("lang") or ENGLISH)
    typed = (said for flag, said in pairwise(argv) if flag == "--as")
    sample, user = next(typed, os.environ.get("PUBLISHER_AS", "")), os_user()[0]
    for name, person in _table(found.get("people")).items():
        users = _table(person).get("os_users", ())
        if name == sample or (not sample and isinstance(users, list) and user in users):
            return str(_table(person).get("lang") or company)
    return company


def _table(value: Any) -> Mapping[str, Any]:
    """What a well-formed config.toml has there; {} where this one has something else."""
    return value if isinstance(value, Mapping) else {}


def os_user() -> tuple[str, str]:
    """The operating-system user, and how the history keeps it: with who logged in, if that differs.

    SUDO_USER is only a hint: anybody can set it.
    """
    name, uid = unix.user_name(os.getuid()), login_uid()
    login = name if uid is None else unix.user_name(uid)
    if login != name:
        return name, f"{name} (logged in as {login})"
    said = os.environ.get("SUDO_USER", name)
    return name, name if said == name else f"{name} (it says: sudo by {said})"


def login_uid() -> int | None:
    """The uid that logged in, of whoever types this; None where none is set."""
    return unix.login_of()


def terminal() -> bool:
    """Is somebody there to be asked?"""
    return sys.stdin.isatty() and sys.stdout.isatty()


def text_of(given: str) -> str:
    """TEXT itself, `-` for standard input, `@FILE` for a file. Raises Usage for what is no UTF-8.

    A text that begins with @ and names no file is meant as it stands: it begins with a mention.
    """
    try:
        if given == "-":
            return sys.stdin.buffer.read(MOST_BYTES).decode("utf-8")
        if given.startswith("@"):
            return _file_or_mention(given)
        given.encode("utf-8")
    except UnicodeError:
        raise Usage("typed.text_no_utf8") from None
    except OSError as error:
        raise Usage("document.unread", path=given[1:], why=error.strerror) from None
    return given


def _file_or_mention(given: str) -> str:
    try:
        return _bytes_of(given[1:]).decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        if len(given.split()) == 1 and ("/" in given or given.endswith((".txt", ".md"))):
            raise
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
    except ValueError as error:  # a NUL: no file has such a name
        if isinstance(error, UnicodeError):
            raise
    given.encode("utf-8")
    return given


def _bytes_of(name: str) -> bytes:
    """A file's bytes. What never ends, or never begins, is refused before it is read."""
    # Not blocking: a pipe that nobody writes to would wait for ever.
    with os.fdopen(os.open(name, os.O_RDONLY | os.O_NONBLOCK), "rb") as stream:
        kind = os.fstat(stream.fileno()).st_mode
        if stat.S_ISDIR(kind):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(kind):
            raise Usage("typed.no_file", file=name)
        return stream.read(MOST_BYTES)


def show_json(value: Any) -> None:
    """One JSON document on standard output."""
    line(json.dumps(value, ensure_ascii=False, indent=1))


def line(text: str) -> None:
    """One line of standard output as it is; when nobody listens any more the work goes on."""
    try:
        print(text)  # noqa: T201
    except BrokenPipeError:
        unheard()


def unheard() -> None:
    """The reader has gone: what was committed is committed, and what follows is said to nobody."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


_BOLD, _NORMAL = "\x01", "\x02"
_KEPT = f"{_BOLD}{_NORMAL}\n\t"


def out(*lines: str) -> None:
    """Lines for a person, on standard output. What could steer a terminal is shown, not obeyed."""
    from publisher.hidden import plain
    from publisher.invisible import JOINERS

    wanted = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    codes = ("\033[1m", "\033[0m") if wanted and os.environ.get("TERM") != "dumb" else ("", "")
    for one in lines:
        pieces = enumerate(_flags_apart(one))
        shown = "".join(
            piece if at % 2 else plain(piece, keep=_KEPT + JOINERS) for at, piece in pieces
        )
        line(shown.replace(_BOLD, codes[0]).replace(_NORMAL, codes[1]))


def _flags_apart(text: str) -> list[str]:
    """The text in pieces, of which each second one is a flag that is made of invisible characters."""
    if text.isascii() or "\U0001f3f4" not in text:
        return [text]
    from publisher.invisible import FLAGS

    return FLAGS.split(text)


def bold(text: str) -> str:
    """Emphasis, where `out` prints to a terminal that wants it."""
    return f"{_BOLD}{text}{_NORMAL}"


def named(group: str, name: str) -> str:
    """A name of ours in the reader's language; one that there is no word for stands as it is."""
    return spoken("problem.plain", said=word(group, name))


def padded(text: str, columns: int) -> str:
    """With blanks up to this width; a letter of Chinese or Japanese takes two columns."""
    wide = sum(east_asian_width(one) in "WF" for one in text)
    return text.ljust(columns - wide)


def clock_of(at: "datetime | str", zone: str) -> str:
    """A time, maybe as RFC 3339, on the account's clock: `Tue 2026-11-24 09:00 (Asia/Tokyo)`."""
    return moment(from_rfc3339(at) if isinstance(at, str) else at, mine(), zone)
