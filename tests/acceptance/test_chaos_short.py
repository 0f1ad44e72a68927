"""The short storm: 20 kills of the daemon, some of the desk: nothing lost, doubled or told wrongly."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_twenty_kills_lose_and_double_nothing(database: str) -> None:
    command = [sys.executable, "-m", "tests.chaos", "--kills", "20", "--deliveries", "60"]
    asked = ["--database", "postgresql"] if database == "postgresql" else []
    ended = subprocess.run(
        [*command, *asked],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=900,
    )
    if "no PostgreSQL" in ended.stderr and not os.environ.get("CI"):
        pytest.skip("no PostgreSQL: install the test extra, or set TEST_PG_URL")
    assert ended.returncode == 0, ended.stdout + ended.stderr
