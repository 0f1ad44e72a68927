"""What the pages on security say is kept is tried: every test that they name is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = {name: (ROOT / "docs" / name).read_text("utf-8") for name in ("asvs.md", "security.md")}
NAMED = re.compile(r"`(test_\w+)`")
ROW = re.compile(r"^\| (\d+\.\d+\.\d+)[ ,–].* \|(.*)\|$", re.MULTILINE)


@cache
def functions() -> frozenset[str]:
    trees = (ast.parse(file.read_text("utf-8")) for file in (ROOT / "tests").rglob("test_*.py"))
    return frozenset(
        one.name for tree in trees for one in tree.body if isinstance(one, ast.FunctionDef)
    )


@pytest.mark.parametrize("page", PAGES)
def test_each_test_that_is_named_is_there(page: str) -> None:
    named = set(NAMED.findall(PAGES[page]))
    assert len(named) > 10
    assert named <= functions()


def test_each_requirement_that_is_met_names_what_shows_it() -> None:
    rows = ROW.findall(PAGES["asvs.md"])
    assert len(rows) > 80
    lines = [one for one in PAGES["asvs.md"].splitlines() if re.match(r"\| \d", one)]
    assert len(lines) == len(rows)
    for line, (number, shown) in zip(lines, rows, strict=True):
        told = NAMED.search(shown) or shown.strip() in ("lint", "by construction")
        assert told or "**not met**" in line, number


def test_the_requirements_stand_in_their_order() -> None:
    numbers = [tuple(map(int, one.split("."))) for one, _ in ROW.findall(PAGES["asvs.md"])]
    assert numbers == sorted(set(numbers))
