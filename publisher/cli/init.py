"""A new installation: five questions, or the same as options; files that are sound from the first day."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.common import os_user, out, say, terminal
from publisher.errors import BadConfig, Usage
from publisher.words import ENGLISH, every, languages, part, say_part

if TYPE_CHECKING:
    from publisher.config import Config

ASKED = ("lang", "company", "website", "zone", "account")


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where config.toml is to lie.")],
    lang: Annotated[str, typer.Option("--lang", help="What your people are told in.")] = "",
    company: Annotated[str, typer.Option("--company", help="The company's legal name.")] = "",
    website: Annotated[
        str, typer.Option("--website", help="Where its official announcements are made.")
    ] = "",
    zone: Annotated[
        str, typer.Option("--zone", help='The clock and holidays of the office: "Asia/Tokyo JP".')
    ] = "",
    account: Annotated[
        str,
        typer.Option(
            "--account",
            help='The first account, "NETWORK NUMBER [ADDRESS]"; or sandbox: stand-ins to try it on.',
        ),
    ] = "",
    admin: Annotated[
        str, typer.Option("--admin", metavar="USER", help="First administrator; else you.")
    ] = "",
    systemd: Annotated[
        bool, typer.Option("--systemd", help="Data and secrets where the systemd units keep them.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="The demonstration as it is shipped; asks nothing.")
    ] = False,
) -> None:
    """Write config.toml and a policy for a new installation. Nothing that is there is touched."""
    from publisher.config import fresh

    given = {"lang": lang, "company": company, "website": website, "zone": zone, "account": account}
    if demo:
        if any([*given.values(), admin, systemd]):
            raise Usage("typed.init_demo_alone")
        _write(fresh.demonstration(), folder)
        out(say_part(part("typed.init_demo", folder=str(folder)), ENGLISH))
        return
    if admin:
        fresh.check("admin", admin)
    answers = _settled(given) if yes else _asked(given)
    first = fresh.First(**answers, admin=admin or os_user()[0], units=systemd)
    _tell(_write(fresh.installation(first), folder), folder, first.lang)


def _write(written: Mapping[str, str], folder: Path) -> "Config":
    """Only what is sound is written, and only where nobody else could change it."""
    from publisher.config import fresh, owner

    config = fresh.sound(dict(written), folder.resolve(), os.environ)
    if flaws := owner.written(config):
        raise BadConfig(flaws)
    fresh.write(dict(written), folder)
    return config


def _settled(given: Mapping[str, str]) -> dict[str, str]:
    """What was typed, and what may be left out. Raises Usage for what has to be said."""
    from publisher.config import fresh

    answers = {
        **given,
        "lang": given["lang"] or ENGLISH,
        "account": given["account"] or fresh.SANDBOX,
    }
    if lacking := [f"--{name}" for name in ASKED if not answers[name]]:
        raise Usage("typed.init_lacks", options=every(lacking))
    for name, answer in answers.items():
        fresh.check(name, answer)
    return answers


def _asked(given: Mapping[str, str]) -> dict[str, str]:
    """Everything that was not typed, in the language that is asked for first."""
    from publisher.config import fresh

    if not terminal():
        raise Usage("typed.init_unasked")
    speaks = os.environ.get("LANG", "")[:2]
    lang = speaks if speaks in languages() else ENGLISH
    usual = {"lang": lang, "account": fresh.SANDBOX}
    answers: dict[str, str] = {}
    for name in ASKED:
        answers[name] = _answer(name, given[name], usual.get(name), lang)
        lang = answers["lang"]
    return answers


def _answer(name: str, given: str, usual: str | None, lang: str) -> str:
    """What was typed, or else the first answer that will do."""
    from publisher.config import fresh

    answer = given
    while True:
        if answer:
            try:
                fresh.check(name, answer)
            except Usage as error:
                say(error.said(lang))
            else:
                return answer
        answer = typer.prompt(say_part(part(f"init.{name}"), lang), default=usual).strip()


def _tell(config: "Config", folder: Path, lang: str) -> None:
    """What was written, what still lacks, and what comes next."""
    from publisher.config import fresh

    roles, people = fresh.lacks(config), config.people.values()
    policy = str(folder / "policy")
    said = [part("init.written", config=str(folder / "config.toml"), policy=policy)]
    said.append(part("init.admin", names=every(one.name for one in people if not one.sample)))
    said.append(part("typed.init_people", roles=every(roles)))
    secrets = list(fresh.secrets(config))
    if secrets:
        said.append(part("init.secrets"))
        said += [part("init.secret", file=file, how=one.how) for file, one in secrets]
    said += [part("init.policy", policy=policy), part("typed.init_next", folder=str(folder))]
    out(*(line for one in said for line in say_part(one, lang).splitlines()))
