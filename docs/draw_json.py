"""Draws docs/json.md from the values that readers get: python docs/draw_json.py"""

from datetime import datetime
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from publisher.policy import Effect
from publisher.read.access import SignIn, Token
from publisher.read.changes import Change, Proposal
from publisher.read.check import Check, When
from publisher.read.exact import Exact, Image, Part
from publisher.read.findings import Finding
from publisher.read.history import Entry, Move, Told, Try
from publisher.read.holds import Hold
from publisher.read.measures import Measure
from publisher.read.passwords import Factor, Invite, Joining, Passkey, PasskeyAsked, Who
from publisher.read.permissions import Asked, Permission, Use
from publisher.read.posts import Delivery, Post, ThreadPart
from publisher.read.register import Account, Deputy, Person, Secret, Window
from publisher.read.search import Found, Going
from publisher.read.todo import Todo
from publisher.read.view import View

HEAD = """# What the commands answer with `--json`

Drawn from the values in `publisher/read/` (`python docs/draw_json.py`). One JSON document on standard output;
notes and errors go to standard error, and the exit code says how it ended. The shapes are stable: a field may
be added, none is renamed, removed or given another meaning without a line under *Changed* in `CHANGELOG.md`.
Read a field by its name and ignore those you do not know.

- Times are RFC 3339 in UTC: `2026-12-01T00:00:00Z`, with microseconds where there are any.
- What is not known, or not there, is `null`. A list that holds nothing is `[]`.
- Ids are strings. `POST` names all deliveries of a post, `POST/ACCOUNT` one.
- Sentences are in the language of whoever asks.

| exit code | means |
|---|---|
| 0 | done |
| 1 | failed; nothing was half-done |
| 2 | the command was not understood, or something in it cannot be |
| 3 | the policy holds or blocks it, where a verdict was asked for (`check`, `post`, `submit`, `edit`) |
| 4 | `config.toml` or the policy is wrong |
| 5 | this person may not |
| 6 | there is no such thing |
| 7 | conflict: it is no longer as it was, or it was done before |
| 8 | partly done: the message names what was not |
| 75 | try again: nothing is wrong with the request |
| 130 | interrupted |
"""

