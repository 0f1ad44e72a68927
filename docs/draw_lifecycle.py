"""Draws docs/lifecycle.md from the tables: python docs/draw_lifecycle.py"""

from pathlib import Path

from publisher.lifecycle import (
    DELIVERY,
    DELIVERY_STATES,
    MEASURE,
    MEASURE_STATES,
    POST,
    POST_STATES,
    diagram,
)

HEAD = """# The life of a post

Small machines, drawn from the tables in `publisher/lifecycle.py` (`python docs/draw_lifecycle.py`).
A *post* is what an author wrote. A *delivery* is one act of it (publish, edit, retract) on one account,
with a life of its own. A *measure* (hide, show) is about a comment of somebody else. The words on the
arrows are the ledger's verbs.
"""

TIMES = """## Three times

| time | means |
|---|---|
| `requested_at` | what was asked; kept with what was typed, and in which zone |
| `release_at` | when it may go: calendar and pacing. Shown, approved, never moved by a retry. Lateness counts from it |
| `wake_at` | when the machine looks next: release, reminder, expiry, end of a lease, next look-up |

A wake is not a claim: a claim needs `release_at` to have come.

A delivery whose outcome is not proved keeps its words: it cannot be edited, moved or cancelled. From due to
public, step by step: [the walk of a post](architecture.md#the-walk-of-a-post).
"""


def table(states: dict[str, str]) -> str:
    rows = [f"| `{state}` | {meaning} |" for state, meaning in states.items()]
    return "\n".join(["| state | means |", "|---|---|", *rows])


if __name__ == "__main__":
    parts = [HEAD]
    for title, arrows, states in (
        ("Post", POST, POST_STATES),
        ("Delivery", DELIVERY, DELIVERY_STATES),
        ("Measure", MEASURE, MEASURE_STATES),
    ):
        parts.append(f"## {title}\n\n{table(dict(states))}\n\n```mermaid\n{diagram(arrows)}\n```\n")
    parts.append(TIMES)
    (Path(__file__).parent / "lifecycle.md").write_text("\n".join(parts))
