"""What a command costs: processor time of the whole process, with a desk at its socket to ask."""

import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench import machine
from tests.bench.stage import fill, stage
from tests.chaos.stage import DATABASE, ROOT, Stage

ACCOUNTS, TIMES = 20, 7
PUBLISHER = (sys.executable, "-m", "publisher")
BARE = """
import typer
app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
@app.command()
def one(): "The one."
@app.command()
def other(): "The other."
app()
"""


@dataclass(frozen=True)
class Costs:
    """Seconds of processor time, the median of each; `commands` by name."""

    bare: float
    help: float
    commands: dict[str, float]


def measure(url: str, deliveries: int) -> Costs:
    """Over a company with so many deliveries waiting. `--help` alternates with bare typer's."""
    with stage(url, ACCOUNTS) as where:
        fill(where.app, deliveries, ACCOUNTS)
        with machine.desk(where):
            both = [(_cost(where, _typer()), _cost(where, _typed("--help"))) for _ in range(TIMES)]
            asked = {
                "status": ("status", "--as", "bo"),
                "show": ("show", "far0000001", "--as", "bo"),
                "queue": ("queue", "--as", "bo"),
            }
            costs = {name: _median(where, *words) for name, words in asked.items()}
            posts = [_cost(where, _typed(*_post(number))) for number in range(TIMES)]
    bare, ours = (median(one) for one in zip(*both, strict=True))
    return Costs(bare, ours, {**costs, "post": median(posts)})


def _median(where: Stage, *words: str) -> float:
    return median(_cost(where, _typed(*words)) for _ in range(TIMES))


def _typer() -> Sequence[str]:
    return sys.executable, "-c", BARE, "--help"


def _typed(*words: str) -> Sequence[str]:
    return *PUBLISHER, *words


def _post(number: int) -> Sequence[str]:
    words = f"The fair opens on day {number}, whatever the weather."
    more = ("--title", f"The fair opens on day {number}", "--at", "2027-03-01 10:00")
    return "post", words, "--to", f"a{number}", *more, "--as", "ann"


def _cost(where: Stage, typed: Sequence[str]) -> float:
    """User and system time of one process, compiled sources being there. `status` may say it is red."""
    env = {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "",
        "PUBLISHER_CONFIG": str(where.config.file),
        DATABASE: where.config.database,
    }
    before = _children()
    done = subprocess.run(typed, cwd=ROOT, env=env, check=False, capture_output=True, text=True)
    taken = _children() - before
    assert done.returncode == 0 or "status" in typed, done.stderr
    return taken


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
