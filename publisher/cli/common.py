"""What every command shares: who acts, over which database, and how an answer is shown."""

import errno
import json
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from unicodedata import east_asian_width

import typer

from publisher import unix
from publisher.errors import Do, NotFound, Usage
from publisher.words import ENGLISH, moment, part, word

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.app import App
    from publisher.config import Config
    from publisher.desk.session import OsUser, Session
    from publisher.roles import Actor
    from publisher.store import Tx

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
    from publisher.cli.acts import told

    config = config or configuration()
    file = sqlite_file(config)
    if file is not None and not file.exists():
        raise NotFound("look.no_database", Do("operate", {"how": "upgrade"}))
    made = app.build(config)
    made.store.say = lambda said, acts: say(told(said, [act.json() for act in acts], mine()))
    return made


def say(text: str) -> None:
    """A note or an error, for the person, on stderr."""
    from publisher.log import plain, redact

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
def session(as_: str = "") -> Iterator["Session"]:
    """Whoever types this, at the desk of the configured installation."""
    from publisher.desk.session import Session

    made = opened()
    try:
        yield Session(made.store, credential(as_))
    finally:
        made.store.close()


@contextmanager
def reading(as_: str = "") -> Iterator["Tx"]:
    """One consistent look at the database, by somebody who may."""
    with session(as_) as mine, mine.reading() as tx:
        yield tx


@contextmanager
def writing(as_: str = "") -> Iterator["Tx"]:
    """One transaction of a person; the daemon is woken after it."""
    with session(as_) as mine, mine.writing() as tx:
        yield tx


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


def reads(who: "Actor") -> str:
    """The language that this person reads: their own, else the company's."""
    return who.lang or configuration().company.lang


_READS: ContextVar[Callable[[], str]] = ContextVar("reads", default=lambda: language(()))


def asked_by(argv: Sequence[str]) -> None:
    """This is the command; who reads its answer is looked up once, when something is said."""
    _READS.set(cache(partial(language, argv)))


def mine() -> str:
    """The language of whoever typed this command."""
    return _READS.get()()


def spoken(code: str, *acts: Do, **values: Any) -> str:
    """A sentence for whoever typed this command, with the commands that it leads to."""
    from publisher.cli.acts import told

    return told(part(code, **values), [act.json() for act in acts], mine())


def language(argv: Sequence[str]) -> str:
    """What whoever typed this command reads, as far as config.toml says; else English."""
    try:
        config = configuration()
    except Exception:  # noqa: BLE001  # what is wrong is said all the same
        return ENGLISH
    typed = (said for flag, said in pairwise(argv) if flag == "--as")
    sample = next(typed, os.environ.get("PUBLISHER_AS", ""))
    user = os_user()[0]
    mine = (
        p for p in config.people.values() if p.id == sample or (not sample and user in p.os_users)
    )
    return next((p.lang for p in mine), "") or config.company.lang


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
    from publisher.read.view import plain

    line(json.dumps(plain(value), ensure_ascii=False, indent=1))


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
    from publisher.invisible import JOINERS
    from publisher.log import plain

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


def clock_of(at: "datetime", zone: str) -> str:
    """A time on the account's clock: `Tue 2026-11-24 09:00 (Asia/Tokyo)`."""
    return moment(at, mine(), zone)
