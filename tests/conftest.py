"""What a run started ends with it, also in the workers of a parallel one."""

import gc
import sys


def pytest_unconfigure() -> None:
    """The PostgreSQL of this process goes, with its files."""
    if world := sys.modules.get("world"):
        world.at_end.close()


def pytest_collection_finish() -> None:
    """The modules and tests that are there by now stay to the end: no need to look at them again."""
    gc.collect()
    gc.freeze()
