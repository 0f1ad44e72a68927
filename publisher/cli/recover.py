"""When nobody is left: on the server, with the daemon stopped, recorded and told to everybody."""

from typing import Annotated

import typer

from publisher.cli.common import Reason, credential, opened, out, own, spoken
from publisher.errors import Do

group = typer.Typer(
    no_args_is_help=True, help="When nobody is left who could confirm: name an owner."
)


@group.command()
def owner(name: Annotated[str, typer.Argument(metavar="NAME")], reason: Reason) -> None:
    """Make a person of config.toml a policy owner, because no other is left. Everybody is told."""
    from publisher.daemon import lock
    from publisher.desk import changes
    from publisher.roles import server

    made = opened(own())
    held = lock.take(made.store, made.config.data)
    try:
        with made.store.write(server(credential().kept)) as tx:
            changes.recover_owner(tx, made.config, name, reason)
    finally:
        held.release()
        made.store.close()
    out(spoken("changes.recovered", Do("read", {"how": "changes"}), name=name))
