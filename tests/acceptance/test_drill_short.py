"""The short drill: real commands lose what followed a backup, and double, forget and misstate nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.hazard("H8")
def test_a_lost_day_doubles_nothing_and_forgets_nothing() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.drill", "--quick"],
        cwd=ROOT,
        check=False,
        text=True,
        capture_output=True,
        timeout=240,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
