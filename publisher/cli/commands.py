"""Every command by name. The order is the order of `publisher --help`."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from publisher.cli import (
    audit,
    comments,
    config,
    connect,
    db,
    exceptions,
    init,
    keys,
    login,
    looks,
    outcome,
    policy,
    post,
    recover,
    register,
    review,
    running,
    stops,
)

app = typer.Typer(
    name="publisher",
    help="The desk and the daemon through which every official post goes out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

WRITING = "Writing"
DECIDING = "Deciding"
LOOKING = "Looking"
RUNNING = "Running"

PANELS: tuple[tuple[str, dict[str, Callable[..., None]]], ...] = (
    (
        WRITING,
        {
            "post": post.post,
            "submit": post.submit,
            "edit": post.edit,
            "reschedule": post.reschedule,
            "confirm": post.confirm,
            "pause": post.pause,
            "unpause": post.unpause,
            "cancel": post.cancel,
            "continue": outcome.continue_,
            "retract": outcome.retract,
        },
    ),
    (
        DECIDING,
        {
            "approve": review.approve,
            "return": review.return_,
            "urgent": exceptions.urgent,
            "resolve": outcome.resolve,
            "stop": stops.stop,
            "resume": stops.resume,
            "adopt": stops.adopt,
        },
    ),
    (
        LOOKING,
        {
            "queue": looks.queue,
            "search": looks.search,
            "show": looks.show,
            "todo": looks.todo,
            "check": looks.check,
            "when": looks.when,
            "calendar": register.calendar,
        },
    ),
    (
        RUNNING,
        {
            "init": init.init,
            "up": running.up,
            "daemon": running.daemon,
            "desk": running.desk,
            "reload": running.reload,
            "login": login.login,
            "logout": login.logout,
            "invite": login.invite,
            "status": running.status,
            "doctor": running.doctor,
        },
    ),
)

for panel, commands in PANELS:
    for name, function in commands.items():
        app.command(name, rich_help_panel=panel)(function)

app.command(
    "sandbox",
    rich_help_panel=RUNNING,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)(running.sandbox)
register.accounts.command()(connect.connect)
register.accounts.command()(connect.disconnect)
app.add_typer(exceptions.group, name="exception", rich_help_panel=DECIDING)
app.add_typer(comments.group, name="comment", rich_help_panel=DECIDING)
app.add_typer(register.accounts, name="accounts", rich_help_panel=LOOKING)
app.add_typer(register.people, name="people", rich_help_panel=LOOKING)
app.add_typer(audit.group, name="audit", rich_help_panel=LOOKING)
app.add_typer(login.tokens, name="token", rich_help_panel=RUNNING)
app.add_typer(login.sessions, name="session", rich_help_panel=RUNNING)
app.add_typer(policy.group, name="policy", rich_help_panel=RUNNING)
app.add_typer(config.group, name="config", rich_help_panel=RUNNING)
app.add_typer(recover.group, name="recover", rich_help_panel=RUNNING)
app.add_typer(keys.group, name="keys", rich_help_panel=RUNNING)
app.add_typer(db.group, name="db", rich_help_panel=RUNNING)


def _version(wanted: bool) -> None:
    if wanted:
        from publisher import __version__

        print(f"publisher {__version__}")  # noqa: T201
        raise typer.Exit


@app.callback()
def everywhere(
    config: Annotated[
        Path | None,
        typer.Option("--config", help="config.toml; else $PUBLISHER_CONFIG, else here."),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """The desk and the daemon through which every official post goes out."""
    del version
    if config is not None:
        os.environ["PUBLISHER_CONFIG"] = str(config)
