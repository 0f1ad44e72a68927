"""The map of the house, docs/architecture.md, shows the house as it is."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
MAP = (ROOT / "docs" / "architecture.md").read_text("utf-8")
GUIDE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PACKAGES = {path.stem for path in (ROOT / "publisher").iterdir()} - {"__init__", "__main__"}

NAME = re.compile(r"`([a-z_]+(?:\.\w+)+)`")
HAZARD = re.compile(r"^- \*\*(H\d+)\*\* .*`(test_\w+)`$", re.MULTILINE)
MENTIONED = re.compile(r"\bH[1-9]\d?\b")


def part(title: str) -> str:
    return MAP.split(f"\n## {title}\n")[1].split("\n## ")[0]


def resolved(name: str) -> Any:
    """What a dotted name below `publisher` stands for; raises when there is no such thing."""
    found: Any = import_module("publisher")
    for step in name.split("."):
        if not hasattr(found, step):
            import_module(f"{found.__name__}.{step}")
        found = getattr(found, step)
    return found


@pytest.mark.parametrize(
    "name", sorted({one for one in NAME.findall(MAP + GUIDE) if one.split(".")[0] in PACKAGES})
)
def test_every_name_on_the_map_is_there(name: str) -> None:
    assert resolved(name) is not None


def test_the_walk_names_what_it_passes() -> None:
    assert len(NAME.findall(part("The walk of a post"))) > 20
    with pytest.raises(ModuleNotFoundError):
        resolved("release.gone")


def test_the_layers_are_those_that_are_held() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = next(c["layers"] for c in contracts["contracts"] if c["type"] == "layers")
    held = [re.findall(r"publisher\.(\w+)", layer) for layer in layers]
    shown = [
        re.findall(r"`(\w+)`", row.split("|")[1])
        for row in part("Layers").splitlines()
        if row.startswith("| `")
    ]
    assert shown == held


def _marks(of: ast.AST) -> Iterator[str]:
    """The hazards that a decorator, or a `pytestmark`, names."""
    for node in ast.walk(of):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.hazard":
            yield from (str(one.value) for one in node.args if isinstance(one, ast.Constant))


@cache
def marked() -> dict[str, set[str]]:
    """By test: the hazards that it closes."""
    found: dict[str, set[str]] = {}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        whole = {h for node in tree.body if isinstance(node, ast.Assign) for h in _marks(node)}
        for test in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
            own = {h for decorator in test.decorator_list for h in _marks(decorator)}
            found.setdefault(test.name, set()).update(whole | own)
    return found


@pytest.mark.parametrize(("hazard", "test"), HAZARD.findall(MAP))
def test_the_test_of_a_hazard_is_there(hazard: str, test: str) -> None:
    assert hazard in marked().get(test, set())


def test_every_hazard_that_is_spoken_of_is_on_the_map() -> None:
    listed = [hazard for hazard, _ in HAZARD.findall(MAP)]
    assert listed == [f"H{number}" for number in range(1, len(listed) + 1)]
    spoken = {
        hazard
        for file in [*(ROOT / "publisher").rglob("*.py"), *(ROOT / "docs").rglob("*.md")]
        for hazard in MENTIONED.findall(file.read_text("utf-8"))
    } | set().union(*marked().values())
    assert spoken <= set(listed)
