"""No text takes more than linear time, whoever wrote it: each pattern meets its own worst inputs.

The inputs are made from the pattern: what stands before each repetition, what it repeats, and one
after another of both, many times over. CPU time is measured, not a clock on the wall.
"""

import ast
import gc
import math
import re
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import product
from pathlib import Path
from re import _constants as sre  # the parser of the pattern itself knows best what it repeats
from re import _parser

import pytest

ROOT = Path(__file__).parents[2]
LONG = 100_000  # characters
SHORT = 2_000  # enough to tell the worst input from the others
WORST = 3  # inputs that are tried at full length
BOUND = 0.1  # seconds of CPU; quadratic takes a minute
TRIES = 3  # the best counts: machines may be busy
ARMED: list[bool] = []  # a pattern is being tried
MANY = 30  # what repeats at most so often cannot hurt
PARTS = "a0 /[(<!=.\n\\"  # characters that usually stand on either side of a border
CLASSES = {
    sre.CATEGORY_DIGIT: str.isdigit,
    sre.CATEGORY_SPACE: str.isspace,
    sre.CATEGORY_WORD: lambda char: char.isalnum() or char == "_",
}
ONE = (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN)  # what stands for one character
REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)


class TooLong(Exception):
    """The bound of CPU time has passed."""


@pytest.fixture(autouse=True)
def _bounded() -> Iterator[None]:
    def cut(*_: object) -> None:
        if ARMED:
            raise TooLong

    before = signal.signal(signal.SIGVTALRM, cut)
    yield
    signal.signal(signal.SIGVTALRM, before)


@dataclass(frozen=True)
class Tried:
    """A pattern as a module uses it."""

    where: str
    text: str
    flags: int
    method: str

    def run(self, subject: str, bound: float) -> float:
        """Seconds of CPU that it takes; cut short, and infinite, beyond the bound."""
        compiled = re.compile(self.text, self.flags)
        arguments = ("", subject) if self.method in ("sub", "subn") else (subject,)
        began = time.thread_time()
        ARMED.append(True)
        gc.disable()  # the heap of all the tests before is none of the pattern's doing
        signal.setitimer(signal.ITIMER_VIRTUAL, bound)
        try:
            found = getattr(compiled, self.method)(*arguments)
            if self.method == "finditer":
                list(found)
        except TooLong:
            return math.inf
        finally:
            ARMED.clear()  # a signal that is on its way comes too late
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            gc.enable()
        return time.thread_time() - began


# ---- the worst inputs of a pattern


def fits(item: tuple, char: str) -> bool:
    """Does one character match one item of a parsed pattern?"""
    kind, value = item
    if kind is sre.LITERAL:
        return ord(char) == value
    if kind is sre.NOT_LITERAL:
        return ord(char) != value
    if kind is sre.ANY:
        return char != "\n"
    if kind is sre.RANGE:
        return value[0] <= ord(char) <= value[1]
    if kind is sre.CATEGORY:
        name = str(value)
        known = CLASSES[getattr(sre, name.replace("_NOT", ""))]
        return bool(known(char)) != ("_NOT" in name)
    assert kind is sre.IN, kind
    negated = value[0][0] is sre.NEGATE
    return any(fits(one, char) for one in value[negated:]) != negated


def chars(item: tuple, alphabet: str) -> list[str]:
    return [char for char in alphabet if fits(item, char)][:6]


def shortest(parsed: Iterable[tuple], alphabet: str) -> str:
    """Some short text that these items match, as far as that can be said of each alone."""
    text = ""
    for kind, value in parsed:
        if kind in REPEATS:
            text += shortest(value[2], alphabet) * max(value[0], 1)
        elif kind is sre.SUBPATTERN:
            text += shortest(value[3], alphabet)
        elif kind is sre.ATOMIC_GROUP:
            text += shortest(value, alphabet)
        elif kind is sre.BRANCH:
            text += shortest(value[1][0], alphabet)
        elif kind in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN):
            text += (chars((kind, value), alphabet) or [""])[0]
    return text


