"""The documents that are drawn from the code say what the code says."""

import runpy
from pathlib import Path

import pytest

from publisher.lifecycle import DELIVERY, DELIVERY_STATES, POST, POST_STATES, diagram
from publisher.policy.rules import RULES

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("table", [POST, DELIVERY], ids=["post", "delivery"])
def test_the_lifecycle_page_shows_every_arrow_of_the_tables(table: object) -> None:
    page = (DOCS / "lifecycle.md").read_text()
    assert diagram(table) in page  # type: ignore[arg-type]


def test_the_lifecycle_page_explains_every_state() -> None:
    page = (DOCS / "lifecycle.md").read_text()
    for state, meaning in {**POST_STATES, **DELIVERY_STATES}.items():
        assert f"| `{state}` | {meaning} |" in page


def test_every_state_that_an_arrow_leads_to_is_explained() -> None:
    for table, states in ((POST, POST_STATES), (DELIVERY, DELIVERY_STATES)):
        assert {state for (state, _) in table} | set(table.values()) == set(states)


def test_the_page_of_rules_is_what_the_rules_say() -> None:
    drawn = runpy.run_path(str(DOCS / "draw_rules.py"))["page"]()
    assert (DOCS / "rules.md").read_text() == drawn, "run: python docs/draw_rules.py"
    assert all(f"| `{rule.id}` |" in drawn for rule in RULES)
