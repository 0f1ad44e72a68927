"""The command line as it is laid out: every command there, its help quick, its words documented."""

import re
from pathlib import Path

import pytest
import typer

from publisher import errors
from publisher.cli.commands import app

ROOT = Path(__file__).parents[2]

COMMANDS = {
    "init",
    "up",
    "daemon",
    "desk",
    "sandbox",
    "post",
    "submit",
    "continue",
    "approve",
    "return",
    "urgent",
    "exception",
    "comment",
    "queue",
    "search",
    "show",
    "edit",
    "reschedule",
    "confirm",
    "pause",
    "unpause",
    "cancel",
    "retract",
    "resolve",
    "todo",
    "check",
    "when",
    "calendar",
    "stop",
    "resume",
    "adopt",
    "accounts",
    "people",
    "audit",
    "policy",
    "config",
    "recover",
    "db",
    "keys",
    "reload",
    "status",
    "login",
    "logout",
    "invite",
    "token",
    "session",
    "doctor",
}
GROUPS = {
    "comment": {"hide", "list", "cancel"},
    "exception": {"list", "request", "planned", "incident", "grant", "revoke", "review"},
    "accounts": {"verify", "resume", "connect", "disconnect"},
    "people": {"deputy", "handover"},
    "audit": {"trail", "verify", "export", "hold", "holds", "lift"},
    "policy": {"check", "activate", "changes", "trace"},
    "config": {"check", "show", "changes", "confirm"},
    "recover": {"owner"},
    "token": {"list", "create", "revoke"},
    "session": {"end"},
    "keys": {"rotate"},
    "db": {"upgrade", "backup", "restore", "reindex", "vacuum"},
}


def test_every_command_is_there_and_explains_itself() -> None:
    root = typer.main.get_command(app)
    assert set(root.commands) == COMMANDS
    for name, command in root.commands.items():
        assert command.help, name
        found = set(getattr(command, "commands", {}))
        assert found == GROUPS.get(name, set()), name
        assert all(inner.help for inner in getattr(command, "commands", {}).values())


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.Problem, 1),
        (errors.Usage, 2),
        (errors.HeldByPolicy, 3),
        (errors.BadConfig, 4),
        (errors.NotPermitted, 5),
        (errors.NotFound, 6),
        (errors.Conflict, 7),
        (errors.Stale, 7),
        (errors.PartlyDone, 8),
        (errors.TryAgain, 75),
    ],
)
def test_each_kind_of_error_has_its_exit_code(error: type[errors.Problem], code: int) -> None:
    assert error.exit_code == code


def test_every_command_that_answers_in_json_is_documented() -> None:
    documented = set(re.findall(r"`publisher ([a-z ]+)`", (ROOT / "docs" / "json.md").read_text()))
    root = typer.main.get_command(app)
    answering = set()
    for name, command in root.commands.items():
        for inner, one in {"": command, **getattr(command, "commands", {})}.items():
            if any("--json" in option.opts for option in one.params):
                answering.add(f"{name} {inner}".strip())
    assert answering - documented == set()
