"""The keys of the vault, for whoever holds the machine."""

import typer

from publisher.cli.common import credential, mine, opened, out, own, spoken

group = typer.Typer(no_args_is_help=True, help="The keys that open the credentials in the vault.")


@group.command()
def rotate() -> None:
    """Seal all credentials in the vault anew, with a new key; the former one still opens backups."""
    from publisher import beside

    config = own()
    answer = beside.rotate(config.data, mine())
    if answer is not None:
        out(spoken("vault.rotated", count=int(answer["count"])))
        return
    from publisher.daemon import rotating
    from publisher.roles import server

    count = rotating.locally(opened(config), server(credential().kept))
    out(spoken("vault.rotated", count=count))
