"""A network is known in its own folder; everybody else asks the registry."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.networks.registry import REGISTRY

ROOT = Path(__file__).parents[2]
# The line of each network; a stand-in that imports nothing of ours; what was true on its day.
MAY = ("networks/registry.py", "sandbox/", "store/migrations/")
TITLES = re.compile("|".join(name for name in REGISTRY if len(name) > 1), re.IGNORECASE)


def strangers() -> Iterator[tuple[str, ast.Module]]:
    own = tuple(f"networks/{name}/" for name in REGISTRY)
    for path in sorted((ROOT / "publisher").rglob("*.py")):
        where = str(path.relative_to(ROOT / "publisher"))
        if not where.startswith((*MAY, *own)):
            yield where, ast.parse(path.read_text("utf-8"))


def literals(tree: ast.Module) -> Iterator[ast.Constant]:
    """Texts of the code; a docstring may give an example."""
    said = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node


def test_no_network_is_named_outside_its_folder():
    wrong = [
        f"{where}:{node.lineno}: {node.value[:60]}"
        for where, tree in strangers()
        for node in literals(tree)
        if node.value in REGISTRY or TITLES.search(node.value)
    ]
    assert wrong == []


def test_nobody_imports_what_is_a_networks_own():
    wrong = [
        f"{where}:{node.lineno}"
        for where, tree in strangers()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom | ast.Import)
        for name in (*(alias.name for alias in node.names), getattr(node, "module", None) or "")
        if name.startswith(tuple(f"publisher.networks.{one}" for one in REGISTRY))
    ]
    assert wrong == []


@pytest.mark.parametrize("name", REGISTRY)
def test_a_network_is_called_as_its_folder(name: str):
    known = REGISTRY[name]
    assert known.name == name
    assert known.adapter.startswith(f"publisher.networks.{name}.")
    assert known.limit > 0
    assert known.secrets


def test_what_is_known_of_the_networks_costs_no_library():
    code = "import sys, publisher.networks.registry; print({'requests', 'tweepy'} & sys.modules.keys())"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout == "set()\n"


OUTCOMES = {
    "Accepted",
    "Refused",
    "Later",
    "Credentials",
    "Unknown",
    "Partly",
    "Absent",
    "CannotTell",
}
FAILURES = {"WhoAmIFailed", "NotWritten", "Broken", "Misfit"}


def _sentences(given: ast.AST) -> Iterator[str]:
    """Texts put together or written down, but for the codes of what is said."""
    if isinstance(given, ast.Call):
        return  # made by what it calls
    if isinstance(given, ast.JoinedStr) or (
        isinstance(given, ast.Constant) and isinstance(given.value, str)
    ):
        yield ast.unparse(given)
    for inner in ast.iter_child_nodes(given):
        yield from _sentences(inner)


def test_why_something_came_out_as_it_did_is_said_in_every_language():
    """An adapter gives a code and what the network said, `because(…)`, and no sentence."""
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {said}"
        for path in sorted((ROOT / "publisher" / "networks").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in OUTCOMES | FAILURES
        for given in node.args[:2]
        for said in _sentences(given)
        if " " in said
    ]
    assert wrong == []
