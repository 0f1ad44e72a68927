"""config.toml: check it, show what is in force."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import typer

from publisher.cli.common import Json, configuration, out, show_json
from publisher.errors import BadConfig

group = typer.Typer(no_args_is_help=True, help="config.toml: check, show.")


@group.command()
def check() -> None:
    """Everything that is wrong with config.toml, and with what it names of the policy. Exit 4."""
    from publisher import config
    from publisher.documents import line_of, nearest
    from publisher.policy import bundle

    path = config.find(Path.cwd())
    found = config.read(path, os.environ)
    policy = bundle.load(bundle.read_folder(found.policy))
    problems = []
    text = path.read_text("utf-8")
    for name, account in found.accounts.items():
        for key, value, known in (
            ("calendar", account.calendar, sorted(policy.calendars)),
            ("disclaimers", account.disclaimers, list(policy.sets())),
        ):
            if value not in known:
                line = line_of(text, ["accounts", name, key])
                problems.append(
                    f'{path.name}:{line}: the policy has no {key} "{value}".{nearest(value, known)}'
                )
    if problems:
        raise BadConfig(problems)
    out(f"The configuration is sound: {len(found.accounts)} accounts, {len(found.people)} people.")


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
