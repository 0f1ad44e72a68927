"""The documents that are drawn from the code say what the code says."""

import re
import runpy
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from publisher import read
from publisher.lifecycle import (
    DELIVERY,
    DELIVERY_STATES,
    MEASURE,
    MEASURE_STATES,
    POST,
    POST_STATES,
    diagram,
)
from publisher.policy.rules import RULES
from publisher.read.check import AccountFinding
from publisher.read.news import News
from publisher.read.permissions import Urgent
from publisher.read.posts import Posts
from publisher.read.search import Results
from publisher.read.steps import Step
from publisher.read.stops import Stop
from publisher.read.view import View
from publisher.read.whole import Whole

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("table", [POST, DELIVERY, MEASURE], ids=["post", "delivery", "measure"])
def test_the_lifecycle_page_shows_every_arrow_of_the_tables(table: object) -> None:
    page = (DOCS / "lifecycle.md").read_text()
    assert diagram(table) in page  # type: ignore[arg-type]


def test_the_lifecycle_page_explains_every_state() -> None:
    page = (DOCS / "lifecycle.md").read_text()
    for state, meaning in (*POST_STATES.items(), *DELIVERY_STATES.items(), *MEASURE_STATES.items()):
        assert f"| `{state}` | {meaning} |" in page


def test_every_state_that_an_arrow_leads_to_is_explained() -> None:
    for table, states in (
        (POST, POST_STATES),
        (DELIVERY, DELIVERY_STATES),
        (MEASURE, MEASURE_STATES),
    ):
        assert {state for (state, _) in table} | set(table.values()) == set(states)


def test_the_page_of_rules_is_what_the_rules_say() -> None:
    drawn = runpy.run_path(str(DOCS / "draw_rules.py"))["page"]()
    assert (DOCS / "rules.md").read_text() == drawn, "run: python docs/draw_rules.py"
    assert all(f"| `{rule.id}` |" in drawn for rule in RULES)


def test_the_manual_page_is_what_the_commands_say_of_themselves() -> None:
    drawn = runpy.run_path(str(DOCS / "draw_man.py"))["page"]()
    assert (DOCS / "publisher.1").read_text() == drawn, "run: python docs/draw_man.py"


def test_the_manual_page_names_each_variable_that_a_command_looks_at() -> None:
    named = re.compile(r"\bPUBLISHER_[A-Z]+\b")
    source = "".join(one.read_text() for one in (DOCS.parent / "publisher").rglob("*.py"))
    assert set(named.findall(source)) == set(named.findall((DOCS / "publisher.1").read_text()))


def test_the_shapes_that_clients_read_are_what_the_service_answers() -> None:
    drawn = runpy.run_path(str(DOCS / "draw_shapes.py"))["module"]()
    shapes = (DOCS.parent / "publisher/client/shapes.py").read_text()
    assert shapes == drawn, "run: python docs/draw_shapes.py"


def test_the_page_of_the_api_is_what_the_service_says_of_itself() -> None:
    drawn = runpy.run_path(str(DOCS / "draw_api.py"))["page"]()
    assert (DOCS / "api.md").read_text() == drawn, "run: python docs/draw_api.py"
    assert "`POST /api/v1/posts`" in drawn


def test_the_page_of_json_shows_every_value_that_readers_get() -> None:
    drawn = runpy.run_path(str(DOCS / "draw_json.py"))
    assert (DOCS / "json.md").read_text() == drawn["page"](), "run: python docs/draw_json.py"
    shown = {one for one in drawn["PARTS"] if not isinstance(one, str)}
    said = {
        one
        for module in iter_modules(read.__path__, "publisher.read.")
        for one in vars(import_module(module.name)).values()
        if isinstance(one, type) and issubclass(one, View)
    }
    only_within = {View, AccountFinding, Stop, Step, Urgent, Whole, Posts, News, Results}
    assert said - only_within <= shown
    for view in said - {View}:
        assert all(field.description for field in view.model_fields.values()), view