def pumps(parsed: Iterable[tuple], alphabet: str, before: str = "") -> Iterator[tuple[str, str]]:
    """For each long repetition: a text that leads to it, and one that it repeats."""
    for kind, value in parsed:
        inner: list[Iterable[tuple]] = []
        if kind in REPEATS:
            inner = [value[2]]
            if value[1] >= MANY:
                items = list(value[2])
                single = len(items) == 1 and items[0][0] in (
                    sre.LITERAL,
                    sre.IN,
                    sre.ANY,
                    sre.NOT_LITERAL,
                )
                each = chars(items[0], alphabet) if single else [shortest(items, alphabet)]
                yield from ((before, one) for one in each if one)
        elif kind is sre.SUBPATTERN:
            inner = [value[3]]
        elif kind is sre.ATOMIC_GROUP:
            inner = [value]
        elif kind is sre.BRANCH:
            inner = value[1]
        for one in inner:
            yield from pumps(one, alphabet, before)
        before += shortest([(kind, value)], alphabet)


def attacks(pattern: Tried) -> set[tuple[str, str, str]]:
    """(what comes first, what is repeated, what spoils the match at the end)."""
    parsed = _parser.parse(pattern.text, pattern.flags)
    literals = "".join(dict.fromkeys(char for char in pattern.text if char.isprintable()))
    alphabet = PARTS + literals
    whole = shortest(parsed, alphabet)
    repeated = {("", whole[:-1]), ("", whole)}
    for before, pump in pumps(parsed, alphabet):
        repeated |= {(before, pump), ("", before + pump), ("", before), ("", pump)}
    ends = ("", "\0", "\n", whole[-1:])
    return {(first, pump, end) for (first, pump), end in product(repeated, ends) if pump}


