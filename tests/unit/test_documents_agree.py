"""The documents that are drawn from the code say what the code says."""

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


def test_the_policy_page_names_every_rule() -> None:
    page = (DOCS / "policy.md").read_text()
    missing = [rule.id for rule in RULES if f"| `{rule.id}` |" not in page]
    assert missing == []
