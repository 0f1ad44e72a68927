"""The house keeps its shape: who imports whom, reads the clock, writes a state; how long it is."""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from publisher import lifecycle

ROOT = Path(__file__).parents[2]
# Runs by itself and imports nothing of ours, so it has a clock and a patience of its own.
SANDBOX = "publisher.sandbox"


@dataclass(frozen=True)
class Module:
    """One source file of the package, read once."""

    name: str
    path: Path
    text: str
    tree: ast.Module

    def under(self, *packages: str) -> bool:
        """Is it one of `packages`, or inside one?"""
        return any(self.name == name or self.name.startswith(name + ".") for name in packages)

    def at(self, node: ast.AST) -> str:
        """`path:line`, for a message."""
        return f"{self.path.relative_to(ROOT)}:{node.lineno}"


@cache
def modules() -> tuple[Module, ...]:
    found = []
    for path in sorted((ROOT / "publisher").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        text = path.read_text("utf-8")
        found.append(Module(name, path, text, ast.parse(text)))
    return tuple(found)


@cache
def names() -> frozenset[str]:
    return frozenset(module.name for module in modules())


def imports(module: Module) -> Iterator[tuple[str, ast.AST]]:
    """Every module that `module` imports, wherever in the file the import stands."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module.at(node)}: a relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in names() else str(node.module), node


def test_every_module_has_its_place_in_the_layers():
    """Import-linter holds the layers, but says nothing of a module that is in none."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (contract,) = [
        c for c in settings["tool"]["importlinter"]["contracts"] if c["type"] == "layers"
    ]
    placed = [name for layer in contract["layers"] for name in re.split(r"\s*[|:]\s*", layer)]
    outside = [m.name for m in modules() if not m.under(*placed)]
    assert outside == ["publisher", "publisher.__main__"]


def calls(module: Module) -> Iterator[tuple[str, ast.Call]]:
    """Every call as its dotted name: `datetime.now`, `time.sleep`, `values`."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


CLOCKS = re.compile(
    r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|time\.(time|time_ns|monotonic|localtime|gmtime))$"
    r"|^(utcnow|time_ns|monotonic_ns)$"
)


def test_only_the_clock_reads_the_clock():
    wrong = [
        f"{module.at(node)}: {name}"
        for module in modules()
        if not module.under("publisher.clock", SANDBOX)
        for name, node in calls(module)
        if CLOCKS.search(name)
    ]
    assert wrong == []


def test_only_the_clock_knows_pytz():
    users = [m.name for m in modules() if any(n.split(".")[0] == "pytz" for n, _ in imports(m))]
    assert users == ["publisher.clock"]
    others = [
        m.name for m in modules() if any(n.split(".")[0] == "zoneinfo" for n, _ in imports(m))
    ]
    assert others == []


ACT_IN_SQL = re.compile(r"\bact\s*(=|<>|!=|IN\s*\()\s*'")


def _asks_an_acts_name(node: ast.AST) -> bool:
    if isinstance(node, ast.Compare):
        return any(ast.unparse(one).endswith(".act") for one in (node.left, *node.comparators))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in ("in_", "not_in") and ast.unparse(node.func).endswith(
            f".act.{node.func.attr}"
        )
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and bool(ACT_IN_SQL.search(node.value))
    )


def test_what_an_act_means_is_asked_of_its_row():
    """In the networks the act is the request itself; in a migration it is as it was then."""
    wrong = [
        f"{module.at(node)}: {ast.unparse(node)}"
        for module in modules()
        if not module.under("publisher.networks", SANDBOX, "publisher.store.migrations")
        for node in ast.walk(module.tree)
        if _asks_an_acts_name(node)
    ]
    assert wrong == []


STATES = {*lifecycle.POST_STATES, *lifecycle.DELIVERY_STATES, *lifecycle.MEASURE_STATES}
STATES_IN_SQL = re.compile(r"\bstate\s+(NOT\s+)?IN\s*\(\s*'")


def _names_states(node: ast.AST) -> bool:
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        said = [one.value for one in node.elts if isinstance(one, ast.Constant)]
        return len(STATES.intersection(map(str, said))) > 1
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and bool(STATES_IN_SQL.search(node.value))
    )


def test_sets_of_states_are_named_in_the_lifecycle_alone():
    """A migration says them as they were then."""
    wrong = [
        f"{module.at(node)}: {ast.unparse(node)}"
        for module in modules()
        if not module.under("publisher.lifecycle", SANDBOX, "publisher.store.migrations")
        for node in ast.walk(module.tree)
        if _names_states(node)
    ]
    assert wrong == []


def test_every_set_of_states_is_asked_for():
    named = {name for name, value in vars(lifecycle).items() if isinstance(value, frozenset)}
    asked = {
        node.id if isinstance(node, ast.Name) else node.attr
        for module in modules()
        if module.name != "publisher.lifecycle"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name | ast.Attribute)
    }
    assert named - asked == set()


def test_nothing_sleeps_for_a_wake_or_a_stop_could_not_reach_it():
    wrong = [
        f"{module.at(node)}: {name}"
        for module in modules()
        if not module.under(SANDBOX)
        for name, node in calls(module)
        if name in ("time.sleep", "sleep", "asyncio.sleep")
    ]
    assert wrong == []


def test_what_is_undone_within_a_transaction_is_undone_in_one_way():
    """`Tx.part` forgets what was to be told and remembered, too."""
    there = [m.name for m in modules() for name, _ in calls(m) if name.endswith(".begin_nested")]
    assert there == ["publisher.store"]


# -- "No record, no move": ledger.py alone writes a state ------------------------------------------

SET_CLAUSE = re.compile(
    r"\bUPDATE\b.*?\bSET\b(.*?)(?:\bWHERE\b|\bFROM\b|\bRETURNING\b|$)", re.IGNORECASE | re.DOTALL
)


def sets_state(sql: str) -> bool:
    return any(re.search(r"\bstate\W*=", clause) for clause in SET_CLAUSE.findall(sql))


def state_writes(module: Module) -> Iterator[ast.AST]:
    """Each place that gives a column called `state` a value: by ORM, by Core or by SQL."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute):
            written = node.attr == "state" and isinstance(node.ctx, ast.Store | ast.Del)
        elif isinstance(node, ast.Constant):
            written = sets_state(str(node.value))
        else:
            written = isinstance(node, ast.Call) and _writes_state(node)
        if written:
            yield node