PARTS: tuple[str | type[View], ...] = (
    """## A post

`publisher post`, `publisher submit`, `publisher edit`, `publisher reschedule`, `publisher confirm`, `publisher pause`,
`publisher unpause`, `publisher cancel`, `publisher continue`, `publisher approve`, `publisher return`,
`publisher retract`, `publisher resolve`,
`publisher urgent`, `publisher exception planned` and `publisher exception request` answer with the post as it is
afterwards; `publisher queue` with a list of them.
""",
    Post,
    Delivery,
    ThreadPart,
    Finding,
    """An *act* says what can be done: `{act, post, account, …}`, where `act` is a word of the table in
`publisher/roles.py`, and the rest what it is done to.

What answers with the post after a change adds `shorter_notice`: for each account where the standard notice did
not fit, a sentence that says so. When the policy blocks a new post, `post` answers with the draft that was
kept, and exits with 3.

`publisher show` adds `rendered` (by account, what is sent there), `tries`, and with `--history` also `history`.
""",
    Exact,
    Part,
    Image,
    Try,
    Move,
    """## Looking ahead

`publisher check` judges words and makes no post of them; pictures are kept for a day. Exit 3 for `HOLD` and `BLOCK`.
""",
    Check,
    "`publisher when`: a list, for each delivery that waits.\n",
    When,
    "`publisher calendar`: a list of the open windows between `--from` and `--to`, cut at both.\n",
    Window,
    """`publisher todo` (one's own; `--all`: of everybody): a list. The command line adds `do`: the acts as
commands.
""",
    Todo,
    """`publisher search`: a list, the newest first. While the index is still being made, standard error says so.
""",
    Found,
    Going,
    "`publisher comment list`: a list, the newest first, of; `publisher comment hide` and `publisher comment cancel` are one:\n",
    Measure,
    "## The register\n\n`publisher accounts`: a list.\n",
    Account,
    """`publisher accounts verify`: `[{account, fits, said, rights}]`; `rights` says by verb (publish, edit,
upload, delete) what the network lets the user do, `{}` where it does not say. Exit 8 when one does not fit.

`publisher accounts connect`: `{account, authorize, rights}`: the account as above, `""`, and the same `rights`. What it
asks for, in this order, one line each from a pipe (`GET /accounts/ACCOUNT/connect`):
""",
    Secret,
    """`publisher people`: a list. `publisher people deputy`: one's own; of whose deputy ends, theirs. `publisher people handover`:
`{posts}`.
""",
    Person,
    "Each deputy:\n",
    Deputy,
    "`publisher config changes`: a list of what `config.toml` asks for and a second person has to confirm.\n",
    Change,
    """## Tokens and sign-ins

`publisher token` (and `publisher token list`): a list. `publisher token create`: `{token, secret}`; the secret is said
this once.
""",
    Token,
    "`publisher session`: a list.\n",
    SignIn,
    """`publisher invite NAME`: `{id, secret, link, waits}`; the secret is said this once. `publisher invite`: a list.
""",
    Invite,
    "## Signed in with a browser\n\nOver HTTP only.\n",
    Who,
    Joining,
    Factor,
    Passkey,
    PasskeyAsked,
    """## Out-of-hours permission

`publisher exception list` is a list of, and `publisher exception grant` is one:
""",
    Permission,
    """`publisher exception grant` (and `urgent POST` by the second person) without `--seen` exits with 2 after
what is to be seen. Granted but held by something else: exit 3.
""",
    Asked,
    Use,
    """## Stops

`publisher resume` and `publisher adopt`: `{lifted, came_due}`; `adopt` also says `lost` (the range of rows),
`known` (are `decisions` all that people decided since), `decisions` and `stopped` (what is still, or again,
stopped), as lines, and `taken_down` (what is taken down again). `came_due` lists `POST/ACCOUNT` that a person
confirms, moves or cancels one by one.

## The history

`publisher audit export` writes objects such as these, one a line, without `--json`.
""",
    Entry,
    "`publisher audit trail`: a list, the oldest first; each has all of an *Entry*, and besides:\n",
    Told,
    "`publisher audit holds`: a list of, and `publisher audit hold` is one:\n",
    Hold,
    """`publisher audit verify`: `{problems, rows, sealed_to, unsealed, checkpoints, since, forgotten, breaks}`. `since` is
the row behind which it began with `--new`, else 0. `forgotten` counts posts whose particulars are gone. `breaks` lists where
a restored database was adopted. Exit 1 unless `problems` is `[]`.

## The machine

`publisher status`: `{healthy, problems, notes, findings, daemon, version, counts, next, bytes, bytes_each}`. `problems`
and `notes` are sentences; `findings` are the same as `[{red, code, args, acts}]`, `red` where it is a problem (`code` and
`args` as of `todo`). `daemon` is `{pid, host, since}` or `null`; `counts` maps states to numbers; `next` is when
the daemon looks next, `bytes` the size of the database, `bytes_each` that for each delivery, about. Exit 1 unless `healthy`.

`publisher doctor`: `[{state, what, said}]`; `state` is `ok`, `warn` or `fail`. Exit 1 when one fails.

`publisher policy changes`: a list of each version that waits for a second person.
""",
    Proposal,
    """`publisher policy trace`: `{clauses, failures}`; a clause is `{clause, strength, text, rules, suspect,
mechanism, human}`, with `rules` mapping each rule to its mode. Exit 1 unless `failures` is `[]`.

`publisher config show`: what `config.toml` says, with secrets as references, never as values.
""",
)

WORDS = {
    str: "text",
    int: "number",
    bool: "true or false",
    datetime: "time",
    Any: "anything",
    Effect: ", ".join(f"`{one.name}`" for one in Effect),
}


def table(view: type[View]) -> str:
    """What it is, and its fields."""
    said = (view.__doc__ or "").strip().splitlines()[0]
    rows = [
        f"| `{name}` | {kind(field.annotation)} | {field.description} |"
        for name, field in view.model_fields.items()
    ]
    return "\n".join(
        [f"**{view.__name__}**: {said}\n", "| field | type | is |", "|---|---|---|", *rows, ""]
    )


def kind(of: Any) -> str:
    """A type in words."""
    of = get_args(of)[0] if get_origin(of) is Annotated else of
    args = [one for one in get_args(of) if one not in (NoneType, Ellipsis)]
    match get_origin(of):
        case origin if origin in (Union, UnionType):
            said = f"{' or '.join(map(kind, args))}, or `null`"
        case origin if origin is Literal:
            said = ", ".join(f"`{one}`" for one in args)
        case origin if origin in (tuple, list):
            said = f"list of {kind(args[0])}"
        case origin if origin is dict:
            said = "act" if args == [str, str] else f"by name: {kind(args[1])}"
        case _:
            said = WORDS.get(of) or f"*{of.__name__}*"
    return said


def page() -> str:
    return "\n".join([HEAD, *(one if isinstance(one, str) else table(one) for one in PARTS)])


if __name__ == "__main__":
    (Path(__file__).parent / "json.md").write_text(page())