def made(attack: tuple[str, str, str], size: int) -> str:
    first, pump, end = attack
    return first + pump * (size // len(pump)) + end


def best(pattern: Tried, subject: str, bound: float) -> float:
    """The first try within the bound, or the least of all."""
    least = math.inf
    for _ in range(TRIES):
        least = min(least, pattern.run(subject, bound))
        if least <= bound:
            break
    return least


def slow(pattern: Tried, bound: float = BOUND) -> str:
    """The beginning of a text for which the pattern takes more than linear time; "" if none does."""
    taken: list[tuple[float, tuple[str, str, str]]] = []
    for attack in sorted(attacks(pattern)):
        seconds = pattern.run(made(attack, SHORT), bound)
        if seconds > bound and best(pattern, made(attack, SHORT), bound) > bound:
            return repr(made(attack, SHORT)[:60])
        taken.append((seconds, attack))
    for _, attack in sorted(taken, reverse=True)[:WORST]:
        if best(pattern, made(attack, LONG), bound) > bound:
            return repr(made(attack, LONG)[:60])
    return ""


# ---- every pattern of the package


@cache
def sources() -> dict[str, ast.Module]:
    found = {}
    for path in sorted((ROOT / "publisher").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if "migrations" not in name and not name.endswith("__main__"):
            found[name] = ast.parse(path.read_text("utf-8"))
    return found


def compiled() -> Iterator[tuple[str, str, re.Pattern]]:
    """Module, name and pattern of everything that is compiled at import."""
    for module in sources():
        for name, value in vars(import_module(module)).items():
            inside = value.values() if isinstance(value, dict) else value
            inside = inside if isinstance(value, dict | list | tuple | set | frozenset) else [value]
            for one in inside:
                parts = one if isinstance(one, tuple) else (one,)
                yield from ((module, name, p) for p in parts if isinstance(p, re.Pattern))


METHODS = {"search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"}


@cache
def used() -> dict[str, set[str]]:
    """By the name of a pattern: how it is used, wherever."""
    found: dict[str, set[str]] = {}
    for tree in sources().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in METHODS:
                owner = node.value
                owned = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
                found.setdefault(owned, set()).add(node.attr)
    return found


def spoken() -> Iterator[tuple[str, ast.Call]]:
    """Every `re.method(…)`, but for `compile`, and the module it stands in."""
    for module, tree in sources().items():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "re"
                and node.func.attr not in ("compile", "escape")
            ):
                yield module, node


@cache
def every() -> list[Tried]:
    found = {
        Tried(f"{module}.{name}", pattern.pattern, pattern.flags & ~re.UNICODE, method)
        for module, name, pattern in compiled()
        if isinstance(pattern.pattern, str)
        for method in used().get(name, {"search"})  # where its use does not stand beside it
    }
    for module, node in spoken():
        if isinstance(node.args[0], ast.Constant):
            ascii_only = "re.ASCII" in ast.unparse(node)
            found.add(
                Tried(
                    f"{module}:{node.lineno}",
                    node.args[0].value,
                    re.ASCII if ascii_only else 0,
                    node.func.attr,
                )
            )
    return sorted(found, key=lambda one: (one.where, one.text, one.method))


# No parameters: finding them takes seconds, and each worker of a parallel run collects all tests.
def test_no_text_makes_a_pattern_take_more_than_linear_time() -> None:
    assert len(every()) > 100
    assert [(one, text) for one in every() if (text := slow(one))] == []


def possessive_groups(parsed: Iterable[tuple]) -> Iterator[str]:
    """What a possessive quantifier repeats, where that is more than one character or class."""
    for op, value in parsed:
        if op is sre.POSSESSIVE_REPEAT and (len(value[2]) != 1 or value[2][0][0] not in ONE):
            yield str(value[2])
        for inner in value if isinstance(value, tuple | list) else (value,):
            if isinstance(inner, _parser.SubPattern):
                yield from possessive_groups(inner)
            elif isinstance(inner, list):
                for branch in inner:
                    if isinstance(branch, _parser.SubPattern):
                        yield from possessive_groups(branch)


def test_no_pattern_is_possessive_of_a_group() -> None:
    """Before 3.11.5 Python does not go back from a group that came to nothing (gh-106052, gh-101955)."""
    parsed = [(one, _parser.parse(one.text, one.flags)) for one in every()]
    assert [one for one, tree in parsed if list(possessive_groups(tree))] == []


@pytest.mark.parametrize("text", ["(?:ab)++", "x(?:a|b*c)*+", "(?:(a)?+b)*", "(?>ab)+|(?:a+)?+"])
def test_a_possessive_group_is_found(text: str) -> None:
    assert list(possessive_groups(_parser.parse(text)))


def test_every_pattern_is_one_that_can_be_tried() -> None:
    """A literal, or compiled at import; a text that is looked for as it stands is one as well."""
    unseen = [
        f"{module}:{node.lineno}: {ast.unparse(node)}"
        for module, node in spoken()
        if not isinstance(node.args[0], ast.Constant)
        and "re.escape(" not in ast.unparse(node)
        and not module.startswith("publisher.sandbox")  # routes and faults, by whoever runs it
    ]
    assert unseen == []


@pytest.mark.parametrize(
    ("text", "method"),
    [
        (r"!\[[^\n]*?\]\(upload://[^)\n]*\)", "sub"),
        (r"<[^>]*>", "sub"),
        (r"^\s*\[{1,2}\s*([^\]]+?)\s*\]{1,2}", "match"),
        (r"(?:token|oauth_\w+)\s*[=:]", "sub"),
        (r"(\d+_\d+)", "search"),
        (r"\s+$", "sub"),
    ],
)
def test_a_pattern_that_takes_more_is_found_out(text: str, method: str) -> None:
    assert slow(Tried("", text, 0, method)) != ""
