"""Every verb of the desk and every look asks who may before anything else, and nobody may."""

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import SimpleNamespace
from typing import Any

import pytest
from world import World

from publisher import desk, read
from publisher.desk.session import OsUser, Session
from publisher.errors import NotPermitted
from publisher.roles import MACHINE, NOBODY, Actor

ROLELESS = Actor("ivy", frozenset(), "tester")
WHO = ("tx", "actor", "session")  # by which a function is told who acts; one without is pure
HERE = {
    name
    for package in (desk, read)
    for name in (
        f"{package.__name__}.{one.name}" for one in iter_modules(package.__path__) if not one.ispkg
    )
} - {"publisher.desk.session"}


def public() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every function that a surface may call."""
    for module in sorted(HERE):
        for name, function in vars(import_module(module)).items():
            mine = inspect.isfunction(function) and function.__module__ == module
            if mine and not name.startswith("_"):
                yield f"{module}.{name}", function


FUNCTIONS = dict(public())
ASKING = {
    name: one
    for name, one in FUNCTIONS.items()
    if set(WHO) & set(inspect.signature(one).parameters)
}


def test_what_is_not_told_who_acts_reaches_no_database() -> None:
    reaching = ("tx", "store", "session", "app")
    for name in FUNCTIONS.keys() - ASKING.keys():
        assert not set(reaching) & set(inspect.signature(FUNCTIONS[name]).parameters), name


@pytest.mark.parametrize(
    "actor", [ROLELESS, NOBODY, MACHINE], ids=["roleless", "nobody", "machine"]
)
def test_nobody_may_anything(lite: World, actor: Actor) -> None:
    assert len(ASKING) > 50
    let_in = [name for name, function in ASKING.items() if not _refuses(lite, function, actor)]
    assert let_in == []


def _refuses(world: World, function: Callable[..., Any], actor: Actor) -> bool:
    """Called with nothing but who acts: whatever it looks at before it asks would raise."""
    needed = [
        one.name
        for one in inspect.signature(function).parameters.values()
        if one.default is inspect.Parameter.empty
    ]
    with world.app.store.read(actor) as tx:
        given = {"tx": tx, "actor": actor, "session": _session(world, actor)}
        try:
            function(**{one: given.get(one) for one in needed})
        except NotPermitted:
            return True
    return False


def _session(world: World, actor: Actor) -> Any:
    """A session whose person is this actor, whatever the register says."""

    def opened(_credential: Any = None) -> Any:
        return world.app.store.read(actor)

    return SimpleNamespace(reading=opened, writing=opened)


def test_a_session_of_nobody_opens_nothing(lite: World) -> None:
    at = Session(lite.app.store, OsUser("stranger", "stranger"))
    for opened in (at.reading, at.writing):
        with pytest.raises(NotPermitted, match="nobody in the register"), opened():
            pass
