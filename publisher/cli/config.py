"""config.toml: check it, show what is in force."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.common import (
    As,
    Json,
    bold,
    configuration,
    out,
    reading,
    reads,
    show_json,
    sqlite_file,
    writing,
)
from publisher.errors import BadConfig, Problem

if TYPE_CHECKING:
    from publisher.config import Config
    from publisher.documents import Flaw
    from publisher.policy.bundle import Policy

group = typer.Typer(no_args_is_help=True, help="config.toml: check, show, confirm changes.")


@group.command()
def check() -> None:
    """Everything that is wrong with config.toml, and with what it names of the policy. Exit 4."""
    from publisher import config
    from publisher.config import fits
    from publisher.policy import bundle

    path = config.find(Path.cwd())
    found = config.read(path, os.environ)
    files = bundle.read_folder(found.policy)
    policy = bundle.load(files)
    fit_together(found, policy, _told_nowhere(found))
    if flaws := fits.unknown(files, found):
        raise BadConfig(flaws)
    out(f"The configuration is sound: {len(found.accounts)} accounts, {len(found.people)} people.")
    out(*fits_questions(found, policy), *_not_here(found))
    out(*_too_few_owners(found), *_beside_the_register(found))


def fit_together(found: "Config", policy: "Policy", more: Iterable["Flaw"] = ()) -> None:
    """Raises BadConfig where config.toml and the policy folder do not fit, by line."""
    from publisher.config import fits
    from publisher.documents import placed

    text = found.file.read_text("utf-8")
    flaws = placed(text, found.file.name, [*fits.wrong(found, policy), *more])
    if flaws:
        raise BadConfig(flaws)


def fits_questions(found: "Config", policy: "Policy") -> Iterator[str]:
    """What is allowed and yet perhaps not meant, for a person to look at."""
    from publisher.config import fits
    from publisher.words import ENGLISH, say_part

    yield from (f"? {say_part(one, ENGLISH)}" for one in fits.questions(found, policy))


def _notified(found: "Config") -> Iterator[tuple[tuple[str, ...], str]]:
    """Every reference to an address, and where it stands in the file."""
    for role, references in found.notify.items():
        yield from ((("notify", role), one) for one in references)
    for person in found.people.values():
        yield from ((("people", person.id, "notify"), one) for one in person.notify)


def _told_nowhere(found: "Config") -> Iterator["Flaw"]:
    """Addresses whose scheme nobody knows; what cannot be read here is asked about."""
    from apprise import Apprise

    from publisher.store.secrets import MissingSecret, resolve_one
    from publisher.words import part

    for where, reference in _notified(found):
        try:
            address = resolve_one(reference, found.folder, os.environ)
        except MissingSecret:
            continue  # only the daemon needs it, and may have another environment
        if not Apprise().add(address):
            yield where, part("config.no_messages_there", reference=reference)


def _not_here(found: "Config") -> Iterator[str]:
    """Addresses that stand nowhere, as far as can be seen from here."""
    from publisher.store.secrets import MissingSecret, resolve_one

    for where, reference in _notified(found):
        try:
            resolve_one(reference, found.folder, os.environ)
        except MissingSecret as missing:
            yield (f"? {'.'.join(where)}: {'; '.join(missing.problems)} Here nobody can be told there; "
                   "the daemon may have another environment.")  # fmt: skip


def _too_few_owners(found: "Config") -> Iterator[str]:
    """With real accounts somebody has to be there who can confirm, also for the one who usually does."""
    owners = [p.id for p in found.people.values()
              if "policy owner" in p.roles and p.os_users and not p.sample]  # fmt: skip
    if len(owners) > 1 or all(account.sandbox for account in found.accounts.values()):
        return
    if owners:
        yield (f"{owners[0]} is the only policy owner: nobody could confirm a change of their own rights "
               "or accounts. Name a second one.")  # fmt: skip
    else:
        yield (
            "There is no policy owner with os_users: once the first start has founded the register, "
            "nobody could confirm a change that loosens something. Name two."
        )


def _beside_the_register(found: "Config") -> list[str]:
    """What the next start would ask a second person for; nothing where there is no register yet."""
    from publisher import app
    from publisher.cli.acts import told
    from publisher.desk.parts.pending import stuck
    from publisher.store.provision import differences, is_founded, said_of

    file = sqlite_file(found)
    if file is not None and not file.exists():
        return []
    made = app.build(found)
    try:
        with made.store.read() as tx:
            if not is_founded(tx):
                return []
            return [
                *(f"The next start asks a second person for {one.kind} {one.name}: "
                  f"{said_of(one.was, one.asked)}" for one in differences(tx, found) if one.asked),
                *(told(said, [act.json() for act in acts]) for said, acts in stuck(tx)),
            ]  # fmt: skip
    except Problem:  # no tables yet, or a server that does not answer: the file is sound
        return []
    finally:
        made.store.close()


@group.command()
def changes(as_: As = "", json_: Json = False) -> None:
    """What config.toml asks for and a second person has to confirm."""
    from publisher.read import changes as waiting

    with reading(as_) as tx:
        found = waiting.changes(tx, reads(tx.actor))
    if json_:
        show_json(found)
        return
    for one in found:
        out(f"{bold(str(one.id))}  {one.kind} {one.name}: {one.change}")
        may = ", ".join(one.confirm) or "nobody is left"
        out(f"  {one.about}", f"  may confirm it: {may}")
    if not found:
        out("Nothing is asked for.")


@group.command()
def confirm(
    number: Annotated[int, typer.Argument(metavar="N", help="As publisher config changes says.")],
    as_: As = "",
) -> None:
    """A policy owner's yes to a change that loosens something. Not for one's own rights or accounts."""
    from publisher.desk import changes as desk
    from publisher.store.provision import said_of

    with writing(as_) as tx:
        row = desk.confirm(tx, number)
    out(f"{row.kind} {row.name}: {said_of(row.old, row.new)}. In force.")


@group.command()
def show(json_: Json = False) -> None:
    """What is in force; secrets as references, never as values."""
    from publisher import config

    found = config.show(configuration())
    if json_:
        show_json(found)
        return
    out(*_lines(found, ""))


def _lines(found: Mapping[str, Any], above: str) -> Iterator[str]:
    """`accounts.x.lang = en`, one setting a line."""
    for key, value in found.items():
        if isinstance(value, Mapping):
            yield from _lines(value, f"{above}{key}.")
        else:
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            yield f"{above}{key} = {'' if shown is None else shown}"