def _writes_state(call: ast.Call) -> bool:
    name = ast.unparse(call.func).rpartition(".")[2]
    if name == "setattr":
        return any(_is_state(argument) for argument in call.args[1:2])
    if name not in ("values", "values_all", "update_values", "ordered_values"):
        return False
    keys = [keyword.arg for keyword in call.keywords]
    tables = [*call.args, *(k.value for k in call.keywords)]
    literal = [key for arg in tables for key in ast.walk(arg) if _is_key(arg, key)]
    return "state" in keys or any(_is_state(key) for key in literal)


def _is_key(argument: ast.AST, node: ast.AST) -> bool:
    return any(isinstance(table, ast.Dict) and node in table.keys for table in ast.walk(argument))


def _is_state(node: ast.AST) -> bool:
    return (isinstance(node, ast.Constant) and node.value == "state") or (
        isinstance(node, ast.Attribute) and node.attr == "state"
    )


def test_the_ledger_alone_writes_a_state():
    wrong = [
        f"{module.at(node)}: {ast.unparse(node)[:80]}"
        for module in modules()
        if not module.under("publisher.store.ledger", "publisher.store.migrations", SANDBOX)
        for node in state_writes(module)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "code",
    [
        "row.state = 'published'",
        "del row.state",
        "setattr(row, 'state', x)",
        "update(D).values(state='published')",
        "update(D).where(a).values({'state': 'published', 'fence': 1})",
        "update(D).values({D.c.state: 'published'})",
        "update(D).values(**{'state': 'published'})",
        "tx.run(text('UPDATE delivery SET state = :s WHERE id = 1'))",
        "tx.run(text('update delivery set fence = 2, state = :s'))",
    ],
)
def test_the_search_for_other_writers_finds_them(code):
    module = Module("m", ROOT / "m.py", code, ast.parse(code))
    assert list(state_writes(module))


@pytest.mark.parametrize(
    "code",
    [
        "select(D).where(D.c.state == 'waiting')",
        "update(D).where(D.c.state == 'waiting').values(wake_at=now)",
        "text('UPDATE delivery SET wake_at = :w WHERE state = :s')",
        "text('SELECT 1 FROM delivery WHERE state IN (1)')",
        "Delivery(id=1, state='waiting')",
    ],
)
def test_the_search_for_other_writers_is_not_misled(code):
    module = Module("m", ROOT / "m.py", code, ast.parse(code))
    assert list(state_writes(module)) == []


def test_every_state_of_the_tables_is_described_and_can_be_left_or_is_final():
    for table, states in (
        (lifecycle.POST, lifecycle.POST_STATES),
        (lifecycle.DELIVERY, lifecycle.DELIVERY_STATES),
        (lifecycle.MEASURE, lifecycle.MEASURE_STATES),
    ):
        assert {state for state, _ in table} | set(table.values()) == set(states)


