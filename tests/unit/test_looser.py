"""What of a changed account or person acts at once: one table, and nothing that is not in it."""

from typing import Any

import pytest
from test_policy_bundle import policy

from publisher.store.looser import AT_ONCE, CLOSED, acting
from publisher.store.tables import Account, Person


@pytest.mark.parametrize(
    ("kind", "field", "old", "new", "acts"),
    [
        ("account", "calendar", "office", "always", "office"),
        ("account", "calendar", "always", "office", "office"),
        ("account", "calendar", "office", "unheard-of", "office"),
        ("account", "calendar", "unheard-of", "office", "unheard-of"),
        ("account", "active", False, True, False),
        ("account", "active", True, False, False),
        ("account", "credentials", {"a": "env:A"}, {"a": "env:B"}, {"a": "env:B"}),
        ("account", "owner", "Comms", "Press", "Comms"),
        ("account", "sandbox", True, False, True),
        ("account", "sandbox", False, True, False),
        ("account", "disclaimers", "standard", "other", "standard"),
        ("account", "lang", "ja", "en", "ja"),
        ("account", "network", "x", "facebook", "x"),
        ("account", "remote_user_id", "1", "2", "1"),
        ("account", "base_url", "https://a", "https://b", "https://a"),
        ("account", "options", {"category": "4"}, {"category": "5"}, {"category": "4"}),
        ("account", "unheard_of", 1, 2, 1),
        ("person", "display", "Hana", "Hanako", "Hana"),
        ("person", "roles", ["admin", "author"], ["author"], ["author"]),
        ("person", "roles", ["author"], ["admin", "author"], ["author"]),
        ("person", "roles", ["author"], ["approver"], []),
        ("person", "roles", ["author"], ["author on x"], ["author on x"]),
        ("person", "roles", ["author on x"], ["author"], ["author on x"]),
        (
            "person",
            "roles",
            ["author on x", "author on y"],
            ["author on y", "author on z"],
            ["author on y"],
        ),
        ("person", "roles", ["author on x"], ["approver on x"], []),
        (
            "person",
            "roles",
            ["admin", "author on x"],
            ["admin on x", "author"],
            ["admin on x", "author on x"],
        ),
        ("person", "os_users", ["a", "b"], ["b", "c"], ["b"]),
        ("person", "sample", True, False, True),
        ("person", "sample", False, True, False),
        ("person", "unheard_of", "x", "y", "x"),
    ],
)
def test_narrowing_acts_at_once_and_everything_else_waits(
    kind: str, field: str, old: Any, new: Any, acts: Any
) -> None:
    assert acting(kind, field, (old, new), policy()) == acts
    assert acting(kind, field, (new, new), policy()) == new


def test_without_a_policy_no_calendar_is_known_to_be_narrower() -> None:
    assert acting("account", "calendar", ("always", "office"), None) == "always"


@pytest.mark.parametrize(("kind", "model"), [("account", Account), ("person", Person)])
def test_the_table_names_only_columns_that_there_are(kind: str, model: Any) -> None:
    assert {*AT_ONCE[kind], *CLOSED[kind]} <= model.model_fields.keys()
