"""What a run started ends with it, also in the workers of a parallel one."""

import sys


def pytest_unconfigure() -> None:
    """The PostgreSQL of this process goes, with its files."""
    if world := sys.modules.get("world"):
        world.at_end.close()