# -- What does not belong into a project that others install --------------------------------------

FOREIGN = re.compile(
    r"/work/(?!flow)|/root/|/tmp/bash_jobs|\.\./shared|--index-url|--extra-index-url|--find-links"
    r"|pypi\.org/simple|files\.pythonhosted|registry\.npmjs|http://deb\.debian|proxy\.golang"
)
TEXTS = (".py", ".toml", ".md", ".lock", ".in", ".txt", ".cfg", ".ini", ".service", ".csv", ".mako")


def test_no_path_of_a_machine_and_no_address_of_a_registry_stands_in_the_project():
    files = [path for path in ROOT.iterdir() if path.is_file()]
    for folder in ("publisher", "policy", "tests", "docs", "contrib"):
        files += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    wrong = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in files
        if (path.suffix in TEXTS or path.name == "Makefile") and path != Path(__file__)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if FOREIGN.search(line)
    ]
    assert wrong == []


# -- Sizes: docstrings, comments, blank lines and data tables are not counted. Of a function its
# -- body is: a command's options are its parameters ---------------------------------------------

WALL, ROOM, FUNCTION, RULE = 300, 150, 40, 25


def counted(module: Module, node: ast.AST) -> int:
    """Lines of code between the first and the last line of `node`."""
    skip: set[int] = set()
    for inner in ast.walk(node):
        body = getattr(inner, "body", None)
        first = body[0] if isinstance(body, list) and body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            skip.update(range(first.lineno, (first.end_lineno or 0) + 1))
    if isinstance(node, ast.Module):
        for statement in node.body:
            value = getattr(statement, "value", None)
            if isinstance(value, ast.Dict | ast.List | ast.Tuple | ast.Set):
                skip.update(range(statement.lineno, (statement.end_lineno or 0) + 1))
    lines = module.text.splitlines()
    first, last = getattr(node, "lineno", 1), getattr(node, "end_lineno", len(lines))
    return sum(
        1
        for number in range(first, last + 1)
        if number not in skip and (line := lines[number - 1].strip()) and not line.startswith("#")
    )


def functions(module: Module) -> Iterator[ast.FunctionDef]:
    yield from (node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef))


DRAWN = ("publisher.store.migrations", "publisher.client.shapes")  # nobody reads them through


def ours() -> list[Module]:
    return [m for m in modules() if not any(m.under(one) for one in DRAWN)]


def test_no_module_is_longer_than_a_reader_holds_in_mind():
    sizes = {m.name: counted(m, m.tree) for m in ours()}
    assert {name: size for name, size in sizes.items() if size > WALL} == {}


def test_half_of_all_lines_live_in_small_modules():
    sizes = sorted(counted(m, m.tree) for m in ours())
    small = sum(size for size in sizes if size <= ROOM)
    assert small * 2 >= sum(sizes), f"{small} of {sum(sizes)} lines; largest: {sizes[-8:]}"


def test_no_rule_has_more_logic_than_can_be_read_at_once():
    """Its functions; what it is called and what may be set of it are data."""
    rules = [m for m in ours() if m.under("publisher.policy.rules")]
    sizes = {m.name: sum(counted(m, f) for f in functions(m)) for m in rules}
    assert {name: size for name, size in sizes.items() if size > RULE} == {}


def test_no_function_is_longer_than_a_screen():
    long = {
        f"{m.at(f)} {f.name}": size
        for m in ours()
        for f in functions(m)
        if (size := sum(counted(m, statement) for statement in f.body)) > FUNCTION
    }
    assert long == {}


def test_a_reason_that_a_person_gives_is_nobodys_sentence() -> None:
    """Its columns hold sentences of ours, too."""
    typed, marked = set(), set()
    for module in (m for m in ours() if m.name.count(".") == 2 and m.under("publisher.desk")):
        for f in functions(module):
            given = {one.arg for one in (*f.args.args, *f.args.kwonlyargs)} & {"why", "note"}
            if given and not f.name.startswith("_"):
                typed.add(f"{module.name}.{f.name}")
                said = {ast.unparse(one) for one in ast.walk(f) if isinstance(one, ast.Call)}
                marked.update(
                    f"{module.name}.{f.name}" for one in given if f"foreign({one})" in said
                )
    assert len(typed) > 10
    assert typed == marked


def test_every_row_says_of_which_table_it_is() -> None:
    """mypy knows the columns of `store/rows.py`, and none of a bare `Row`."""
    bare = [
        str(path) for path in (ROOT / "publisher").rglob("*.py") if "Row[Any]" in path.read_text()
    ]
    assert bare == []
