"""What needs a person, told once: a row here, sent by the daemon outside any transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, bindparam, select, text

from publisher.acts import act_of
from publisher.clock import rfc3339
from publisher.errors import Do
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.bound import NOTICE
from publisher.store.ledger import Line
from publisher.store.rows import DeliveryRow, NoticeRow
from publisher.store.tables import Utc, core
from publisher.words import say

_REVISION = core(t.Revision)

_INSERT = text(
    "INSERT INTO notification (dedupe, audience, code, args, acts, title, body, created_at, tries, "
    "error) VALUES (:dedupe, :audience, :code, :args, :acts, '', '', :now, 0, '') "
    "ON CONFLICT (dedupe) DO NOTHING RETURNING id"
).bindparams(
    bindparam("now", type_=Utc), bindparam("args", type_=JSON), bindparam("acts", type_=JSON)
)


# What a surface makes of an act (`errors.Do.json`): a command, a link.
Command = Callable[[Mapping[str, str]], str]


def tell(tx: Tx, dedupe: str, audience: str, code: str, *acts: Do, **args: Any) -> None:
    """Queue a notification; the same `dedupe` is told once. `audience`: a role, or a person.

    `code` names a sentence of `told` in `words`, `args` are its values: plain ones, instants (shown on
    the clock of `zone`), `words.part`s. `acts`: what can be done about it. The history says what
    somebody was to be told, so that no notice can vanish unseen.
    """
    values: dict[str, Any] = {
        "dedupe": dedupe,
        "audience": audience,
        "code": code,
        "args": plain(args),
        "acts": [one.json() for one in acts],
        "now": tx.now,
    }
    number = tx.value(_INSERT, values)
    if number is not None:
        ledger.restate(tx, (NOTICE, number), Line("tell", audience, {"code": code}))


def ask(tx: Tx, row: DeliveryRow, reason: str, dedupe: str) -> None:
    """Ask a person what came of this delivery."""
    takedown, left = act_of(row).undoes, row.notes.get("left")
    say_it = about("resolve", row, **({"how": "takedown"} if takedown else {}))
    code = "unknown_takedown" if takedown else "unknown"
    number = {}
    if takedown and left:
        code, number = "unknown_takedown_part", {"number": len(left) + 1}
    tell(tx, dedupe, "duty officer", code, say_it, where=where(row), reason=reason, **number)


def letter(row: NoticeRow, lang: str, command: Command) -> tuple[str, str]:
    """A queued notice for people: its title and its body, with each act as `command` makes it."""
    if not row.code:  # queued by a version that kept the text itself
        return row.title, row.body
    zone = row.args.get("zone", "UTC")
    said = say(f"told.{row.code}", row.args, lang, zone=zone, instead="told.unreadable")
    title, _, body = said.partition("\n")
    return title, "\n".join([body.strip(), *map(command, row.acts)])


def accounts_of(tx: Tx, rows: Sequence[NoticeRow]) -> dict[int, frozenset[str]]:
    """By notice, the accounts that it is about; none where it is about all of them, or about none."""
    named = {row.id: [row.args, *row.acts] for row in rows}
    posts = {one["post"] for said in named.values() for one in said if "post" in one}
    written: dict[str, set[str]] = {}
    for row in tx.all(select(_REVISION).where(_REVISION.c.post_id.in_(posts))) if posts else ():
        written.setdefault(row.post_id, set()).update(row.accounts)
    return {number: frozenset(_about(said, written)) for number, said in named.items()}


def _about(said: Sequence[Mapping[str, Any]], written: Mapping[str, set[str]]) -> set[str]:
    """An account where one is named, or several are; else those of the post."""
    accounts = {one["account"] for one in said if "account" in one}
    accounts.update(*(one["accounts"] for one in said if "accounts" in one))
    accounts |= {str(one["where"]).partition("/")[2] for one in said if "where" in one} - {""}
    posts = {one["post"] for one in said if "post" in one}
    return accounts or {name for post in posts for name in written.get(post, ())}


def where(row: DeliveryRow) -> str:
    """A delivery as people name it: `POST/ACCOUNT`."""
    return f"{row.post_id}/{row.account}"


def about(act: str, row: DeliveryRow, **how: str) -> Do:
    """What can be done to this delivery."""
    return Do(act, {**how, "post": row.post_id, "account": row.account})


def look(row: DeliveryRow) -> Do:
    """To read the post of this delivery, and why it stands where it stands."""
    return Do("read", {"post": row.post_id})


def change(row: DeliveryRow) -> tuple[Do, ...]:
    """What a person can do with a delivery that does not go out as it is."""
    if act_of(row).undoes:
        return (about("retract", row),)
    acts = ("edit", "cancel") if act_of(row).replaces else ("edit", "reschedule", "cancel")
    return tuple(about(act, row) for act in acts)


def give_way(row: DeliveryRow) -> tuple[Do, ...]:
    """What a person can do with an edit that stopped before what somebody else made of the post."""
    return about("cancel", row), about("resolve", row, how="overwrite")


def gave_way(row: DeliveryRow) -> bool:
    """Did an edit stop before what somebody else made of the post?"""
    return row.state == "refused" and "theirs" in row.notes


def go_on(row: DeliveryRow) -> tuple[Do, ...]:
    """What a person can do with a thread that stopped between its parts, while nothing forbids it."""
    return about("continue", row), about("retract", row)


def partly_public(tx: Tx, row: DeliveryRow, reason: str, *acts: Do) -> None:
    """Tell those who decide that a thread stopped between its parts, and what they can do."""
    for who in ("author", "duty officer"):
        once = f"part:{row.id}:{rfc3339(tx.now)}:{who}"
        tell(tx, once, who, "part_public", look(row), *acts, where=where(row), reason=reason)


def plain(value: Any) -> Any:
    """Values that can be kept as JSON: instants as text, which `words` knows again."""
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value
